"""The registers.

Every row of a register knows two clocks: `held_from`/`held_to`, the period it speaks of (a day, for an event), and
`recorded_at`, when we learned it. A correction supersedes a row and says so in it; nothing is overwritten. A fact that
is null is unknown. The facts of each register are those of the catalogue's facts.toml, by name and type.

The codes of text facts have no CHECK constraint: the catalogue declares them, and a new code there should not need a
migration of a table of millions. The load refuses codes that are not declared, for all rows at once.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

from firmground.engines.rollups import COUNTED
from firmground.registry.fields import PrivacyOfFields, day, decimal, flag, same_as, text, whole
from firmground.registry.loads import Load
from firmground.registry.loads import Upload as Upload

models.CharField.register_lookup(Length)

OPEN = Q(superseded_at=None)


class Register(models.Model):
    """What every row of a register carries besides its facts."""

    KEY: ClassVar[str]
    MADE_FROM: ClassVar[tuple[str, ...]] = ()  # the key is made from these where a file brings none
    OF: ClassVar["type[Register] | None"] = None  # the register whose rows it speaks of, by their key
    PLACE: ClassVar[str]  # the column of the place

    held_to = day("official")
    recorded_at = models.DateTimeField()
    # A load writes its rows and its own in one transaction, and no load is ever deleted. To have the database look each
    # row's load up again takes a third of the time that the row's insert takes.
    source = models.ForeignKey(Load, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(
        Load, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )

    privacy = PrivacyOfFields()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {getattr(self, self.KEY)}"


def register(
    key: str,
    *more: models.Index,
    of: str = "",
    place: str = "village_code",
    digits: tuple[int, ...] = (6, 9, 12),
) -> Any:
    """The Meta of a register: one open row per key; rows found by place, and within the place by what they speak of.

    Args:
        of: the column that names it.
        place: `village_code`, a village; or `place_code`, a place of so many `digits`: a county, township or village.
    """
    table = key.removesuffix("_id")
    found_by = [place, *([of] if of else [])]
    prefix = ["varchar_pattern_ops", "text_pattern_ops"][: len(found_by)]
    lies_in = {
        "village_code": models.CheckConstraint(condition=Q(village_code__length=12), name=f"{table}_is_in_a_village"),
        "place_code": models.CheckConstraint(
            condition=Q(place_code__length__in=digits), name=f"{table}_is_in_a_county"
        ),
    }
    return type(
        "Meta",
        (),
        {
            "constraints": [
                models.UniqueConstraint(fields=[key], condition=OPEN, name=f"{table}_open_once"),
                lies_in[place],
                models.CheckConstraint(
                    condition=Q(superseded_at=None, superseded_by=None)
                    | Q(superseded_at__isnull=False, superseded_by__isnull=False),
                    name=f"{table}_superseded_by_a_load",
                ),
            ],
            "indexes": [models.Index(fields=found_by, name=f"{table}_by_place", opclasses=prefix), *more],
        },
    )


class InVillage(Register):
    """A row that lies in a village."""

    PLACE = "village_code"

    village_code = models.CharField(max_length=12)

    class Meta:
        abstract = True


class Household(InVillage):
    """户. Living conditions are a register of their own: they are seen again and again."""

    KEY = "household_id"

    household_id = text("official", null=False)
    head = text("personal")
    group_name = text("personal")
    phone = text("personal")
    bank_account = text("sensitive")
    kind = text("official")
    registered_on = day("official")
    exited_on = day("official")
    main_cause = text("sensitive")
    population = whole("official")
    relocated = flag("official")
    monitored_on = day("official")
    publicity_from = day("public")
    publicity_to = day("public")
    eliminated_on = day("official")
    elimination_mode = text("official")
    income_at_elimination = decimal("personal")
    held_from = same_as("registered_on", "official")

    Meta = register(
        KEY,
        models.Index(fields=["head"], name="household_by_head", opclasses=["text_pattern_ops"]),
        models.Index(fields=["household_id"], condition=~OPEN, name="household_superseded"),
    )


class OfHousehold(InVillage):
    """A row about a household, or about one of its members."""

    OF = Household

    household_id = text("official", null=False)

    class Meta:
        abstract = True


class Living(OfHousehold):
    """Living conditions as seen on one visit. The latest one known goes into the snapshot."""

    KEY = "living_id"
    MADE_FROM = ("household_id", "surveyed_on")

    living_id = text("official", null=False)
    surveyed_on = day("official", null=False)
    staple_enough = flag("personal")
    protein = text("personal")
    seasonal_clothes = flag("personal")
    bedding = flag("personal")
    clothes_mostly_donated = flag("personal")
    dwelling_grade = text("official")
    dwelling_made_safe = flag("official")
    dwelling_area = decimal("official")
    water_litres = decimal("official")
    water_dry_area = flag("public")
    water_quality = text("official")
    water_piped = flag("official")
    water_fetch_minutes = whole("official")
    water_fetch_metres = whole("official")
    water_fetch_climb = whole("official")
    water_short_days = whole("official")
    area_cultivated = decimal("official")
    area_forest = decimal("official")
    area_pasture = decimal("official")
    area_returned_forest = decimal("official")
    held_from = same_as("surveyed_on", "official")

    Meta = register(KEY, of="household_id")


class Member(OfHousehold):
    """人口. Held from birth until leaving the household; who has left stays, with the day and the reason."""

    KEY = "member_id"

    member_id = text("official", null=False)
    name = text("personal")
    id_number = text("sensitive")
    relation = text("personal")
    sex = text("personal")
    birth_date = day("personal")
    status = text("personal")
    left_on = day("personal")
    education = text("personal")
    school_stage = text("personal")
    school_status = text("personal")
    chronic_illness = flag("sensitive")
    serious_illness = flag("sensitive")
    disability_grade = whole("sensitive")
    labour = text("personal")
    work_place = text("personal")
    work_months = whole("personal")
    post = text("official")
    job_lost_on = day("personal")
    insured_resident = flag("personal")
    insured_employee = flag("personal")
    insurance_exempt = text("personal")
    pension = flag("personal")
    dibao = flag("sensitive")
    tekun = flag("sensitive")
    held_from = same_as("birth_date", "personal")
    held_to = same_as("left_on", "personal")

    Meta = register(
        KEY,
        models.Index(fields=["name"], name="member_by_name", opclasses=["text_pattern_ops"]),
        models.Index(fields=["id_number"], name="member_by_id_number", opclasses=["text_pattern_ops"]),
        of="household_id",
    )


class Statement(OfHousehold):
    """收支: income and operating costs of one period."""

    KEY = "statement_id"
    MADE_FROM = ("household_id", "held_from", "held_to")

    statement_id = text("official", null=False)
    held_from = day("personal", null=False)
    held_to = day("personal", null=False)
    recorded_on = day("official")
    wage_migrant = decimal("personal")
    wage_post = decimal("personal")
    wage_other = decimal("personal")
    operating_crop = decimal("personal")
    operating_livestock = decimal("personal")
    operating_other = decimal("personal")
    property = decimal("personal")
    transfer_dibao = decimal("sensitive")
    transfer_tekun = decimal("sensitive")
    transfer_pension = decimal("personal")
    transfer_eco = decimal("personal")
    transfer_other = decimal("personal")
    operating_cost = decimal("personal")

    Meta = register(KEY, of="household_id")


class Spending(OfHousehold):
    """刚性支出: what was left to pay after every reimbursement."""

    KEY = "spending_id"
    MADE_FROM = ("household_id", "spent_on", "purpose", "amount")

    spending_id = text("official", null=False)
    spent_on = day("personal", null=False)
    purpose = text("sensitive")
    amount = decimal("sensitive")
    compliant = flag("personal")
    held_from = same_as("spent_on", "personal")
    held_to = same_as("spent_on", "personal")

    Meta = register(KEY, of="household_id")


class Check(OfHousehold):
    """保障核查: what a visitor found about one guarantee."""

    KEY = "check_id"
    MADE_FROM = ("household_id", "member_id", "item", "checked_on")

    check_id = text("official", null=False)
    member_id = text("personal")
    item = text("official", null=False)
    outcome = text("official")
    evidence_type = text("official")
    checked_on = day("official", null=False)
    fix_due_on = day("official")
    fixed_on = day("official")
    held_from = same_as("checked_on", "official")
    held_to = same_as("checked_on", "official")

    Meta = register(KEY, of="household_id")


class MedicalBill(OfHousehold):
    """From the medical insurance office 医保部门."""

    KEY = "medical_bill_id"
    MADE_FROM = ("household_id", "member_id", "billed_on", "care", "total")

    medical_bill_id = text("official", null=False)
    member_id = text("personal")
    billed_on = day("sensitive", null=False)
    care = text("sensitive")
    total = decimal("sensitive")
    self_paid = decimal("sensitive")
    new_serious_illness = flag("sensitive")
    held_from = same_as("billed_on", "sensitive")
    held_to = same_as("billed_on", "sensitive")

    Meta = register(KEY, of="household_id")


class SchoolRoll(OfHousehold):
    """From the education office 教育部门: one child, one term."""

    KEY = "school_roll_id"
    MADE_FROM = ("household_id", "member_id", "birth_date", "term_from")

    school_roll_id = text("official", null=False)
    member_id = text("personal")
    term_from = day("personal", null=False)
    birth_date = day("personal")
    enrolment = text("personal")
    fees_after_aid = decimal("personal")
    stage = text("personal")
    held_from = same_as("term_from", "personal")

    Meta = register(KEY, of="household_id")


class Disaster(OfHousehold):
    """From the emergency and health offices 应急、卫生部门."""

    KEY = "disaster_id"
    MADE_FROM = ("household_id", "hazard", "happened_on")

    disaster_id = text("official", null=False)
    happened_on = day("official", null=False)
    hazard = text("official", null=False)
    loss = decimal("personal")
    held_from = same_as("happened_on", "official")
    held_to = same_as("happened_on", "official")

    Meta = register(KEY, of="household_id")


class HousingGrade(OfHousehold):
    """From the housing office 住建部门. A grade holds until the next one."""

    KEY = "housing_grade_id"
    MADE_FROM = ("household_id", "graded_on")

    housing_grade_id = text("official", null=False)
    graded_on = day("official", null=False)
    grade = text("official")
    made_safe_on = day("official")
    held_from = same_as("graded_on", "official")

    Meta = register(KEY, of="household_id")


class Support(OfHousehold):
    """From the civil affairs office 民政部门: one payment of support."""

    KEY = "support_id"
    MADE_FROM = ("household_id", "member_id", "scheme", "paid_on", "amount")

    support_id = text("official", null=False)
    member_id = text("personal")
    scheme = text("sensitive", null=False)
    paid_on = day("personal", null=False)
    amount = decimal("sensitive")
    recipient_left_on = day("sensitive")
    held_from = same_as("paid_on", "personal")
    held_to = same_as("paid_on", "personal")

    Meta = register(KEY, of="household_id")


class Risk(OfHousehold):
    """返贫致贫风险 of a monitored household."""

    KEY = "risk_id"
    MADE_FROM = ("household_id", "risk", "identified_on")

    risk_id = text("official", null=False)
    risk = text("sensitive", null=False)
    identified_on = day("official", null=False)
    held_from = same_as("identified_on", "official")

    Meta = register(KEY, of="household_id")


class Assistance(OfHousehold):
    """帮扶措施 given to a household."""

    KEY = "assistance_id"
    MADE_FROM = ("household_id", "measure", "given_on")

    assistance_id = text("official", null=False)
    measure = text("official", null=False)
    given_on = day("official", null=False)
    ended_on = day("official")
    amount = decimal("official")
    held_from = same_as("given_on", "official")
    held_to = same_as("ended_on", "official")

    Meta = register(KEY, of="household_id")


class Village(InVillage):
    """行政村: who lives there, and where they see a doctor."""

    KEY = "village_id"
    MADE_FROM = ("village_code",)

    village_id = text("official", null=False)
    counted_on = day("official", null=False)
    residents = whole("public")
    rural_population = whole("public")
    clinic = text("public")
    clinic_minutes = whole("public")
    held_from = same_as("counted_on", "official")

    Meta = register(KEY)


class County(Register):
    """县: how many people its incidence of poverty is measured by."""

    KEY = "county_id"
    MADE_FROM = ("place_code",)
    PLACE = "place_code"

    place_code = models.CharField(max_length=12)
    county_id = text("official", null=False)
    counted_on = day("official", null=False)
    rural_population = whole("public")
    held_from = same_as("counted_on", "official")

    Meta = register(KEY, place="place_code", digits=(6,))


class ExitSurvey(Register):
    """退出评估、抽查、自查: what those found who asked a sample of a county's people. Only sums, nobody's name."""

    KEY = "exit_survey_id"
    MADE_FROM = ("county_id", "kind", "surveyed_on")
    OF = County
    PLACE = "place_code"

    place_code = models.CharField(max_length=12)
    county_id = text("official", null=False)
    exit_survey_id = text("official", null=False)
    surveyed_on = day("official", null=False)
    kind = text("official", null=False)
    conducted_by = text("official")
    exited_sampled = whole("official")
    wrong_exit_persons = whole("official")
    non_registered_sampled = whole("official")
    missed_persons = whole("official")
    households_surveyed = whole("official")
    households_approving = whole("official")
    held_from = same_as("surveyed_on", "official")
    held_to = same_as("surveyed_on", "official")

    Meta = register(KEY, of="county_id", place="place_code", digits=(6,))


class Facility(Register):
    """What serves a village, a township or a county, and who keeps it so."""

    PLACE = "place_code"

    place_code = models.CharField(max_length=12)
    title = text("public")
    opened_on = day("public")
    closed_on = day("public")
    responsible = text("public")
    running_money = flag("official")
    running_money_yearly = decimal("official")
    condition = text("public")
    held_from = same_as("opened_on", "public")
    held_to = same_as("closed_on", "public")

    class Meta:
        abstract = True


class WaterSupply(Facility):
    """供水工程: piped to many from one place, or dispersed: a spring, a well, a cellar."""

    KEY = "water_supply_id"

    water_supply_id = text("public", null=False)
    supply_type = text("public")
    people_served = whole("public")
    households_served = whole("public")
    has_keeper = flag("official")
    keeper = text("personal")
    water_charge = decimal("public")
    log_kept = flag("official")

    Meta = register(KEY, place="place_code")


class OfWaterSupply(Register):
    """A row about a water supply."""

    OF = WaterSupply
    PLACE = "place_code"

    place_code = models.CharField(max_length=12)
    water_supply_id = text("public", null=False)

    class Meta:
        abstract = True


class WaterTest(OfWaterSupply):
    """水质检测 of one day."""

    KEY = "water_test_id"
    MADE_FROM = ("water_supply_id", "tested_on", "tested_by")

    water_test_id = text("public", null=False)
    tested_on = day("public", null=False)
    tested_by = text("public")
    passed = flag("public")
    failed_item = text("public")
    held_from = same_as("tested_on", "public")
    held_to = same_as("tested_on", "public")

    Meta = register(KEY, of="water_supply_id", place="place_code")


class Interruption(OfWaterSupply):
    """停水: a time without water from the supply; no last day: it goes on."""

    KEY = "interruption_id"
    MADE_FROM = ("water_supply_id", "began_on")

    interruption_id = text("public", null=False)
    began_on = day("public", null=False)
    ended_on = day("public")
    cause = text("public")
    held_from = same_as("began_on", "public")
    held_to = same_as("ended_on", "public")

    Meta = register(KEY, of="water_supply_id", place="place_code")


class Clinic(Facility):
    """医疗卫生机构: a village's or a township's clinic, a county's hospital."""

    KEY = "clinic_id"

    clinic_id = text("public", null=False)
    clinic_type = text("public")
    ownership = text("public")
    residents_served = whole("public")
    area = decimal("public")
    rooms_apart = flag("public")
    departments = flag("public")
    level_two = flag("public")
    doctors_qualified = whole("public")
    doctors_assistant = whole("public")
    doctors_village = whole("public")
    specialties = whole("public")
    specialties_staffed = whole("public")

    Meta = register(KEY, place="place_code")


