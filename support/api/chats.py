"""The live chat with one person: opened, answered and ended from the desk; and templates."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request

from conversations import storage
from conversations.models import Conversation, DeliveryStatus, Message
from edubot.api import Body, Endpoint, Success, Words, operation
from edubot.api.limits import SENDS
from support import services
from support.api.lookups import conversation_or_404
from support.api.messages import MessageRef
from support.audit import audit
from support.errors import (
    AssignedToOther,
    ChatActive,
    ChatNotActive,
    FileRefused,
    Forbidden,
    UnknownTemplate,
    WindowClosed,
    WrongParameters,
)
from support.models import Status, SupportTicket
from support.services import Upload

LONGEST = 4000  # characters of an answer: WhatsApp takes 4096, and our prefix stands before it
LONGEST_CAPTION = 1000  # WhatsApp takes 1024
LONGEST_KEY = 128

KEY = "Idempotency-Key"
KEY_HELP = {KEY: "The same as `client_id`: a request that is sent again with it is carried out once."}


class TimeOut(serializers.Serializer[Any]):
    """When it was done; the same as in `data`."""

    timestamp = serializers.DateTimeField()


class Repeatable(Body):
    """A request that may be sent again without being carried out twice."""

    client_id = serializers.CharField(
        max_length=LONGEST_KEY, required=False, help_text="Your own name for this message: it is sent once."
    )
    take = serializers.BooleanField(default=False, help_text="Answer even where a colleague has the chat: it is yours.")


class SentOut(serializers.Serializer[Message]):
    """A message on its way."""

    id = serializers.SerializerMethodField()
    phone_number = serializers.CharField(source="conversation.contact.phone", allow_null=True)
    contact_id = serializers.CharField(source="conversation.contact.address")
    text = serializers.CharField()
    message_sent = serializers.CharField(source="text", help_text="The same as `text`.")
    timestamp = serializers.DateTimeField(source="created_at")
    ticket_id = serializers.SerializerMethodField()
    delivery_status = serializers.ChoiceField(choices=DeliveryStatus.choices)

    def get_id(self, message: Message) -> str:
        """The id, as in a thread."""
        return f"msg_{message.pk}"

    def get_ticket_id(self, message: Message) -> int | None:
        """The ticket in whose thread it stands."""
        return SupportTicket.objects.filter(entries__message=message).values_list("pk", flat=True).first()


class StartBody(Repeatable):
    """The first words, if they are to be others than the usual ones."""

    message = Words(max_length=LONGEST, required=False, allow_blank=True)


class StartedOut(serializers.Serializer[Any]):
    """A live chat that began."""

    phone_number = serializers.CharField(allow_null=True)
    contact_id = serializers.CharField()
    session_started = serializers.DateTimeField()
    timestamp = serializers.DateTimeField()
    new_state = serializers.CharField()
    ticket_id = serializers.IntegerField()
    ticket_status = serializers.ChoiceField(choices=Status.choices)


class Start(Endpoint):
    """Opening a chat."""

    @operation(
        body=StartBody,
        answers=StartedOut,
        also=TimeOut,
        headers=KEY_HELP,
        message="Chat support session started",
        errors=(ChatActive, AssignedToOther, WindowClosed, Forbidden),
        limits=(SENDS,),
        example={"message": "Hello Ada, how can we help?"},
    )
    def post(self, request: Request, phone: str, body: dict[str, Any]) -> Success:
        """Open a live chat with a person, with your words or with the usual welcome.

        Outside WhatsApp's 24 hours neither can reach them: that is `WINDOW_CLOSED`, and a template opens the chat.
        The key stands for your words: without them a repeated request is `CHAT_ACTIVE`, since the chat is open.
        """
        found, words = conversation_or_404(phone), body.get("message", "")
        with transaction.atomic():
            ticket = services.start_chat(found, self.user, words, take=body["take"], client_id=key_of(request, body))
            audit(request, "chat.start", ticket)
        found.refresh_from_db()
        ticket.refresh_from_db()
        return _session(found, ticket, "session_started", ticket.chat_started_at)


class SendBody(Repeatable):
    """What to say."""

    message = Words(max_length=LONGEST)
    reply_to = MessageRef(required=False, help_text="The message that this one answers: WhatsApp quotes it.")


class FileBody(Repeatable):
    """A file with some words."""

    file = serializers.FileField(max_length=255)
    caption = serializers.CharField(max_length=LONGEST_CAPTION, required=False, allow_blank=True)

    def validate_file(self, file: UploadedFile[Any]) -> UploadedFile[Any]:
        """Refuse what would not be kept, before it is read into memory. Raises RequestDataTooBig (413)."""
        if (file.size or 0) > storage.LIMIT:
            raise RequestDataTooBig
        return file


class Send(Endpoint):
    """Answering."""

    @operation(
        body=SendBody,
        form=FileBody,
        answers=SentOut,
        also=TimeOut,
        headers=KEY_HELP,
        message="Message sent successfully",
        errors=(ChatNotActive, AssignedToOther, WindowClosed, FileRefused, Forbidden),
        limits=(SENDS,),
        example={"message": "We look into it.", "client_id": "6f1f"},
    )
    def post(self, request: Request, phone: str, body: dict[str, Any]) -> Success:
        """Answer in the live chat, with words or with a file.

        The answer comes once the message is queued for good; how far it gets then is told on the message and live. They
        get `🎧 Support Team: …`; the stored text is without it. Outside WhatsApp's 24 hours the answer is
        `WINDOW_CLOSED`, with the templates that may be sent instead.
        """
        found = conversation_or_404(phone)
        common = {"take": body["take"], "client_id": key_of(request, body)}
        note = partial(audit, request, "chat.send")
        if "file" in body:
            upload, caption = _upload(body["file"]), body.get("caption", "")
            message = services.send_file(found, self.user, upload, caption=caption, note=note, **common)
        else:
            with transaction.atomic():
                quoted = _quoted(found, body.get("reply_to"))
                message = services.send(found, self.user, body["message"], reply_to=quoted, **common)
                note(message)
        return Success(message, more={"timestamp": message.created_at})


class EndBody(Body):
    """The closing words, if they are to be others than the usual ones."""

    message = Words(max_length=LONGEST, required=False, allow_blank=True)
    admin_message = Words(
        max_length=LONGEST, required=False, allow_blank=True, help_text="The same as `message`, which goes before it."
    )
    take = serializers.BooleanField(default=False, help_text="End it even where a colleague has it.")


class EndedOut(serializers.Serializer[Any]):
    """A live chat that is over."""

    phone_number = serializers.CharField(allow_null=True)
    contact_id = serializers.CharField()
    session_ended = serializers.DateTimeField()
    timestamp = serializers.DateTimeField()
    new_state = serializers.CharField()
    ticket_id = serializers.IntegerField()
    ticket_status = serializers.ChoiceField(choices=Status.choices)


class End(Endpoint):
    """Ending a chat."""

    @operation(
        body=EndBody,
        answers=EndedOut,
        also=TimeOut,
        message="Chat support session ended",
        errors=(ChatNotActive, AssignedToOther, Forbidden),
        example={"message": "Good luck with the exam!"},
    )
    def post(self, request: Request, phone: str, body: dict[str, Any]) -> Success:
        """End the live chat and close its ticket; they get your closing words or the usual ones, with Main Menu."""
        found = conversation_or_404(phone)
        words = body.get("message") or body.get("admin_message") or None
        with transaction.atomic():
            ticket = services.end_chat(found, self.user, words, take=body["take"])
            audit(request, "chat.end", ticket)
        found.refresh_from_db()
        return _session(found, ticket, "session_ended", ticket.closed_at)


class TemplateOut(serializers.Serializer[Any]):
    """A template that WhatsApp has approved."""

    name = serializers.CharField()
    language = serializers.CharField()
    body = serializers.CharField(help_text="Its text, with `{{1}}`, `{{2}}`, … where the parameters go.")
    parameter_count = serializers.IntegerField()


class AllTemplates(Endpoint):
    """What may be sent outside the 24 hours."""

    @operation(answers=TemplateOut, many=True, etag=True)
    def get(self, request: Request) -> list[dict[str, object]]:
        """The templates that may be sent, by name: what WhatsApp takes when a person has not written for 24 hours."""
        return services.templates()


class TemplateBody(Repeatable):
    """Which template, and the words for its places."""

    name = serializers.CharField(max_length=512)
    language = serializers.CharField(max_length=15)
    parameters = serializers.ListField(child=Words(max_length=1024), default=list, max_length=50)


class Templates(Endpoint):
    """Writing outside the 24 hours."""

    @operation(
        body=TemplateBody,
        answers=SentOut,
        also=TimeOut,
        headers=KEY_HELP,
        message="Template sent successfully",
        errors=(UnknownTemplate, WrongParameters, Forbidden),
        limits=(SENDS,),
        example={"name": "we_answered", "language": "en", "parameters": ["Ada"]},
    )
    def post(self, request: Request, phone: str, body: dict[str, Any]) -> Success:
        """Send a template, also outside WhatsApp's 24 hours; a chat is opened with it."""
        found = conversation_or_404(phone)
        template = (body["name"], body["language"], tuple(body["parameters"]))
        with transaction.atomic():
            message = services.send_template(
                found, self.user, *template, take=body["take"], client_id=key_of(request, body)
            )
            audit(request, "template.send", message)
        return Success(message, more={"timestamp": message.created_at})


