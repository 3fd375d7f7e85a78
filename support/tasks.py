"""The desk's background jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

from support import services


@app.task(name="ask_rating")
def ask_rating(ticket_id: int) -> None:
    """Ask how the chat went, some seconds after it ended."""
    services.ask_rating(ticket_id)
