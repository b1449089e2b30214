"""The registers of villages and counties themselves, and of what surveys found there."""

from django.db import models

from firmground.engines.rollups import COUNTED
from firmground.registry.fields import day, same_as, text, whole
from firmground.registry.models.base import InVillage, Register, register


class Village(InVillage):
    """行政村: who lives there, and where they see a doctor."""

    KEY = "village_id"
    TITLE = ("Villages", "行政村")
    MADE_FROM = ("village_code",)
    COMPUTED = COUNTED

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
    TITLE = ("Counties", "县基本情况")
    MADE_FROM = ("place_code",)
    COMPUTED = COUNTED
    PLACE = "place_code"
    DIGITS = (6,)

    place_code = models.CharField(max_length=12)
    county_id = text("official", null=False)
    counted_on = day("official", null=False)
    rural_population = whole("public")
    held_from = same_as("counted_on", "official")

    Meta = register(KEY, place="place_code", digits=DIGITS)


class ExitSurvey(Register):
    """退出评估、抽查、自查: what those found who asked a sample of a county's people. Only sums, nobody's name."""

    KEY = "exit_survey_id"
    TITLE = ("Exit surveys", "退出评估")
    MADE_FROM = ("county_id", "kind", "surveyed_on")
    COMPUTED = ("latest",)
    OF = County
    PLACE = "place_code"
    DIGITS = (6,)

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

    Meta = register(KEY, of="county_id", place="place_code", digits=DIGITS)
