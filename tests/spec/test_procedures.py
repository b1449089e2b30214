"""What a procedure means: each key of the format drawn as a small table, with the days on which things may happen."""

from datetime import date
from pathlib import Path

import pytest

from firmground.engines.procedures.calendar import Calendar
from firmground.engines.procedures.run import POSTED, Move, NotAllowed, Run

from .drawn_procedures import OPENED_ON, calendar, play, procedure

AUTUMN = """
worked = [2020-09-27, 2020-10-10]

[[holiday]]
title = "National Day"
law = "notice on holidays"
confirmed = true
from = 2020-10-01
to = 2020-10-08
"""
TWO_STEPS = """
outcomes = ["helped", "dismissed"]

[[step]]
id = "visit"
title = { en = "Visit", zh = "走访" }
by = "village_worker"
leads_to = { need = "review", no_need = "dismissed" }

[[step]]
id = "review"
title = { en = "Review", zh = "审核" }
by = ["township", "county"]
leads_to = { agreed = "helped", again = "visit" }
"""
BOARD = """
outcomes = ["entered", "dismissed"]

[[step]]
id = "board"
title = { en = "On the board", zh = "公示" }
by = "village_worker"
publishes = { notice = "candidates", days = 5, cut_short_by = ["objection"] }
leads_to = { no_objection = "entered", objection = "check" }

[[step]]
id = "check"
by = "village_worker"
leads_to = { as_said = "dismissed", otherwise = "board" }
"""
WAITING = """
outcomes = ["gone"]

[[step]]
id = "help"
by = "township"
leads_to = { given = "track" }

[[step]]
id = "track"
title = { en = "Track", zh = "跟踪" }
by = "village_worker"
waits = { months = 6, since = "help" }
leads_to = { risk_gone = "gone" }

[[step]]
id = "relapse"
by = "village_worker"
after = ["gone"]
leads_to = { back = "help" }
"""


# Days that count


@pytest.mark.parametrize(
    ("first", "days", "counting", "falls_on"),
    [
        ("2020-09-25", 1, "calendar", "2020-09-26"),
        ("2020-09-25", 7, "calendar", "2020-10-02"),
        ("2020-09-25", 1, "working", "2020-09-27"),  # a Sunday worked for the holiday
        ("2020-09-25", 4, "working", "2020-09-30"),
        ("2020-09-25", 5, "working", "2020-10-09"),  # eight days of holiday leave out
        ("2020-09-25", 6, "working", "2020-10-10"),  # a Saturday worked
        ("2020-09-25", 7, "working", "2020-10-12"),
        ("2020-10-03", 1, "working", "2020-10-09"),  # begun in the holiday
        ("2020-02-28", 2, "calendar", "2020-03-01"),  # a leap year
    ],
)
def test_limits_begin_the_day_after_and_working_days_leave_out_what_is_free(
    tmp_path: Path, first: str, days: int, counting: str, falls_on: str
) -> None:
    autumn = calendar(tmp_path, AUTUMN)
    last = autumn.after(date.fromisoformat(first), days, counting)
    assert last == date.fromisoformat(falls_on)
    assert autumn.between(date.fromisoformat(first), last, counting) == days
    assert autumn.between(last, date.fromisoformat(first), counting) == 0


def test_a_county_may_rest_on_other_days_or_on_none(tmp_path: Path) -> None:
    friday = date(2021, 3, 5)
    assert calendar(tmp_path, 'free_weekdays = ["friday"]').after(friday, 1, "working") == date(2021, 3, 6)
    assert calendar(tmp_path, "free_weekdays = []").after(friday, 2, "working") == date(2021, 3, 7)
    assert Calendar().after(friday, 1, "working") == date(2021, 3, 8)


# Where the case stands, and who may move it


