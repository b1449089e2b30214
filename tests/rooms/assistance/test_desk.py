"""What of measures, helpers and attendance lies on a desk."""

from types import SimpleNamespace

from firmground.officers import desks
from firmground.officers.models import Office
from firmground.officers.territory import seeing
from firmground.teams import actions as teams
from tests.rooms.assistance.test_measures import TODAY, TOMORROW, give, promise
from tests.villages import LI, POJI, WU, household


def desk_of(office: Office, kind: str) -> list[str]:
    with seeing(office.reach):
        return [str(piece["number"]) for piece in desks.sheet(office, TOMORROW) if piece["kind"] == kind]


def test_a_promise_lies_with_who_made_it_and_with_the_department(village: SimpleNamespace) -> None:
    rides = promise(village.tang)
    piglets = promise(village.zhou, measure="industry", item="six piglets", risk="")
    give(promise(village.tang, to=WU, risk="", item="a check-up"), village.doctor_wu)
    assert desk_of(village.tang, "measure") == [str(rides.pk)]
    assert desk_of(village.zhou, "measure") == [str(piglets.pk)]
    assert desk_of(village.doctor_wu, "measure") == [str(rides.pk)]
    assert desk_of(village.peng, "measure") == []


def test_households_to_help_and_days_to_confirm(village: SimpleNamespace) -> None:
    with seeing(village.tang.reach):
        teams.assign_helper(household=household(LI), officer=village.mei.officer, by=village.tang)
    team = teams.send(place_code=POJI, sent_by="the health office", held_from=TODAY, by=village.zhou)
    cadre = teams.post(team=team, officer=village.doctor_wu.officer, post="leader", held_from=TODAY, by=village.tang)
    mark = teams.mark(cadre=cadre, on=TODAY, state="at_post", by=village.mei)
    assert desk_of(village.mei, "helper") == [LI]
    assert desk_of(village.tang, "attendance") == [str(mark.pk)]
    assert desk_of(village.mei, "attendance") == desk_of(village.zhou, "helper") == []
