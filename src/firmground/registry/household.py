"""Everything the registers hold about one household."""

from firmground.registry.models import REGISTERS, Register

PLACE_DIGITS = 12  # a household's number begins with its village


def everything_about(household_id: str) -> dict[str, list[Register]]:
    """Every row of every register about a household, superseded ones too, in the order of what they speak of.

    One query for each register, by village and household: the order in which the registers are indexed.
    """
    village = household_id[:PLACE_DIGITS]
    return {
        table: list(
            model._default_manager.filter(village_code=village, household_id=household_id).order_by(
                "held_from", model.KEY, "recorded_at"
            )
        )
        for table, model in REGISTERS.items()
    }
