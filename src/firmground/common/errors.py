"""Mistakes of the reader's, told in a sentence: what is wrong, where, and what to do."""


class Refusal(Exception):
    """Something was asked that cannot be done; the message is shown as it stands, without a traceback."""

    exit_code = 2


class SomeRefused(Refusal):
    """The work was done, but part of the input was refused; a reject file or list says which and why."""

    exit_code = 3
