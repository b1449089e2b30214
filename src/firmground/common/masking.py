"""The one mask of every page, export, notice and log: what is left to see of a number that names a person.

Fragments masked in two ways can be joined to rebuild a number, so there is never a second pattern.
"""


def masked(value: str | None, kind: str = "id_number") -> str:
    """What may be seen of an identity number (first 3, last 2), a phone (3 + 4) or an account (last 4).

    A value too short to hide anything by its pattern is hidden whole. Nothing stays nothing.
    """
    shown_first, shown_last = {"id_number": (3, 2), "phone": (3, 4), "account": (0, 4)}[kind]
    if not value:
        return ""
    hidden = len(value) - shown_first - shown_last
    if hidden < 4:
        return "*" * len(value)
    return value[:shown_first] + "*" * hidden + value[len(value) - shown_last :]
