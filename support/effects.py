"""How the desk fulfils the bot's wishes. Runs inside the bot's turn, under the conversation's lock."""

from __future__ import annotations

from django.conf import settings

from conversations.bot.types import AskRatingLater, HandOff, LeaveChat, Rate
from conversations.effects import Setting, apply
from conversations.models import Message, Sender
from conversations.runner import heard_in_chat
from support import services
from support.models import SupportTicket


@apply.register
def _hand_off(effect: HandOff, setting: Setting) -> None:
    services.hand_over(setting.conversation, setting.now)


@apply.register
def _leave_chat(effect: LeaveChat, setting: Setting) -> None:
    if effect.by != "staff":  # staff closed the ticket themselves; that is why the chat ends
        services.end_by(setting.conversation, effect.by)


@apply.register
def _ask_rating_later(effect: AskRatingLater, setting: Setting) -> None:
    from support.tasks import ask_rating

    ended = SupportTicket.objects.filter(conversation=setting.conversation, chat_ended_at__isnull=False)
    ticket = ended.order_by("-chat_ended_at").first()
    if ticket and ticket.rating_asked_at is None:
        ask_rating.configure(schedule_in={"seconds": settings.SUPPORT_RATING_DELAY}).defer(ticket_id=ticket.pk)


@apply.register
def _rate(effect: Rate, setting: Setting) -> None:
    services.rate(effect.ticket, effect.stars)


def _file(sender: object, message: Message, **_: object) -> None:
    if message.sender == Sender.USER:
        services.file_message(message)
    else:
        services.file_echo(message)


heard_in_chat.connect(_file, dispatch_uid="support.file_message")
