"""What serves the villages: water supplies, clinics, schools, as their registers know them at a moment.

Each place draws from a generator of its own, so that a village has the same tap whatever else is peopled. Most
facilities are kept; some fall short for a time, and the truth says which standard finds it. No household's truth
depends on them.
"""

import calendar
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from firmground.engines import rollups
from firmground.engines.snapshot import ARROW_TYPES
from firmground.world.columns import BaseFact
from firmground.world.identity import GIVEN, SURNAMES
from firmground.world.planted import GOLDEN
from firmground.world.villages import Settled

Row: TypeAlias = dict[str, Any]

PLACES = {
    "village": "village_code",
    "county": "place_code",
    "water_supply": "place_code",
    "clinic": "place_code",
    "school": "place_code",
}
RELATED = {"exit_survey": "county", "water_test": "water_supply", "interruption": "water_supply"}
ADDED_UP = {"village": 12, "county": 6}  # the digits of their codes
NOT_FACTS = ("title", "keeper")  # what files say besides the facts: names

# The share of those asked that falls short, each for a time.
SHARES = {
    "water_supply_responsible": 0.02, "water_supply_keeper": 0.06, "water_supply_money": 0.07,
    "water_supply_in_order": 0.04, "water_supply_tested": 0.08, "water_supply_clean": 0.05,
    "water_supply_reliable": 0.015, "village_has_clinic": 0.02, "village_clinic_doctor": 0.025,
    "village_clinic_room": 0.04, "township_clinic_doctor": 0.03, "township_clinic_departments": 0.05,
    "county_hospital_doctors": 0.08, "county_hospital_level": 0.06, "clinic_kept": 0.04, "clinic_in_order": 0.03,
    "school_kept": 0.04, "school_in_order": 0.04, "school_has_teachers": 0.04,
}  # fmt: skip
SHARED_CLINIC, DISPERSED, SECOND_SUPPLY, GIVEN_UP, VILLAGE_SCHOOL = 0.06, 0.35, 0.3, 0.02, 0.35
RESIDENTS_OF_A_VILLAGE = 1700
PERSONS_OF_A_HOUSEHOLD, SHARE_REGISTERED = 3.6, 0.25  # of the rural population; the share is a guess
LEARNED_AFTER = timedelta(days=12)
FIRST, LAST = date(2019, 1, 1), date(2020, 6, 10)  # when a failure begins
TESTS_SINCE = date(2017, 7, 1)
EVERY = {"centralised": 140, "dispersed": 290}  # days between tests
TESTED_WITHIN = {"centralised": 6, "dispersed": 12}  # months, as the standard asks
MOST_DAYS_WITHOUT = 36


@dataclass(frozen=True)
class Eyes:
    """The registers as of a day, as known at a day."""

    as_of: date
    known_at: date

    def saw(self, on: date | None, after: timedelta = LEARNED_AFTER) -> bool:
        return on is not None and on <= self.as_of and on + after <= self.known_at


