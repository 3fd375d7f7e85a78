"""What the records of a student (homework, payments, subscriptions) share: whose they are, which steps are legal."""

from __future__ import annotations

from collections.abc import Mapping

from conversations import people
from conversations.errors import InvalidTransition
from conversations.models import Conversation


def lock_owner(**owns: int) -> Conversation:
    """The conversation of the person who owns a record (`contact__homework=7`), locked until the transaction ends.

    Raises Conversation.DoesNotExist when nobody owns it.
    """
    try:
        return people.lock(_owner(owns))
    except Conversation.DoesNotExist:  # merged into another one while we waited for the lock
        return people.lock(_owner(owns))


def _owner(owns: Mapping[str, int]) -> int:
    return Conversation.objects.values_list("pk", flat=True).get(**owns)


def check_step(what: str, before: str, after: str, legal: Mapping[str, frozenset[str]]) -> None:
    """Raise InvalidTransition unless `legal` lets `what` go from `before` to `after`."""
    if after not in legal[before]:
        raise InvalidTransition(what, before, after, legal[before])