def key_of(request: Request, body: dict[str, Any]) -> str | None:
    """The caller's name for the message. Raises ValidationError for a header that is none, or says otherwise."""
    header, named = request.headers.get(KEY), body.get("client_id")
    if header is None:
        return named
    if not (header.isascii() and header.isprintable() and 0 < len(header) <= LONGEST_KEY):
        raise serializers.ValidationError({KEY: [f"Give 1 to {LONGEST_KEY} visible ASCII characters."]})
    if named not in {None, header}:
        raise serializers.ValidationError({"client_id": [f"{KEY} says otherwise."]})
    return header


def _quoted(conversation: Conversation, message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    found = conversation.messages.filter(pk=message_id).first()
    if found is None:
        raise serializers.ValidationError({"reply_to": ["There is no such message in this conversation."]})
    return found


def _upload(file: UploadedFile[Any]) -> Upload:
    return Upload(data=file.read(), filename=file.name or "", claimed_type=file.content_type or "")


def _session(conversation: Conversation, ticket: SupportTicket, word: str, at: datetime | None) -> Success:
    data = {
        "phone_number": conversation.contact.phone,
        "contact_id": conversation.contact.address,
        word: at,
        "timestamp": at,
        "new_state": conversation.state.upper(),
        "ticket_id": ticket.pk,
        "ticket_status": ticket.status,
    }
    return Success(data, more={"timestamp": at})
