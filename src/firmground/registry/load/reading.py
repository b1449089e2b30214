"""A file as it was sent -> its sheets, whatever its name says it is."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.registry.load.delimited import delimited
from firmground.registry.load.headings import Heading
from firmground.registry.load.old_workbooks import old_workbook
from firmground.registry.load.sheets import MEGABYTE, Body, Contents, Sheet, as_text
from firmground.registry.load.workbooks import zipped

LARGEST_FILE = 1024 * MEGABYTE


def read(file: Path) -> Contents:
    """Open a file, whatever its name says it is.

    Raises:
        Refusal: it is none of the forms that can be read, or is damaged, protected or too large.
    """
    try:
        size = file.stat().st_size
        with open(file, "rb") as opened:
            start = opened.read(4096)
    except OSError as error:
        raise Refusal(
            gettext("%(file)s cannot be opened: %(why)s.") % {"file": file.name, "why": error.strerror}
        ) from None
    if size == 0:
        raise Refusal(gettext("%(file)s is empty.") % {"file": file.name})
    if size > LARGEST_FILE:
        raise Refusal(
            gettext("%(file)s is larger than %(size)s MB. Split it and load the parts.")
            % {"file": file.name, "size": LARGEST_FILE // MEGABYTE}
        )
    if start.startswith(b"PK\x03\x04"):
        return zipped(file)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return old_workbook(file)
    if start.startswith(b"PAR1"):
        return _parquet(file)
    if re.match(rb"\s*(<!doctype|<html|<table|<\?xml|<meta)", start, re.IGNORECASE):
        raise Refusal(
            gettext("%(file)s is a web page, not a workbook. Open it in a spreadsheet and save it as .xlsx.")
            % {"file": file.name}
        )
    return delimited(file)


def _parquet(file: Path) -> Contents:
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError):
        raise Refusal(gettext("%(file)s is a damaged Parquet file. Send it again.") % {"file": file.name}) from None

    def body(first: int, width: int) -> Body:
        cells = []
        for index, column in enumerate(table.columns):
            try:
                cells.append(pc.fill_null(_columnas_text(column.combine_chunks()), ""))
            except pa.ArrowNotImplementedError:
                place = Heading(index, table.column_names[index], None).place
                raise Refusal(
                    gettext("%(file)s, %(place)s: cells of type %(type)s cannot be read.")
                    % {"file": file.name, "place": place, "type": column.type}
                ) from None
        return Body(pa.array(np.arange(1, table.num_rows + 1, dtype=np.int32)), cells)

    return Contents([Sheet(name="", top=[list(table.column_names)], body=body)])


def _columnas_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        return pa.array([None if value is None else as_text(float(value)) for value in column.to_pylist()], pa.string())
    return pc.cast(column, pa.string())
