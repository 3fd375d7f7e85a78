"""Finding tickets by what somebody typed. The one place: the API, the console and Django admin search with this."""

from __future__ import annotations

from django.db.models import Q

from conversations import search
from conversations.models import Contact
from support.models import SupportTicket

MOST = 300  # tickets of each of the two ways: an `a` stands in every one of them


def matching(words: str) -> Q:
    """Tickets that have to do with these words: a part of the name or the issue, `#` and a number, digits of the phone.

    What the index of each table finds, put together: the newest MOST by what stands in the ticket, and by the person.
    They are found at once, in one statement: a list is asked for its rows and for their number.
    """
    own = Q(sender_name__icontains=words) | Q(issue_description__icontains=words)
    number = words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) <= 18:
        own |= Q(pk=int(number))
    person = Q(name__icontains=words) | Q(profile_name__icontains=words) | search.is_phone(words)
    people_meant = Contact.objects.filter(person).values("conversation")
    ids = SupportTicket.objects.order_by("-pk").values_list("pk", flat=True)
    return Q(pk__in=list(ids.filter(own)[:MOST].union(ids.filter(conversation__in=people_meant)[:MOST])))
