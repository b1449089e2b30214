"""Exact numbers and whole units of time, as the language defines them. Every engine must agree with this file."""

import calendar
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from firmground.engines.standards.tree import QUOTIENT_PLACES

EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
"""Wide enough that sums and products never round by accident. ROUND_HALF_UP is half away from zero."""

_PLACES = {places: Decimal(1).scaleb(-places) for places in range(QUOTIENT_PLACES + 1)}


def rounded(number: int | Decimal, places: int) -> Decimal:
    """Rounded half away from zero."""
    return EXACT.quantize(Decimal(number), _PLACES[places])


def quotient(left: int | Decimal, right: int | Decimal) -> Decimal | None:
    """The quotient at ten decimal places, half away from zero; unknown when divided by zero."""
    if not right:
        return None
    return rounded(EXACT.divide(Decimal(left), Decimal(right)), QUOTIENT_PLACES)


def product(left: int | Decimal, right: int | Decimal) -> int | Decimal:
    """The exact product; a decimal keeps ten places, half away from zero."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    result = EXACT.multiply(Decimal(left), Decimal(right))
    exponent = result.as_tuple().exponent
    assert isinstance(exponent, int)
    return rounded(result, QUOTIENT_PLACES) if -exponent > QUOTIENT_PLACES else result


def total(left: int | Decimal, right: int | Decimal, sign: int = 1) -> int | Decimal:
    """The exact sum (or, with sign -1, difference)."""
    if isinstance(left, int) and isinstance(right, int):
        return left + sign * right
    return (EXACT.add if sign > 0 else EXACT.subtract)(Decimal(left), Decimal(right))


def whole(number: int | Decimal, function: str) -> int:
    """round, floor or ceil to a whole number."""
    rounding = {"round": ROUND_HALF_UP, "floor": ROUND_FLOOR, "ceil": ROUND_CEILING}[function]
    return int(Decimal(number).to_integral_value(rounding=rounding))


def months_between(start: date, end: date) -> int:
    """Whole months completed; on the same day number, or on the last day of a shorter month."""
    if end < start:
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    last_day = calendar.monthrange(end.year, end.month)[1]
    return months - (end.day < start.day and end.day != last_day)


def years_between(start: date, end: date) -> int:
    """Whole years completed: twelve whole months each."""
    return int(months_between(start, end) / 12)
