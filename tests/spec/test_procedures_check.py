"""`firmground procedures check DIR` on folders that other people write: what is accepted, and every refusal by name."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from firmground.engines.procedures.calendar import read_calendar
from firmground.engines.procedures.declared import ProceduresRefused, check_procedures, load_procedures, procedure_from

from .drawn_procedures import refusals

CONTRACT = """
title = { en = "Enter a household into monitoring", zh = "监测对象识别" }
about = "household"
law = "Guidance 2020 No. 6 on monitoring and assistance"
whole_within_days = 15
outcomes = ["entered", "dismissed"]

[[step]]
id = "home_check"
by = "village_worker"
within_days = 3
needs = ["two_visitors", "form:home_check"]
leads_to = { risk_found = "village_evaluation", no_risk = "dismissed" }

[[step]]
id = "village_publicity"
by = "village_worker"
publishes = { notice = "monitoring_candidates", days = 5 }
leads_to = { no_objection = "township_review", objection = "home_check" }
"""
# The contract shows two steps of a longer file; these are the two that they lead to.
THE_REST = """
[[step]]
id = "village_evaluation"
by = "village_worker"
leads_to = { proposed = "village_publicity" }

[[step]]
id = "township_review"
by = "township"
leads_to = { supported = "entered" }
"""
GOOD = """
title = { en = "A household in need", zh = "困难户" }
about = "household"
law = "invented for this page"
whole_within_days = 40
outcomes = ["helped", "dismissed"]
opened_by = { visit = ["village_worker"] }

[[step]]
id = "visit"
by = "village_worker"
within_days = 3
needs = ["two_visitors", "form:visit"]
needs_for = { need = ["holds:in_need"] }
escalates = [{ after_days = 1, to = "township" }, { after_days = 3, to = "county" }]
leads_to = { need = "board", no_need = "dismissed" }

[[step]]
id = "board"
by = "village_worker"
publishes = { notice = "candidates", days = 5, cut_short_by = ["objection"] }
leads_to = { no_objection = "review", objection = "visit" }

[[step]]
id = "review"
by = ["township", "county"]
verifies = ["visit"]
waits = { days = 20, since = "visit" }
leads_to = { agreed = "helped" }

[step.then.agreed]
opens = "drawn"
sets = { kind = "visit.kind", helped_on = "on" }

[[step]]
id = "relapse"
by = "county"
after = ["helped"]
leads_to = { back = "visit" }

