"""Events: what happened in one room, told to what follows in others, which `flow.py` names.

Told inside the transaction of the event: what follows is either queued with it or not at all.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Follower = Callable[..., None]
_followers: dict[str, list[Follower]] = defaultdict(list)


def follows(event: str) -> Callable[[Follower], Follower]:
    """Make a function follow an event; it is called with what is told."""

    def keep(function: Follower) -> Follower:
        _followers[event].append(function)
        return function

    return keep


def tell(event: str, **what: Any) -> None:
    """Say that something happened."""
    for follower in _followers[event]:
        follower(**what)
