"""The registers of what serves a village, a township or a county, and of what befell it."""

from django.db import models

from firmground.registry.fields import day, decimal, flag, same_as, text, whole
from firmground.registry.models.base import Register, Registers, register


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
    TITLE = ("Water supplies", "供水工程")

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
    TITLE = ("Water tests", "水质检测")
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
    TITLE = ("Interruptions of water", "停水记录")
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
    TITLE = ("Clinics and hospitals", "医疗卫生机构")

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
    TITLE = ("Schools", "学校")

    school_id = text("public", null=False)
    school_type = text("public")
    pupils = whole("public")
    teachers = whole("public")
    boarding = flag("public")

    Meta = register(KEY, place="place_code")


FACILITIES: Registers[Facility] = Registers(lambda model: issubclass(model, Facility))
