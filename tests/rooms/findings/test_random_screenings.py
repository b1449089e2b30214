"""Whatever screenings follow one another, findings and counts are those of a plain model in Python."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmground.findings import actions, queries
from firmground.findings.models import Finding, PlaceResult, Screening, StandardResult
from tests.rooms.findings.conftest import Drawn

HOUSEHOLDS = ("53332310120100001", "53332310120200001", "53332310120200002", "53330110120000001", "62112110000100001")
STANDARDS = ("roof", "water")
COUNTIES = tuple(sorted({household[:6] for household in HOUSEHOLDS}))
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
        screening.delete()
    standing: dict[tuple[str, str], tuple[str, dict]] = {}  # what the model holds open
    for number, drawn in enumerate(screenings):
        found = {key: answer for key, answer in drawn["answers"].items() if answer and key[0][:6] in drawn["counties"]}
        path = folder / f"{Finding.objects.count()}-{number}-{len(list(folder.iterdir()))}"
        Drawn(found, HOUSEHOLDS, STANDARDS, as_of=date(2020, 1, 31) + timedelta(days=number),
              held=tuple(sorted(drawn["held"])), counties=tuple(sorted(drawn["counties"]))).write(path)  # fmt: skip
        taken = actions.take_in(folder=path)
        speaking = set(STANDARDS) - drawn["held"]
        if drawn["release"]:
            for standard in sorted(drawn["held"]):
                actions.release(standard=standard, note="looked at")
            speaking = set(STANDARDS)

        before = dict(standing)
        for household in HOUSEHOLDS:
            for standard in speaking:
                if household[:6] in drawn["counties"]:
                    standing.pop((household, standard), None)
                    if (household, standard) in found:
                        standing[household, standard] = found[household, standard]

        seen = {(f.subject_id, f.standard): (f.verdict, f.evidence, f.status)  # type: ignore[attr-defined]
                for f in queries.open_in(taken.screening)}  # fmt: skip
        assert seen == {
            key: (*now, _status(before.get(key), now)) for key, now in standing.items() if key[1] in speaking
        }
        for place in ("", "53", "5333", "533323", "533323101202", "621121"):
            for standard in speaking:
                now, then = _not_met(standing, place, standard), _not_met(before, place, standard)
                row = queries.counts(taken.screening, [place], [standard]).first()
                assert ((row.opened, row.closed) if row else (0, 0)) == (len(now - then), len(then - now))
        assert not queries.counts(taken.screening, [""], set(STANDARDS) - speaking)


def _status(before: tuple | None, now: tuple) -> str:
    if before is None or before[0] != now[0]:
        return "opened"
    return "still_open" if before == now else "changed"


def _not_met(standing: dict[tuple[str, str], tuple[str, dict]], place: str, standard: str) -> set[str]:
    return {h for (h, s), (verdict, _) in standing.items()
            if h.startswith(place) and s == standard and verdict == "not_met"}  # fmt: skip
