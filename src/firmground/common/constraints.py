"""A constraint of the database that was broken, told as a sentence to whoever broke it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from firmground.common.errors import Refusal


@contextmanager
def told_as(constraint: str, sentence: str) -> Iterator[None]:
    """Writes that may break a constraint of that name; nothing of them stays when they do.

    Raises:
        Refusal: the sentence.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if constraint not in str(error):
            raise
        raise Refusal(sentence) from None
