"""The subset in OpenFisca-core: every standard a variable, for many households at once and for one from a form.

OpenFisca knows no unknown. A number that is unknown is NaN here; a truth value is 1, 0 (unknown) or -1, so that `and`
is the lesser of two, `or` the greater, and `not` changes the sign; a word that is unknown is the first of its list.
It knows persons and groups of persons, nothing else: statements and spending come already added up, by NumPy.
Its decimal numbers have 32 bits.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import Simulation
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.peers import (
    CLIMB,
    LITRES_DRY,
    LITRES_WET,
    METRES,
    MINUTES,
    MONITOR_LINE,
    PLUNGE,
    PLUNGE_HALF,
    POVERTY_LINE,
    RIGID_SHARE,
    SCHOOL_AGE,
    SHORT_DAYS,
    SUBSET,
    WATCHED_BELOW,
)

PERIOD = "2020-06"
PERSON = build_entity("person", "persons", "A member", is_person=True)
GROUP = build_entity("household", "households", "A household", roles=[{"key": "member", "plural": "members"}])
WORDS = {
    "kind": ("unknown", "poor", "exited", "unstable", "marginal", "sudden", "general"),
    "dwelling_grade": ("unknown", "A", "B", "C", "D"),
    "water_quality": ("unknown", "test_passed", "looks_clean", "fails"),
    "status": ("unknown", "active", "died", "married_out", "moved_out", "lost"),
    "relation": (
        *("unknown", "head", "spouse", "child", "child_in_law", "grandchild", "parent", "parent_in_law"),
        *("grandparent", "sibling", "other"),
    ),
    "school_status": (
        *("unknown", "in_school", "home_teaching", "unfit", "suspended", "deferred", "graduated", "dropout"),
    ),
}
ENUMS = {name: Enum(name, {word: word for word in words}) for name, words in WORDS.items()}
TRUTHS = ("dwelling_made_safe", "water_dry_area", "water_piped", "insured_resident", "insured_employee")
WINDOWS = {"year": (0, 11, 12), "before": (12, 23, 12), "half": (0, 5, 6), "half_ago": (12, 17, 6)}
INPUTS: Mapping[Any, Mapping[str, Any]] = {
    PERSON: {
        "age": float,
        "status": ENUMS["status"],
        "relation": ENUMS["relation"],
        "school_status": ENUMS["school_status"],
        "insured_resident": int,
        "insured_employee": int,
        "insurance_exempt": bool,
    },
    GROUP: {
        "kind": ENUMS["kind"],
        "monitored": bool,
        "dwelling_grade": ENUMS["dwelling_grade"],
        "dwelling_made_safe": int,
        "water_litres": float,
        "water_dry_area": int,
        "water_quality": ENUMS["water_quality"],
        "water_piped": int,
        "water_fetch_minutes": float,
        "water_fetch_metres": float,
        "water_fetch_climb": float,
        "water_short_days": float,
        **{f"income_{window}": float for window in WINDOWS},
        "spendings": int,
        "rigid_spending": float,
    },
}
Array = Any


def truth(known: Array, holds: Array) -> Array:
    return np.where(known, np.where(holds, 1, -1), 0)


def at_least(number: Array, least: Array | float) -> Array:
    return truth(~(np.isnan(number) | np.isnan(least)), number >= least)


def at_most(number: Array, most: Array | float) -> Array:
    return at_least(-number, -most)


def is_one_of(word: Array, *options: str) -> Array:
    kind = word.possible_values
    holds = np.isin(np.asarray(word), [kind[option].index for option in options])
    return truth(np.asarray(word) != 0, holds)


def verdict(asked: Array, rule: Array) -> Array:
    """0 not asked, 1 met, 2 not met, 3 unknown."""
    return np.where(asked > 0, np.where(rule > 0, 1, np.where(rule < 0, 2, 3)), 0)


def active(person: Any, period: Any) -> Array:
    status = person("status", period)
    return truth(True, (status == ENUMS["status"].active) | (status == ENUMS["status"].unknown))


def school_age(person: Any, period: Any) -> Array:
    age = person("age", period)
    return np.minimum(at_least(age, SCHOOL_AGE[0]), at_most(age, SCHOOL_AGE[1]))


def insured(person: Any, period: Any) -> Array:
    either = np.maximum(person("insured_resident", period), person("insured_employee", period))
    return np.where(person("insurance_exempt", period), 1, either)


def child_in_school(person: Any, period: Any) -> Array:
    asked = np.minimum(person("active", period), person("school_age", period))
    return verdict(asked, -is_one_of(person("school_status", period), "dropout"))


def member_insured(person: Any, period: Any) -> Array:
    return verdict(person("active", period), person("insured", period))


def members(household: Any, period: Any) -> Array:
    return household.sum(household.members("active", period) > 0)


def income_per_head(household: Any, period: Any) -> Array:
    count = household("members", period)
    return np.where(count > 0, household("income_year", period) / np.maximum(count, 1), np.nan)


def income_above_monitor_line(household: Any, period: Any) -> Array:
    asked = np.where(household("monitored", period), -1, -is_one_of(household("kind", period), "poor"))
    return verdict(asked, at_least(household("income_per_head", period), MONITOR_LINE))


def poor_income_above_line(household: Any, period: Any) -> Array:
    asked = is_one_of(household("kind", period), "poor")
    return verdict(asked, at_least(household("income_per_head", period), POVERTY_LINE))


def plunged(household: Any, period: Any, now: str, then: str, share: float) -> Array:
    before = household(f"income_{then}", period)
    asked = np.minimum(-is_one_of(household("kind", period), "poor"), truth(True, before > 0))
    enough = at_least(household("income_per_head", period), WATCHED_BELOW)
    kept = at_least(household(f"income_{now}", period), (1 - share) * before)
    return verdict(asked, np.maximum(enough, kept))


def income_not_plunged(household: Any, period: Any) -> Array:
    return plunged(household, period, "year", "before", PLUNGE)


def income_half_not_plunged(household: Any, period: Any) -> Array:
    return plunged(household, period, "half", "half_ago", PLUNGE_HALF)


def rigid_spending_bearable(household: Any, period: Any) -> Array:
    asked = household("spendings", period) > 0
    return verdict(asked, at_most(household("rigid_spending", period), RIGID_SHARE * household("income_year", period)))


def registered(household: Any, period: Any) -> Array:
    return -is_one_of(household("kind", period), "general")


def none_of(bad: Array, unknown: Array) -> Array:
    return np.where(bad > 0, -1, np.where(unknown == 0, 1, 0))


def children_in_school(household: Any, period: Any) -> Array:
    pupil = np.minimum(household.members("active", period), household.members("school_age", period)) > 0
    status = household.members("school_status", period)
    out = household.sum(pupil & (status == ENUMS["school_status"].dropout))
    unknown = household.sum(pupil & (status == ENUMS["school_status"].unknown))
    asked = np.minimum(household("registered", period), truth(True, household.sum(pupil) > 0))
    return verdict(asked, none_of(out, unknown))


def household_insured(household: Any, period: Any) -> Array:
    here, covered = household.members("active", period) > 0, household.members("insured", period)
    asked = np.minimum(household("registered", period), truth(True, household("members", period) > 0))
    return verdict(asked, none_of(household.sum(here & (covered < 0)), household.sum(here & (covered == 0))))


def housing_safe(household: Any, period: Any) -> Array:
    safe = is_one_of(household("dwelling_grade", period), "A", "B")
    return verdict(household("registered", period), np.maximum(safe, household("dwelling_made_safe", period)))


def enough(household: Any, period: Any) -> Array:
    litres = household("water_litres", period)
    in_dry_area = np.minimum(household("water_dry_area", period), at_least(litres, LITRES_DRY))
    return np.maximum(at_least(litres, LITRES_WET), in_dry_area)


def clean(household: Any, period: Any) -> Array:
    return is_one_of(household("water_quality", period), "test_passed", "looks_clean")


def near(household: Any, period: Any) -> Array:
    metres = at_most(household("water_fetch_metres", period), METRES)
    walk = np.minimum(metres, at_most(household("water_fetch_climb", period), CLIMB))
    minutes = at_most(household("water_fetch_minutes", period), MINUTES)
    return np.maximum(household("water_piped", period), np.maximum(minutes, walk))


def reliable(household: Any, period: Any) -> Array:
    return at_most(household("water_short_days", period), SHORT_DAYS)


def about_water(*parts: str) -> Callable[[Any, Any], Array]:
    def formula(household: Any, period: Any) -> Array:
        return verdict(household("registered", period), np.minimum.reduce([household(part, period) for part in parts]))

    return formula


def data_one_head(household: Any, period: Any) -> Array:
    here, relation = household.members("active", period) > 0, household.members("relation", period)
    heads, spouses, unstated = (
        household.sum(here & (relation == ENUMS["relation"][word])) for word in ("head", "spouse", "unknown")
    )
    asked = (household("members", period) > 0) & (unstated == 0)
    return verdict(asked, truth(True, (heads == 1) & (spouses <= 1)))


FORMULAS: Mapping[Any, Mapping[str, Callable[[Any, Any], Array]]] = {
    PERSON: {each.__name__: each for each in (active, school_age, insured, child_in_school, member_insured)},
    GROUP: {
        **{each.__name__: each for each in (members, registered, enough, clean, near, reliable)},
        "income_per_head": income_per_head,
        **{
            each.__name__: each
            for each in (
                *(income_above_monitor_line, poor_income_above_line, income_not_plunged, income_half_not_plunged),
                *(rigid_spending_bearable, children_in_school, household_insured, housing_safe, data_one_head),
            )
        },
        **{f"water_{part}": about_water(part) for part in ("enough", "clean", "near", "reliable")},
        "water_safe": about_water("enough", "clean", "near", "reliable"),
    },
}


def system() -> TaxBenefitSystem:
    """The tax and benefit system with all inputs and all standards as its variables."""
    made = TaxBenefitSystem([PERSON, GROUP])
    for entity, inputs in INPUTS.items():
        for name, kind in inputs.items():
            made.add_variable(_variable(name, entity, kind))
    for entity, formulas in FORMULAS.items():
        for name, formula in formulas.items():
            kind = float if name == "income_per_head" else int
            made.add_variable(_variable(name, entity, kind, formula))
    return made


def _variable(name: str, entity: Any, kind: Any, formula: Callable[[Any, Any], Array] | None = None) -> type[Variable]:
    said: dict[str, Any] = {"entity": entity, "definition_period": DateUnit.MONTH, "label": name, "value_type": kind}
    if name in ENUMS:
        said |= {"value_type": Enum, "possible_values": ENUMS[name], "default_value": ENUMS[name].unknown}
    elif kind is float:
        said["default_value"] = np.nan
    if formula is not None:
        said["formula"] = formula
    return type(name, (Variable,), said)


def calculate(simulation: Simulation) -> dict[str, Array]:
    """Every standard of the subset."""
    return {name: simulation.calculate(name, PERIOD) for name in SUBSET}