def test_a_case_begins_at_the_first_step_and_goes_where_the_outcome_leads() -> None:
    run = play(TWO_STEPS, """
        day        | who  | step   | outcome | shown | comes of it
        2021-03-01 | Mei  | visit  | need    |       | review
        2021-03-02 | Zhao | review | again   |       | visit
        2021-03-03 | Mei  | visit  | need    |       | review
        2021-03-03 | Lin  | review | agreed  |       | helped
    """)  # fmt: skip
    assert (run.step, run.outcome) == (None, "helped")


def test_a_move_that_is_not_declared_does_not_exist() -> None:
    play(TWO_STEPS, """
        day        | who  | step   | outcome | shown | comes of it
        2021-03-01 | Zhao | review | agreed  |       | refused: out_of_turn
        2021-03-01 | Mei  | visit  | agreed  |       | refused: unknown_outcome
        2021-03-01 | Mei  | decide | agreed  |       | refused: unknown_step
        2021-03-01 | Mei  | visit  | posted  |       | refused: publishes_nothing
        2021-03-01 | Zhao | visit  | need    |       | refused: wrong_role
        2021-03-01 | Mei  | visit  | no_need |       | dismissed
        2021-03-02 | Mei  | visit  | need    |       | refused: after_the_end
    """)  # fmt: skip


def test_nobody_acts_before_the_case_was_opened_nor_before_the_last_move() -> None:
    play(TWO_STEPS, """
        day        | who  | step   | outcome | shown | comes of it
        2021-02-28 | Mei  | visit  | need    |       | refused: before_entry
        2021-03-05 | Mei  | visit  | need    |       | review
        2021-03-04 | Zhao | review | agreed  |       | refused: before_entry
        2021-03-05 | Zhao | review | agreed  |       | helped
    """)  # fmt: skip


def test_nobody_acts_in_two_roles_in_one_case() -> None:
    play(TWO_STEPS, """
        day        | who              | step   | outcome | shown | comes of it
        2021-03-01 | Mei              | visit  | need    |       | review
        2021-03-02 | Mei as township  | review | agreed  |       | refused: two_roles
        2021-03-02 | Tashi as county  | review | agreed  |       | helped
    """)  # fmt: skip


def test_whoever_verifies_is_never_who_did_it_however_long_ago() -> None:
    text = """
        outcomes = ["right"]
        [[step]]
        id = "look"
        by = ["village_worker", "township"]
        leads_to = { seen = "second" }
        [[step]]
        id = "second"
        by = ["village_worker", "township"]
        verifies = ["look"]
        leads_to = { agreed = "right", again = "look" }
        [[step]]
        id = "found_again"
        by = "administrator"
        after = ["right"]
        leads_to = { back = "look" }
    """
    play(text, """
        day        | who   | step        | outcome | shown | comes of it
        2021-03-01 | Mei   | look        | seen    |       | second
        2021-03-02 | Mei   | second      | agreed  |       | refused: same_person
        2021-03-02 | Tashi | second      | again   |       | look
        2021-03-03 | Zhao  | look        | seen    |       | second
        2021-03-04 | Mei   | second      | agreed  |       | refused: same_person
        2021-03-04 | Zhao  | second      | agreed  |       | refused: same_person
        2021-03-04 | Tashi | second      | agreed  |       | right
        2021-05-01 | Aygul | found_again | back    |       | look
        2021-05-02 | Tashi | look        | seen    |       | second
        2021-05-03 | Tashi | second      | agreed  |       | refused: same_person
        2021-05-03 | Mei   | second      | agreed  |       | right
    """)  # fmt: skip


