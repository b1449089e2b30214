"""Every write to the registers."""

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext, override
from procrastinate.exceptions import AlreadyEnqueued

from firmground.common.errors import Refusal
from firmground.common.files import sha256_of, whole
from firmground.common.in_force import catalogue_in_force
from firmground.officers.acting import action
from firmground.officers.machine import everywhere, machine
from firmground.officers.models import Office
from firmground.officers.territory import seeing
from firmground.registry.columns import Table, tables
from firmground.registry.load import rejects
from firmground.registry.load.cleaning import RefusedRow
from firmground.registry.load.preparing import Part, Prepared, prepare, tables_in
from firmground.registry.load.taking import Staged, lock
from firmground.registry.models import Load, Upload

Progress = Callable[[str], None]
SHOWN_REFUSED = 100  # rows on the result page; all of them are in the reject file


@dataclass
class TableReport:
    """What became of the rows of one register. If taken: read = new + superseding + unchanged + refused."""

    table: str
    read: int
    refused: int = 0
    new: int = 0
    superseding: int = 0
    unchanged: int = 0


@dataclass
class Report:
    """What became of a file."""

    file: str
    taken: bool
    tables: list[TableReport]
    notes: list[str]
    refused: list[RefusedRow] = field(default_factory=list, repr=False)
    reject_file: Path | None = None

    def as_json(self, most_refused: int | None = None) -> dict[str, Any]:
        """For machines: where refused rows stand and why, without their cells."""
        return {
            "file": self.file,
            "taken": self.taken,
            "tables": [asdict(table) for table in self.tables],
            "notes": self.notes,
            "refused": [{"sheet": row.sheet, "row": row.row, "why": row.why} for row in self.refused[:most_refused]],
            "reject_file": str(self.reject_file) if self.reject_file else None,
        }


class _NothingTaken(Exception):
    """Leaves the transaction without a trace."""


@action("registry.load")
def load(
    *,
    file: Path,
    by: Office,
    accept_good: bool = False,
    table: str | None = None,
    ignore_columns: Collection[str] = (),
    ignore_sheets: Collection[str] = (),
    rejects_to: Path | None = None,
    progress: Progress = lambda _: None,
) -> Report:
    """Take a file into the registers, whole or not at all; with `accept_good`, all but the refused rows.

    Refused rows are written to a file beside the original (or in `rejects_to`). Every attempt is on record.

    Args:
        table: the register it is, where headings do not tell.
        progress: told what is being done.

    Raises:
        Refusal: the file cannot be read, or its headings not be understood. Nothing was taken.
    """
    started = timezone.now()
    known = tables(catalogue_in_force())
    if table is not None and table not in known:
        raise Refusal(
            gettext("There is no register '%(table)s'. There are: %(registers)s.")
            % {"table": table, "registers": ", ".join(known)}
        )
    progress("reading")
    prepared = prepare(file, known, table=table, ignore_columns=ignore_columns, ignore_sheets=ignore_sheets)
    report = Report(file.name, True, [], prepared.notes)
    about = {
        "file_name": file.name, "sha256": sha256_of(file), "started_at": started, "by": by.officer.username,
        "place_code": by.territory,
    }  # fmt: skip
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # A snapshot waits for loads that have begun; nothing recorded before it can come in after it.
            cursor.execute(f"LOCK TABLE {Load._meta.db_table} IN ROW EXCLUSIVE MODE")
            now = timezone.now()
            for part in prepared.parts:
                progress(part.table.name)
                report.tables.append(_take(cursor, part, about, now))
            report.refused = _merged(row for part in prepared.parts for row in part.refused)
            if report.refused:
                report.reject_file = _write_rejects(file, prepared, report.refused, rejects_to or file.parent)
                Load.objects.filter(started_at=started, by=by.officer.username).update(
                    reject_file=report.reject_file.name
                )
            if report.refused and not accept_good:
                raise _NothingTaken
    except IntegrityError as error:
        if "_open_once" not in str(error):
            raise
        raise Refusal(
            gettext(
                "%(file)s has a number that stands in the register of another territory already. "
                "Ask the level above both to load it, or correct the number. Nothing was taken."
            )
            % {"file": file.name}
        ) from None
    except _NothingTaken:
        report.taken = False
        report.tables = [TableReport(each.table, each.read, each.refused) for each in report.tables]
        _record_refusal(report, about)
    return report


