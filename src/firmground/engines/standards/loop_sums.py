"""What loops add up of a subject's related rows: lines before its rows, for each of them, and after."""

from firmground.engines.standards.declared import Fact
from firmground.engines.standards.given import MOST_GIVEN
from firmground.engines.standards.loop_lines import MOST, Body


class Sums:
    """What is added up of the rows of a subject: lines before its rows, for each row, and after."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.begin: list[str] = []
        self.each: list[str] = []
        self.end: list[str] = []
        self._counts: dict[str, str] = {}

    def count(self, condition: str) -> str:
        """The variable that counts the rows for which a condition holds."""
        if condition not in self._counts:
            name = self._counts[condition] = f"n{len(self._counts)}"
            if condition == "False":
                self.begin.append(f"{name} = 0")
            else:
                self.begin.append(f"{name} = 0")
                self.each.append(f"{name} += {condition}")
        return self._counts[condition]

    def result(self, fact: Fact) -> tuple[str, int, int]:
        """(what a subject's fact comes to, its places, its bound)."""
        aggregate, body = fact.aggregate, self.body
        assert aggregate is not None
        used = "True" if aggregate.where is None else body.truth(aggregate.where)
        if aggregate.function == "count":
            return self.count(used), 0, MOST_GIVEN
        assert aggregate.of is not None
        if aggregate.function in ("any", "all"):
            true, false = (body.truth(aggregate.of, wanted) for wanted in (True, False))
            trues, falses = self.count(body.both(used, true)), self.count(body.both(used, false))
            unknowns = self.count(body.both(used, body.no(body.either(true, false))))
            if aggregate.function == "any":
                return f"choose({trues} > 0, 1, choose({unknowns} > 0, 2, 0))", 0, 1
            return f"choose({falses} > 0, 0, choose(({unknowns} > 0) | ({trues} == 0), 2, 1))", 0, 1
        number = body.number(aggregate.of)
        counted = body.both(used, number.known)
        some = self.count(counted)
        name = f"x{len(self.begin)}"
        if aggregate.function == "sum":
            self.begin.append(f"{name} = 0")
            if counted != "False":
                self.each.append(f"{name} += choose({counted}, {number.text}, 0)")
                self.each.append(f"big |= abs({name}) > {MOST}")
            known = f"({some} > 0) & ({some} == {self.count(used)})"
            most = MOST_GIVEN if number.places <= 4 else MOST
            if most < MOST:
                self.end.append(f"big |= abs({name}) > {most}")
            return f"choose({known}, {name}, UNKNOWN)", number.places, most
        sign, empty = ("<", "UNKNOWN") if aggregate.function == "min" else (">", "UNKNOWN")
        self.begin.append(f"{name} = {empty}")
        if counted != "False":
            ahead = f"{counted} & (({number.text} {sign} {name}) | ({name} == UNKNOWN))"
            self.each.append(f"{name} = choose({ahead}, {number.text}, {name})")
        return name, number.places, number.most
