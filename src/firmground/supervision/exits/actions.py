"""Every write of exits: the sums of a survey, the way that files go, and exports. Cases decide, registers remember."""

import csv
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import get_language, gettext

from firmground.common.errors import Refusal
from firmground.officers.acting import action, record
from firmground.officers.models import Office
from firmground.registry import actions as registry
from firmground.registry.declared import label, word

SUMS = ("exited_sampled", "wrong_exit_persons", "non_registered_sampled", "missed_persons", "households_surveyed",
        "households_approving")  # fmt: skip


@action("exits.export")
def export(*, places: int, level: str, by: Office) -> None:
    """Record that the list of exits is taken out: how many places, of which level."""
    record(None, by.territory, places=places, level=level)


def enter_survey(*, county: str, said: Mapping[str, Any], by: Office) -> None:
    """Take the sums of a survey into its register, as a file of one row: the same checks, the same record of the load.

    Args:
        said: surveyed_on, kind, conducted_by and SUMS; None is unknown.

    Raises:
        Refusal: a county would assess itself, more were found than asked, or whatever else a file is refused for.
    """
    for asked, found in zip(SUMS[::2], SUMS[1::2], strict=True):
        if (said[found] or 0) > (said[asked] or 0):
            raise Refusal(
                gettext("%(found)s: %(n)s are more than the %(of)s that were asked.")
                % {"found": label(f"exit_survey.{found}", _language()), "n": said[found], "of": said[asked] or 0}
            )
    cells = {label("exit_survey.county_id", "zh"): county}
    for name in ("surveyed_on", "kind", "conducted_by", *SUMS):
        value = said[name]
        cells[label(f"exit_survey.{name}", "zh")] = (
            "" if value is None else word(f"exit_survey.{name}", value, "zh") if isinstance(value, str) else str(value)
        )
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{county}.csv"
        with open(file, "w", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerows([list(cells), list(cells.values())])
        report = registry.load(file=file, by=by, table="exit_survey")
    if not report.taken:
        raise Refusal("; ".join(row.why for row in report.refused))


def _language() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"