def test_what_is_needed_must_be_shown_and_what_is_missing_is_told() -> None:
    text = """
        outcomes = ["found", "nothing"]
        [[step]]
        id = "visit"
        by = "village_worker"
        needs = ["two_visitors", "form:visit"]
        needs_for = { risk = ["signature"] }
        leads_to = { risk = "found", no_risk = "nothing" }
    """
    run = play(text, """
        day        | who | step  | outcome | shown                               | comes of it
        2021-03-01 | Mei | visit | no_risk | two_visitors                        | refused: missing
        2021-03-01 | Mei | visit | risk    | two_visitors, form:visit            | refused: missing
    """)  # fmt: skip
    choices = {c.outcome: c for c in run.choices("village_worker", "Mei", OPENED_ON, ["two_visitors"])}
    assert choices["risk"].missing == ("form:visit", "signature")
    assert choices["no_risk"].missing == ("form:visit",)
    with pytest.raises(NotAllowed, match="Still missing for 'no risk': visit"):
        run.take(Move("visit", "no_risk", "Mei", "village_worker", OPENED_ON, frozenset({"two_visitors"})))
    play(text, """
        day        | who | step  | outcome | shown                               | comes of it
        2021-03-01 | Mei | visit | risk    | two_visitors, form:visit, signature | found
    """)  # fmt: skip


def test_what_comes_from_outside_may_come_at_any_time_until_the_end() -> None:
    text = TWO_STEPS.replace('"dismissed"]', '"dismissed", "natural_end"]') + """
        [[step]]
        id = "death"
        by = "administrator"
        at_any_time = true
        leads_to = { all_died = "natural_end" }
    """  # fmt: skip
    for moves in ("", "2021-03-01 | Mei  | visit  | need    |       | review\n"):
        play(text, f"""day | who | step | outcome | shown | comes of it
        {moves}2021-03-02 | Zhao  | death  | all_died |       | refused: wrong_role
        2021-03-02 | Aygul | death  | all_died |       | natural_end
        2021-03-02 | Aygul | death  | all_died |       | refused: after_the_end""")  # fmt: skip


def test_an_ended_case_is_opened_again_only_after_the_outcomes_named() -> None:
    text = TWO_STEPS + """
        [[step]]
        id = "relapse"
        by = ["village_worker", "township"]
        after = ["helped"]
        leads_to = { back = "visit" }
    """  # fmt: skip
    play(text, """
        day        | who  | step    | outcome | shown | comes of it
        2021-03-01 | Mei  | relapse | back    |       | refused: not_ended_so
        2021-03-01 | Mei  | visit   | no_need |       | dismissed
        2021-03-02 | Mei  | relapse | back    |       | refused: not_ended_so
    """)  # fmt: skip
    run = play(text, """
        day        | who  | step    | outcome | shown | comes of it
        2021-03-01 | Mei  | visit   | need    |       | review
        2021-03-02 | Zhao | review  | agreed  |       | helped
        2021-09-01 | Mei  | relapse | back    |       | visit
        2021-09-02 | Mei  | visit   | need    |       | review
    """)  # fmt: skip
    assert run.begun_on == date(2021, 9, 1)


# The board


def test_a_notice_hangs_whole_days_the_day_it_is_put_up_is_none() -> None:
    run = play(BOARD, """
        day        | who | step  | outcome      | shown | comes of it
        2021-03-01 | Mei | board | no_objection |       | refused: not_posted
        2021-03-01 | Mei | board | posted       |       | board
        2021-03-01 | Mei | board | no_objection |       | refused: on_the_board
        2021-03-06 | Mei | board | no_objection |       | refused: on_the_board
    """)  # fmt: skip
    assert (run.posted_on, run.publicity_ends_on) == (date(2021, 3, 1), date(2021, 3, 6))
    assert {c.outcome: c.not_before for c in run.choices("village_worker", "Mei", OPENED_ON)} == {
        POSTED: date(2021, 3, 1),
        "no_objection": date(2021, 3, 7),
        "objection": date(2021, 3, 1),
    }
    assert run.take(Move("board", "no_objection", "Mei", "village_worker", date(2021, 3, 7))).at == "entered"


