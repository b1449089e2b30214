"""No sequence of allowed moves loses a case, skips a publicity, or lets one person both do and verify; and whatever is
written in a procedure's file, it is refused in sentences."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from firmground.common.home import CATALOGUE
from firmground.engines.declarations import Refused
from firmground.engines.procedures.calendar import Calendar
from firmground.engines.procedures.declared import Procedure, check_procedures, load_procedures, read_procedure
from firmground.engines.procedures.drawn import diagram
from firmground.engines.procedures.proof import Others, prove
from firmground.engines.procedures.rehearsal import forbidden_moves, legal_moves, ways
from firmground.engines.procedures.run import NotAllowed, Run

from .procedures import Judge, attempt, spoilt, written

OPENED_ON = date(2020, 3, 20)
DECLARED = load_procedures(CATALOGUE)
MOVES = 50
TORN = ["", '"', "{", "]", "=", "\n", "[[step]]\n", "9" * 30, "\x00"]
WITHOUT_SHRINKING = settings(deadline=None, phases=[Phase.explicit, Phase.generate])
RANDOM = st.randoms(use_true_random=False)


def accepted(said: dict[str, Any]) -> Procedure:
    refusals: list[Refused] = []
    procedure = read_procedure("walk", said, refusals)
    if procedure is not None and not refusals:
        prove(procedure, Others(), refusals)
    assert refusals == []
    assert procedure is not None
    return procedure


def walk(procedure: Procedure, random: Random, calendar: Calendar | None = None) -> Run:
    """A run after random attempts; after each move that the engine allowed the judge has looked."""
    run = Run(procedure, OPENED_ON, calendar or Calendar())
    judge = Judge(procedure, run.at, OPENED_ON)
    for _ in range(MOVES * 4):
        move = attempt(procedure, judge.at, random, judge.day)
        if random.random() < 0.3:  # or few would come to the later steps
            onward = [legal for legal in legal_moves(run) if not procedure.steps[legal.step].at_any_time]
            move = random.choice(onward or [move])
        try:
            run = run.take(move)
        except NotAllowed:
            continue
        judge.watch(move)
        assert (run.at, run.posted_on) == (judge.at, judge.posted)
        assert_there_is_a_way_on(run)
        if len(run.moves) == MOVES:
            break
    assert Run.replayed(procedure, OPENED_ON, run.moves, calendar) == run
    return run


def assert_there_is_a_way_on(run: Run) -> None:
    """Whoever waits long enough, shows everything and is somebody new can always move an open case."""
    if run.step is not None:
        possible = [move for move in legal_moves(run) if move.step == run.at]
        assert possible
        for move in possible:
            run.take(move)
        assert run.outcome is None
    else:
        assert run.outcome in run.procedure.outcomes


@settings(WITHOUT_SHRINKING, max_examples=80)
@given(random=RANDOM, seed=st.integers(0, 10**6))
def test_allowed_moves_never_lose_a_case_skip_a_publicity_or_let_one_person_do_and_verify(
    random: Random, seed: int
) -> None:
    walk(accepted(written(random)), Random(seed))


@pytest.mark.parametrize("name", sorted(DECLARED.procedures))
def test_random_officers_cannot_break_a_declared_procedure(name: str) -> None:
    procedure, random = DECLARED.procedures[name], Random(name)
    taken: Counter[str] = Counter()
    for _ in range(20):
        moves = 0
        while moves < MOVES:  # a case that ended for good is followed by another
            run = walk(procedure, random, DECLARED.calendar)
            moves += len(run.moves)
            taken.update(move.step for move in run.moves)
    assert set(taken) == set(procedure.steps)


@settings(WITHOUT_SHRINKING, max_examples=60)
@given(random=RANDOM)
def test_every_step_has_a_way_to_it_and_every_kind_of_forbidden_move_is_refused_there(random: Random) -> None:
    procedure = accepted(written(random))
    assert {each.id for each in procedure.steps.values() if each.in_order} <= set(ways(procedure))
    assert set(procedure.outcomes) <= set(ways(procedure))
    assert all(forbidden.hindrance.says(procedure, "zh") for forbidden in forbidden_moves(procedure))
    assert diagram(procedure).startswith("flowchart TD\n")


def without(kind: str) -> Callable[[Run, Any], Any]:
    """The engine with one of its checks dropped."""
    whole = Run._hindrance

    def hindrance(self: Run, move: Any) -> Any:
        found = whole(self, move)
        return None if found is not None and found.kind == kind else found

    return hindrance


@pytest.mark.parametrize(
    ("dropped", "objection"),
    [
        ("not_posted", "a publicity was skipped"),
        ("on_the_board", "a notice hung too short"),
        ("same_person", "one person did and verified"),
        ("two_roles", "one person in two roles"),
        ("wrong_role", "taken by a role that may not"),
        ("missing", "something was missing"),
        ("before_entry", "taken before the move before"),
        ("out_of_turn", "taken out of turn"),
    ],
)
def test_the_judge_objects_when_the_engine_drops_a_check(
    dropped: str, objection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "_hindrance", without(dropped))
    procedure, random = DECLARED.procedures["monitoring"], Random(dropped)
    with pytest.raises(AssertionError, match=objection):
        all(walk(procedure, random) for _ in range(300))


@settings(WITHOUT_SHRINKING, max_examples=200)
@given(random=RANDOM)
def test_a_spoilt_procedure_is_refused_in_sentences_or_can_be_carried_out(random: Random) -> None:
    kept = list(DECLARED.said.values())
    said = spoilt(dict(random.choice([*kept, written(random)])), random)
    refusals: list[Refused] = []
    procedure = read_procedure("spoilt", said, refusals)
    if procedure is not None and not refusals:
        prove(procedure, Others(), refusals)
    assert all(refused.message and refused.file == "procedures/spoilt.toml" for refused in refusals)
    if not refusals:
        assert procedure is not None
        assert set(procedure.outcomes) <= set(ways(procedure))


@settings(WITHOUT_SHRINKING, max_examples=80)
@given(random=RANDOM)
def test_a_file_with_torn_text_is_refused_in_sentences(
    tmp_path_factory: pytest.TempPathFactory, random: Random
) -> None:
    folder: Path = tmp_path_factory.mktemp("torn")
    (folder / "procedures").mkdir()
    for name in ("calendar.toml", "words.toml", "procedures/monitoring.toml"):
        text = (CATALOGUE / name).read_text(encoding="utf-8")
        for _ in range(random.randint(0, 2)):
            at = random.randrange(len(text))
            text = (
                text[:at]
                + random.choice(["", '"', "{", "]", "=", "\n", "[[step]]\n", "9" * 30, "\x00"])
                + text[at + 2 :]
            )
        (folder / name).write_text(text, encoding="utf-8")
    checked = check_procedures(folder)
    assert all(refused.message for refused in checked.refusals)
    assert checked.refusals or "monitoring" in checked.procedures
