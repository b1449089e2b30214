"""Tables as CSV and XLSX files that a spreadsheet opens as they are, and runs nothing of."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from xlsxwriter import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula, with an apostrophe before it; everything else as it is."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(STARTS_A_FORMULA) else cell


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A download, written line by line: a long table needs no more memory than a short one."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(headings)  # the mark by which Excel knows UTF-8
        for row in rows:
            yield writer.writerow([harmless(cell) for cell in row])

    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def as_xlsx(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A workbook of one sheet, its headings frozen; numbers and days are such."""
    whole = io.BytesIO()
    with Workbook(whole, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                          "default_date_format": "yyyy-mm-dd"}) as book:  # fmt: skip
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for n, row in enumerate((headings, *rows)):
            sheet.write_row(n, 0, row)
        sheet.autofit()
    return HttpResponse(
        whole.getvalue(),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
    )
