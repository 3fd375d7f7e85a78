"""Searching what was said."""

from __future__ import annotations

from typing import Any

from django.db.models import Value
from rest_framework import serializers
from rest_framework.request import Request

from conversations import search
from conversations.excerpts import LENGTH, excerpt
from conversations.models import Message, Sender
from edubot.api import Endpoint, Query, Success, operation

BY_WORDS = (
    "All of these words, or their beginnings; accents, case and punctuation do not count. "
    f"The newest {search.MOST_HITS} are found."
)
FROM = f"How far back to search, inclusive. Very common words: {search.COMMON_FOR.days} days unless you say."


def since_field() -> serializers.DateTimeField:
    """How far back a search goes, in a query (`from`, which no attribute of Python's can be called)."""
    return serializers.DateTimeField(required=False, help_text=FROM)


class SearchedOut(serializers.Serializer[Any]):
    """How far a search went."""

    searched_from = serializers.DateTimeField(
        allow_null=True, help_text="Messages before this moment were not looked at; null: all were."
    )


class FoundOut(SearchedOut):
    """What a search found, beside the rows."""

    count = serializers.IntegerField(help_text="Rows of this answer.")


class HitOut(serializers.Serializer[Message]):
    """A message that was found."""

    id = serializers.SerializerMethodField(help_text="For `messages?around=`.")
    conversation_id = serializers.IntegerField()
    phone_number = serializers.CharField(source="conversation.contact.phone", allow_null=True)
    contact_id = serializers.CharField(source="conversation.contact.address")
    student_name = serializers.CharField(source="conversation.contact.display_name")
    sender_type = serializers.ChoiceField(source="sender", choices=Sender.choices)
    message_type = serializers.CharField(source="kind")
    timestamp = serializers.DateTimeField(source="created_at")
    excerpt = serializers.SerializerMethodField(help_text=f"Up to {LENGTH} characters around the first word found.")

    def get_id(self, message: Message) -> str:
        """The id, as in a thread."""
        return f"msg_{message.pk}"

    def get_excerpt(self, message: Message) -> str:
        """The words around the hit."""
        return excerpt(message.text, message.typed)  # type: ignore[attr-defined]  # Search's


class SearchQuery(Query):
    """What to look for."""

    query = serializers.CharField(max_length=100, help_text=BY_WORDS)

    def get_fields(self) -> Any:
        """With `from`."""
        return super().get_fields() | {"from": since_field()}


class Search(Endpoint):
    """Everything anybody said."""

    @operation(query=SearchQuery, answers=HitOut, many=True, also=FoundOut, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Success:
        """The messages with these words, newest first."""
        hits = search.messages(query["query"], since=query.get("from"))
        rows = Message.objects.filter(pk__in=hits.ids).annotate(typed=Value(query["query"])).order_by("-pk")
        return Success(
            rows.select_related("conversation__contact"), more={"count": len(hits.ids), "searched_from": hits.since}
        )
