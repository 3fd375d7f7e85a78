"""A conversation's thread, single messages, and the files that came with them."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from conversations import downloads, selectors
from conversations.errors import NotRetryable
from conversations.models import Attachment, DeliveryStatus, Message, Sender
from edubot.api import Endpoint, Query, operation
from edubot.api.converters import LARGEST, MessageIdConverter
from edubot.api.paging import MOST
from support import services
from support.accounts import links
from support.accounts.links import LinkAuthentication
from support.accounts.tokens import Claims
from support.api.lookups import conversation_id, conversation_or_404
from support.audit import audit
from support.errors import AssignedToOther
from support.live import shapes

DEFAULT_LIMIT = 50


class MessageRef(serializers.RegexField):
    """A message's id as the API writes it (`msg_41`), or the bare number; the value is the number."""

    default_error_messages = {"invalid": "Give a message's id, such as msg_41."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(rf"^(?:{MessageIdConverter.regex})$", **kwargs)

    def to_internal_value(self, data: Any) -> Any:  # a RegexField's value would be a text
        """The number."""
        written = str(super().to_internal_value(data))
        known = re.fullmatch(MessageIdConverter.regex, written)
        number = int(written.removeprefix("msg_")) if known else 0
        if not 0 < number <= LARGEST:
            self.fail("invalid")
        return number


class ThreadQuery(Query):
    """Which part of a thread; none of the three: its end."""

    never_empty = frozenset({"limit"})

    before = MessageRef(required=False, help_text="The newest messages before this one.")
    after = MessageRef(required=False, help_text="The oldest messages after this one.")
    around = MessageRef(required=False, help_text="This message with its neighbours on both sides.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=DEFAULT_LIMIT, help_text="How many at most.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One place in the thread."""
        places = [name for name in ("before", "after", "around") if name in attrs]
        if len(places) > 1:
            raise serializers.ValidationError({name: ["Give one of before, after, around."] for name in places[1:]})
        return attrs


class TroubleOut(serializers.Serializer[Any]):
    """What went wrong with a message."""

    code = serializers.IntegerField(allow_null=True, help_text="WhatsApp's error code.")
    message = serializers.CharField()
    hint = serializers.CharField(help_text="What staff can do.")


class MediaOut(serializers.Serializer[Any]):
    """A message's file."""

    url = serializers.CharField(help_text="Where the file is, for whoever sends the token.")
    mime_type = serializers.CharField()
    filename = serializers.CharField(help_text="As its sender called it; often empty.")
    size = serializers.IntegerField(allow_null=True, help_text="Bytes; null until it is stored.")
    caption = serializers.CharField()
    status = serializers.ChoiceField(choices=["pending", "stored", "refused"])


class MessageOut(serializers.Serializer[Message]):
    """A message of the thread."""

    id = serializers.CharField()
    phone_number = serializers.CharField(allow_null=True)
    contact_id = serializers.CharField()
    text = serializers.CharField()
    timestamp = serializers.DateTimeField()
    sender_type = serializers.ChoiceField(choices=Sender.choices)
    sender = serializers.ChoiceField(choices=Sender.choices, help_text="The same as `sender_type`.")
    sender_name = serializers.CharField()
    message_type = serializers.CharField()
    delivery_status = serializers.ChoiceField(choices=DeliveryStatus.choices, allow_null=True)
    error = TroubleOut(allow_null=True)
    buttons = serializers.ListField(child=serializers.DictField())
    media = MediaOut(allow_null=True)
    reply_to = serializers.CharField(allow_null=True, help_text="The id of the message that this one quotes.")
    explanation = serializers.DictField(allow_null=True, help_text="Why the bot answered as it did.")
    retry_possible = serializers.BooleanField()
    revoked_at = serializers.DateTimeField(allow_null=True, help_text="When the person took it back.")

    def to_representation(self, instance: Message) -> dict[str, Any]:
        """The message as live events show it, with all of its words."""
        row: Any = shapes.message(instance) | {"text": instance.text}
        return dict(super().to_representation(row))


class Thread(Endpoint):
    """What one person and we said to each other."""

    @operation(query=ThreadQuery, answers=MessageOut, many=True, etag=True)
    def get(self, request: Request, phone: str, query: dict[str, Any]) -> list[Message]:
        """The messages of a conversation, whoever sent them, oldest first.

        Without `before`, `after` and `around`: the newest ones. Fewer than `limit` in a direction: there are no more.
        """
        messages = Message.objects.filter(conversation=conversation_id(phone))
        messages = messages.select_related("conversation__contact", "staff").prefetch_related("attachments__message")
        found = _part(messages, query)
        if not found:
            conversation_or_404(phone)
        return found


def _part(messages: QuerySet[Message], query: dict[str, Any]) -> list[Message]:
    if "around" in query:
        return selectors.around(messages, query["around"], query["limit"])
    if "after" in query:
        return selectors.after(messages, query["after"], query["limit"])
    return selectors.before(messages, query.get("before"), query["limit"])


class RetriedOut(serializers.Serializer[Message]):
    """A message that is on its way again."""

    id = serializers.SerializerMethodField()
    delivery_status = serializers.CharField()

    def get_id(self, message: Message) -> str:
        """The id, as in a thread."""
        return f"msg_{message.pk}"


class Retry(Endpoint):
    """Sending again."""

    @operation(answers=RetriedOut, message="Message queued again", errors=(NotRetryable, AssignedToOther))
    def post(self, request: Request, message_id: int) -> Message:
        """Queue a message again that failed, or whose outcome nobody knows.

        Whoever has the conversation's ticket decides about its messages.
        """
        message = get_object_or_404(Message, pk=message_id)
        with transaction.atomic():
            services.retry(message, self.user)
            audit(request, "message.retry", message)
        message.refresh_from_db()
        return message


class MediaQuery(Query):
    """How somebody without a header may come in."""

    signature = serializers.CharField(required=False, help_text="Of a signed link, instead of the token.")


class Media(Endpoint):
    """A message's file."""

    also_known_by = (LinkAuthentication,)

    @operation(
        query=MediaQuery,
        answers="image/*, audio/*, video/*, application/pdf, application/octet-stream",
        status=(200, 206),
        headers={"Range": "One range of bytes: players ask for it to jump to a place."},
    )
    def get(self, request: Request, media_id: int, query: dict[str, Any]) -> HttpResponse:
        """The file: images, audio and video to be shown, anything else to be saved.

        With the token, or for five minutes by a signed link.
        """
        try:
            found = downloads.whole(get_object_or_404(Attachment, pk=media_id), request.headers.get("Range", ""))
        except FileNotFoundError:
            raise Http404 from None
        if isinstance(request.successful_authenticator, LinkAuthentication):
            # Whoever has the link may show it; the console may live on another origin than we do.
            found.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return found


class LinkOut(serializers.Serializer[Any]):
    """A link to one file."""

    url = serializers.CharField(help_text="For the `src` of an image or a player; it needs no header.")
    expires_at = serializers.DateTimeField()


class MediaLink(Endpoint):
    """A link to a message's file."""

    @operation(answers=LinkOut)
    def post(self, request: Request, media_id: int) -> dict[str, Any]:
        """A link to a file that needs no token: for five minutes, and while the log-in lasts in which it was made."""
        get_object_or_404(Attachment, pk=media_id)
        if not isinstance(request.auth, Claims):
            raise NotAuthenticated
        link = links.sign(media_id, request.auth)
        return {
            "url": f"/api/admin/media/{media_id}?{links.PARAMETER}={link.signature}",
            "expires_at": link.expires_at,
        }
