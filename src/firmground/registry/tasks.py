"""What the worker does for the registers (`firmground work`)."""

import uuid

from django.db import connections
from procrastinate.contrib.django import app

from firmground.registry import actions


@app.task(queue="loads")
def load_upload(upload: str) -> None:
    """Load a file that was handed in through the page."""
    try:
        actions.carry_out(upload=uuid.UUID(upload))
    finally:
        connections.close_all()  # the thread of a job ends with it
