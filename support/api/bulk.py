"""One action on many tickets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from edubot.api import Body, Endpoint, Id, Success, operation
from support import services
from support.api.desk_fields import CategoryName, StaffId
from support.audit import audit
from support.errors import Forbidden
from support.models import Priority
from support.services.bulk import MOST_AT_ONCE

# What an action needs to be told.
VALUES = {"assign": "assigned_admin_id", "priority": "priority", "category": "category"}


class BulkBody(Body):
    """Which tickets, and what to do with each."""

    ids = serializers.ListField(child=Id(), allow_empty=False, max_length=MOST_AT_ONCE)
    action = serializers.ChoiceField(choices=list(services.ACTIONS))
    assigned_admin_id = StaffId(required=False, allow_null=True, help_text="For `assign`; null: nobody.")
    priority = serializers.ChoiceField(choices=Priority.choices, required=False, help_text="For `priority`.")
    category = CategoryName(required=False, allow_null=True, max_length=60, help_text="For `category`; null: none.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The action is told what it needs."""
        needed = VALUES.get(attrs["action"])
        if needed and needed not in attrs:
            raise serializers.ValidationError({needed: [f"The action {attrs['action']} needs it."]})
        return attrs


class OutcomeOut(serializers.Serializer[services.Outcome]):
    """What became of one ticket."""

    ticket_id = serializers.IntegerField()
    id = serializers.IntegerField(source="ticket_id")
    done = serializers.BooleanField()
    error_code = serializers.CharField(source="error.code", allow_null=True, default=None)
    message = serializers.SerializerMethodField(help_text="Why it was not done.")

    def get_message(self, outcome: services.Outcome) -> str:
        """For people."""
        return str(outcome.error or "")


class BulkFiguresOut(serializers.Serializer[Any]):
    """How it went in all."""

    done = serializers.IntegerField()
    failed = serializers.IntegerField()


class Bulk(Endpoint):
    """Many tickets."""

    @operation(
        body=BulkBody,
        answers=OutcomeOut,
        many=True,
        also=BulkFiguresOut,
        errors=(Forbidden,),
        example={"ids": [12, 15], "action": "priority", "priority": "HIGH"},
    )
    def post(self, request: Request, body: dict[str, Any]) -> Success:
        """Do the same to each of up to 200 tickets; one that refuses does not undo the others.

        There is an outcome for each ticket, in the order of `ids`.
        """
        action = body["action"]
        outcomes = services.bulk(body["ids"], action, self.user, body.get(VALUES.get(action, "")))
        done = [outcome.ticket_id for outcome in outcomes if outcome.done]
        audit(request, "ticket.bulk", action=action, ids=done)
        words = f"{len(done)} of {len(outcomes)} tickets changed"
        return Success(outcomes, message=words, more={"done": len(done), "failed": len(outcomes) - len(done)})
