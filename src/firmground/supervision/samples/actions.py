"""Every write of draws and of what came of them."""

import secrets
from datetime import date

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.engines.sampling import draws as engine
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.places.models import Place
from firmground.registry.loads import Load
from firmground.supervision.samples import queries
from firmground.supervision.samples.models import Answer, Draw

MOST_HOUSEHOLDS = 5000


@action("samples.draw")
def draw(
    *,
    place_code: str,
    of: str,
    design: str,
    households: int,
    by: Office,
    villages: int | None = None,
    hidden_until: date | None = None,
    seed: str = "",
    why: str = "",
) -> Draw:
    """Draw households of a place from the register as it is known now. Every draw stays on record.

    Args:
        households: in all; in two stages, in each of so many `villages`.
        hidden_until: from this day the place may know it; left out, today.
        seed: what was said in public, as the numbers of a lottery; left out, chance makes one.
        why: needed where the same list of the place was drawn from before.

    Raises:
        Refusal: no such place in the territory, nobody to draw, too many asked, drawn again without a reason, or those
            it is about would see it.
    """
    today = timezone.localdate()
    hidden_until = hidden_until or today
    seed, why = seed.strip() or secrets.token_hex(8), why.strip()
    if not Place.objects.filter(code=place_code, valid_to=None).exists() or not by.reach.covers(place_code):
        raise Refusal(gettext("No place of your territory has the code %(code)s.") % {"code": place_code or "–"})
    if of not in Draw.Of.values or design not in Draw.Design.values or len(seed) > 64 or "\x00" in seed + why:
        raise Refusal(gettext("Say which households are drawn from, and how; a seed has at most 64 signs."))
    if hidden_until > today and by.territory == place_code:
        raise Refusal(gettext("Offices of the very place would see it. Let a level above draw."))
    two_stages = design == Draw.Design.IN_TWO_STAGES
    if two_stages and not villages:
        raise Refusal(gettext("Say how many villages are drawn."))
    if queries.draws(seen_by=by.reach).filter(place_code=place_code, of=of).exists() and not why:
        raise Refusal(
            gettext("This list was drawn from before. Say why it is drawn again; both draws stay to be seen.")
        )
    with connection.cursor() as cursor:  # waits for loads that have begun: the list can be made again for ever
        cursor.execute(f"LOCK TABLE {Load._meta.db_table} IN SHARE MODE")
    now = timezone.now()
    frame = queries.frame(place_code, of, now)
    asked = households * (villages or 1) if two_stages else households
    there = len({village for _, village in frame})
    if not 1 <= households <= len(frame) or not 1 <= asked <= MOST_HOUSEHOLDS or (villages or 1) > there:
        raise Refusal(
            gettext("The list has %(there)s households in %(villages)s villages; draw from 1 to %(most)s of them.")
            % {"there": len(frame), "villages": there, "most": min(len(frame), MOST_HOUSEHOLDS)}
        )
    return Draw.objects.create(
        place_code=place_code, of=of, design=design, villages=villages if two_stages else None, households=households,
        seed=seed, frame_size=len(frame), frame_digest=engine.digest(frame), drawn_by=by, drawn_at=now,
        drawn_from=by.territory, hidden_until=hidden_until, why=why[:300],
        drawn=queries.written(queries.drawn_again(frame, design, seed, households, villages)),
    )  # fmt: skip


@action("samples.answer")
def answer(
    *,
    draw: Draw,
    household_id: str,
    outcome: str,
    answered_on: date,
    by: Office,
    persons: int | None = None,
    found: int | None = None,
    approves: bool | None = None,
    note: str = "",
    why: str = "",
) -> Answer:
    """Note what came of a household drawn; told again, the last word counts.

    Args:
        persons: about how many it was asked. found: of these, wrongly exited or missed.

    Raises:
        Refusal: it was not drawn, the day makes no sense, whoever is checked would write the result, or the numbers do
            not fit each other.
    """
    village = next((each.village for each in queries.listed(draw) if each.household == household_id), None)
    if village is None:
        raise Refusal(gettext("Household %(number)s is not in this draw.") % {"number": household_id})
    if not draw.drawn_from.startswith(by.territory):
        raise Refusal(
            gettext("What came of a draw is noted by the level that drew, or one above, not by who is checked.")
        )
    if outcome not in Answer.Outcome.values:
        raise Refusal(gettext("Say whether the household was seen."))
    if answered_on > timezone.localdate() or answered_on < timezone.localdate(draw.drawn_at):
        raise Refusal(gettext("A household is seen on a day since the draw, not after today."))
    seen = outcome == Answer.Outcome.SEEN
    if not seen and (persons, found, approves) != (None, None, None):
        raise Refusal(gettext("Who was not seen answered nothing: leave the answers empty, or say it was seen."))
    if found is not None and (persons is None or found > persons):
        raise Refusal(gettext("Not more persons can be found than were asked about: %(n)s.") % {"n": persons or 0})
    if persons is not None and not 0 <= persons <= 50:
        raise Refusal(gettext("A household has from 1 to 50 persons."))
    said = {"outcome": outcome, "answered_on": answered_on, "persons": persons, "found": found, "approves": approves,
            "note": note.strip()[:2000], "answered_by": by, "place_code": village}  # fmt: skip
    return Answer.objects.update_or_create(draw=draw, household_id=household_id, defaults=said)[0]


@action("samples.export")
def export(*, draw: int, what: str, rows: int, by: Office) -> None:
    """Record that a draw, or the list it was drawn from, is taken out."""
    record(None, by.territory, draw=draw, what=what, rows=rows)
