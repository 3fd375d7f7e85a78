"""What failed, what stops us, what staff must know: shown, and mended with a button."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations import gates, inbox, sender
from conversations.channel import MemoryChannel, SendError, Verdict
from conversations.models import AccountNotice, Gate, InboxItem, UnreadablePost
from conversations.received import Batch
from support.audit import AuditEntry
from tests.conversations.admin.conftest import Desk, page, person
from tests.conversations.conftest import Phone, report

pytestmark = pytest.mark.usefixtures("channel")


def test_an_item_that_failed_is_shown_with_its_error_and_can_be_tried_again(supervisor: Desk, phone: Phone) -> None:
    message = phone.message(text="hi")
    item = phone.post(message)
    del phone.channel.items[item.key]
    for _ in range(5):
        phone.waits()
        InboxItem.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert "failed: KeyError" in supervisor.reads(InboxItem)
    phone.channel.items[item.key] = message
    supervisor.runs("try_again", InboxItem.objects.get())
    assert phone.waits()
    assert InboxItem.objects.get().outcome == "handled"
    assert AccountNotice.objects.get().settled_at is not None


def test_an_item_that_was_handled_is_not_handled_again(supervisor: Desk, phone: Phone) -> None:
    phone.says("hi")
    supervisor.runs("try_again", InboxItem.objects.get())
    assert InboxItem.objects.get().handled_at is not None


def test_failed_items_come_first_and_the_others_on_demand(supervisor: Desk, phone: Phone) -> None:
    phone.says("hi")
    item = InboxItem.objects.get()
    assert page(item) not in supervisor.reads(InboxItem)
    assert page(item) in supervisor.reads(InboxItem, show="all")
    assert page(item) not in supervisor.reads(InboxItem, show="waiting")


def test_an_unreadable_post_is_shown_as_text_and_as_bytes(supervisor: Desk) -> None:
    inbox.keep_unreadable(b"\xff<script>alert(1)</script>\x00\x1b[31m\xe2\x80\xae", "invalid UTF-8")
    html = supervisor.reads(UnreadablePost.objects.get())
    assert "\\xff&lt;script&gt;alert(1)&lt;/script&gt;\\u0000\\u001b[31m\\u202e" in html
    assert "000000  ff 3c 73 63 72 69 70 74 3e" in html


def test_a_huge_unreadable_post_is_shown_in_part(supervisor: Desk) -> None:
    inbox.keep_unreadable(b"x" * 4_000_000, "not JSON")
    assert len(supervisor.reads(UnreadablePost.objects.get())) < 200_000


def test_a_notice_is_settled_and_leaves_the_list(agent: Desk) -> None:
    notice = AccountNotice.objects.create(key="k", kind="x", severity="critical", title="The token is dead.")
    assert "The token is dead." in agent.reads(AccountNotice)
    agent.runs("settle", notice)
    assert page(notice) not in agent.reads(AccountNotice)
    assert page(notice) in agent.reads(AccountNotice, show="settled")


def test_sending_is_paused_and_goes_on_with_a_switch(supervisor: Desk, phone: Phone, channel: MemoryChannel) -> None:
    supervisor.client.post(page(Gate, "pause"))
    html = supervisor.reads(Gate)
    assert "Sending is paused." in html
    assert "Paused by tunde." in html
    assert gates.closed()
    supervisor.client.post(page(Gate, "resume"))
    assert "Sending is not paused." in supervisor.reads(Gate)
    assert not gates.closed()


def test_who_paused_and_resumed_sending_is_written_down(supervisor: Desk) -> None:
    supervisor.client.post(page(Gate, "pause"))
    supervisor.client.post(page(Gate, "resume"))
    entries = AuditEntry.objects.filter(actor=supervisor.user, object_id=gates.PAUSED).order_by("pk")
    assert list(entries.values_list("verb", flat=True)) == ["gate.pause", "gate.resume"]


def test_resuming_what_is_not_paused_changes_nothing(supervisor: Desk) -> None:
    assert supervisor.client.post(page(Gate, "resume")).status_code == 302
    assert not AuditEntry.objects.filter(verb="gate.resume").exists()


def test_a_gate_is_opened_by_hand_and_its_notice_settled(supervisor: Desk) -> None:
    gates.stop(SendError(Verdict.ACCOUNT, "The token has expired."))
    assert "The token has expired." in supervisor.reads(Gate)
    supervisor.runs("open_gates", Gate.objects.get())
    assert not Gate.objects.exists()
    assert AccountNotice.objects.get().settled_at is not None


def test_what_the_provider_reported_stands_with_the_message(agent: Desk, phone: Phone) -> None:
    message = person().messages.latest("id")
    inbox.receive(Batch(receipts=(report(message, "delivered"),)))
    sender.sweep()
    assert "delivered" in agent.reads(message)
