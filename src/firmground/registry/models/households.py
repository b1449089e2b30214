"""The registers of households, and of what is known about each: who lives there, on what, seen by whom."""

from django.db import models

from firmground.registry.fields import day, decimal, flag, same_as, text, whole
from firmground.registry.models.base import OPEN, InVillage, Registers, register


class Household(InVillage):
    """户. Living conditions are a register of their own: they are seen again and again."""

    KEY = "household_id"
    TITLE = ("Households", "户")
    COMPUTED = ("account_households", "phone_households")

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
    TITLE = ("Living conditions", "生产生活条件")
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
    TITLE = ("Members", "人口")
    COMPUTED = ("id_number_state",)

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
    TITLE = ("Statements of income", "收支")
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
    TITLE = ("Rigid spending", "刚性支出")
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
    TITLE = ("Guarantee checks", "保障核查")
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
    TITLE = ("Medical bills", "医疗费用")
    MADE_FROM = ("household_id", "member_id", "billed_on", "care", "total")
    NAMES_A_PERSON = True
    WITH_MEMBER = True

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
    TITLE = ("School roll", "学籍")
    MADE_FROM = ("household_id", "member_id", "birth_date", "term_from")
    NAMES_A_PERSON = True
    WITH_MEMBER = True

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
    TITLE = ("Disasters", "灾情")
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
    TITLE = ("Housing grades", "住房鉴定")
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
    TITLE = ("Support paid", "救助")
    MADE_FROM = ("household_id", "member_id", "scheme", "paid_on", "amount")
    NAMES_A_PERSON = True

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
    TITLE = ("Risks", "风险")
    MADE_FROM = ("household_id", "risk", "identified_on")

    risk_id = text("official", null=False)
    risk = text("sensitive", null=False)
    identified_on = day("official", null=False)
    held_from = same_as("identified_on", "official")

    Meta = register(KEY, of="household_id")


class Assistance(OfHousehold):
    """帮扶措施 given to a household."""

    KEY = "assistance_id"
    TITLE = ("Assistance", "帮扶措施")
    MADE_FROM = ("household_id", "measure", "given_on")

    assistance_id = text("official", null=False)
    measure = text("official", null=False)
    given_on = day("official", null=False)
    ended_on = day("official")
    amount = decimal("official")
    held_from = same_as("given_on", "official")
    held_to = same_as("ended_on", "official")

    Meta = register(KEY, of="household_id")


OF_HOUSEHOLDS: Registers[InVillage] = Registers(lambda model: model is Household or model.OF is Household)
