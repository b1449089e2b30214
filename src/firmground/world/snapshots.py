"""The registers of a block of a county as the tables of a snapshot."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from firmground.world.columns import BaseFact, arrow, texts
from firmground.world.history import History
from firmground.world.keys import Keys
from firmground.world.registers import household_columns, registered, related_rows
from firmground.world.rows import Moment


def snapshot_tables(
    history: History, moment: Moment, facts: dict[str, list[BaseFact]], before: int = 0, with_positions: bool = False
) -> Iterator[tuple[str, pa.Table]]:
    """The tables of one block's snapshot, household first, in merge order, one at a time.

    Args:
        before: how many households of the county stand in earlier blocks.
        with_positions: members carry, as `position`, where they stand in the history.
    """
    keys = Keys(history)
    here = registered(history, moment)
    row_of = (np.cumsum(here) - 1 + before).astype(np.int32)
    columns = household_columns(history, moment)
    yield (
        "household",
        pa.table(
            {
                "household_id": texts(keys.households[here]),
                "village_code": texts(keys.villages[here]),
                **{fact.name: arrow(columns[fact.name][here], fact) for fact in facts["household"]},
            }
        ),
    )
    del columns
    for table, rows in related_rows(history, moment):
        arrays = {
            "household_row": pa.array(row_of[rows.household]),
            f"{table}_id": texts(keys.rows(table, rows)),
            "household_id": texts(keys.households[rows.household]),
        }
        if "member" in rows.columns:
            arrays["member_id"] = texts(keys.members[rows.columns["member"]])
        if table == "member" and with_positions:
            arrays["position"] = pa.array(rows.columns["position"])
        columns = dict(rows.columns)
        del rows
        for fact in facts[table]:
            arrays[fact.name] = arrow(columns.pop(fact.name), fact)  # a column is let go as soon as it is converted
        del columns
        yield table, pa.table(arrays)