@dataclass
class Facilities:
    """Rows of each register of one county, and which subject falls short of which standard."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in (*PLACES, *RELATED)})
    short: list[tuple[str, str]] = field(default_factory=list)  # subject, standard

    def tables(
        self, facts: dict[str, list[BaseFact]], sums: pa.Table | None = None, named: bool = False
    ) -> dict[str, pa.Table]:
        """Each register's table, subjects in the order of place and key, related rows in that of their subjects.

        Args:
            sums: what the villages add up to; left out: villages and the county carry only what is counted there.
            named: with the names that stay out of a snapshot.
        """
        tables, at = {}, {}
        for table in (*PLACES, *RELATED):
            key, subject = f"{table}_id", RELATED.get(table)
            if subject is None:
                rows = sorted(self.rows[table], key=lambda row: (row[PLACES[table]], row[key]))
                at[table] = {row[key]: position for position, row in enumerate(rows)}
                columns = dict.fromkeys((key, PLACES[table]), "text")
            else:
                positions = at[subject]
                rows = sorted(self.rows[table], key=lambda row: (positions[row[f"{subject}_id"]], row[key]))
                for row in rows:
                    row[f"{subject}_row"] = positions[row[f"{subject}_id"]]
                columns = {f"{subject}_row": "int", key: "text", f"{subject}_id": "text"}
            if named:
                columns |= {name: "text" for name in NOT_FACTS if rows and name in rows[0]}
            columns |= {fact.name: fact.type for fact in facts[table] if fact.name not in rollups.COUNTED}
            tables[table] = pa.table(
                {name: pa.array([row.get(name) for row in rows], ARROW_TYPES[type_]) for name, type_ in columns.items()}
            )
            if sums is not None and table in ADDED_UP:
                added = rollups.onto(tables[table], rollups.together([sums], ADDED_UP[table]), key, PLACES[table])
                tables[table] = added.select([key, PLACES[table], *(fact.name for fact in facts[table])])
            if table == "exit_survey":
                latest = rollups.latest_of_its_kind(tables[table], "county_id", key)
                at_column = tables[table].column_names.index("latest")
                tables[table] = tables[table].set_column(at_column, "latest", latest)
        return tables

    def truth(self) -> pa.Table:
        """Which facility falls short of which standard, as far as the registers can know."""
        subjects, standards = zip(*sorted(self.short), strict=True) if self.short else ((), ())
        return pa.table({"subject_id": pa.array(subjects, pa.string()), "standard": pa.array(standards, pa.string())})


def draw_facilities(one: Settled, seed: int, eyes: Eyes) -> Facilities:
    """What serves a county's peopled villages, their townships, and the county itself."""
    made = Facilities()
    villages = {code: int(size) for code, size in zip(one.county.villages, one.sizes, strict=True) if size}
    people = sum(_Place(made, code, seed, eyes).village(size) for code, size in villages.items())
    for township in sorted({code[:9] for code in villages}):
        _Place(made, township, seed, eyes).township()
    _Place(made, one.county.code, seed, eyes, one.county.ordinal).county(people)
    return made


