"""Screening again after a change finds what screening everything anew would find, to the byte."""

import tempfile
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmground.engines import changes
from firmground.engines.changes import write_changes
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.facts import read_facts, scope_of
from firmground.engines.standards.language import parse
from firmground.engines.standards.screening import ENGINES, screen
from tests.spec.drawn import loops_as_python

from .registers import COUNTIES, FACTS, HOUSEHOLDS, catalogues, write_snapshot
from .test_engines_agree import small_catalogue


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("findings/**/*.parquet"))}


REGISTERS = st.fixed_dictionaries(dict.fromkeys(COUNTIES, HOUSEHOLDS))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(catalogue=catalogues(), before=REGISTERS, after=REGISTERS, one_county_stays=st.booleans())
def test_a_change_taken_apart_equals_screening_everything(catalogue, before, after, one_county_stays):
    if one_county_stays:
        after[COUNTIES[0]] = before[COUNTIES[0]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parent = write_snapshot(folder / "parent", before)
        now = write_snapshot(folder / "now", after, parent=parent)
        changes.MOST_WORTH_KEEPING, usual = 10, changes.MOST_WORTH_KEEPING  # so small a register changes nearly whole
        try:
            write_changes(parent, now)
        finally:
            changes.MOST_WORTH_KEEPING = usual
        screen(parent, catalogue, folder / "earlier", workers=1)
        again = screen(now, catalogue, folder / "again", since=folder / "earlier", workers=1)
        with loops_as_python():
            screen(now, catalogue, folder / "by loops", since=folder / "earlier", workers=1, engine="compiled")
        screen(now, catalogue, folder / "anew", workers=1)
        assert again.screened_again == 0
        assert files_in(folder / "again") == files_in(folder / "by loops") == files_in(folder / "anew")
        counted = {(folder / how / "summary.parquet").read_bytes() for how in ("again", "by loops", "anew")}
        assert len(counted) == 1


def test_a_change_to_a_number_too_long_for_duckdb_equals_screening_everything(tmp_path):
    tables, _ = read_facts(tomllib.loads(FACTS % ""), {}, [])
    names, _ = scope_of(tables["household"], {})
    rule = parse("income * debt * 0.0000000001 <= 5.0", names, "bool")
    catalogue = replace(small_catalogue(), tables=tables, parameters={})
    standard = replace(catalogue.standards["quotient"], rule=rule)
    catalogue = replace(catalogue, standards={standard.id: standard})
    long = Decimal("9999999999.99")
    small, large = ({"income": amount, "debt": long} for amount in (Decimal("1.00"), long))
    parent = write_snapshot(tmp_path / "parent", {"530627": [(small, [], [], "200201")] * 9})
    changed = [(small, [], [], "200201")] * 8 + [(large, [], [], "200201")]
    now = write_snapshot(tmp_path / "now", {"530627": changed}, parent=parent)
    write_changes(parent, now)
    screen(parent, catalogue, tmp_path / "earlier")
    again = screen(now, catalogue, tmp_path / "again", since=tmp_path / "earlier")
    assert again.screened_again == 0
    for engine in ENGINES:
        with loops_as_python():
            screen(now, catalogue, tmp_path / engine, engine=engine)
        assert files_in(tmp_path / engine) == files_in(tmp_path / "again") != {}


def test_a_change_of_most_households_is_not_kept_apart(tmp_path):
    household = ({"poor": True}, [], [], "200201")
    other = ({"poor": False}, [], [], "200201")
    parent = write_snapshot(tmp_path / "parent", {"530627": [household] * 4})
    now = write_snapshot(tmp_path / "now", {"530627": [other] * 3 + [household]}, parent=parent)
    write_changes(parent, now)
    assert not (now.folder / changes.FOLDER).exists()


def test_only_the_changed_households_are_told_apart_with_all_their_rows(tmp_path):
    members = [{"job": "a"}, {"job": "b"}]
    stays, changes_wage = ({"poor": True}, members, [], "200201"), ({"poor": True}, members, [], "200202")
    changed = ({"poor": True}, [{"job": "a"}, {"job": "c"}], [], "200202")
    parent = write_snapshot(tmp_path / "parent", {"530627": [stays] * 9 + [changes_wage]})
    now = write_snapshot(tmp_path / "now", {"530627": [stays] * 9 + [changed]}, parent=parent)
    write_changes(parent, now)
    told = Snapshot.open(now.folder / changes.FOLDER)
    assert {part: (told.rows("household", part), told.rows("member", part)) for part in told.parts()} == {
        "before": (1, 2),
        "after": (1, 2),
    }


def test_a_household_that_gets_its_first_visit_has_changed(tmp_path):
    stays, visited = ({"poor": True}, [], [], "200201"), ({"poor": True}, [], [{"cost": None}], "200202")
    parent = write_snapshot(tmp_path / "parent", {"530627": [stays] * 9 + [({"poor": True}, [], [], "200202")]})
    now = write_snapshot(tmp_path / "now", {"530627": [stays] * 9 + [visited]}, parent=parent)
    write_changes(parent, now)
    told = Snapshot.open(now.folder / changes.FOLDER)
    assert (told.rows("household", "after"), told.rows("visit", "after"), told.rows("visit", "before")) == (1, 1, 0)
