"""Whatever screenings follow one another, findings and counts are those of a plain model in Python."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmground.findings import actions, queries, tallies
from firmground.findings.models import Finding, PlaceResult, Screening, StandardResult
from firmground.officers.machine import machine
from firmground.officers.territory import EVERYWHERE
from tests.rooms.findings.conftest import Drawn

HOUSEHOLDS = ("53332310120100001", "53332310120200001", "53332310120200002", "53330110120000001", "62112110000100001")
STANDARDS = ("roof", "water")
TASKS = {"roof": 3, "water": 5}
COUNTIES = tuple(sorted({household[:6] for household in HOUSEHOLDS}))
PLACES = ("", "53", "5333", "533323", "533323101", "533323101202", "621121")
# A household's answer: met, or a finding on one of two pieces of evidence.
ANSWERS = st.sampled_from([None, ("not_met", {"n": 1}), ("not_met", {"n": 2}), ("unknown", {"n": None})])
SCREENING = st.fixed_dictionaries(
    {
        "answers": st.fixed_dictionaries({(h, s): ANSWERS for h in HOUSEHOLDS for s in STANDARDS}),
        "held": st.sets(st.sampled_from(STANDARDS)),
        "release": st.booleans(),
        "counties": st.sets(st.sampled_from(COUNTIES), min_size=1),
    }
)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(mkdtemp())
    yield path
    shutil.rmtree(path)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SCREENING, min_size=1, max_size=5))
def test_findings_and_counts_are_those_of_a_plain_model(folder: Path, screenings: list[dict]) -> None:
    for model in (Finding, PlaceResult, StandardResult):
        model.objects.all().delete()
    for screening in Screening.objects.order_by("-id"):
        screening.delete()  # its tallies go with it
    standing: dict[tuple[str, str], tuple[str, dict]] = {}  # what the model holds open
    for number, drawn in enumerate(screenings):
        found = {key: answer for key, answer in drawn["answers"].items() if answer and key[0][:6] in drawn["counties"]}
        path = folder / f"{Finding.objects.count()}-{number}-{len(list(folder.iterdir()))}"
        Drawn(found, HOUSEHOLDS, STANDARDS, as_of=date(2020, 1, 31) + timedelta(days=number),
              held=tuple(sorted(drawn["held"])), counties=tuple(sorted(drawn["counties"]))).write(path)  # fmt: skip
        taken = actions.take_in(by=machine(), folder=path, tasks=TASKS)
        speaking = set(STANDARDS) - drawn["held"]
        if drawn["release"]:
            for standard in sorted(drawn["held"]):
                actions.release(by=machine(), standard=standard, note="looked at")
            speaking = set(STANDARDS)

        before = dict(standing)
        for household in HOUSEHOLDS:
            for standard in speaking:
                if household[:6] in drawn["counties"]:
                    standing.pop((household, standard), None)
                    if (household, standard) in found:
                        standing[household, standard] = found[household, standard]

        seen = {(f.subject_id, f.standard): (f.verdict, f.evidence, f.status)  # type: ignore[attr-defined]
                for f in queries.open_in(taken.screening, seen_by=EVERYWHERE)}  # fmt: skip
        assert seen == {
            key: (*now, _status(before.get(key), now)) for key, now in standing.items() if key[1] in speaking
        }
        for place in ("", "53", "5333", "533323", "533323101202", "621121"):
            for standard in speaking:
                now, then = _not_met(standing, place, standard), _not_met(before, place, standard)
                row = queries.counts(taken.screening, [place], [standard], seen_by=EVERYWHERE).first()
                assert ((row.opened, row.closed) if row else (0, 0)) == (len(now - then), len(then - now))
        assert not queries.counts(taken.screening, [""], set(STANDARDS) - speaking, seen_by=EVERYWHERE)
        assert _tallied(taken.screening) == {
            place: _households(standing, place, speaking) for place in PLACES if _households(standing, place, speaking)
        }


def _tallied(screening: Screening) -> dict[str, dict]:
    """Place -> task (or "either") -> households short, households with something unknown; where there are any."""
    counted = {}
    for place in PLACES:
        tally = tallies.by_place(screening, digits=len(place), under=place, seen_by=EVERYWHERE).get(
            place, tallies.PlaceTally()
        )
        found = {task: (each.short, each.unknown) for task, each in tally.tasks.items() if each.short or each.unknown}
        counted[place] = found | ({"either": tally.either} if tally.either else {})
    return {place: found for place, found in counted.items() if found}


def _households(standing: dict[tuple[str, str], tuple[str, dict]], place: str, speaking: set[str]) -> dict:
    """The same from the model."""
    here = {(h, TASKS[s], v) for (h, s), (v, _) in standing.items() if h.startswith(place) and s in speaking}
    found = {}
    for task in TASKS.values():
        marks = tuple(len({h for h, t, v in here if (t, v) == (task, verdict)}) for verdict in ("not_met", "unknown"))
        found |= {task: marks} if any(marks) else {}
    either = len({h for h, _, v in here if v == "not_met"})
    return found | ({"either": either} if either else {})


def _status(before: tuple | None, now: tuple) -> str:
    if before is None or before[0] != now[0]:
        return "opened"
    return "still_open" if before == now else "changed"


def _not_met(standing: dict[tuple[str, str], tuple[str, dict]], place: str, standard: str) -> set[str]:
    return {h for (h, s), (verdict, _) in standing.items()
            if h.startswith(place) and s == standard and verdict == "not_met"}  # fmt: skip
