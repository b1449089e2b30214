"""What the worker does for the API: answers searches that came with a callback."""

from django.db import connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from firmground.api.dci import actions, answers, callbacks
from firmground.api.dci.messages import OneSearch
from firmground.api.models import Search
from firmground.officers.machine import everywhere
from firmground.officers.territory import seeing


@app.task(queue="api", name="api.deliver", retry=RetryStrategy(max_attempts=6, exponential_wait=5))
def deliver(search: int) -> None:
    """Carry a search out and send the answer; tried again while the other side does not take it."""
    try:
        with everywhere():
            received = Search.objects.select_related("office__officer").get(pk=search)
        send_answer(received)
    finally:
        connections.close_all()  # the thread of a job ends with it


@app.task(queue="api", name="api.deliver_status", retry=RetryStrategy(max_attempts=6, exponential_wait=5))
def deliver_status(searches: list[int], address: str, **said: str) -> None:
    """Send what became of searches at this moment; tried again while the other side does not take it."""
    try:
        send_status(searches, address, **said)
    finally:
        connections.close_all()


@app.periodic(cron="0 19 * * *")  # three in the morning in Beijing
@app.task(queue="api", name="api.forget")
def forget(timestamp: int) -> None:
    """Forget what could not be answered."""
    try:
        with everywhere() as by:
            actions.forget(by=by)
    finally:
        connections.close_all()


def send_answer(search: Search) -> None:
    """Answer a search, once.

    Raises:
        Refusal: the office is not held any more, or its officer is locked.
        requests.RequestException: the other side did not take it.
    """
    if search.asked is None:
        return
    asked = [OneSearch(**each) for each in search.asked]
    with seeing(search.office.reach):
        found = actions.carry_out(searches=asked, by=search.office)
        callbacks.send(search.callback, answers.on_search(search, found))
        actions.answered(search=search, answers=found, by=search.office)


def send_status(searches: list[int], address: str, **said: str) -> None:
    """Say what became of searches of one sender.

    Raises:
        requests.RequestException: the other side did not take it.
    """
    with everywhere():
        found = list(Search.objects.select_related("office__officer").filter(pk__in=searches).order_by("pk"))
    receiver = found[0].office.officer
    # Who was locked since, or has no office any more, is told nothing.
    if receiver.is_active and receiver.offices_today:
        callbacks.send(address, answers.on_status(receiver=receiver.username, found=found, **said))
