"""Students, leads and subscriptions over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import people
from conversations.models import Conversation, Subscription
from conversations.received import Person
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Answer, Api, ClientFor
from tests.support.api.test_learning import code, ids, queries

STUDENTS, LEADS, SUBSCRIPTIONS = "/api/admin/students", "/api/admin/leads", "/api/admin/subscriptions"


@pytest.fixture
def grace(agent: User, client_for: ClientFor) -> Api:
    """The agent's client."""
    return client_for(agent)


@pytest.fixture
def subscription(student: Conversation) -> Subscription:
    """A month that has just begun."""
    until = timezone.now() + timedelta(days=30)
    return Subscription.objects.create(contact=student.contact, plan="Monthly", active_until=until)


def more_people(registered: bool) -> None:
    """Five more, each with a conversation."""
    for number in range(5):
        contact = people.conversation_with(Person(phone=f"+23480999999{number:02}")).contact
        contact.registered_at = timezone.now() if registered else None
        contact.save()


class TestStudents:
    """/api/admin/students."""

    def test_a_registered_person_is_one(self, grace: Api, student: Conversation) -> None:
        row = grace.get(STUDENTS).json()["data"][0]
        assert (row["id"], row["phone_number"], row["full_name"]) == (
            student.contact_id,
            "+2348012345678",
            "Ada Obi",
        )
        assert (row["email"], row["class_grade"], row["status"]) == ("ada@example.com", "SS2", "REGISTERED_FREE")
        assert grace.get(f"{STUDENTS}/{student.contact_id}").json()["data"] == row

    def test_a_lead_is_none(self, grace: Api, lead: Conversation) -> None:
        assert ids(grace.get(STUDENTS)) == []
        for path in ("", "/stats"):
            assert code(grace.get(f"{STUDENTS}/{lead.contact_id}{path}")) == (404, "NOT_FOUND")

    def test_a_subscriber_is_told_apart(self, grace: Api, subscription: Subscription) -> None:
        found = {
            status: len(ids(grace.get(f"{STUDENTS}?status={status}")))
            for status in ("NEW_USER", "REGISTERED_FREE", "ACTIVE_SUBSCRIBER")
        }
        assert found == {"NEW_USER": 0, "REGISTERED_FREE": 0, "ACTIVE_SUBSCRIBER": 1}
        Subscription.objects.update(active_until=timezone.now())
        assert ids(grace.get(f"{STUDENTS}?status=REGISTERED_FREE")) == [subscription.contact_id]

    @pytest.mark.parametrize(("words", "found"), [("ada", 1), ("example.com", 1), ("5678", 1), ("bola", 0)])
    def test_words_find_them(self, grace: Api, student: Conversation, words: str, found: int) -> None:
        assert len(ids(grace.get(f"{STUDENTS}?search={words}"))) == found
        assert len(ids(grace.get(f"{STUDENTS}/search?query={words}"))) == found

    def test_a_search_needs_words(self, grace: Api) -> None:
        assert code(grace.get(f"{STUDENTS}/search")) == (422, "VALIDATION_ERROR")

    def test_the_stats_of_one(self, grace: Api, subscription: Subscription, phone: Phone) -> None:
        for step in ("homework", "Chemistry", "text", "How many moles?"):
            phone.says(step)
        data = grace.get(f"{STUDENTS}/{subscription.contact_id}/stats").json()["data"]
        assert (data["homework_submissions"], data["solved_homework"], data["total_paid"]) == (1, 0, 0)
        assert data["message_count"] == phone.conversation.message_count
        assert data["subscribed_until"].endswith("Z")

    def test_more_rows_ask_no_more_queries(self, grace: Api, student: Conversation) -> None:
        few = queries(grace, STUDENTS)
        more_people(registered=True)
        assert queries(grace, STUDENTS) == few == 3  # the person, the limit, the rows with their number


class TestLeads:
    """/api/admin/leads."""

    def test_it_has_the_first_and_the_last_words(self, grace: Api, lead: Conversation, phone: Phone) -> None:
        phone.says("Ada Obi")
        row = grace.get(LEADS).json()["data"][0]
        lead.refresh_from_db()
        assert lead.last_message is not None
        assert (row["first_message"], row["last_message"]) == ("hi", lead.last_message.text)
        assert (row["message_count"], row["converted_to_student"]) == (lead.message_count, False)
        assert grace.get(f"{LEADS}/{lead.contact_id}").json()["data"] == row

    def test_who_never_wrote_has_neither(self, grace: Api) -> None:
        grace.post("/api/support/tickets", {"phone_number": "+2348099999999"})
        row = grace.get(LEADS).json()["data"][0]
        assert (row["first_message"], row["last_message"]) == ("", "")

    def test_who_registered_is_converted(self, grace: Api, student: Conversation, other_phone: Phone) -> None:
        other_phone.says("hi")
        assert ids(grace.get(f"{LEADS}?converted=true")) == [student.contact_id]
        assert ids(grace.get(f"{LEADS}?converted=false")) == [other_phone.conversation.contact_id]
        assert grace.get(f"{LEADS}/stats").json()["data"] == {
            "total_leads": 2,
            "active_leads": 1,
            "converted_leads": 1,
            "unconverted_leads": 1,
            "conversion_rate": 50.0,
        }

    def test_without_anybody_the_rate_is_nought(self, grace: Api) -> None:
        assert grace.get(f"{LEADS}/stats").json()["data"]["conversion_rate"] == 0

    def test_more_rows_ask_no_more_queries(self, grace: Api, lead: Conversation) -> None:
        few = queries(grace, LEADS)
        more_people(registered=False)
        assert queries(grace, LEADS) == few == 3  # the person, the limit, the rows with their number


class TestSubscriptions:
    """/api/admin/subscriptions."""

    def extended(self, api: Api, subscription: Subscription, days: object) -> Answer:
        """The answer to an extension."""
        return api.post(f"{SUBSCRIPTIONS}/{subscription.pk}/extend", {"days": days})

    def test_they_are_listed_and_counted(self, grace: Api, subscription: Subscription) -> None:
        row = grace.get(SUBSCRIPTIONS).json()["data"][0]
        assert (row["student_name"], row["plan"], row["is_active"]) == ("Ada Obi", "Monthly", True)
        assert ids(grace.get(f"{SUBSCRIPTIONS}?active=false")) == []
        assert grace.get(f"{SUBSCRIPTIONS}/stats").json()["data"] == {
            "total_subscriptions": 1,
            "active_subscriptions": 1,
            "expired_subscriptions": 0,
        }

    def test_more_days_are_given_and_told(
        self, supervisor: User, client_for: ClientFor, subscription: Subscription, phone: Phone
    ) -> None:
        assert self.extended(client_for(supervisor), subscription, 7).status_code == 200
        before = subscription.active_until
        subscription.refresh_from_db()
        assert subscription.active_until - before == timedelta(days=7)
        assert len(phone.waits()) == 1

    def test_an_agent_gives_nothing_away(self, grace: Api, subscription: Subscription) -> None:
        assert code(self.extended(grace, subscription, 7)) == (403, "FORBIDDEN")

    @pytest.mark.parametrize("days", [0, 367, "7", True, None])
    def test_a_wrong_number_of_days_is_refused(
        self, supervisor: User, client_for: ClientFor, subscription: Subscription, days: object
    ) -> None:
        assert code(self.extended(client_for(supervisor), subscription, days)) == (422, "VALIDATION_ERROR")