[[step]]
id = "death"
by = "county"
at_any_time = true
leads_to = { all_died = "dismissed" }
"""
SOMETHING_ELSE = """
[[step]]
id = "aside"
by = "county"
leads_to = { done = "helped" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that declares the kinds of notices, forms and standards that GOOD names."""
    for name in ("notices/candidates", "forms/visit", "standards/in_need"):
        file = tmp_path / f"{name}.toml"
        file.parent.mkdir()
        file.touch()
    return tmp_path


def test_the_contracts_own_example_is_accepted_as_it_stands(tmp_path: Path) -> None:
    assert refusals(tmp_path, CONTRACT + THE_REST) == []
    procedure = load_procedures(tmp_path).procedures["drawn"]
    assert procedure.first.id == "home_check"
    assert procedure.word("home_check", "zh") == "home check"  # no word declared: the name itself


def test_what_the_contracts_fragment_leaves_out_is_named(tmp_path: Path) -> None:
    assert refusals(tmp_path, CONTRACT) == [
        (
            "step home_check.leads_to",
            "'village_evaluation' is not a step that has its turn, or an outcome; "
            "there are dismissed, entered, home_check, village_publicity",
        ),
        (
            "step village_publicity.leads_to",
            "'township_review' is not a step that has its turn, or an outcome; "
            "there are dismissed, entered, home_check, village_publicity",
        ),
    ]


def test_the_fewest_keys_make_a_procedure(tmp_path: Path) -> None:
    text = """
        title = "Answer"
        about = "voice"
        law = "a law"
        outcomes = ["answered"]
        [[step]]
        id = "answer"
        by = "county"
        leads_to = { said = "answered" }
    """
    assert refusals(tmp_path, text) == []


def test_every_key_together_is_accepted(folder: Path) -> None:
    assert refusals(folder, GOOD) == []


def test_names_of_notices_forms_and_standards_are_free_where_the_folder_declares_none(tmp_path: Path) -> None:
    assert refusals(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        # missing, empty, unknown, misspelt
        ('title = { en = "A household in need", zh = "困难户" }', "", "title", "is missing"),
        ('en = "A household in need"', 'en = ""', "title", "by language"),
        ('about = "household"', "", "about", "is missing"),
        ('about = "household"', 'about = "a household"', "about", "is not a name"),
        ('law = "invented for this page"', 'law = ""', "law", "by language"),
        ('outcomes = ["helped", "dismissed"]', "", "outcomes", "is missing"),
        ('outcomes = ["helped", "dismissed"]', "outcomes = []", "outcomes", "is empty"),
        ('outcomes = ["helped", "dismissed"]', 'outcomes = ["helped", "helped"]', "outcomes", "twice"),
        ('outcomes = ["helped", "dismissed"]', 'outcomes = ["helped", "not helped"]', "outcomes", "is not a name"),
        ("whole_within_days = 40", "whole_within_days = 0", "whole_within_days", "from 1 to 9,999"),
        ("whole_within_days = 40", "whole_within_days = 40.5", "whole_within_days", "a whole number"),
        ("whole_within_days = 40", "whole_within_days = true", "whole_within_days", "a whole number"),
        ("whole_within_days = 40", 'days = "sunny"', "days", "'sunny' is not one of calendar, working"),
        ("whole_within_days = 40", "within = 40", "within", "is not a key that is known here"),
        ('visit = ["village_worker"]', "visit = []", "opened_by.visit", "is empty"),
        ('visit = ["village_worker"]', "visit = [1]", "opened_by.visit", "'1' is not a name"),
        ('{ visit = ["village_worker"] }', '{ "a visit" = ["village_worker"] }', "opened_by.a visit", "is not a name"),
        ('id = "visit"\nby', "by", "step[1].id", "is missing"),
        ('id = "visit"', 'id = "a visit"', "step[1].id", "is not a name"),
        ('id = "board"', 'id = "visit"', "step[2].id", "there is another step 'visit'"),
        ('id = "board"', 'id = "helped"', "step helped", "is an outcome, too"),
        ('by = "village_worker"\nwithin_days = 3', "within_days = 3", "step visit.by", "is missing"),
        ('by = ["township", "county"]', "by = []", "step review.by", "is empty"),
        ('by = ["township", "county"]', 'by = ["township", 3]', "step review.by", "'3' is not a name"),
        ("within_days = 3", "within_days = -1", "step visit.within_days", "from 1 to 9,999"),
        ("within_days = 3", "within_day = 3", "step visit.within_day", "is not a key that is known here"),
        ('"two_visitors"', '"two visitors"', "step visit.needs", "is not written as a name"),
        ('"form:visit"]', '"paper:visit"]', "step visit.needs", "or as form:name, holds:name"),
        ('"form:visit"]', '"form:visit:twice"]', "step visit.needs", "is not written as a name"),
        ('"form:visit"]', '"form:vist"]', "step visit.needs", "'vist' is not a form of forms/; there are visit"),
        ('["holds:in_need"]', '["holds:in_ned"]', "step visit.needs_for.need", "not a standard of standards/"),
        ('["holds:in_need"]', '"holds:in_need"', "step visit.needs_for.need", "a list of what must be shown"),
        ("{ need = [", "{ needs = [", "step visit.needs_for", "'needs' is not an outcome of this step"),
        # ways
        ('need = "board"', 'need = "bord"', "step visit.leads_to", "'bord' is not a step that has its turn"),
        ('need = "board"', 'need = "death"', "step visit.leads_to", "'death' is not a step that has its turn"),
        ('need = "board"', "need = 3", "step visit.leads_to", "must be written as"),
        ('{ need = "board", no_need = "dismissed" }', "{}", "step visit.leads_to", "nobody could ever leave"),
        ('no_need = "dismissed"', 'posted = "dismissed"', "step visit.leads_to", "is what posting a notice is called"),
        (
            'leads_to = { agreed = "helped" }',
            'leads_to = { agreed = "visit" }',
            "outcomes",
            "no step leads to 'helped'",
        ),
        ("leads_to = { all_died", SOMETHING_ELSE.lstrip() + "all = { x", "step aside.all", "not a key"),
        ('no_objection = "review"', 'no_objection = "visit"', "step review", "no step leads here"),
        # who verifies what
        ('verifies = ["visit"]', 'verifies = ["visits"]', "step review.verifies", "'visits' is not another step"),
        ('verifies = ["visit"]', 'verifies = ["review"]', "step review.verifies", "'review' is not another step"),
        # the board
        ('notice = "candidates"', 'notice = "names"', "step board.publishes.notice", "'names' is not a kind of notice"),
        ('notice = "candidates", ', "", "step board.publishes.notice", "is missing"),
        (", days = 5", "", "step board.publishes.days", "is missing"),
        (", days = 5", ", days = 5, hours = 3", "step board.publishes.hours", "is not a key that is known here"),
        ('["objection"]', '["protest"]', "step board.publishes.cut_short_by", "'protest' is not an outcome here"),
        ('["objection"]', '["objection", "no_objection"]', "step board.publishes.cut_short_by", "names every outcome"),
        # days
        ('{ days = 20, since = "visit" }', '{ since = "visit" }', "step review.waits", "neither months nor days"),
        ("{ days = 20, since", "{ days = 20, form", "step review.waits.form", "is not a key that is known here"),
        ('since = "visit"', 'since = "meeting"', "step review.waits.since", "'meeting' is not a step"),
        ("whole_within_days = 40", "whole_within_days = 19", "whole_within_days", "'helped' takes at least 20"),
        ("days = 20", "months = 2", "whole_within_days", "40 days are not enough"),
        ("days = 5", "days = 40", "whole_within_days", "'helped' takes at least 41"),
        ("after_days = 3", "after_days = 1", "step visit.escalates", "the days must rise"),
        ("after_days = 3", "after = 3", "step visit.escalates[2].after", "is not a key that is known here"),
        (', to = "county" }', " }", "step visit.escalates[2].to", "is missing"),
        (
            "outcomes",
            "escalates = [{ after_days = 2, to = 'a' }, { after_days = 0, to = 'b' }]\noutcomes",
            "escalates",
            "the days must rise",
        ),
        ("outcomes", "escalates = [{ after_days = -1, to = 'a' }]\noutcomes", "escalates[1].after_days", "from 0 to"),
        # owners
        ('by = "village_worker"', 'by = "owner"', "step visit.by", "no step says whom a case is assigned to"),
        ('opens = "drawn"', 'opens = "drawn"\nassigns = "owner"', "step review.then", "name the role"),
        ('opens = "drawn"', 'assigns = "a b"', "step review.then.agreed.assigns", "is not a name"),
        # what comes from outside
        ("at_any_time = true", 'at_any_time = true\nafter = ["helped"]', "step death", "make two steps of it"),
        ("at_any_time = true", "at_any_time = true\nwithin_days = 3", "step death", "cannot publish, wait or be due"),
        ("at_any_time = true", 'at_any_time = "yes"', "step death.at_any_time", "true or false"),
        ('after = ["helped"]', 'after = ["healed"]', "step relapse.after", "'healed' is not an outcome of"),
        # what follows
        ("[step.then.agreed]", "[step.then.agree]", "step review.then", "'agree' is not an outcome of this step"),
        ('opens = "drawn"', 'opens = "painted"', "step review.then.agreed.opens", "'painted' is not a procedure here"),
        ('kind = "visit.kind"', "kind = 3", "step review.then.agreed.sets.kind", "must be text in quotes"),
        ('kind = "visit.kind"', 'kind = "vist.kind"', "step review.then.agreed.sets.kind", "no answer 'vist.kind'"),
    ],
)
def test_a_slip_is_refused_with_its_key_and_what_to_write(
    folder: Path, old: str, new: str, key: str, says: str
) -> None:
    assert GOOD.count(old) >= 1
    found = refusals(folder, GOOD.replace(old, new, 1))
    assert any(said_key == key and says in message for said_key, message in found), found


def test_a_step_that_nothing_leads_to_and_one_without_a_way_out_are_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path, GOOD + SOMETHING_ELSE) == [("step aside", "no step leads here")]
    circle = GOOD.replace('agreed = "helped"', 'agreed = "helped", round = "aside"') + SOMETHING_ELSE.replace(
        'done = "helped"', 'done = "again"'
    ) + SOMETHING_ELSE.replace("aside", "again").replace('done = "helped"', 'done = "aside"')  # fmt: skip
    assert refusals(tmp_path, circle) == [
        ("step aside", "no way from here leads to an outcome"),
        ("step again", "no way from here leads to an outcome"),
    ]


def test_an_outcome_that_only_its_own_reopening_leads_to_is_refused(tmp_path: Path) -> None:
    text = (
        GOOD.replace('["helped", "dismissed"]', '["helped", "dismissed", "lost"]')
        + """
[[step]]
id = "found"
by = "county"
after = ["lost"]
leads_to = { lost_again = "lost" }
"""
    )
    assert refusals(tmp_path, text) == [("outcomes", "no step leads to 'lost'")]


def test_work_of_an_owner_that_nobody_else_may_verify_is_refused(tmp_path: Path) -> None:
    text = """
title = "An owner"
about = "household"
law = "none"
outcomes = ["end"]

[[step]]
id = "give"
by = "county"
leads_to = { to_county = "work" }
then.to_county.assigns = "county"

[[step]]
id = "work"
by = "owner"
leads_to = { done = "look" }

[[step]]
id = "look"
by = "county"
verifies = ["work"]
leads_to = { good = "end" }
"""
    said = "nobody is left to verify what 'county' did; name another role"
    assert refusals(tmp_path, text) == [("step look.by", said)]


RISING = """
title = "Order"
about = "village"
law = "invented"
whole_within_days = 10
outcomes = ["done"]
escalates = [{ after_days = 0, above = "owner" }]

[[step]]
id = "sending"
by = ["county", "supervisor"]
leads_to = { sent = "answer" }
then = { sent = { assigns = "village_worker" } }

[[step]]
id = "answer"
by = "owner"
leads_to = { answered = "done" }
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('above = "owner"', 'above = "owner", levels = 0', "0 is not a sensible number"),
        ('above = "owner"', 'above = "answering"', "'answering' is no step; there are owner, sending, answer"),
        ('above = "owner"', 'above = "sending"', "nobody stands above supervisor"),
        ('assigns = "village_worker"', 'assigns = "department"', "nobody stands above department"),
        ('above = "owner"', "levels = 2", "to"),
    ],
)
def test_what_rises_above_somebody_of_no_level_says_to_whom_instead(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert refusals(tmp_path, RISING) == []
    (found,) = refusals(tmp_path, RISING.replace(old, new))
    assert says in " ".join(found)
    assert refusals(tmp_path, RISING.replace('above = "owner"', 'above = "sending", to = "nation"')) == []


DELISTING = """
title = "Exit"
about = "county"
law = "invented"
outcomes = ["exited"]

[[step]]
id = "announcement"
by = "province"
needs = ["form:decision"]
leads_to = { announced = "exited" }
then = { announced = { delists = "decision.act" } }
"""


def decision(tmp_path: Path) -> None:
    """The form that DELISTING takes its act from."""
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "decision.toml").write_text(
        'title = "Decision"\n[[field]]\nname = "act"\nlabel = "Act"\n'
        'type = "text"\nclass = "public"\nrequired = true\n',
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('about = "county"', 'about = "household"', "'household'; only village or county is listed"),
        ('"decision.act"', '"on"', "'on' is no answer; name the one that tells the act"),
        ('"decision.act"', '"verdict.act"', "no step here needs 'form:verdict'"),
    ],
)
def test_a_delisting_of_what_is_no_place_or_without_an_act_is_refused(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    decision(tmp_path)
    assert refusals(tmp_path, DELISTING) == []
    (found,) = refusals(tmp_path, DELISTING.replace(old, new))
    assert says in " ".join(found)


def test_a_delisting_by_an_answer_that_its_form_does_not_ask_for_is_refused(tmp_path: Path) -> None:
    decision(tmp_path)
    (tmp_path / "procedures").mkdir()
    (tmp_path / "procedures" / "drawn.toml").write_text(DELISTING.replace(".act", ".paper"), encoding="utf-8")
    (refused,) = check_procedures(tmp_path).refusals
    assert "the form 'decision' does not ask 'paper'; it asks act" in str(refused)


def test_an_escalation_where_nothing_is_ever_due_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("whole_within_days = 40\n", "").replace("within_days = 3\n", "")
    assert refusals(tmp_path, text) == [("step visit.escalates", "nothing is ever overdue here; write within_days")]


@pytest.mark.parametrize(
    ("limit", "counting", "accepted"), [(6, "calendar", True), (5, "calendar", False), (4, "working", True)]
)
def test_the_limit_of_the_whole_is_refused_only_where_it_can_never_be_kept(
    tmp_path: Path, limit: int, counting: str, accepted: bool
) -> None:
    text = f"""
        title = "On the board"
        about = "household"
        law = "a law"
        whole_within_days = {limit}
        days = "{counting}"
        outcomes = ["known"]
        [[step]]
        id = "board"
        by = "village_worker"
        publishes = {{ notice = "names", days = 5 }}
        leads_to = {{ no_objection = "known" }}
    """
    assert (refusals(tmp_path, text) == []) == accepted


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ("", "title", "is missing"),
        ("[", "", "is not valid TOML"),
        ("step = 3", "step", "must be written as [[step]] tables"),
        ("step = [3]", "step[1]", "must be a table"),
        ("step = []", "step", "there is no step where a case begins"),
        ('[[step]]\nid = "x"\nat_any_time = true', "step", "there is no step where a case begins"),
        ("a = 1e9999999999999999999", "", "cannot be read"),
    ],
)
def test_a_file_that_is_no_procedure_says_so(tmp_path: Path, text: str, key: str, says: str) -> None:
    found = refusals(tmp_path, text)
    assert any(said_key == key and says in message for said_key, message in found), found