def load_all(*, files: Collection[Path], by: Office, table: str | None = None, progress: Progress = lambda _: None,
             **options: Any) -> Iterator[tuple[Path, Report | Refusal]]:  # fmt: skip
    """Load several files, those of households first; each stands alone, and a refusal of one stops no other.

    Takes the arguments of `load`.
    """
    known = tables(catalogue_in_force())
    for file in sorted(files, key=lambda each: _turn(each, known, table)) if len(files) > 1 else files:
        try:
            yield (
                file,
                load(
                    file=file,
                    by=by,
                    table=table,
                    progress=_about(file, progress),
                    **options,
                ),
            )
        except Refusal as refusal:
            yield file, refusal


@action("registry.hand_in")
def hand_in(
    *, name: str, content: Iterable[bytes], by: Office, accept_good: bool = False, ignore_columns: Collection[str] = ()
) -> Upload:
    """Keep a file that came through the page, and queue its load.

    It is known by a number nobody can guess; only the last part of the name it came with is kept.
    """
    number = uuid.uuid4()
    folder = Path(settings.FIRMGROUND_HOME) / "uploads" / str(number)
    folder.mkdir(parents=True, mode=0o700)
    file = folder / (re.sub(r"[^\w.()（） -]", "_", Path(name).name)[-100:].lstrip(".") or "file")
    with whole(file) as unfinished, open(unfinished, "wb") as opened:
        opened.writelines(content)
    with transaction.atomic():
        upload = Upload.objects.create(
            id=number,
            file_name=name[-200:],
            path=str(file.relative_to(settings.FIRMGROUND_HOME)),
            bytes=file.stat().st_size,
            accept_good=accept_good,
            ignore_columns=list(ignore_columns),
            language=get_language() or "en",
            by=by.officer.username,
            office=by,
            place_code=by.territory,
        )
        _queue(upload)
    return upload


@action("registry.try_again")
def try_again(*, upload: uuid.UUID, by: Office) -> Upload:
    """Queue the load of a file once more, this time with the good rows although others are refused."""
    with transaction.atomic():
        row = Upload.objects.select_for_update().get(pk=upload)
        if row.status == Upload.Status.REFUSED:
            row.accept_good, row.status = True, Upload.Status.WAITING
            row.by, row.office = by.officer.username, by
            row.save(update_fields=["accept_good", "status", "by", "office"])
            _queue(row)
    return row


def take_up_again() -> int:
    """Queue the uploads whose load was cut short or never begun. Loading a file twice changes nothing."""
    left = Upload.objects.filter(status__in=(Upload.Status.WAITING, Upload.Status.RUNNING))
    for upload in left:
        _queue(upload)
    return len(left)


def _queue(upload: Upload) -> None:
    from firmground.registry.tasks import load_upload

    with suppress(AlreadyEnqueued), transaction.atomic():
        load_upload.configure(queueing_lock=f"upload {upload.pk}").defer(upload=str(upload.pk))


def carry_out(*, upload: uuid.UUID) -> Upload:
    """Load a file that was handed in, in the office it was handed in by, and record what became of it."""
    with everywhere():
        row = Upload.objects.select_related("office__officer").get(pk=upload)
    by = row.office or machine()  # handed in before people signed in
    with seeing(by.reach):
        standing(row=row, status=Upload.Status.RUNNING, by=by)
        home = Path(settings.FIRMGROUND_HOME)
        file = home / row.path
        row.message, row.reject_path = "", ""
        try:
            with override(row.language):
                report = load(
                    file=file, by=by, accept_good=row.accept_good, ignore_columns=row.ignore_columns,
                    rejects_to=file.parent,
                )  # fmt: skip
        except Refusal as refusal:
            row.message, row.result = str(refusal), None
            standing(row=row, status=Upload.Status.REFUSED, by=by)
        except Exception as fault:  # its text may quote rows, and logs hold nothing of anybody's
            standing(row=row, status=Upload.Status.FAILED, by=by)
            raise RuntimeError(f"The load of upload {upload} failed: {type(fault).__name__}") from None
        else:
            row.result = report.as_json(most_refused=SHOWN_REFUSED)
            row.reject_path = str(report.reject_file.relative_to(home)) if report.reject_file else ""
            standing(row=row, status=Upload.Status.DONE if report.taken else Upload.Status.REFUSED, by=by)
    return row


