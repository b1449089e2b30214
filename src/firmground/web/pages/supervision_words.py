"""The words of issues, orders, visits and help in the reader's language."""

from django.utils.translation import gettext, pgettext

from firmground.officers.models import Role
from firmground.supervision.board.weak import Weak
from firmground.web.templatetags.ledger import day, number


def contents() -> dict[int, str]:
    """The five contents of supervision."""
    return {
        1: gettext("Guarantees and water"),
        2: gettext("Work, posts and the safety net"),
        3: gettext("Relocation and what follows it"),
        4: gettext("Watching and helping those at risk"),
        5: gettext("Putting right what was found before"),
    }


def sources() -> dict[str, str]:
    return {
        "central_inspection": gettext("central inspection"),
        "assessment_2019": gettext("assessment of 2019"),
        "big_screening": gettext("local big screening"),
        "field_visit": gettext("visit on the spot"),
        "data_check": gettext("check of the data"),
        "public_voice": gettext("voice of the public"),
        "screening": gettext("screening"),
    }


def severities() -> dict[int, str]:
    return {1: gettext("slight"), 2: gettext("serious"), 3: gettext("grave")}


def states() -> dict[str, str]:
    """How an issue may stand."""
    return {
        "open": pgettext("issue", "open"),
        "assigned": pgettext("issue", "assigned"),
        "claimed": pgettext("issue", "said to be put right"),
        "reopened": pgettext("issue", "came back"),
        "resolved": pgettext("issue", "verified"),
        "waived": pgettext("issue", "waived"),
    }


def order_states() -> dict[str, str]:
    return {
        "sent": pgettext("order", "waits for an answer"),
        "answered": pgettext("order", "answered"),
        "again": pgettext("order", "sent back"),
        "fulfilled": pgettext("order", "carried out"),
        "withdrawn": pgettext("order", "withdrawn"),
    }


def owners() -> dict[str, str]:
    """Whom an issue may be given to."""
    return {
        Role.VILLAGE_WORKER: gettext("the village"),
        Role.TOWNSHIP: gettext("the township"),
        Role.COUNTY: gettext("the county"),
        Role.DEPARTMENT: gettext("a department"),
    }


def modes() -> dict[str, str]:
    return {
        "open": pgettext("visit", "announced"),
        "unannounced": pgettext("visit", "unannounced"),
        "video": pgettext("visit", "by video"),
    }


def kinds_of_help() -> dict[str, str]:
    return {
        "money": gettext("money"),
        "goods": gettext("goods"),
        "people": gettext("people sent"),
        "work": gettext("work and posts"),
        "project": gettext("a project"),
        "coordination": gettext("another body brought in"),
        "advice": gettext("advice"),
    }


def guarantees() -> list[tuple[str, str]]:
    """The three guarantees and water, in the order of the board's columns."""
    return [
        ("education", gettext("Compulsory education")),
        ("medical", gettext("Basic medical care")),
        ("housing", gettext("Safe housing")),
        ("water", gettext("Safe drinking water")),
    ]


def reason(weak: Weak) -> str:
    """Why a place is a weak link: what the forecast says, and which guarantee falls short by how much."""
    said, told, known = [], weak.told, weak.figures
    if told is None:
        said.append(
            gettext("%(poor)s of %(all)s persons are still poor.")
            % {"poor": number(known.poor_persons), "all": number(known.persons)}
        )
    else:
        said.append(
            gettext(
                "Foretold for %(deadline)s: %(middle)s poor persons, in four of five paths %(low)s to %(high)s; "
                "%(most)s may remain, and the chance of that is %(chance)s."
            )
            % {
                "deadline": day(told.deadline),
                "middle": number(told.remaining["50"]),
                "low": number(told.remaining["10"]),
                "high": number(told.remaining["90"]),
                "most": number(told.most),
                "chance": f"{told.chance:.0%}",
            }
        )
    if weak.guarantee:
        said.append(
            gettext("%(guarantee)s: %(share)s of households fall short, where the middle place has %(usual)s.")
            % {
                "guarantee": dict(guarantees())[weak.guarantee],
                "share": f"{weak.share:.1%}",
                "usual": f"{weak.usual:.1%}",
            }
        )
    return " ".join(said)
