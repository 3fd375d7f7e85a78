"""Lists of Django admin that are searched by the person whom a row belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.http import HttpRequest

from conversations import search
from conversations.admin.base import DeskAdmin, Rows
from conversations.models import Contact


class PeopleSearch(DeskAdmin):
    """A list that is searched by the person: first or last four or more digits of the phone, or words of the name."""

    contact_path = "contact__"
    also: Sequence[str] = ()  # further fields, compared as a whole
    search_fields = ["pk"]  # shows the box; the search itself is below
    search_help_text = "A name, an e-mail address, @username, or the first or last four or more digits of a phone."

    def get_search_results(self, request: HttpRequest, queryset: Rows, search_term: str) -> tuple[Rows, bool]:
        """The rows of the people found."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = self._of_people(term)
        for field in self.also:
            wanted |= Q(**{f"{field}__iexact": term})
        return queryset.filter(wanted), False

    def _of_people(self, term: str) -> Q:
        if not self.contact_path:
            return people_matching(term)
        # A subquery: PostgreSQL finds the few people first and then their rows, instead of joining millions.
        people = Contact.objects.filter(people_matching(term)).values("pk")
        return Q(**{f"{self.contact_path}in": people})


def people_matching(term: str) -> Q:
    """Contacts whom a search term means."""
    if search.is_phone(term) != search.NOTHING:
        return search.is_phone(term)
    wanted = Q()
    for word in term.split():
        wanted &= _named(word)
    return wanted


def _named(word: str) -> Q:
    """Each part of it has an index (`contact_parts`); user names have none, so they are looked through on request."""
    if word.startswith("@"):
        return Q(username__icontains=word[1:])
    return Q(name__icontains=word) | Q(profile_name__icontains=word) | Q(email__icontains=word) | Q(user_id=word)
