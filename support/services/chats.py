"""The live chat: started by staff, filled by the student, ended from either side, rated."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import effects, runner, thread
from conversations.bot import buttons
from conversations.bot.intents import find
from conversations.bot.keywords import Intent
from conversations.bot.questions import paragraphs
from conversations.bot.types import Content, RatingDue, Say, State, first_name
from conversations.models import Conversation, Message
from conversations.received import QUIET
from conversations.texts import phrase
from support import access
from support.access import Right
from support.errors import ChatActive
from support.models import By, Status, SupportTicket
from support.services import answers, base, window
from support.services.opening import open_here
from support.services.statuses import close_here

LONGEST_DESCRIPTION = 500  # characters of a student's first words that stand for the ticket in lists


def start_chat(
    conversation: Conversation,
    staff: User,
    message: str = "",
    *,
    take: bool = False,
    client_id: str | None = None,
) -> SupportTicket:
    """Open a chat from the desk, with `message` or with the usual welcome; the ticket is `staff`'s.

    Raises ChatActive where one is open already (with the `client_id` of its first message it is returned instead),
    Forbidden, AssignedToOther, WindowClosed.
    """
    access.require(staff, Right.ANSWER)
    with base.locked_conversation(conversation.pk) as current:
        if sent := answers.sent_before(current, client_id):
            return SupportTicket.objects.get(entries__message=sent)
        if current.is_chat_support:
            raise ChatActive
        ticket = open_here(current, by=By.STAFF, staff=staff).ticket
        if message.strip():
            answers.answer(current, ticket, staff, answers.words(staff, message, client_id), take=take)
        else:
            _welcome(current, ticket, staff, take=take)
        return ticket


def _welcome(conversation: Conversation, ticket: SupportTicket, staff: User, *, take: bool) -> None:
    """Open the chat in the bot's words; staff have said nothing themselves yet."""
    base.check_hand(ticket, staff, take=take)
    window.check_open(conversation)
    if ticket.assigned_admin is None:
        base.give(ticket, staff, staff)
    now = timezone.now()
    answers.join(conversation, ticket, now)
    name = first_name(conversation.contact.name)
    hello = phrase("chat_hello", name=name) if name else phrase("chat_hello_stranger")
    content = Content(paragraphs(hello, phrase("chat_welcome")), buttons.buttons_of(State.CHAT_SUPPORT_ACTIVE))
    effects.apply(Say(content), effects.Setting(conversation, None, now))


def end_chat(conversation: Conversation, staff: User, words: str | None = None, *, take: bool = False) -> SupportTicket:
    """End the live chat with a person; its ticket is closed. `words` stand for the usual closing words.

    Raises ChatNotActive when there is none (the student was first, perhaps), Forbidden, AssignedToOther.
    """
    with base.locked_conversation(conversation.pk) as current:
        ticket = answers.live_ticket(current)
        base.check_hand(ticket, staff, take=take)
        return close_here(current, ticket, by=By.STAFF, staff=staff, words=words)


def file_message(message: Message) -> None:
    """Put what a student says in a live chat into its ticket's thread. A resolved ticket is in progress again.

    Reactions and the like are shown, but nobody has to answer them; the word that ends the chat reopens nothing.
    Lock is held.
    """
    ticket = answers.live_ticket(message.conversation)
    base.enter(ticket, message)
    if message.kind in QUIET or _ends_chat(message):
        return
    ticket.waiting_since = ticket.waiting_since or message.created_at
    ticket.issue_description = ticket.issue_description or message.text[:LONGEST_DESCRIPTION]
    ticket.save(update_fields=["waiting_since", "issue_description", "updated_at"])
    if ticket.status == Status.RESOLVED:
        base.move(ticket, Status.IN_PROGRESS, by=By.USER)


def file_echo(message: Message) -> None:
    """Put what a colleague said on the phone into the live chat's ticket: the student waits no longer.

    Who it was is not known, so the ticket stays whose it is. Lock is held.
    """
    ticket = answers.live_ticket(message.conversation)
    base.enter(ticket, message)
    if message.kind in QUIET:
        return
    if not thread.is_overtaken(message.conversation, message):
        base.note_answer(ticket, message.created_at)
    if ticket.status == Status.OPEN:
        base.move(ticket, Status.IN_PROGRESS, by=By.STAFF)


def _ends_chat(message: Message) -> bool:
    """Whether the bot will take this as the end of the chat."""
    if pressed := message.payload.get("pressed"):
        return bool(pressed["id"] == Intent.END_CHAT)
    language = message.conversation.contact.language
    return message.kind == "text" and find(message.text, language, alone={Intent.END_CHAT}) is not None


def end_by(conversation: Conversation, by: str) -> None:
    """The student ended the chat, or silence did: close its ticket, if that is still to do. Lock is held."""
    ticket = base.present_ticket(conversation)
    if ticket:
        base.end(ticket, by=by)


def ask_rating(ticket_id: int) -> None:
    """Ask the student how the chat went, once per ticket, unless they are in a chat again or cannot be written to.

    Raises NoSuchTicket.
    """
    with base.locked(ticket_id) as (conversation, ticket):
        is_reached = window.is_open(conversation) and not conversation.contact.is_erased
        if conversation.is_chat_support or ticket.rating_asked_at or not is_reached:
            return
        ticket.rating_asked_at = timezone.now()
        ticket.save(update_fields=["rating_asked_at", "updated_at"])
        runner.turn(conversation, RatingDue(ticket_id), None, ticket.rating_asked_at)


def rate(ticket_id: int, stars: int) -> None:
    """Keep the student's rating, 1 to 5; the first one counts. Lock is held."""
    SupportTicket.objects.filter(pk=ticket_id, rating=None).update(
        rating=stars, rated_at=timezone.now(), updated_at=timezone.now()
    )
