"""Every write of the board: the figures of a screening, and what is foretold from them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zlib import crc32

from firmground.engines.forecast.burndown import Series, Siblings, foretell
from firmground.findings.models import Screening
from firmground.findings.queries import COUNTY_DIGITS
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.registry.declared import catalogue
from firmground.supervision.board import figures, queries
from firmground.supervision.board.models import Forecast, PlaceFigures

AT_ONCE = 2000


@action("board.count")
def count(*, screening: Screening, by: Office, why: str = "") -> bool:
    """Count who lives in each place, as the snapshot of a screening says; false where nobody said which that is.

    A snapshot never changes, so figures are counted once.

    Raises:
        Refusal: the snapshot's files are gone.
    """
    if not screening.snapshot_folder:
        return False
    if not PlaceFigures.objects.filter(screening=screening).exists():
        figures.count(screening.pk, Path(screening.snapshot_folder), screening.counties)
    return True


@action("board.foretell")
def foretell_places(*, screening: Screening, by: Office, why: str = "") -> int:
    """Foretell every place, from the nation to the county, once; returns how many.

    Only what was known at this screening is used. The counties' siblings are all counties; so are those of larger
    places, which are few.
    """
    if Forecast.objects.filter(screening=screening).exists():
        return 0
    known = queries.series_of(screening)
    siblings = Siblings.of(series for code, series in known.items() if len(code) == COUNTY_DIGITS)
    rows = [row for code, series in known.items() if (row := _foretold(screening, code, series, siblings))]
    Forecast.objects.bulk_create(rows, batch_size=AT_ONCE)
    return len(rows)


@action("board.export")
def export(*, rows: int, chosen: Mapping[str, str], by: Office) -> None:
    """Record that figures of the board are taken out of the house: how many rows, and which."""
    record(None, by.territory, rows=rows, chosen={key: value for key, value in chosen.items() if value})


def _foretold(screening: Screening, code: str, series: Series, siblings: Siblings) -> Forecast | None:
    """None where the catalogue names no deadline, or it is past."""
    parameters = catalogue().parameters
    rows = {
        name: parameters[name].row_at(screening.as_of, code)
        for name in ("campaign_deadline", "campaign_remaining_most")
    }
    deadline, most = rows["campaign_deadline"], rows["campaign_remaining_most"]
    if deadline is None or most is None or not isinstance(deadline.value, date) or deadline.value <= screening.as_of:
        return None
    told = foretell(series, deadline.value, siblings=siblings, most=int(str(most.value)), seed=crc32(code.encode()))
    return Forecast(
        screening=screening, place_code=code, digits=len(code), deadline=deadline.value, most=told.most,
        points=len(series), remaining=dict(told.quantiles()), chance=told.chance,
        reached={percent: day and day.isoformat() for percent, day in told.days().items()},
    )  # fmt: skip
