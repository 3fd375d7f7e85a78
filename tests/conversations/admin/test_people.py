"""People in Django admin: what they told us may be corrected, beside a bot that goes on writing."""

from __future__ import annotations

import re

import pytest

from conversations.admin.people import ContactAdmin
from conversations.models import Contact, Conversation
from tests.conversations.admin.conftest import Desk, page, person
from tests.conversations.conftest import Phone

pytestmark = pytest.mark.usefixtures("channel")

CORRECTED = {
    "name": "Ada Obi-Eze",
    "email": "ada@example.org",
    "class_grade": "SS3",
    "language": "fr",
    "is_active": "on",
}


def test_what_a_person_told_us_can_be_corrected(agent: Desk) -> None:
    contact = person().contact
    assert agent.client.post(page(contact), CORRECTED).status_code == 302
    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.class_grade) == ("Ada Obi-Eze", "ada@example.org", "SS3")
    assert contact.language == "fr"


@pytest.mark.parametrize("change", [{"email": "no address"}, {"language": "xx"}, {"name": "x" * 121}])
def test_a_correction_that_makes_no_sense_is_refused(agent: Desk, change: dict[str, str]) -> None:
    contact = person().contact
    answer = agent.client.post(page(contact), CORRECTED | change)
    assert "errorlist" in answer.content.decode()
    contact.refresh_from_db()
    assert contact.name == "Ada Obi"


def test_a_correction_writes_only_what_was_changed(agent: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = person().contact

    def read_before_the_bot_wrote(*_: object) -> Contact:
        stale = Contact.objects.get(pk=contact.pk)
        Contact.objects.filter(pk=contact.pk).update(username="by_the_bot")
        return stale

    monkeypatch.setattr(ContactAdmin, "get_object", read_before_the_bot_wrote)
    agent.client.post(page(contact), CORRECTED)
    contact.refresh_from_db()
    assert (contact.name, contact.username) == ("Ada Obi-Eze", "by_the_bot")


def test_what_the_student_changes_while_the_page_is_open_stays(agent: Desk) -> None:
    contact = person().contact
    shown = {"name": "Ada Obi", "email": "", "class_grade": "Ada Obi", "language": "en", "is_active": "on"}
    as_it_was = kept_by_the_page(agent.reads(contact))
    assert set(as_it_was) == {f"initial-{name}" for name in shown}
    Contact.objects.filter(pk=contact.pk).update(class_grade="SS2", language="fr", is_active=False)
    assert agent.client.post(page(contact), shown | as_it_was | {"name": "Ada Obi-Eze"}).status_code == 302
    contact.refresh_from_db()
    assert (contact.name, contact.class_grade, contact.language) == ("Ada Obi-Eze", "SS2", "fr")
    assert not contact.is_active


def kept_by_the_page(html: str) -> dict[str, str]:
    """What stands in a form's fields when its page is opened, which a browser sends along."""
    return dict(re.findall(r'<input type="hidden" name="(initial-\w+)"(?: value="([^"]*)")?', html))


def test_addresses_and_history_of_a_person_cannot_be_changed(boss: Desk) -> None:
    contact = person().contact
    boss.client.post(page(contact), CORRECTED | {"phone": "+1", "user_id": "NG.1", "registered_at": ""})
    contact.refresh_from_db()
    assert (contact.phone, contact.user_id) == ("+2348000000001", None)
    assert contact.registered_at is not None


def test_a_person_leads_to_the_conversation_and_back(agent: Desk) -> None:
    conversation = person()
    assert page(conversation) in agent.reads(conversation.contact)
    assert page(conversation.contact) in agent.reads(conversation)


def test_a_person_without_a_conversation_can_be_looked_at(agent: Desk) -> None:
    assert "Read it" not in agent.reads(Contact.objects.create(user_id="NG.123"))


def test_students_leads_and_languages_are_found_by_filters(agent: Desk) -> None:
    student, lead = person(1).contact, person(2).contact
    Contact.objects.filter(pk=lead.pk).update(registered_at=None, language="fr")
    assert page(student) in agent.reads(Contact, type="student")
    assert page(lead) not in agent.reads(Contact, type="student")
    assert page(lead) in agent.reads(Contact, type="lead")
    assert page(student) not in agent.reads(Contact, speaks="fr")


def test_a_live_chat_is_found_by_a_filter_and_stands_out(agent: Desk, phone: Phone) -> None:
    quiet = person()
    phone.registers()
    phone.taps("support")
    html = agent.reads(Conversation, attention="chat")
    assert page(phone.conversation) in html
    assert page(quiet) not in html
    assert "badge-live" in html
    assert page(quiet) in agent.reads(Conversation, state_is="idle")
