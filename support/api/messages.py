"""Single messages."""

from __future__ import annotations

from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request

from conversations import outbox
from conversations.errors import NotRetryable
from conversations.models import Message
from edubot.api import Endpoint, operation
from support.audit import audit


class RetriedOut(serializers.Serializer[Message]):
    """A message that is on its way again."""

    id = serializers.SerializerMethodField()
    delivery_status = serializers.CharField()

    def get_id(self, message: Message) -> str:
        """The id, as in a thread."""
        return f"msg_{message.pk}"


class Retry(Endpoint):
    """Sending again."""

    @operation(answers=RetriedOut, message="Message queued again", errors=(NotRetryable,))
    def post(self, request: Request, message_id: int) -> Message:
        """Queue a message again that failed, or whose outcome nobody knows."""
        message = get_object_or_404(Message, pk=message_id)
        with transaction.atomic():
            outbox.retry(message)
            audit(request, "message.retry", message)
        message.refresh_from_db()
        return message