def test_an_objection_cuts_the_days_short_but_not_the_posting() -> None:
    play(BOARD, """
        day        | who | step  | outcome   | shown | comes of it
        2021-03-01 | Mei | board | objection |       | refused: not_posted
        2021-03-01 | Mei | board | posted    |       | board
        2021-03-03 | Mei | board | objection |       | check
    """)  # fmt: skip


def test_posting_again_starts_the_count_anew() -> None:
    play(BOARD, """
        day        | who   | step  | outcome      | shown | comes of it
        2021-03-01 | Mei   | board | posted       |       | board
        2021-03-06 | Tashi | board | posted       |       | board
        2021-03-07 | Mei   | board | no_objection |       | refused: on_the_board
        2021-03-12 | Mei   | board | no_objection |       | entered
    """)  # fmt: skip


def test_coming_back_to_the_board_the_notice_is_posted_again() -> None:
    play(BOARD, """
        day        | who | step  | outcome      | shown | comes of it
        2021-03-01 | Mei | board | posted       |       | board
        2021-03-03 | Mei | board | objection    |       | check
        2021-03-20 | Mei | check | otherwise    |       | board
        2021-03-20 | Mei | board | no_objection |       | refused: not_posted
        2021-03-20 | Mei | board | posted       |       | board
        2021-03-25 | Mei | board | no_objection |       | refused: on_the_board
        2021-03-26 | Mei | board | no_objection |       | entered
    """)  # fmt: skip


# Waiting


@pytest.mark.parametrize(
    ("helped_on", "too_early", "not_before"),
    [
        ("2021-03-01", "2021-08-31", "2021-09-01"),
        ("2021-08-31", "2022-02-27", "2022-02-28"),  # no 31st: the last day of the month
        ("2023-08-30", "2024-02-28", "2024-02-29"),
        ("2021-06-30", "2021-12-29", "2021-12-30"),
    ],
)
def test_a_wait_of_months_ends_on_the_same_day_number_or_the_last_of_the_month(
    helped_on: str, too_early: str, not_before: str
) -> None:
    play(WAITING, f"""
        day          | who  | step  | outcome   | shown | comes of it
        {helped_on}  | Zhao | help  | given     |       | track
        {too_early}  | Mei  | track | risk_gone |       | refused: waiting
        {not_before} | Mei  | track | risk_gone |       | gone
    """)  # fmt: skip


def test_a_wait_is_counted_anew_after_a_relapse() -> None:
    play(WAITING, """
        day        | who   | step    | outcome   | shown | comes of it
        2021-03-01 | Zhao  | help    | given     |       | track
        2021-09-01 | Mei   | track   | risk_gone |       | gone
        2021-10-01 | Tashi | relapse | back      |       | help
        2021-10-05 | Norbu | help    | given     |       | track
        2021-10-06 | Tashi | track   | risk_gone |       | refused: waiting
        2022-04-05 | Tashi | track   | risk_gone |       | gone
    """)  # fmt: skip


def test_a_wait_since_no_step_is_counted_from_the_opening_and_so_is_one_since_a_step_not_taken() -> None:
    text = """
        outcomes = ["gone"]
        [[step]]
        id = "track"
        by = "village_worker"
        waits = { days = 10 }
        leads_to = { risk_gone = "gone", help = "help" }
        [[step]]
        id = "help"
        by = "township"
        waits = { months = 1, days = 2, since = "help" }
        leads_to = { more = "help", enough = "gone" }
    """
    run = play(text, """
        day        | who  | step  | outcome   | shown | comes of it
        2021-03-10 | Mei  | track | risk_gone |       | refused: waiting
        2021-03-11 | Mei  | track | help      |       | help
        2021-04-02 | Zhao | help  | more      |       | refused: waiting
    """)  # fmt: skip
    with pytest.raises(NotAllowed, match="counted from the opening of the case"):
        run.take(Move("help", "more", "Zhao", "township", date(2021, 4, 2)))
    play(text, """
        day        | who  | step  | outcome   | shown | comes of it
        2021-03-11 | Mei  | track | help      |       | help
        2021-04-03 | Zhao | help  | more      |       | help
        2021-05-04 | Zhao | help  | more      |       | refused: waiting
        2021-05-05 | Zhao | help  | more      |       | help
    """)  # fmt: skip


