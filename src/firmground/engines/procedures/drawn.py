"""A procedure as a diagram (Mermaid) and as tables, from its own file."""

from collections.abc import Iterator

from firmground.engines.procedures.declared import Procedure, Step

BEGIN = "begin"


def diagram(procedure: Procedure, language: str = "en") -> str:
    """The procedure as a Mermaid flowchart: steps with who and by when, outcomes rounded, outside steps dashed."""
    return "\n".join(["flowchart TD", *(f"    {line}" for line in _lines(procedure, language))]) + "\n"


def _lines(procedure: Procedure, language: str) -> Iterator[str]:
    first = procedure.first
    yield f'{BEGIN}(["{_text(_opening(procedure, language))}"]) --> {first.id}'
    for step in procedure.steps.values():
        yield f'{step.id}["{_text(_box(procedure, step, language))}"]'
        for outcome, target in step.leads_to.items():
            arrow = "-->" if step.in_order else "-.->"
            yield f'{step.id} {arrow}|"{_text(procedure.word(outcome, language))}"| {target}'
        for outcome in sorted(step.after):
            yield f"{outcome} -.-> {step.id}"
    for outcome in procedure.outcomes:
        yield f'{outcome}(["{_text(procedure.word(outcome, language))}"])'


def _opening(procedure: Procedure, language: str) -> str:
    channels = [procedure.word(channel, language) for channel in procedure.opened_by]
    return ", ".join(channels) or procedure.word(BEGIN, language)


def _box(procedure: Procedure, step: Step, language: str) -> str:
    roles = ", ".join(procedure.word(role, language) for role in step.by)
    return "<br/>".join([f"<b>{procedure.word(step.id, language)}</b>", roles, *limits(procedure, step, language)])


LIMITS = {
    "en": {
        "calendar": "within {n} days",
        "working": "within {n} working days",
        "board": "on the board for {n} whole days",
        "wait": "not before {length} after {since}",
        "months": "{n} months",
        "days": "{n} days",
        "opening": "the opening",
    },
    "zh": {
        "calendar": "{n}天内",
        "working": "{n}个工作日内",
        "board": "公示不少于{n}个整天",
        "wait": "{since}后满{length}",
        "months": "{n}个月",
        "days": "{n}天",
        "opening": "立案",
    },
}


def limits(procedure: Procedure, step: Step, language: str = "en") -> list[str]:
    """The days of a step in words."""
    said = LIMITS["zh" if language.startswith("zh") else "en"]
    lines = []
    if step.within_days is not None:
        lines.append(said[step.counting].format(n=step.within_days))
    if step.publishes is not None:
        lines.append(said["board"].format(n=step.publishes.days))
    if (wait := step.waits) is not None:
        length = " ".join(said[unit].format(n=n) for unit, n in (("months", wait.months), ("days", wait.days)) if n)
        since = procedure.word(wait.since, language) if wait.since else said["opening"]
        lines.append(said["wait"].format(length=length, since=since))
    return lines


def _text(said: str) -> str:
    return said.replace('"', "#quot;")
