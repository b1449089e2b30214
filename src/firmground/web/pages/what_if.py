"""What if a threshold were another: who would be added to those who fall short, and who dropped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.engines.snapshot import Snapshot
from firmground.engines.standards.declared import Parameter, Standard
from firmground.engines.standards.what_if import WhatIf
from firmground.engines.standards.what_if import what_if as ask_engine
from firmground.officers.territory import Territory
from firmground.places.models import Place
from firmground.registry import declared
from firmground.registry.models import OPEN, REGISTERS
from firmground.web.export import as_csv
from firmground.web.language import spoken
from firmground.web.pages import asked
from firmground.web.pages.now import Now

FIRST = 5  # households named for each county; the file names all


@dataclass
class Answer:
    """The form as it was filled in, what was wrong with it, and what came out."""

    choices: list[dict[str, Any]]
    parameter: str = ""
    value: str = ""
    problem: str = ""
    answer: dict[str, Any] | None = None
    found: WhatIf | None = None
    wants_file: bool = False


def what_if(request: HttpRequest, now: Now, standard: Standard) -> Answer:
    """The form of a standard's page, worked out when a value was given."""
    parameters = {name: now.catalogue.parameters[name] for name in now.catalogue.parameters_behind(standard)}
    made = Answer(choices=[_choice(now, name, parameter) for name, parameter in parameters.items()])
    if now.screening is None or not parameters or "value" not in request.GET:
        return made
    made.parameter = asked.choice(request, "parameter", parameters) or next(iter(parameters))
    made.value = request.GET["value"].strip()
    parameter = parameters[made.parameter]
    try:
        value = _read(made.value, parameter)
        snapshot = Snapshot.open(Path(now.screening.snapshot_folder))
    except (ValueError, Refusal) as problem:
        made.problem = str(problem)
        return made
    asked_of_all = ask_engine(snapshot, now.catalogue, standard.id, made.parameter, value)
    made.found = _in_sight(asked_of_all, standard.about, now.eyes.territory)
    made.wants_file = asked.wants_csv(request)
    made.answer = _answer(standard, parameter, made.found)
    return made


def _in_sight(found: WhatIf, about: str, territory: Territory) -> WhatIf:
    """Only who lies in the reader's territory: the engine reads the whole snapshot. The sums are for everybody."""
    register: Any = REGISTERS[about]

    def seen(counties: Mapping[str, list[str]]) -> dict[str, list[str]]:
        within = {county: subjects for county, subjects in counties.items() if territory.opens(county)}
        for county, subjects in within.items():
            if not territory.covers(county):
                named = {f"{register.KEY}__in": subjects}
                mine = register.objects.filter(OPEN, territory.q(register.PLACE), **named)
                within[county] = sorted(mine.values_list(register.KEY, flat=True))
        return {county: subjects for county, subjects in within.items() if subjects}

    return replace(found, added=seen(found.added), dropped=seen(found.dropped))


def as_file(answer: Answer, standard: Standard) -> HttpResponseBase:
    """Everybody who would be added or dropped."""

    assert answer.found is not None
    changes = (("added", answer.found.added), ("dropped", answer.found.dropped))

    def rows() -> Iterator[tuple[str, str, str]]:
        for change, counties in changes:
            for county, subjects in sorted(counties.items()):
                yield from ((county, subject, change) for subject in sorted(subjects))

    return as_csv(f"what-if-{standard.id}-{answer.parameter}", ["county", f"{standard.about}_id", "change"], rows())


def _choice(now: Now, name: str, parameter: Parameter) -> dict[str, Any]:
    on = now.screening.as_of if now.screening else timezone.localdate()
    return {
        "name": name,
        "title": parameter.title.get(spoken()) or parameter.title.get("en", name),
        "now": parameter.at(on),
        "unit": declared.unit(parameter.unit, spoken()),
    }


def _read(text: str, parameter: Parameter) -> Any:
    """The value as the parameter's type.

    Raises:
        ValueError: it is none, in a sentence.
    """
    if not text:
        raise ValueError(gettext("Enter a new value"))
    plain = text.replace(",", "").replace("，", "")
    try:
        match parameter.type:
            case "int":
                return int(plain)
            case "decimal":
                value = Decimal(plain)
                if not value.is_finite() or abs(value) >= 10**12:
                    raise InvalidOperation
                return value
            case "date":
                return date.fromisoformat(text)
            case "bool":
                return {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}[text.lower()]
            case _:
                return text
    except (ValueError, InvalidOperation, KeyError):
        kinds = {
            "int": gettext("a whole number, such as 15"),
            "decimal": gettext("a number, such as 4100 or 0.5"),
            "date": gettext("a date, such as 2020-06-30"),
            "bool": gettext("yes or no"),
        }
        raise ValueError(gettext("The new value must be %(kind)s") % {"kind": kinds[parameter.type]}) from None


def _answer(standard: Standard, parameter: Parameter, found: WhatIf) -> dict[str, Any]:
    """The answer as the page shows it: the counties where most would change first."""
    codes = {*found.added, *found.dropped}
    called = {p.code: p.name(spoken()) for p in Place.objects.filter(code__in=codes)}
    counties = []
    for code in codes:
        added, dropped = found.added.get(code, []), found.dropped.get(code, [])
        counties.append(
            {
                "code": code,
                "name": called.get(code, code),
                "added": len(added),
                "dropped": len(dropped),
                "first_added": added[:FIRST],
                "first_dropped": dropped[:FIRST],
                "more": len(added[FIRST:]) + len(dropped[FIRST:]),
            }
        )
    return {
        "heading": gettext("If “%(title)s” were %(value)s")
        % {
            "title": parameter.title.get(spoken()) or parameter.title.get("en", found.parameter),
            "value": declared.measured(found.value, parameter.unit, spoken()),
        },
        "has_page": standard.about == "household",
        "added": sum(map(len, found.added.values())),
        "dropped": sum(map(len, found.dropped.values())),
        "before": found.falling_short_now,
        "after": found.falling_short_then,
        "counties": sorted(counties, key=lambda row: (-row["added"] - row["dropped"], row["code"])),
    }