# Due, overdue, risen


def test_a_step_is_due_by_its_own_days_and_the_whole_by_its_own() -> None:
    text = "whole_within_days = 15\n" + TWO_STEPS.replace(
        'by = "village_worker"', 'by = "village_worker"\nwithin_days = 3\ndays = "working"'
    )
    run = play(text, "day | who | step | outcome | shown | comes of it", opened_on=date(2021, 3, 4))
    assert (run.due_on, run.whole_due_on) == (date(2021, 3, 9), date(2021, 3, 19))  # Thursday + 3 working days
    assert [run.days_overdue(date(2021, 3, day)) for day in (9, 10, 12, 14, 15, 20)] == [0, 1, 3, 3, 4, 8]


def test_the_whole_may_be_late_where_the_step_is_not_due() -> None:
    run = play("whole_within_days = 15\n" + TWO_STEPS, "day | who | step | outcome | shown | comes of it")
    assert (run.due_on, run.whole_due_on) == (None, date(2021, 3, 16))
    assert [run.days_overdue(date(2021, 3, day)) for day in (16, 17)] == [0, 1]
    run = run.take(Move("visit", "no_need", "Mei", "village_worker", date(2021, 3, 20)))
    assert (run.due_on, run.whole_due_on, run.days_overdue(date(2021, 5, 1))) == (None, None, 0)


def test_opening_a_case_again_starts_the_time_for_the_whole_anew() -> None:
    run = play("whole_within_days = 300\n" + WAITING, """
        day        | who   | step    | outcome   | shown | comes of it
        2021-03-01 | Zhao  | help    | given     |       | track
        2021-09-01 | Mei   | track   | risk_gone |       | gone
        2022-06-01 | Tashi | relapse | back      |       | help
    """)  # fmt: skip
    assert run.whole_due_on == date(2023, 3, 28)


def test_a_step_is_never_due_before_it_can_be_taken() -> None:
    board = BOARD.replace("publishes", "within_days = 2\npublishes")
    run = play(board, "day | who | step | outcome | shown | comes of it")
    assert run.due_on == date(2021, 3, 3)  # to post it
    run = run.take(Move("board", POSTED, "Mei", "village_worker", date(2021, 3, 4)))
    assert (run.publicity_ends_on, run.due_on) == (date(2021, 3, 9), date(2021, 3, 10))
    waiting = WAITING.replace("waits", "within_days = 30\nwaits")
    run = play(waiting, """
        day        | who  | step | outcome | shown | comes of it
        2021-03-01 | Zhao | help | given   |       | track
    """)  # fmt: skip
    assert run.due_on == date(2021, 10, 1)  # thirty days after the first day on which it may be


def test_an_overdue_step_rises_by_declared_days_to_the_next_level() -> None:
    text = TWO_STEPS.replace(
        'by = "village_worker"',
        'by = "village_worker"\nwithin_days = 3\n'
        'escalates = [{ after_days = 1, to = "township" }, { after_days = 5, to = "county" }]',
    )
    run = play(text, "day | who | step | outcome | shown | comes of it")
    risen = {day: run.escalated_to(date(2021, 3, day)) for day in (4, 5, 6, 9, 10, 30)}
    assert risen == {4: None, 5: None, 6: "township", 9: "township", 10: "county", 30: "county"}


