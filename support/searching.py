"""Finding tickets by what somebody typed. The one place: the API, the console and Django admin search with this."""

from __future__ import annotations

from django.db.models import Q

from conversations import search
from conversations.models import Contact
from support.models import SupportTicket


def matching(words: str) -> Q:
    """Tickets that have to do with these words: a part of the name or the issue, `#` and a number, digits of the phone.

    What the index of each table finds, put together.
    """
    own = Q(sender_name__icontains=words) | Q(issue_description__icontains=words)
    number = words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 18:
        own |= Q(pk=int(number))
    person = Q(name__icontains=words) | Q(profile_name__icontains=words) | search.is_phone(words)
    people_meant = Contact.objects.filter(person).values("conversation")
    ids = SupportTicket.objects.values("pk")
    return Q(pk__in=ids.filter(own).union(ids.filter(conversation__in=people_meant)))
