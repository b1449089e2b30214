"""What the worker does for the registers (`firmground work`)."""

import uuid

from procrastinate.contrib.django import app

from firmground.registry import actions


@app.task(queue="loads")
def load_upload(upload: str) -> None:
    """Load a file that was handed in through the page."""
    actions.carry_out(upload=uuid.UUID(upload))