def test_a_last_day_agreed_on_counts_if_it_is_earlier_and_as_many_days_again_after_a_return() -> None:
    declared = procedure("whole_within_days = 20\n" + TWO_STEPS + """
[[step]]
id = "relapse"
by = "township"
after = ["dismissed"]
leads_to = { back = "visit" }
""")  # fmt: skip
    assert Run(declared, OPENED_ON).whole_due_on == date(2021, 3, 21)
    assert Run(declared, OPENED_ON, whole_by=date(2021, 4, 30)).whole_due_on == date(2021, 3, 21)
    run = Run(declared, OPENED_ON, whole_by=date(2021, 3, 11))
    assert (run.whole_due_on, run.days_overdue(date(2021, 3, 14))) == (date(2021, 3, 11), 3)
    run = run.take(Move("visit", "no_need", "Mei", "village_worker", date(2021, 3, 2)))
    assert run.whole_due_on is None
    run = run.take(Move("relapse", "back", "Zhao", "township", date(2021, 6, 1)))
    assert run.whole_due_on == date(2021, 6, 11)
    again = Run.replayed(declared, OPENED_ON, run.moves, whole_by=run.whole_by)
    assert again == run
    assert Run(procedure(TWO_STEPS), OPENED_ON, whole_by=date(2021, 3, 11)).whole_due_on == date(2021, 3, 11)


def test_the_whole_rises_by_its_own_days_and_a_step_then_by_its_own_alone() -> None:
    text = 'whole_within_days = 10\nescalates = [{ after_days = 0, to = "county" }]\n' + TWO_STEPS.replace(
        'by = "village_worker"',
        'by = "village_worker"\nwithin_days = 3\nescalates = [{ after_days = 4, to = "township" }]',
    )
    run = play(text, "day | who | step | outcome | shown | comes of it")
    risen = {day: run.escalated_to(date(2021, 3, day)) for day in (8, 9, 11, 12)}
    assert risen == {8: None, 9: "township", 11: "township", 12: "county"}
    undeclared = play(text.replace('escalates = [{ after_days = 0, to = "county" }]\n', ""), "")
    assert undeclared.escalated_to(date(2021, 3, 12)) == "township"


OWNED = """
outcomes = ["settled"]

[[step]]
id = "assignment"
by = "township"
leads_to = { to_village = "repair", to_county = "repair" }
then = { to_village = { assigns = "village_worker" }, to_county = { assigns = "county" } }

[[step]]
id = "repair"
by = "owner"
leads_to = { done = "verification", not_ours = "assignment" }

[[step]]
id = "verification"
by = ["township", "county"]
verifies = ["repair"]
leads_to = { accepted = "settled", again = "repair" }
"""


def test_whoever_a_case_is_assigned_to_takes_the_owners_steps_and_nobody_of_that_role_verifies_them() -> None:
    run = play(OWNED, """
        day        | who   | step         | outcome    | shown | comes of it
        2021-03-01 | Lin   | assignment   | to_village |       | refused: wrong_role
        2021-03-01 | Zhao  | assignment   | to_village |       | repair
        2021-03-01 | Lin   | repair       | done       |       | refused: wrong_role
        2021-03-02 | Mei   | repair       | not_ours   |       | assignment
        2021-03-02 | Zhao  | assignment   | to_county  |       | repair
        2021-03-02 | Tashi | repair       | done       |       | refused: wrong_role
        2021-03-03 | Lin   | repair       | done       |       | verification
        2021-03-04 | Wang as county | verification | accepted |  | refused: wrong_role
        2021-03-04 | Norbu | verification | again      |       | repair
    """)  # fmt: skip
    assert (run.owner, run.takers(run.procedure.steps["repair"])) == ("county", ("county",))
    assert run.takers(run.procedure.steps["verification"]) == ("township",)


