"""The same standards as users of other tools would write them: Polars, pandas, OpenFisca-core.

SUBSET names the standards. Each peer's `screen` screens a snapshot for them, writes one row for each standard not met
or unknown and one for each village, as we do (but no evidence), and returns how each standard came out:
{standard: [asked, met, not met, unknown]}. Money is floating point here, exact with us. Thresholds are those of the
catalogue on 30 June 2020.
"""

from datetime import date

from firmground.engines.snapshot import Snapshot

SUBSET = (
    "income_above_monitor_line",
    "poor_income_above_line",
    "income_not_plunged",
    "income_half_not_plunged",
    "rigid_spending_bearable",
    "children_in_school",
    "household_insured",
    "housing_safe",
    "water_enough",
    "water_clean",
    "water_near",
    "water_reliable",
    "water_safe",
    "data_one_head",
    "child_in_school",
    "member_insured",
)
ABOUT_MEMBERS = ("child_in_school", "member_insured")
Totals = dict[str, list[int]]

MONITOR_LINE, POVERTY_LINE, WATCHED_BELOW = 5000, 4000, 2 * 5000
PLUNGE, PLUNGE_HALF, RIGID_SHARE = 0.30, 0.40, 1.0
LITRES_WET, LITRES_DRY, SHORT_DAYS, MINUTES, METRES, CLIMB = 35, 20, 36, 20, 800, 80
SCHOOL_AGE = (6, 15)
INCOME = (
    "wage_migrant",
    "wage_post",
    "wage_other",
    "operating_crop",
    "operating_livestock",
    "operating_other",
    "property",
    "transfer_dibao",
    "transfer_tekun",
    "transfer_pension",
    "transfer_eco",
    "transfer_other",
)
HOUSEHOLD = (
    "household_id",
    "village_code",
    "kind",
    "dwelling_grade",
    "dwelling_made_safe",
    "water_litres",
    "water_dry_area",
    "water_quality",
    "water_piped",
    "water_fetch_minutes",
    "water_fetch_metres",
    "water_fetch_climb",
    "water_short_days",
    "monitored_on",
    "eliminated_on",
)
MEMBER = (
    "household_id",
    "member_id",
    "status",
    "relation",
    "birth_date",
    "school_status",
    "insured_resident",
    "insured_employee",
    "insurance_exempt",
)
STATEMENT = ("household_id", "held_from", "held_to", *INCOME, "operating_cost")
SPENDING = ("household_id", "spent_on", "amount", "compliant")


def files(snapshot: Snapshot, table: str) -> list[str]:
    return [str(path) for county in snapshot.parts() for path in snapshot.paths(table, county)]


def born_after(as_of: date, age: int) -> date:
    """Whoever is younger than `age` was born after this day."""
    return as_of.replace(year=as_of.year - age)
