"""Finding tickets by what somebody typed. The one place: the API, the console and Django admin search with this."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from conversations import search
from conversations.models import Contact
from support.models import SupportTicket

MOST = 300  # tickets: an `a` stands in every one of them


@dataclass(frozen=True, slots=True)
class Found:
    """Tickets that were found, and whether there are more, which are older."""

    tickets: QuerySet[SupportTicket]
    is_cut: bool


def find(words: str, among: QuerySet[SupportTicket]) -> Found:
    """Those of these tickets that have to do with the words: the newest MOST, and the one with this number.

    The words are a part of the name or the issue, digits of the phone, or `#` and the number. What the index of each
    table finds is put together beforehand, in one statement: a list is asked for its rows and for their number.
    """
    own = Q(sender_name__icontains=words) | Q(issue_description__icontains=words)
    person = Q(name__icontains=words) | Q(profile_name__icontains=words) | search.is_phone(words)
    theirs = Q(conversation__in=Contact.objects.filter(person).values("conversation"))
    newest = among.order_by("-pk").values_list("pk", flat=True)
    by_itself, by_person = (newest.filter(way)[: MOST + 1] for way in (own, theirs))
    ids = list(by_itself.union(by_person).order_by("-pk")[: MOST + 1])
    return Found(among.filter(pk__in=ids[:MOST] + _number(words)), is_cut=len(ids) > MOST)


def _number(words: str) -> list[int]:
    digits = words.removeprefix("#")
    return [int(digits)] if digits.isascii() and digits.isdigit() and len(digits) <= 18 else []
