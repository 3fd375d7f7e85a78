"""Staff say something to a student: words, a file, a template. Whatever it is, the same happens around it.

The ticket is taken by whoever answers first, the chat is opened, what is said stands in the ticket's thread, the first
answer is stamped, and OPEN becomes IN_PROGRESS. A `client_id` makes a retry safe: the message it stands for is returned
as it is, whatever has happened since.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.utils import timezone

from conversations import outbox, runner
from conversations.bot.types import AgentJoined
from conversations.channel import Template
from conversations.models import Conversation, Message, Sender
from support import access
from support.access import Right
from support.errors import ChatNotActive, TicketClosed, UnknownTemplate, WrongParameters
from support.models import By, MessageTemplate, Status, SupportTicket
from support.services import base, window
from support.services.files import Upload, kept, look_at
from support.services.opening import open_here

Post = Callable[[Conversation], Message]
Note = Callable[[Message], object]


def reply(
    ticket: SupportTicket,
    staff: User,
    text: str,
    *,
    take: bool = False,
    client_id: str | None = None,
    reply_to: Message | None = None,
) -> Message:
    """Answer on a ticket: the words are queued for WhatsApp, the chat is open, the ticket in progress and taken.

    Raises NoSuchTicket, Forbidden, AssignedToOther (a colleague has it and `take` is not set), TicketClosed,
    TicketActive (resolved, and another ticket is the present one), WindowClosed; ValueError for no words.
    """
    post = words(staff, text, client_id, reply_to)
    with base.locked(ticket.pk) as (conversation, current):
        return sent_before(conversation, client_id) or answer(conversation, current, staff, post, take=take)


def send(
    conversation: Conversation,
    staff: User,
    text: str,
    *,
    take: bool = False,
    client_id: str | None = None,
    reply_to: Message | None = None,
) -> Message:
    """Answer in the live chat with a person. Raises ChatNotActive, and what `reply` raises."""
    post = words(staff, text, client_id, reply_to)
    with base.locked_conversation(conversation.pk) as current:
        return sent_before(current, client_id) or answer(current, live_ticket(current), staff, post, take=take)


def send_file(
    conversation: Conversation,
    staff: User,
    upload: Upload,
    *,
    caption: str = "",
    take: bool = False,
    client_id: str | None = None,
    note: Note = lambda _: None,
) -> Message:
    """Send a file in the live chat with a person. Raises ChatNotActive, FileRefused, StoreError, what `reply` raises.

    Call it in no transaction: the file is stored before one begins, and what else belongs into that is `note`'s.
    """
    looked = look_at(upload)
    if sent := sent_before(conversation, client_id):
        note(sent)
        return sent
    with kept(looked) as file, base.locked_conversation(conversation.pk) as current:
        post = partial(
            outbox.post, text=caption.strip(), sender=Sender.ADMIN, staff=staff, attachment=file, client_id=client_id
        )
        message = sent_before(current, client_id) or answer(current, live_ticket(current), staff, post, take=take)
        note(message)
        return message


def send_template(
    conversation: Conversation,
    staff: User,
    name: str,
    language: str,
    parameters: tuple[str, ...] = (),
    *,
    take: bool = False,
    client_id: str | None = None,
) -> Message:
    """Send a template, also outside the 24-hour window. The answer to it reaches the desk: a chat is opened with it.

    Raises Forbidden (it is the supervisors'), UnknownTemplate, WrongParameters, AssignedToOther.
    """
    access.require(staff, Right.TEMPLATES)
    template = _template(name, language, parameters)

    def post(current: Conversation) -> Message:
        return outbox.post(
            current,
            template.written_out(parameters),
            sender=Sender.ADMIN,
            staff=staff,
            template=Template(template.name, template.language, parameters),
            client_id=client_id,
        )

    with base.locked_conversation(conversation.pk) as current:
        if sent := sent_before(current, client_id):
            return sent
        ticket = open_here(current, by=By.STAFF, staff=staff).ticket
        return answer(current, ticket, staff, post, take=take, free=False)


def live_ticket(conversation: Conversation) -> SupportTicket:
    """The ticket of the live chat with a person. Raises ChatNotActive when there is none. Lock is held."""
    if not conversation.is_chat_support:
        raise ChatNotActive
    ticket = base.present_ticket(conversation) or open_here(conversation, by=By.USER).ticket
    if not ticket.in_chat:
        base.begin_chat(ticket, conversation.chat_started_at or timezone.now())
    return ticket


def words(staff: User, text: str, client_id: str | None, reply_to: Message | None = None) -> Post:
    """How these words are posted. Raises ValueError where there are none."""
    stripped = text.strip()
    if not stripped:
        raise ValueError("An answer has words.")
    return lambda conversation: outbox.post(
        conversation, stripped, sender=Sender.ADMIN, staff=staff, client_id=client_id, reply_to=reply_to
    )


def _template(name: str, language: str, parameters: tuple[str, ...]) -> MessageTemplate:
    template = MessageTemplate.objects.filter(name=name, language=language, is_active=True).first()
    if template is None:
        raise UnknownTemplate(name, language)
    if len(parameters) != template.parameter_count or not all(words.strip() for words in parameters):
        raise WrongParameters(name, template.parameter_count)
    return template


def sent_before(conversation: Conversation, client_id: str | None) -> Message | None:
    """The message that this `client_id` stands for, where it was sent before."""
    return conversation.messages.filter(client_id=client_id).first() if client_id else None


def answer(
    conversation: Conversation, ticket: SupportTicket, staff: User, post: Post, *, take: bool, free: bool = True
) -> Message:
    """Say something on a ticket. `free`: it is no template, so it needs the window. Lock is held."""
    base.check_hand(ticket, staff, take=take)
    if ticket.status == Status.CLOSED:
        raise TicketClosed(ticket.pk)
    base.check_alone(ticket)
    if free:
        window.check_open(conversation)
    if ticket.assigned_admin is None:
        base.give(ticket, staff, staff)
    join(conversation, ticket, timezone.now())
    message = post(conversation)
    for part in conversation.messages.filter(pk__gte=message.pk, sender=Sender.ADMIN):  # long words leave in parts
        base.enter(ticket, part)
    base.note_answer(ticket, message.created_at)
    if ticket.status == Status.OPEN:
        base.move(ticket, Status.IN_PROGRESS, by=By.STAFF, staff=staff)
    return message


def join(conversation: Conversation, ticket: SupportTicket, now: datetime) -> None:
    """Open the live chat with a person, where there is none. Lock is held."""
    if not conversation.is_chat_support:
        runner.turn(conversation, AgentJoined(), None, now)
    if not ticket.in_chat:
        base.begin_chat(ticket, now)
