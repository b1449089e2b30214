"""Code words as small integers. Names and order are those of `values` in facts.toml (a test holds them equal)."""

from enum import IntEnum

Kind = IntEnum("Kind", "poor exited unstable marginal sudden general", start=0)
Cause = IntEnum(
    "Cause",
    "illness disability schooling disaster no_land no_water no_skills no_labour no_money poor_transport "
    "low_motivation other",
    start=0,
)
Protein = IntEnum("Protein", "any_time sometimes never", start=0)
Grade = IntEnum("Grade", "A B C D", start=0)
Quality = IntEnum("Quality", "test_passed looks_clean fails", start=0)
Elimination = IntEnum("Elimination", "by_help natural", start=0)

Relation = IntEnum(
    "Relation",
    "head spouse child child_in_law grandchild parent parent_in_law grandparent sibling other",
    start=0,
)
Sex = IntEnum("Sex", "male female", start=0)
IdState = IntEnum("IdState", "good missing malformed bad_checksum bad_birth_date duplicate", start=0)
Status = IntEnum("Status", "active died married_out moved_out lost", start=0)
Education = IntEnum("Education", "none primary junior senior college university", start=0)
Stage = IntEnum(
    "Stage",
    "preschool kindergarten primary junior senior vocational college university",
    start=0,
)
Schooling = IntEnum(
    "Schooling",
    "in_school home_teaching unfit suspended deferred graduated dropout",
    start=0,
)
Labour = IntEnum("Labour", "ordinary skilled weak lost none", start=0)
WorkPlace = IntEnum("WorkPlace", "village township county prefecture province elsewhere", start=0)
Post = IntEnum("Post", "forest road cleaning solar water security care other", start=0)
Exempt = IntEnum("Exempt", "in_process special", start=0)

Purpose = IntEnum("Purpose", "medical schooling care farm_repair housing water accident", start=0)
Item = IntEnum("Item", "food clothing education medical housing water", start=0)
Outcome = IntEnum("Outcome", "holds at_risk fails", start=0)
Evidence = IntEnum("Evidence", "card laboratory certificate photo visit", start=0)
Care = IntEnum("Care", "inpatient outpatient special_disease", start=0)
Enrolment = IntEnum("Enrolment", "enrolled absent home_teaching suspended deferred not_on_roll", start=0)
RollStage = IntEnum(
    "RollStage",
    "kindergarten primary junior senior vocational college university",
    start=0,
)
Hazard = IntEnum(
    "Hazard",
    "flood landslide drought pest storm earthquake fire epidemic accident",
    start=0,
)
Scheme = IntEnum("Scheme", "dibao tekun temporary disability", start=0)
Risk = IntEnum(
    "Risk",
    "illness schooling disability disaster accident business_failure unstable_job no_labour epidemic housing water "
    "other",
    start=0,
)
Measure = IntEnum(
    "Measure",
    "industry employment finance public_post housing water health compulsory_education other_education "
    "social_protection society relocation living_conditions infrastructure",
    start=0,
)

# The truth's own words: what really happened to a household.
Shock = IntEnum(
    "Shock",
    "none illness accident job_loss flood school_cost crop_failure livestock_failure epidemic",
    start=0,
)
