"""Cases drawn in text: who did what on which day, and what came of it.

    day        | who  | step       | outcome | shown           | comes of it
    2021-03-01 | Mei  | home_check | risk    | two_visitors    | review
    2021-03-02 | Mei  | review     | agreed  |                 | refused: wrong_role

`comes of it` is where the case stands afterwards, or the kind of the refusal. The cast act in their own role unless the
cell says otherwise, as `Mei as township`.
"""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

from firmground.engines.declarations import Refused
from firmground.engines.procedures.calendar import Calendar, read_calendar
from firmground.engines.procedures.declared import Procedure, check_procedures, read_procedure
from firmground.engines.procedures.proof import Others, prove
from firmground.engines.procedures.run import Move, NotAllowed, Run

CAST = {
    "Mei": "village_worker",
    "Tashi": "village_worker",
    "Zhao": "township",
    "Norbu": "township",
    "Lin": "county",
    "Aygul": "administrator",
}
HEADER = """
title = { en = "A household in need", zh = "困难户" }
about = "household"
law = "invented for this page"
"""
OPENED_ON = date(2021, 3, 1)  # a Monday


def procedure(text: str) -> Procedure:
    """A procedure from the rest of its file."""
    refusals: list[Refused] = []
    found = read_procedure("drawn", tomllib.loads(HEADER + text, parse_float=Decimal), refusals)
    if found is not None:
        prove(found, Others(), refusals)
    assert refusals == []
    assert found is not None
    return found


def refusals(folder: Path, text: str, name: str = "drawn") -> list[tuple[str, str]]:
    """(key, message) of every refusal of one procedure's file in a folder."""
    (folder / "procedures").mkdir(exist_ok=True)
    (folder / "procedures" / f"{name}.toml").write_text(text, encoding="utf-8")
    checked = check_procedures(folder)
    assert (name in checked.procedures) == (not checked.refusals_of(name))
    return [(refused.key, refused.message) for refused in checked.refusals_of(name)]


def calendar(folder: Path, text: str) -> Calendar:
    """A calendar from its file."""
    (folder / "calendar.toml").write_text(text, encoding="utf-8")
    refused: list[Refused] = []
    found = read_calendar(folder, refused)
    assert refused == []
    return found


def play(text: str | Procedure, drawing: str, opened_on: date = OPENED_ON, days: Calendar | None = None) -> Run:
    """The run after the moves drawn; every line must come out as drawn."""
    declared = procedure(text) if isinstance(text, str) else text
    run = Run(declared, opened_on, days or Calendar())
    for line in drawing.strip().splitlines()[1:]:
        on, who, step, outcome, shown, expected = (cell.strip() for cell in line.split("|"))
        person, _, role = who.partition(" as ")
        needs = frozenset(need.strip() for need in shown.split(",") if need.strip())
        move = Move(step, outcome, person, role or CAST[person], date.fromisoformat(on), needs)
        before = run
        try:
            run = run.take(move)
            came = run.at
        except NotAllowed as refused:
            came = f"refused: {refused.hindrance.kind}"
        assert came == expected, line
        assert before.moves == run.moves[: len(before.moves)]
    return run
