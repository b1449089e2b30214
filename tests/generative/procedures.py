"""Procedures that can be carried out by construction, spoilt ones, and a judge of walks that shares nothing with the
engine but the declarations."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from firmground.engines.procedures.declared import Procedure
from firmground.engines.procedures.run import POSTED, Move

ROLES = ("village_worker", "township", "county")
NEEDS = ("minutes", "reason", "form:visit", "holds:ready")


def written(random: Random) -> dict[str, Any]:
    """The content of a procedure's file: a chain of steps with more ways among them, and steps from outside."""
    ids = [f"s{n}" for n in range(random.randint(1, 6))]
    ends = [f"end{n}" for n in range(random.randint(1, 3))]
    steps = []
    for n, id_ in enumerate(ids):
        onward = [ids[n + 1]] if n + 1 < len(ids) else ends  # whoever goes on comes to every step and every end
        targets = [*onward, *random.choices([*ids, *ends], k=random.randint(0, 2))]
        leads_to = {f"o{k}": target for k, target in enumerate(targets)}
        steps.append(
            {"id": id_, "by": _some(random, ROLES, 1), "leads_to": leads_to, **_keys(random, ids, id_, leads_to)}
        )
    if random.random() < 0.4:
        _assign(random, steps)
    if random.random() < 0.5:
        to = random.choice([*ids, *ends])
        steps.append({"id": "death", "by": "county", "at_any_time": True, "leads_to": {"o0": to}})
    if random.random() < 0.5:
        after = _some(random, ends, 1)
        leads_to = {"o0": random.choice(ids)}
        steps.append({"id": "relapse", "by": _some(random, ROLES, 1), "after": after, "leads_to": leads_to})
    said = {"title": "A walk", "about": "household", "law": "none", "outcomes": ends, "step": steps}
    if random.random() < 0.3:
        said["escalates"] = [{"after_days": random.randint(0, 3), "to": "township"}, {"after_days": 7, "to": "county"}]
    return {**said, **({"days": "working"} if random.random() < 0.3 else {})}


def _assign(random: Random, steps: list[dict[str, Any]]) -> None:
    """Let some outcomes assign the case, and some steps be the owner's; somebody else is left to verify those."""
    giver = random.choice(steps)
    for outcome in _some(random, giver["leads_to"], 1):
        giver.setdefault("then", {})[outcome] = {"assigns": random.choice(ROLES)}
    for step in _some(random, steps, 1):
        if "verifies" in step:
            step["by"] = list(ROLES)
        else:
            step["by"] = random.choice([["owner"], ["owner", random.choice(ROLES)]])
    for step in steps:
        if "verifies" in step:
            step["by"] = list(ROLES)


def _keys(random: Random, ids: list[str], id_: str, leads_to: dict[str, str]) -> dict[str, Any]:
    """The keys that a step may have and need not."""
    keys: dict[str, Any] = {}
    others = [each for each in ids if each != id_]
    if others and random.random() < 0.5:
        keys["verifies"] = _some(random, others, 1)
    if random.random() < 0.4:
        keys["publishes"] = {"notice": "names", "days": random.randint(1, 8)}
        if len(leads_to) > 1 and random.random() < 0.6:
            keys["publishes"]["cut_short_by"] = _some(random, list(leads_to)[1:], 1)
    if random.random() < 0.3:
        keys["waits"] = {random.choice(["months", "days"]): random.randint(1, 40)}
        if random.random() < 0.7:
            keys["waits"]["since"] = random.choice(ids)
    if random.random() < 0.4:
        keys["needs"] = _some(random, NEEDS, 1)
    if random.random() < 0.3:
        keys["needs_for"] = {random.choice(list(leads_to)): _some(random, NEEDS, 1)}
    if random.random() < 0.5:
        keys |= {"within_days": random.randint(1, 30), "escalates": [{"after_days": 2, "to": "county"}]}
    return keys


def _some(random: Random, names: Any, least: int) -> list[str]:
    return random.sample(list(names), random.randint(least, len(names)))


