"""The desk's background jobs."""

from __future__ import annotations

from procrastinate.contrib.django import app

from support import services, upkeep


@app.task(name="ask_rating")
def ask_rating(ticket_id: int) -> None:
    """Ask how the chat went, some seconds after it ended."""
    services.ask_rating(ticket_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="look_after_chats", queueing_lock="look_after_chats", pass_context=False)
def look_after_chats(timestamp: int) -> None:
    """Ask about silence, end what was given up, close what was resolved long ago."""
    upkeep.look_after_silence()
    upkeep.close_resolved()
