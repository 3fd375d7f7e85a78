"""From what stands in a path to the row it means."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, QuerySet, When
from django.http import Http404

from conversations import numbers, people
from conversations.models import Conversation
from conversations.received import Person


def conversation_or_404(address: str) -> Conversation:
    """The conversation with the person whom `<phone:address>` means, with the contact. Raises Http404."""
    person = Person(phone=address) if address.startswith("+") else Person(user_id=address)
    found = people.find(person)
    if found is None:
        raise Http404
    return found


def conversation_id(address: str) -> QuerySet[Conversation, Any]:
    """The id of that conversation as a part of another query, which then finds nothing where there is none."""
    if not address.startswith("+"):
        return Conversation.objects.filter(contact__user_id=address).values("pk")[:1]
    found = Conversation.objects.filter(contact__phone__in=numbers.forms(address))
    return found.order_by(Case(When(contact__phone=address, then=0), default=1)).values("pk")[:1]  # as people.find