def test_what_rises_above_its_owner_rises_from_wherever_the_owner_stands_and_no_higher_than_the_nation() -> None:
    rises = ", ".join(f'{{ after_days = {n}, above = "owner", levels = {n + 1}, to = "county" }}' for n in range(3))
    text = f"whole_within_days = 10\nescalates = [{rises}]\n" + OWNED.replace(
        'to_county = { assigns = "county" }', 'to_county = { assigns = "province" }'
    )
    given = """
        day        | who  | step       | outcome | shown | comes of it
        2021-03-01 | Zhao | assignment | {}      |       | repair
    """
    late = [date(2021, 3, 12), date(2021, 3, 13), date(2021, 3, 14)]
    assert [play(text, "").escalated_to(day) for day in late] == ["county"] * 3
    of_village, of_province = (play(text, given.format(to)) for to in ("to_village", "to_county"))
    assert of_village.escalated_to(date(2021, 3, 11)) is None
    assert [of_village.escalated_to(day) for day in late] == ["township", "county", "prefecture"]
    assert [of_province.escalated_to(day) for day in late] == ["nation"] * 3


def test_what_rises_above_whoever_took_a_step_rises_above_their_last_role() -> None:
    text = OWNED.replace(
        'verifies = ["repair"]',
        'verifies = ["repair"]\nwithin_days = 5\nescalates = [{ after_days = 0, above = "repair" }]',
    )
    for to, who, role in (("to_village", "Mei", "township"), ("to_county", "Lin", "prefecture")):
        run = play(text, f"""
            day        | who   | step       | outcome | shown | comes of it
            2021-03-01 | Zhao  | assignment | {to}    |       | repair
            2021-03-02 | {who} | repair     | done    |       | verification
        """)  # fmt: skip
        assert [run.escalated_to(date(2021, 3, day)) for day in (7, 8)] == [None, role]


# Asked and told


def test_choices_say_what_may_follow_for_whom_and_what_stands_in_the_way() -> None:
    run = play(TWO_STEPS, """
        day        | who | step  | outcome | shown | comes of it
        2021-03-02 | Mei | visit | need    |       | review
    """)  # fmt: skip
    choices = run.choices("township", "Zhao", date(2021, 3, 2))
    assert [(c.step.id, c.outcome, c.leads_to, c.allowed) for c in choices] == [
        ("review", "agreed", "helped", True),
        ("review", "again", "visit", True),
    ]
    assert [c.hindrance.kind for c in run.choices("village_worker", "Tashi", date(2021, 3, 2))] == ["wrong_role"] * 2
    ended = run.take(Move("review", "agreed", "Zhao", "township", date(2021, 3, 2)))
    assert ended.choices("township", "Zhao", date(2021, 3, 2)) == []


@pytest.mark.parametrize(
    ("text", "move", "english", "chinese"),
    [
        (
            TWO_STEPS,
            Move("visit", "need", "Zhao", "township", OPENED_ON),
            "The step 'Visit' is taken by village worker, not by township.",
            "“走访”由village worker办理，township不能办理。",  # roles have no words here
        ),
        (
            BOARD,
            Move("board", "no_objection", "Mei", "village_worker", OPENED_ON),
            "Post the notice first; it must hang before 'no objection' (whole days: 5).",
            "请先张贴公示；公示满5个整天后才能选“no objection”。",
        ),
    ],
)
def test_a_refusal_is_a_sentence_in_the_readers_language(text: str, move: Move, english: str, chinese: str) -> None:
    declared = procedure(text)
    with pytest.raises(NotAllowed) as refused:
        Run(declared, OPENED_ON).take(move)
    assert str(refused.value) == english
    assert refused.value.hindrance.says(declared, "zh-hans") == chinese


def test_a_run_is_replayed_from_its_moves_and_a_forged_move_is_found() -> None:
    run = play(BOARD, """
        day        | who | step  | outcome      | shown | comes of it
        2021-03-01 | Mei | board | posted       |       | board
        2021-03-07 | Mei | board | no_objection |       | entered
    """)  # fmt: skip
    assert Run.replayed(run.procedure, run.opened_on, run.moves) == run
    with pytest.raises(NotAllowed, match="Post the notice first"):
        Run.replayed(run.procedure, run.opened_on, run.moves[1:])
