"""The categories of the acceptance, in the order in which they are played."""

from __future__ import annotations

from collections.abc import Iterator

from edubot.verify import bot, desk, doors
from edubot.verify.checks import Category, Check, check, same
from edubot.verify.stage import Stage


def _transitions(stage: Stage) -> Iterator[Check]:
    """Of the conversation and of its tickets."""
    yield from bot.transitions(stage)
    yield from desk.ticket_statuses(stage)


def _clean_up(stage: Stage) -> Iterator[Check]:
    """The stage is cleared here, and looked over."""
    reader, number = stage.colleague(), stage.registered().phone.number
    ids = [user.pk for user in stage.staff]
    stage.clear()
    yield check("no text in the database names who played", not stage.traces(), stage.traces())
    yield same(
        "nobody of them can come in any more", reader.ask("GET", f"admin/conversations/{number}").status_code, 401
    )
    yield same("their accounts are gone", stage.remaining_staff(ids), 0)


CATEGORIES: dict[str, Category] = {
    "states": bot.states,
    "intents": bot.intents,
    "buttons": bot.buttons,
    "transitions": _transitions,
    "storage": bot.storage,
    "full chat flow": desk.full_chat,
    "keywords": bot.keywords,
    "API": doors.api,
    "WhatsApp": doors.whatsapp,
    "errors": doors.errors,
    "chat detection": desk.chat_detection,
    "end chat": desk.end_chat,
    "list": desk.conversation_list,
    "security": doors.security,
    "persistence": bot.persistence,
    "mobile": doors.mobile,
    "clean-up": _clean_up,
}
