"""The one write of exits: that a list of them is taken out of the house. Cases decide, registers remember."""

from firmground.officers.acting import action, record
from firmground.officers.models import Office


@action("exits.export")
def export(*, places: int, level: str, by: Office) -> None:
    """Record that the list of exits is taken out: how many places, of which level."""
    record(None, by.territory, places=places, level=level)
