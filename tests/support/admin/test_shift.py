"""A whole shift in Django admin: every box and button of a ticket, and what is refused, in plain words."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from conversations.models import Conversation, Message
from support import services
from support.audit import AuditEntry
from support.models import CannedReply, Category, EntryKind, MessageTemplate, SupportTicket
from tests.conversations.admin.conftest import Desk, page

pytestmark = pytest.mark.usefixtures("channel")

GREETING = "Which photo was it?"


def me(desk: Desk) -> User:
    """Who sits there."""
    assert desk.user is not None
    return desk.user


def answers() -> list[str]:
    """What staff said to students."""
    return list(Message.objects.filter(sender="admin").order_by("id").values_list("text", flat=True))


def key_in(html: str) -> str:
    """The hidden key of the answer box."""
    return str(re.findall(r'name="client_id" value="(\w+)"', html)[0])


def verbs() -> list[str]:
    """What was written down that staff did."""
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def colleagues(ticket: SupportTicket) -> None:
    """Somebody else has it."""
    other = User.objects.create_superuser("other")
    services.take(ticket, other)


def window_closes(ticket: SupportTicket) -> None:
    """The student wrote long ago."""
    Conversation.objects.filter(pk=ticket.conversation_id).update(last_inbound_at=timezone.now() - timedelta(days=2))


def test_an_answer_goes_to_whatsapp_and_takes_the_ticket(agent: Desk, ticket: SupportTicket) -> None:
    key = key_in(agent.reads(ticket))
    assert agent.does(ticket, "answer", text=GREETING, client_id=key).status_code == 302
    ticket.refresh_from_db()
    assert answers() == [GREETING]
    assert (ticket.status, ticket.assigned_admin) == ("IN_PROGRESS", agent.user)
    assert "ticket.answer" in verbs()
    assert GREETING in agent.reads(ticket)


def test_a_second_click_sends_nothing_more(agent: Desk, ticket: SupportTicket) -> None:
    key = key_in(agent.reads(ticket))
    for verb, words in (("answer", GREETING), ("answer", GREETING), ("note", "Once"), ("note", "Once")):
        agent.does(ticket, verb, text=words, client_id=f"{verb}{key}")
    assert answers() == [GREETING]
    assert ticket.entries.filter(kind=EntryKind.NOTE).count() == 1


def test_a_colleagues_ticket_is_refused_with_the_words_kept_and_taken_over_on_purpose(
    agent: Desk, ticket: SupportTicket
) -> None:
    colleagues(ticket)
    refused = agent.does(ticket, "answer", text=GREETING, client_id="k1").content.decode()
    assert "Other has this ticket" in refused
    assert GREETING in refused
    assert key_in(refused) == "k1"
    assert answers() == []
    assert "ticket.answer" not in verbs()
    agent.does(ticket, "answer", text=GREETING, client_id="k1", take="on")
    ticket.refresh_from_db()
    assert answers() == [GREETING]
    assert ticket.assigned_admin == agent.user


def offered(html: str) -> set[str]:
    """Which of the buttons that act on a ticket stand on its page."""
    return {verb for verb in BUTTONS if re.search(rf'action="[^"]*/{verb}/"', html)}


def test_only_what_this_person_may_do_is_offered(agent: Desk, supervisor: Desk, ticket: SupportTicket) -> None:
    sent = services.reply(ticket, User.objects.create_superuser("other"), GREETING)
    Message.objects.filter(pk=sent.pk).update(delivery_status="failed")
    assert offered(agent.reads(ticket)) == {"answer", "note", "close", "take_over"}  # with a tick that takes it over
    everything = {"answer", "note", "close", "take_over", "resolve", "triage", "retry"}
    assert offered(supervisor.reads(ticket)) == everything
    agent.does(ticket, "take_over")
    assert offered(agent.reads(ticket)) == everything - {"take_over"}


def test_taking_over_is_written_down_as_what_it_is(agent: Desk, ticket: SupportTicket) -> None:
    colleagues(ticket)
    agent.does(ticket, "take_over")
    assert verbs()[-1] == "ticket.take_over"


def test_words_for_a_ticket_that_was_closed_meanwhile_are_kept(agent: Desk, ticket: SupportTicket) -> None:
    services.close(ticket, me(agent))
    refused = agent.does(ticket, "answer", text=GREETING, client_id="k1").content.decode()
    assert f"Ticket {ticket.pk} is closed." in refused
    assert GREETING in refused


def test_empty_words_and_too_many_are_refused_beside_the_box(agent: Desk, ticket: SupportTicket) -> None:
    assert "This field is required" in agent.does(ticket, "answer", text=" ", client_id="k").content.decode()
    long = agent.does(ticket, "answer", text="x" * 4001, client_id="k").content.decode()
    assert "at most 4000 characters" in long
    assert "x" * 4001 in long
    assert answers() == []


def test_whoever_sends_too_much_is_told_and_keeps_the_words(
    agent: Desk, ticket: SupportTicket, settings: object
) -> None:
    settings.API_SENDS_PER_MINUTE = 0  # type: ignore[attr-defined]
    refused = agent.does(ticket, "answer", text=GREETING, client_id="k").content.decode()
    assert "Too many requests" in refused
    assert GREETING in refused


def test_after_the_24_hours_only_a_template_is_offered_and_supervisors_send_it(
    agent: Desk, supervisor: Desk, ticket: SupportTicket
) -> None:
    template = MessageTemplate.objects.create(name="we_answered", body="Hello {{1}}, we have an answer.")
    window_closes(ticket)
    refused = agent.does(ticket, "answer", text=GREETING, client_id="k").content.decode()
    assert "has not written for 24 hours" in refused
    assert GREETING in refused
    assert "A supervisor can send one." in agent.reads(ticket)
    fields = {"template": template.pk, "parameter_1": "Ada", "client_id": "t1"}
    assert "You may not do this." in agent.does(ticket, "template", **fields).content.decode()
    empty = supervisor.does(ticket, "template", **(fields | {"parameter_1": " "})).content.decode()
    assert "This field is required" in empty
    assert supervisor.does(ticket, "template", **fields).status_code == 302
    assert answers() == ["Hello Ada, we have an answer."]


def test_a_canned_reply_comes_into_the_box_with_the_students_name(agent: Desk, ticket: SupportTicket) -> None:
    reply = CannedReply.objects.create(shortcut="hi", title="Hello", text="Hello {name}, one moment.")
    html = agent.does(ticket, "answer", text="Well.", insert="yes", canned=reply.pk, client_id="k1").content.decode()
    first = ticket.conversation.contact.name.split()[0]
    assert f"Well.\nHello {first}, one moment.</textarea>" in unescape(html)
    assert key_in(html) == "k1"
    assert answers() == []


def test_a_ticket_is_taken_resolved_closed_and_reopened(agent: Desk, ticket: SupportTicket) -> None:
    seen = []
    for verb in ("take", "resolve", "reopen", "close"):
        agent.does(ticket, verb)
        ticket.refresh_from_db()
        seen.append(ticket.status)
    assert seen == ["OPEN", "RESOLVED", "IN_PROGRESS", "CLOSED"]
    assert ticket.assigned_admin == agent.user
    assert [verb for verb in verbs() if verb.startswith("ticket.")] == [
        *("ticket.take", "ticket.resolve", "ticket.reopen", "ticket.close")
    ]
    history = agent.reads(ticket)
    assert "Status: <bdi>Resolved</bdi> → <bdi>In progress" in history
    assert f"Assigned to: <bdi>–</bdi> → <bdi>{me(agent).username}</bdi>" in history


def test_closing_says_the_chosen_words(agent: Desk, ticket: SupportTicket) -> None:
    agent.does(ticket, "close", words="Good luck with the exam!")
    assert "Good luck with the exam!" in ticket.conversation.messages.latest("id").text


def test_an_illegal_step_is_refused_in_words(agent: Desk, ticket: SupportTicket) -> None:
    services.close(ticket, me(agent))
    html = agent.client.post(page(ticket, "resolve"), follow=True).content.decode()
    assert "cannot go from CLOSED to RESOLVED" in html


def test_only_what_was_changed_is_changed(supervisor: Desk, agent: Desk, ticket: SupportTicket) -> None:
    category = Category.objects.create(name="Homework")
    shown = {"priority": "MEDIUM", "category": "", "assignee": ""}
    as_it_was = {f"initial-{name}": value for name, value in shown.items()}
    services.set_priority(ticket, "URGENT", me(agent))  # a colleague, after the page was opened
    given = {"category": category.pk, "assignee": me(agent).pk}
    assert supervisor.does(ticket, "triage", **(shown | given | as_it_was)).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.category, ticket.assigned_admin) == ("URGENT", category, agent.user)
    written = AuditEntry.objects.get(verb="ticket.triage").details
    assert written == {"to": {"category": str(category.pk), "assignee": str(me(agent).pk)}}


def test_an_agent_cannot_give_a_ticket_to_a_colleague(agent: Desk, supervisor: Desk, ticket: SupportTicket) -> None:
    fields = {"priority": "HIGH", "assignee": me(supervisor).pk}
    assert "Select a valid choice" in agent.does(ticket, "triage", **fields).content.decode()
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.assigned_admin) == ("MEDIUM", None)


def test_a_failed_answer_shows_why_and_is_sent_again_from_the_ticket(agent: Desk, ticket: SupportTicket) -> None:
    sent = services.reply(ticket, me(agent), GREETING)
    Message.objects.filter(pk=sent.pk).update(delivery_status="failed", error="The number is <b>gone</b>.")
    html = agent.reads(ticket)
    assert "The number is &lt;b&gt;gone&lt;/b&gt;." in html
    assert agent.does(ticket, "retry", message=sent.pk)["Location"] == page(ticket)
    sent.refresh_from_db()
    assert sent.delivery_status == "queued"
    assert "message.retry" in verbs()


def test_what_a_colleague_could_not_send_is_theirs_to_send_again(agent: Desk, ticket: SupportTicket) -> None:
    sent = services.reply(ticket, me(agent), GREETING)
    Message.objects.filter(pk=sent.pk).update(delivery_status="failed")
    services.assign(ticket, User.objects.create_superuser("other"), User.objects.get(username="other"))
    agent.does(ticket, "retry", message=sent.pk)
    agent.does(sent, "retry")
    told = agent.runs("send_again", sent).content.decode()
    assert told.count("Other has this ticket") == 3
    sent.refresh_from_db()
    assert sent.delivery_status == "failed"
    assert "message.retry" not in verbs()


def test_a_message_of_another_conversation_is_not_sent_again_from_here(agent: Desk, ticket: SupportTicket) -> None:
    other = Message.objects.create(conversation=ticket.conversation, sender="bot", text="x", delivery_status="failed")
    for wanted in (other.pk, "x", ""):
        assert agent.does(ticket, "retry", message=wanted).status_code == 404


BUTTONS = ["answer", "note", "template", "triage", "close", "retry", "take", "take_over", "resolve", "reopen"]


@pytest.mark.parametrize("verb", BUTTONS)
def test_readers_press_no_button_and_nobody_by_get(verb: str, agent: Desk, ticket: SupportTicket) -> None:
    assert agent.client.get(page(ticket, verb)).status_code == 405
    reader = me(agent)
    reader.user_permissions.set(reader.groups.get().permissions.all())
    reader.groups.clear()
    html = agent.reads(ticket)
    assert "Send answer" not in html
    assert "My photo was refused" in html
    assert agent.does(ticket, verb, text="x").status_code == 403