class _Place:
    """Draws what serves one place. Each thing in it has a stream of its own, so that what one does moves no other."""

    def __init__(self, made: Facilities, code: str, seed: int, eyes: Eyes, ordinal: int | None = None) -> None:
        self.made, self.code, self.seed, self.eyes, self.ordinal = made, code, seed, eyes, ordinal

    def stream(self, of: str) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence([self.seed, int(self.code), zlib.crc32(of.encode())]))

    def village(self, households: int) -> int:
        """A village of so many registered households; returns its rural population."""
        rng = self.stream("village")
        residents = int(np.clip(rng.lognormal(np.log(RESIDENTS_OF_A_VILLAGE), 0.5), 120, 9000))
        supplies = 1 + int(rng.random() < SECOND_SUPPLY)
        shares, taught, too_far = rng.random(3) < (SHARED_CLINIC, VILLAGE_SCHOOL, 0.5)
        near, far = int(rng.integers(8, 31)), int(rng.integers(35, 90))
        without = self.falls_short("village_has_clinic")
        share = np.clip(self.stream("rural population").lognormal(np.log(SHARE_REGISTERED), 0.5), 0.06, 0.9)
        people = round(households * PERSONS_OF_A_HOUSEHOLD / float(share))
        clinic = ("shared" if too_far else "none") if without else "shared" if shares else "own"
        self.add(
            "village", self.code, village_code=self.code, counted_on=self.counted_on(), residents=residents,
            rural_population=people,
            clinic=clinic, clinic_minutes=(far if without else near) if clinic == "shared" else None,
        )  # fmt: skip
        self.note(self.code, village_has_clinic=without)
        for number in range(1, supplies + 1):
            self.water_supply(number, residents // supplies)
        if clinic == "own":
            self.village_clinic(residents)
        if taught:
            self.school("primary" if residents > 1200 else "teaching_point", max(residents // 18, 6))
        return people

    def township(self) -> None:
        rng = self.stream("township")
        residents = int(np.clip(rng.lognormal(np.log(21_000), 0.5), 2500, 90_000))
        area, qualified, assistant, pupils = (
            int(rng.integers(*of)) for of in ((600, 3000), (1, 12), (1, 9), (200, 1500))
        )
        no_doctor = self.falls_short("township_clinic_doctor")
        unfit = residents > 10_000 and self.falls_short("township_clinic_departments")
        key = self.clinic(
            "township_clinic", "卫生院", residents, area=Decimal(area), departments=not unfit,
            doctors_qualified=0 if no_doctor else qualified, doctors_assistant=0 if no_doctor else assistant,
        )  # fmt: skip
        self.note(key, township_clinic_doctor=no_doctor, township_clinic_departments=unfit)
        self.school("junior", pupils)

    def county(self, people: int) -> None:
        """A county whose peopled villages have so many people."""
        self.add("county", self.code, place_code=self.code, counted_on=self.counted_on(), rural_population=people)
        self.own_checks(people)
        rng = self.stream("county")
        residents, specialties, area, qualified, assistant = (
            int(rng.integers(*of)) for of in ((140_000, 900_000), (8, 20), (9000, 40_000), (30, 200), (10, 60))
        )
        unstaffed, level = self.falls_short("county_hospital_doctors"), self.falls_short("county_hospital_level")
        key = self.clinic(
            "county_hospital", "县人民医院", residents, area=Decimal(area), level_two=not level,
            specialties=specialties, specialties_staffed=specialties - 2 * unstaffed, doctors_qualified=qualified,
            doctors_assistant=assistant,
        )  # fmt: skip
        self.note(key, county_hospital_doctors=unstaffed, county_hospital_level=level)

    def own_checks(self, people: int) -> None:
        """What the county found of itself, twice a year; no special assessment was made before the summer of 2020."""
        rng, most = self.stream("own checks"), max(people // 4, 40)
        for year, month in ((2018, 11), (2019, 5), (2019, 11), (2020, 5)):
            on = date(year, month, int(rng.integers(1, 29)))
            exited, others = (min(int(rng.integers(*of)), most) for of in ((2600, 4200), (1200, 2600)))
            wrong, missed = (int(rng.binomial(of, share)) for of, share in ((exited, 0.004), (others, 0.003)))
            asked = min(int(rng.integers(900, 1600)), most)
            approving = int(rng.binomial(asked, 0.955))
            if self.eyes.saw(on):
                self.add(
                    "exit_survey", f"{self.code}-own_check-{on}", county_id=self.code, surveyed_on=on, kind="own_check",
                    conducted_by="county", exited_sampled=exited, wrong_exit_persons=wrong,
                    non_registered_sampled=others, missed_persons=missed, households_surveyed=asked,
                    households_approving=approving,
                )  # fmt: skip

    def village_clinic(self, residents: int) -> None:
        rng = self.stream("village clinic")
        small, large, doctors = (int(rng.integers(*of)) for of in ((30, 59), (60, 160), (1, 4)))
        one_room = bool(rng.random() < 0.5)
        no_doctor, unfit = self.falls_short("village_clinic_doctor"), self.falls_short("village_clinic_room")
        key = self.clinic(
            "village_clinic", "村卫生室", residents, area=Decimal(small if unfit and not one_room else large),
            rooms_apart=not (unfit and one_room), doctors_qualified=0, doctors_assistant=0,
            doctors_village=0 if no_doctor else doctors,
        )  # fmt: skip
        self.note(key, village_clinic_doctor=no_doctor, village_clinic_room=unfit and residents > 800)

    def clinic(self, type_: str, title: str, residents: int, **facts: Any) -> str:
        kept, short = self.kept("clinic", "township" if type_ == "village_clinic" else "county", residents * 10)
        key = f"{self.code}-C1"
        self.add(
            "clinic", key, place_code=self.code, title=title, clinic_type=type_, ownership="public",
            residents_served=residents, **facts, **kept,
        )  # fmt: skip
        self.note(key, **short)
        return key

    def school(self, type_: str, pupils: int) -> None:
        kept, short = self.kept("school", "county", pupils * 400)
        a_teacher, most = 25 if self.falls_short("school_has_teachers") else 12, 13.5 if type_ == "junior" else 19
        teachers, key = -(-pupils // a_teacher), f"{self.code}-S1"
        self.add(
            "school", key, place_code=self.code, school_type=type_, pupils=pupils, teachers=teachers,
            title={"teaching_point": "教学点", "primary": "小学", "junior": "中学"}[type_], boarding=type_ == "junior",
            **kept,
        )  # fmt: skip
        self.note(key, school_has_teachers=pupils > most * teachers, **short)

    def kept(self, about: str, by: str, yearly: int) -> tuple[Row, dict[str, bool]]:
        """Since when it stands, who answers, what it costs, how it is; and what of it falls short."""
        rng = self.stream(about)
        opened, nobody = _between(rng, date(2005, 1, 1), date(2018, 6, 30)), bool(rng.random() < 0.4)
        short = {f"{about}_{name}": self.falls_short(f"{about}_{name}") for name in ("kept", "in_order")}
        unpaid = short[f"{about}_kept"] and not nobody
        return {
            "opened_on": opened,
            "responsible": "none" if short[f"{about}_kept"] and nobody else by,
            "running_money": not unpaid,
            "running_money_yearly": None if unpaid else Decimal(max(yearly, 3000)),
            "condition": "needs_repair" if short[f"{about}_in_order"] else "good",
        }, short

    def water_supply(self, number: int, people: int) -> None:
        key, rng = f"{self.code}-W{number}", self.stream(f"water supply {number}")
        type_ = "dispersed" if rng.random() < DISPERSED else "centralised"
        opened, given_up = _between(rng, date(2005, 1, 1), date(2018, 6, 30)), bool(rng.random() < GIVEN_UP)
        closed = _between(rng, FIRST, LAST)
        keeper = SURNAMES[rng.integers(len(SURNAMES))] + GIVEN[rng.integers(len(GIVEN))]
        by = "village" if rng.random() < 0.6 or type_ == "dispersed" else "company"
        money, charge = Decimal(int(rng.integers(12, 60)) * 100), Decimal(int(rng.integers(4, 30))) / 10
        broken = "out_of_use" if rng.random() < 0.3 else "needs_repair"
        short = {
            f"water_supply_{name}": self.falls_short(f"water_supply_{name}", number)
            for name in ("responsible", "keeper", "money", "in_order")
        }
        unpaid, alone = short["water_supply_money"], short["water_supply_keeper"]
        gone = given_up and self.eyes.saw(closed)
        self.add(
            "water_supply", key, place_code=self.code,
            title=f"{number}号{'水厂' if type_ == 'centralised' else '供水点'}",
            keeper=None if alone else keeper, supply_type=type_, opened_on=opened, closed_on=closed if gone else None,
            people_served=people, households_served=max(people // 4, 1),
            responsible="none" if short["water_supply_responsible"] else by, has_keeper=not alone,
            running_money=not unpaid, running_money_yearly=None if unpaid else money,
            water_charge=charge if type_ == "centralised" else None,
            condition=broken if short["water_supply_in_order"] else "good", log_kept=True,
        )  # fmt: skip
        tests = self.tests(key, type_, number)
        short["water_supply_tested"], short["water_supply_clean"] = _overdue(tests, type_, self.eyes), _failed(tests)
        short["water_supply_reliable"] = self.interruptions(key, number) > MOST_DAYS_WITHOUT
        if not gone:
            self.note(key, **short)

    def tests(self, key: str, type_: str, number: int) -> list[Row]:
        """The known tests of a supply: at even distances, until nobody comes any more; for some months they fail."""
        rng = self.stream(f"tests {number}")
        every, on = timedelta(days=EVERY[type_]), TESTS_SINCE + timedelta(days=int(rng.integers(EVERY[type_])))
        in_the_field, item = rng.random(12) < 0.5, ("bacteria", "turbidity", "chlorine")[int(rng.integers(3))]
        stopped, _ = self.failing("water_supply_tested", number)
        spoilt, clean = self.failing("water_supply_clean", number)
        rows: list[Row] = []
        while self.eyes.saw(on) and not (stopped and on >= stopped):
            failed = bool(spoilt and on >= spoilt and not (clean and on >= clean))
            by = "field" if type_ == "dispersed" and in_the_field[len(rows) % 12] else "county"
            rows.append(
                {"tested_on": on, "tested_by": by, "passed": not failed, "failed_item": item if failed else None}
            )
            on += every
        for ordinal, row in enumerate(rows, start=1):
            self.add("water_test", f"{key}-T{ordinal:03}", water_supply_id=key, **row)
        return rows

    def interruptions(self, key: str, number: int) -> int:
        """The known times without water; returns the days of the last year."""
        rng, spans = self.stream(f"interruptions {number}"), {}
        for _ in range(int(rng.integers(0, 4))):
            cause = ("breakage", "power", "frost")[int(rng.integers(3))]
            spans[_between(rng, date(2018, 7, 1), LAST)] = int(rng.integers(1, 6)), cause
        if self.failing("water_supply_reliable", number)[0]:
            spans[_between(rng, date(2020, 1, 10), date(2020, 4, 1))] = int(rng.integers(45, 85)), "drought"
        days, as_of = 0, self.eyes.as_of
        for ordinal, (began, (lasting, cause)) in enumerate(sorted(spans.items()), start=1):
            if self.eyes.saw(began):
                ended = began + timedelta(days=lasting)
                known = ended if self.eyes.saw(ended) else None
                row = f"{key}-I{ordinal:03}"
                self.add("interruption", row, water_supply_id=key, began_on=began, ended_on=known, cause=cause)
                days += max(0, min((as_of - began).days, 365) - (as_of - (known or as_of)).days)
        return days

    def falls_short(self, standard: str, number: int = 0) -> bool:
        """Whether the registers know at this moment that the place falls short."""
        since, until = self.failing(standard, number)
        return self.eyes.saw(since) and not self.eyes.saw(until)

    def failing(self, standard: str, number: int = 0) -> tuple[date | None, date | None]:
        """From when to when the place, or its supply of this number, fails; half of the failures are put right in time.

        Of counties there are few, and failures are spread evenly over them; over villages they fall as they fall.
        """
        rng, share = self.stream(f"{standard} {number}"), SHARES[standard]
        at = rng.random()
        if self.ordinal is not None:
            first = np.random.default_rng([self.seed, zlib.crc32(standard.encode())]).random()
            at = (first + self.ordinal * GOLDEN) % 1
        if at >= 2 * share:
            return None, None
        since = _between(rng, FIRST, LAST)
        return since, _between(rng, since, date(2020, 12, 31)) if at >= share else None

    def counted_on(self) -> date:
        """The villages are counted at the end of each year, and the count is known a month later."""
        years = [date(year, 12, 31) for year in (2017, 2018, 2019)]
        return max(on for on in years if on == years[0] or self.eyes.saw(on, timedelta(days=31)))

    def add(self, table: str, key: str, **facts: Any) -> None:
        self.made.rows[table].append({f"{table}_id": key, **facts})

    def note(self, key: str, **short: bool) -> None:
        self.made.short += [(key, standard) for standard, falls in short.items() if falls]


def _between(rng: np.random.Generator, first: date, last: date) -> date:
    return first + timedelta(days=int(rng.integers((last - first).days + 1)))


def _overdue(tests: list[Row], type_: str, eyes: Eyes) -> bool:
    counted = [row["tested_on"] for row in tests if type_ == "dispersed" or row["tested_by"] != "field"]
    return not counted or _months(max(counted), eyes.as_of) >= TESTED_WITHIN[type_]


def _failed(tests: list[Row]) -> bool:
    return bool(tests) and not tests[-1]["passed"]


def _months(first: date, last: date) -> int:
    """Whole months between two days; one is completed on the same day number, or on a shorter month's last day."""
    done = last.day >= first.day or last.day == calendar.monthrange(last.year, last.month)[1]
    return (last.year - first.year) * 12 + last.month - first.month - (not done)