def test_a_file_whose_name_is_no_name_is_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path, GOOD, name="not a name")[0] == (
        "",
        "'not a name' is not a name; name the file with letters, digits and _",
    )


@pytest.mark.parametrize(
    ("text", "key", "says"),
    [
        ('free_weekdays = ["sun"]', "free_weekdays", "'sun' is not a weekday"),
        (
            'free_weekdays = ["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]',
            "free_weekdays",
            "leaves no day to work on",
        ),
        ('worked = ["2020-01-19"]', "worked", "a list of dates"),
        ("worked = [2020-01-19T08:00:00]", "worked", "without a time"),
        ('[[holiday]]\nlaw="l"\nfrom=2020-01-01\nto=2020-01-01', "holiday[1].title", "is missing"),
        ('[[holiday]]\ntitle="t"\nlaw="l"\nfrom=2020-01-02\nto=2020-01-01', "holiday[1].to", "is before 2020-01-02"),
        ('[[holiday]]\ntitle="t"\nlaw="l"\nfrom=0001-01-01\nto=9999-12-31', "holiday[1].to", "more than 366 days"),
        ('[[holiday]]\ntitle="t"\nlaw="l"\nform=2020-01-01\nto=2020-01-01', "holiday[1].form", "not a key"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(tmp_path: Path, text: str, key: str, says: str) -> None:
    (tmp_path / "calendar.toml").write_text(text, encoding="utf-8")
    found: list = []
    read_calendar(tmp_path, found)
    assert any(refused.key == key and says in refused.message for refused in found), found
    assert {refused.file for refused in found} == {"calendar.toml"}


def test_a_word_that_is_no_text_is_refused_in_the_file_of_words(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text("[procedures]\nvisit = 3\n", encoding="utf-8")
    refusals(tmp_path, GOOD)
    assert [str(refused) for refused in check_procedures(tmp_path).refusals] == [
        'words.toml: procedures.visit: must be text in quotes, or by language as { en = "...", zh = "..." }'
    ]


def test_one_bad_procedure_leaves_the_others_accepted_and_loading_refuses_all(tmp_path: Path) -> None:
    refusals(tmp_path, GOOD)
    refusals(tmp_path, GOOD.replace("law", "lore"), name="spoilt")
    checked = check_procedures(tmp_path)
    assert checked.ids == ["drawn", "spoilt"]
    assert list(checked.procedures) == ["drawn"]
    with pytest.raises(ProceduresRefused, match=r"spoilt\.toml: lore: is not a key"):
        load_procedures(tmp_path)


def test_a_case_keeps_the_procedure_it_began_under(tmp_path: Path) -> None:
    refusals(tmp_path, GOOD)
    before = check_procedures(tmp_path)
    kept = json.loads(json.dumps(before.said["drawn"]))
    refusals(tmp_path, GOOD.replace("days = 5", "days = 9"))
    now = check_procedures(tmp_path).procedures["drawn"]
    assert procedure_from("drawn", kept, before.words) == before.procedures["drawn"]
    assert now.digest != before.procedures["drawn"].digest
    refusals(tmp_path, "# a remark\n" + GOOD)
    assert check_procedures(tmp_path).procedures["drawn"].digest == before.procedures["drawn"].digest


# The command line


def firmground(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firmground.cli", "procedures", *words], capture_output=True, text=True, check=False
    )


def test_the_command_lists_what_is_accepted_and_every_refusal_for_machines(tmp_path: Path) -> None:
    refusals(tmp_path, GOOD)
    done = firmground("check", tmp_path, "--json")
    assert (done.returncode, json.loads(done.stdout)) == (
        0,
        {"procedures": [{"id": "drawn", "accepted": True, "refusals": []}], "refusals": []},
    )
    refusals(tmp_path, GOOD.replace('need = "board"', 'need = "bord"'), name="spoilt")
    done = firmground("check", tmp_path, "--json")
    refused = {
        "file": "procedures/spoilt.toml",
        "key": "step visit.leads_to",
        "message": "'bord' is not a step that has its turn, or an outcome; "
        "there are board, dismissed, helped, review, visit",
    }
    assert done.returncode == 3
    assert json.loads(done.stdout) == {
        "procedures": [
            {"id": "drawn", "accepted": True, "refusals": []},
            {"id": "spoilt", "accepted": False, "refusals": [refused]},
        ],
        "refusals": [refused],
    }


def test_the_command_tells_people_in_sentences_and_draws_what_is_accepted(tmp_path: Path) -> None:
    refusals(tmp_path, GOOD)
    refusals(tmp_path, "[", name="spoilt")
    done = firmground("check", tmp_path)
    assert done.returncode == 3
    assert done.stdout.splitlines()[0].startswith("refused  procedures/spoilt.toml: is not valid TOML")
    assert done.stdout.splitlines()[-1] == "1 of 2 procedures accepted; 5 steps; 1 refusals."
    drawn = firmground("draw", tmp_path, "drawn")
    assert drawn.returncode == 0
    assert drawn.stdout.startswith("%% drawn: A household in need\nflowchart TD\n")
    for name, says in (("spoilt", "is refused, so it cannot be drawn"), ("painted", "There is no procedure 'painted'")):
        done = firmground("draw", tmp_path, name)
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr


def test_a_folder_without_procedures_has_nothing_to_refuse(tmp_path: Path) -> None:
    done = firmground("check", tmp_path)
    assert (done.returncode, done.stdout) == (0, "0 of 0 procedures accepted; 0 steps; 0 refusals.\n")