class School(Facility):
    """学校."""

    KEY = "school_id"

    school_id = text("public", null=False)
    school_type = text("public")
    pupils = whole("public")
    teachers = whole("public")
    boarding = flag("public")

    Meta = register(KEY, place="place_code")


# Table names as in facts.toml; what a row speaks of comes before it.
OF_HOUSEHOLDS: dict[str, type[InVillage]] = {
    "household": Household,
    "living": Living,
    "member": Member,
    "statement": Statement,
    "spending": Spending,
    "check": Check,
    "medical_bill": MedicalBill,
    "school_roll": SchoolRoll,
    "disaster": Disaster,
    "housing_grade": HousingGrade,
    "support": Support,
    "risk": Risk,
    "assistance": Assistance,
}
FACILITIES: dict[str, type[Facility]] = {"water_supply": WaterSupply, "clinic": Clinic, "school": School}
REGISTERS: dict[str, type[Register]] = {
    **OF_HOUSEHOLDS,
    "village": Village,
    "county": County,
    **FACILITIES,
    "exit_survey": ExitSurvey,
    "water_test": WaterTest,
    "interruption": Interruption,
}
# Not in any file: worked out over the whole register when a snapshot is taken.
COMPUTED = {
    "household": ("account_households", "phone_households"),
    "member": ("id_number_state",),
    "village": COUNTED,
    "county": COUNTED,
    "exit_survey": ("latest",),
}