@action("registry.standing")
def standing(*, row: Upload, status: Upload.Status, by: Office) -> None:
    """Record how a file that was handed in stands."""
    row.status = status
    row.save()


def _about(file: Path, progress: Progress) -> Progress:
    return lambda what: progress(f"{file.name}: {what}")


def _turn(file: Path, known: Mapping[str, Table], table: str | None) -> int:
    """When a file's turn is: households, then members, then what speaks of them."""
    order = list(known)
    try:
        found = tables_in(file, known, table)
    except Refusal:
        return len(order)  # its turn to be refused comes last
    return min((order.index(name) for name in found), default=len(order))


def _take(cursor: Any, part: Part, about: dict[str, Any], now: datetime) -> TableReport:
    record = Load.objects.create(
        table=part.table.name, outcome=Load.Outcome.TAKEN, rows_read=0, finished_at=now, **about
    )
    lock(cursor, part.table.model)
    staged = Staged(cursor, part.table, part.rows)
    wrong = staged.refused()
    if wrong:
        part.refuse(wrong)
        staged.leave_out(list(wrong))
    taken = staged.put(record, now)
    record.rows_read, record.rows_refused = part.read, len(part.refused)
    record.rows_new, record.rows_superseding, record.rows_unchanged = taken.new, taken.superseding, taken.unchanged
    record.counties = taken.counties
    if taken.counties:  # a township's file says no more than the township: its officers may write no further up
        record.place_code = max(_around(taken.counties), record.place_code, key=len)
    record.finished_at = timezone.now()
    record.save()  # refused by the database if a row went missing
    return TableReport(part.table.name, part.read, len(part.refused), taken.new, taken.superseding, taken.unchanged)


def _around(counties: list[str]) -> str:
    """The smallest place in which all of them lie."""
    return next(counties[0][:digits] for digits in (6, 4, 2, 0) if len({county[:digits] for county in counties}) == 1)


def _merged(refused: Any) -> list[RefusedRow]:
    """Each row of the file once, with all its reasons: a household's row may hold its living conditions too."""
    rows: dict[tuple[str, int], RefusedRow] = {}
    for row in refused:
        first = rows.get((row.sheet, row.row))
        why = row.why if first is None or row.why in first.why else f"{first.why}; {row.why}"
        rows[row.sheet, row.row] = RefusedRow(row.sheet, row.row, row.cells, why)
    return sorted(rows.values(), key=lambda row: (row.sheet, row.row))


def _write_rejects(file: Path, prepared: Prepared, refused: list[RefusedRow], folder: Path) -> Path:
    try:
        return rejects.write(file, prepared.headings, refused, folder)
    except OSError as error:
        raise Refusal(
            gettext(
                "%(rows)s rows of %(file)s are refused, and the file that says why cannot be "
                "written to %(folder)s (%(why)s). Nothing was taken. Name another folder with "
                "--rejects-to."
            )
            % {"rows": len(refused), "file": file.name, "folder": folder, "why": error.strerror}
        ) from None


def _record_refusal(report: Report, about: dict[str, Any]) -> None:
    assert report.reject_file is not None
    now = timezone.now()
    Load.objects.bulk_create(
        Load(
            table=each.table,
            outcome=Load.Outcome.REFUSED,
            rows_read=each.read,
            rows_refused=each.refused,
            reject_file=report.reject_file.name,
            finished_at=now,
            **about,
        )
        for each in report.tables
    )
