"""What stands beside a thread: the team's notes about a person, who else is looking, and that somebody types."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request

from conversations import courtesy, events
from conversations.events import Doing, Happened
from edubot.api import Body, Endpoint, Page, PageQuery, Success, Words, operation, page
from support import services
from support.api.chats import KEY_HELP, LONGEST, LONGEST_KEY, key_of
from support.api.lookups import conversation_or_404
from support.api.ticket_shapes import EntryOut, WrittenOut
from support.audit import audit
from support.errors import ChatNotActive, Forbidden


class NoteBody(Body):
    """A note."""

    message = Words(max_length=LONGEST)
    client_id = serializers.CharField(
        max_length=LONGEST_KEY, required=False, help_text="Your own name for this note: it is written once."
    )


class Notes(Endpoint):
    """Notes about a person."""

    @operation(query=PageQuery, answers=EntryOut, paged=True, etag=True)
    def get(self, request: Request, phone: str, query: dict[str, Any]) -> Page:
        """The team's notes about a person, newest first, whichever ticket they stand on or none."""
        return page(services.notes_about(conversation_or_404(phone)), query, by="-created_at")

    @operation(
        body=NoteBody,
        answers=WrittenOut,
        status=201,
        headers=KEY_HELP,
        message="Note added",
        errors=(Forbidden,),
        example={"message": "Her mother will call on Monday."},
    )
    def post(self, request: Request, phone: str, body: dict[str, Any]) -> Success:
        """Note something about a person for the team: on their present ticket, or beside the conversation.

        It never leaves the desk.
        """
        found = conversation_or_404(phone)
        with transaction.atomic():
            entry = services.note_beside(found, self.user, body["message"], client_id=key_of(request, body))
            audit(request, "note.write", entry)
        return Success(entry)


class TypingOut(serializers.Serializer[Any]):
    """What the student sees."""

    shown = serializers.BooleanField(help_text="False where WhatsApp cannot be told at this moment.")


class Typing(Endpoint):
    """That somebody types."""

    @operation(answers=TypingOut, errors=(ChatNotActive,))
    def post(self, request: Request, phone: str) -> dict[str, bool]:
        """Show the student of a live chat that somebody is typing, and that their words were read.

        WhatsApp shows it for up to 25 seconds or until the answer arrives: say it again while typing goes on, as often
        as you like (WhatsApp is told every 20 seconds).
        """
        found = conversation_or_404(phone)
        if not found.is_chat_support:
            raise ChatNotActive
        return {"shown": courtesy.typing(found)}


class PresenceBody(Body):
    """What one does at this conversation."""

    doing = serializers.ChoiceField(choices=[doing.value for doing in Doing], default=Doing.LOOKING.value)


class PresentOut(serializers.Serializer[Happened]):
    """Somebody of the team who is at this conversation."""

    staff_id = serializers.IntegerField(source="data.staff_id")
    username = serializers.CharField(source="data.username")
    doing = serializers.ChoiceField(source="data.doing", choices=[Doing.LOOKING.value, Doing.TYPING.value])
    at = serializers.DateTimeField()


class Presence(Endpoint):
    """Who else is there."""

    @operation(body=PresenceBody, answers=PresentOut, many=True, example={"doing": "typing"})
    def post(self, request: Request, phone: str, body: dict[str, Any]) -> list[Happened]:
        """Say that you look at this conversation, write in it, or have left; the answer names your colleagues there.

        It counts for 30 seconds: say it again before. All consoles get it as the event `presence`.
        """
        found = conversation_or_404(phone)
        events.presence(found, self.user, Doing(body["doing"]))
        return [sign for sign in events.present(found) if sign.data and sign.data["staff_id"] != self.user.pk]
