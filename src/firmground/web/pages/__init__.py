"""One module for each page. Pages read across the rooms, so they live in the door and not in a room.

Flows in: an address. Flows out: a page, or the same rows as CSV. Never: a write, or a rule of its own.
"""