SCRAPS: tuple[Any, ...] = (
    None, "", "x", "s0", "end0", POSTED, "a b", "form:", "form:visit", ":", 0, -1, 1, 10**6, 10**30, True,
    Decimal("NaN"), Decimal("Infinity"), Decimal("0.5"), date(2020, 1, 1), datetime(2020, 1, 1, 8), [], {}, [[]],
    [{}], {"": ""}, {"x": {}}, ["s0", "s0"], {"o0": "s0"}, [{"id": "s0"}],
)  # fmt: skip


def spoilt(said: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same content after a few slips: a key lost, misspelt or with something else in it."""
    content = deepcopy(said)
    for _ in range(random.randint(1, 4)):
        places = list(_places(content))
        if places:
            holder, key = random.choice(places)
            slip = random.random()
            if slip < 0.3:
                del holder[key]
            elif slip < 0.4 and isinstance(key, str):
                holder[random.choice(["x", "", key + "s"])] = holder.pop(key)
            else:
                scrap = random.choice(SCRAPS)
                holder[key] = deepcopy(random.choice(places)[0] if scrap is None else scrap)
    return content


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    keys = content.keys() if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield content, key
        yield from _places(content[key])


def attempt(procedure: Procedure, at: str, random: Random, day: date) -> Move:
    """Something somebody may try: mostly where the case stands, mostly with everything shown."""
    steps = list(procedure.steps.values())
    here = procedure.steps.get(at)
    step = here if here is not None and random.random() < 0.7 else random.choice(steps)
    if step.at_any_time and here is not None and random.random() < 0.7:
        step = here  # or most walks would be short: everybody dies
    outcome = random.choice([*step.leads_to, *([POSTED] if step.publishes or random.random() < 0.05 else [])])
    roles = sorted({role for each in steps for role in each.by})
    role = random.choice(step.by) if random.random() < 0.8 else random.choice(roles)
    # Most stick to one role; whoever does not is refused where it matters.
    person = f"{role} {random.randint(1, 4)}" if random.random() < 0.9 else f"{random.choice(roles)} 1"
    on = day + timedelta(days=random.choice([0, 0, 1, 1, 2, 5, 9, 40, 400, -1]))
    needed = {*step.needs, *(need for needs in step.needs_for.values() for need in needs)}
    shown = needed if random.random() < 0.8 else random.sample(sorted(needed), random.randint(0, len(needed)))
    return Move(step.id, outcome, person, role, on, frozenset(shown))


@dataclass
class Judge:
    """Watches a walk and objects to what must never happen. It keeps its own books."""

    procedure: Procedure
    at: str
    day: date
    posted: date | None = None
    done: list[Move] = field(default_factory=list)  # since the case was opened, or opened again
    owner: str = "owner"

    def watch(self, move: Move) -> None:
        """A move that the engine allowed."""
        steps, step = self.procedure.steps, self.procedure.steps[move.step]
        if step.after:
            assert self.at in step.after, "an ended case opened again that did not end so"
            self.done = []
        else:
            assert self.at in steps, "taken after the end"
            assert step.at_any_time or move.step == self.at, "taken out of turn"
        assert move.role in {self.owner if role == "owner" else role for role in step.by}, (
            "taken by a role that may not"
        )
        if any("owner" in steps[name].by for name in step.verifies):
            assert move.role != self.owner, "the owner's role verified what the owner did"
        own = [earlier for earlier in self.done if earlier.person == move.person]
        assert not any(earlier.step in step.verifies for earlier in own), "one person did and verified"
        assert not any(earlier.role != move.role for earlier in own), "one person in two roles"
        assert move.on >= self.day, "taken before the move before"
        self.done.append(move)
        self.day = move.on
        if move.outcome == POSTED:
            assert step.publishes, "posted where nothing is published"
            self.posted = move.on
            return
        assert move.outcome in step.leads_to, "an outcome that is not declared"
        assert {*step.needs, *step.needs_for.get(move.outcome, ())} <= move.shown, "something was missing"
        if step.publishes:
            assert self.posted is not None, "a publicity was skipped"
            if move.outcome not in step.publishes.cut_short_by:
                whole_days = (move.on - self.posted).days - 1
                assert whole_days >= step.publishes.days, "a notice hung too short"
        self.at, self.posted = step.leads_to[move.outcome], None
        then = step.then.get(move.outcome)
        self.owner = (then.assigns if then else "") or self.owner
        assert (self.at in steps) != (self.at in self.procedure.outcomes), "the case is lost"
