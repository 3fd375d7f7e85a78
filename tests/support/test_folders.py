"""The views of the inbox: who sees what, in which order."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from support import services
from support.folders import BY_SLUG, COUNTED, FOLDERS, counts
from support.models import Priority, SupportTicket
from tests.conversations.conftest import Phone


@pytest.fixture
def desk(ticket: SupportTicket, other_phone: Phone, phone: Phone, grace: User) -> tuple[SupportTicket, SupportTicket]:
    """Two tickets: grace's, answered and then written to again, and one of nobody that is urgent."""
    other_phone.says("support")
    urgent = SupportTicket.objects.latest("id")
    services.set_priority(urgent, Priority.URGENT, grace)
    services.reply(ticket, grace, "Hello!")
    phone.says("Thank you, but …")
    return ticket, urgent


def test_every_folder_holds_what_it_says(desk: tuple[SupportTicket, SupportTicket], grace: User, tunde: User) -> None:
    mine, urgent = desk
    held = {folder.slug: list(folder.tickets(grace)) for folder in FOLDERS}
    assert held == {
        "waiting": [urgent, mine],
        "mine": [mine],
        "unassigned": [urgent],
        "active": [urgent, mine],
        "urgent": [urgent],
        "resolved": [],
        "closed": [],
    }
    assert list(BY_SLUG["mine"].tickets(tunde)) == []


def test_what_was_answered_and_what_is_over_move_on(desk: tuple[SupportTicket, SupportTicket], grace: User) -> None:
    mine, urgent = desk
    services.resolve(mine, grace)
    services.close(urgent, grace)
    assert list(BY_SLUG["waiting"].tickets(grace)) == []
    assert list(BY_SLUG["resolved"].tickets(grace)) == [mine]
    assert list(BY_SLUG["closed"].tickets(grace)) == [urgent]


def test_the_counts_are_those_of_the_folders_in_one_query(
    desk: tuple[SupportTicket, SupportTicket], grace: User, django_assert_num_queries: object
) -> None:
    assert callable(django_assert_num_queries)
    with django_assert_num_queries(1):
        found = counts(grace)
    assert found == {slug: BY_SLUG[slug].tickets(grace).count() for slug in COUNTED}
