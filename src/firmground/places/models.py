"""Places, what became of them, and which of them are listed."""

from django.db import models
from django.db.models.functions import Length

from firmground.places.names import romanised

models.CharField.register_lookup(Length)


class Level(models.TextChoices):
    """A place's level; a place's parent is the prefix of its code."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


DIGITS = {Level.PROVINCE: 2, Level.PREFECTURE: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}


class Place(models.Model):
    """A place, from the day its code came into force until the day before `valid_to`.

    No `valid_from`: it was in force before these records begin. No `valid_to`: it is in force.
    """

    code = models.CharField(max_length=12, primary_key=True)
    level = models.CharField(max_length=10, choices=Level.choices)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    lon = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    lat = models.DecimalField(max_digits=6, decimal_places=4, null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    privacy = dict.fromkeys(("code", "level", "name_zh", "name_en", "lon", "lat", "valid_from", "valid_to"), "public")

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["code"], name="place_by_prefix", opclasses=["varchar_pattern_ops"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    *(models.Q(level=level, code__length=digits) for level, digits in DIGITS.items()),
                    _connector=models.Q.OR,
                ),
                name="place_code_fits_its_level",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"

    def name(self, language: str) -> str:
        """The name as a page of that language ("en", "zh") writes it."""
        return self.name_zh if language.startswith("zh") else self.name_en or romanised(self.name_zh)


class PlaceChange(models.Model):
    """On a day, by an act, one code became another.

    A split is several changes of one code, a merger several changes into one; a renamed place may keep its code. The
    name before is kept here, the place carries the name it has.
    """

    class Kind(models.TextChoices):
        SPLIT = "split"
        MERGE = "merge"
        RENAME = "rename"
        MOVE = "move"

    from_code = models.CharField(max_length=12)
    to_code = models.CharField(max_length=12)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    on = models.DateField()
    act = models.CharField(max_length=300)
    name_zh_before = models.CharField(max_length=80)
    name_en_before = models.CharField(max_length=120, blank=True)

    privacy = dict.fromkeys(
        ("id", "from_code", "to_code", "kind", "on", "act", "name_zh_before", "name_en_before"), "public"
    )

    class Meta:
        ordering = ["on", "from_code", "to_code"]
        constraints = [
            models.UniqueConstraint(fields=["from_code", "to_code", "on"], name="place_change_once"),
            models.CheckConstraint(condition=~models.Q(act=""), name="place_change_has_an_act"),
        ]
        indexes = [models.Index(fields=["from_code", "on"]), models.Index(fields=["to_code", "on"])]

    def __str__(self) -> str:
        return f"{self.on}: {self.from_code} → {self.to_code} ({self.kind})"


class Listing(models.Model):
    """A place under listed supervision 挂牌督战 since a day, on a ground, by an act; until a day, by another act."""

    class Basis(models.TextChoices):
        NOT_EXITED = "not_exited"
        MANY_POOR = "many_poor"
        HIGH_INCIDENCE = "high_incidence"

    place_code = models.CharField(max_length=12)
    listed_on = models.DateField()
    basis = models.CharField(max_length=20, choices=Basis.choices)
    act = models.CharField(max_length=300)
    delisted_on = models.DateField(null=True)
    delisting_act = models.CharField(max_length=300, blank=True)
    delist_reason = models.CharField(max_length=60, blank=True, help_text="the procedure that decided it")

    privacy = dict.fromkeys(
        ("id", "place_code", "listed_on", "basis", "act", "delisted_on", "delisting_act", "delist_reason"), "public"
    )

    class Meta:
        ordering = ["place_code"]
        constraints = [
            models.UniqueConstraint(fields=["place_code", "listed_on"], name="listing_once"),
            models.CheckConstraint(
                condition=models.Q(delisted_on=None, delisting_act="")
                | models.Q(delisted_on__gte=models.F("listed_on")) & ~models.Q(delisting_act=""),
                name="delisting_has_an_act",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place_code} listed on {self.listed_on}"
