"""Handing a desk over: every room that keeps work of an office says here how that work changes hands."""

from collections.abc import Callable

from firmground.officers.models import Office

HandOver = Callable[[Office, Office, Office], int]  # (from, to, by) -> how many pieces of work
_KINDS: dict[str, HandOver] = {}


def keeps(kind: str, hand_over: HandOver) -> None:
    """Register a kind of work, by the glossary's word for it. Called by flow.py, once for each."""
    _KINDS[kind] = hand_over


def hand_over(office: Office, to: Office, by: Office) -> dict[str, int]:
    """Move everything; within the action that records it."""
    return {kind: move(office, to, by) for kind, move in _KINDS.items()}
