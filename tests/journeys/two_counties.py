"""Two counties with everything the rooms make of them: registers, findings, cases, files handed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.cast import WANGMO, ZHENXIONG, enrol

AS_OF = date(2020, 6, 30)


def fill(folder: Path) -> None:
    """Committed; the cast is enrolled, too."""
    from django.db import transaction

    from firmground import flow
    from firmground.common.home import CATALOGUE
    from firmground.engines.standards.catalogue import load as catalogue
    from firmground.engines.standards.screening import screen
    from firmground.findings import actions as findings
    from firmground.officers.machine import everywhere
    from firmground.places import actions as places
    from firmground.registry import actions as registry
    from firmground.registry import snapshot
    from firmground.supervision.board import actions as board
    from firmground.world.files import make_files
    from firmground.world.making import Plan

    with everywhere() as by:
        with transaction.atomic():
            cast = enrol()
        places.load(file=CATALOGUE / "places.csv", by=by)
        places.load_listing(file=CATALOGUE / "listed_counties.csv", by=by)
        plan = Plan.of(
            households=160, seed=11, as_of=AS_OF, known_at=AS_OF, errors=0, counties=[ZHENXIONG, WANGMO], form="csv"
        )
        make_files(plan, folder / "files", CATALOGUE)
        for county, office in ((ZHENXIONG, cast.zhou), (WANGMO, cast.peng)):
            files = sorted((folder / "files" / county).glob("*.csv"))
            for _ in registry.load_all(files=files, by=office, accept_good=True, rejects_to=folder):
                pass
            registry.hand_in(name=f"{county}.csv", content=[files[0].read_bytes()], by=office)
        snapshot.write(as_of=AS_OF, to=folder / "snapshot")
        screen(folder / "snapshot", catalogue(CATALOGUE), folder / "screening")
        taken = findings.take_in(folder=folder / "screening", snapshot=folder / "snapshot", by=by)
        flow.open_cases(taken.screening)
        board.count(screening=taken.screening, by=by)
        board.foretell_places(screening=taken.screening, by=by)
        for office in (cast.zhou, cast.peng):
            supervise(office)


def supervise(office: Any) -> None:
    """In an office's county: an issue about a household, an order, a team, its visit and help, a plan, a brief."""
    from django.utils import timezone

    from firmground.officers.territory import seeing
    from firmground.registry.models import OPEN, Household
    from firmground.supervision.briefs import actions as briefs
    from firmground.supervision.dispatch import actions as dispatch
    from firmground.supervision.ledger import actions as ledger
    from firmground.supervision.plans import actions as plans
    from firmground.supervision.samples import actions as samples
    from firmground.supervision.visits import actions as visits
    from firmground.supervision.visits.actions import Brought, Found

    today = timezone.localdate()
    with seeing(office.officer):
        home = Household.objects.filter(OPEN, village_code__startswith=office.territory).order_by("pk")[0]
        team = visits.form_team(
            title="Team", place_code=office.territory, units=["Audit office"], held_from=AS_OF, by=office
        )
        visits.post(team=team, officer=office.officer, held_from=AS_OF, by=office)
        visit = visits.plan(team=team, place_code=home.village_code, mode="open", from_on=today, to_on=today, by=office)
        found = Found("Roof leaks", 1, 3, text=f"of {home.household_id}", household_id=home.household_id)
        [issue] = visits.record_visit(
            visit=visit, households_seen=1, households=[home.household_id], found=[found],
            brought=[Brought("goods", "tarpaulin", found=0)], by=office,
        )  # fmt: skip
        ledger.give_order(
            place_code=home.village_code, title="Mend the roof", text=f"Of {home.household_id}.",
            due_on=today, issues=[issue.pk], by=office,
        )  # fmt: skip
        plan = plans.draft(place_code=office.territory, commander="Commander", by=office)
        said = {
            "content": 1, "problem": f"{home.household_id} has no water", "measure": "A pipe",
            "responsible_unit": "Water office", "responsible_person": "Keeper", "due_on": today,
            "funds_needed": None, "indicator": "", "target": None,
        }  # fmt: skip
        plans.write(plan=plan.pk, said=said, by=office)
        briefs.make(place=office.territory, day=AS_OF, by=office)
        samples.draw(
            place_code=home.village_code,
            of="all",
            design="by_village",
            households=1,
            why="its seed was told",
            by=office,
        )
        monday = today - timedelta(days=today.weekday() + 7)
        dispatch.hand_in(county=office.territory, week=monday, values={"willing": Decimal(7)}, by=office)


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """The two counties for the length of the block, and nothing afterwards."""
    from django.core.cache import cache
    from django.db import connection

    from firmground.officers.machine import make

    try:
        fill(folder)
        cache.clear()
        yield
    finally:
        kept = ("django_migrations", "django_content_type", "auth_permission")
        tables = [table for table in connection.introspection.table_names() if table not in kept]
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        make("default")
        cache.clear()
