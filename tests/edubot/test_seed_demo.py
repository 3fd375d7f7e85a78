"""`manage.py seed_demo`: what it adds is believable, keeps every promise, and goes without a trace."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from itertools import pairwise
from random import Random

import phonenumbers
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import F, Max, Min, Sum
from django.utils import timezone

from conversations import media as received_files
from conversations import replay
from conversations.bot.types import State
from conversations.models import (
    Attachment,
    Contact,
    Conversation,
    Homework,
    InboxItem,
    LiveEvent,
    Message,
    Payment,
    Sender,
    Subscription,
)
from edubot.demo import build, checks, clear, names, plan, recording
from edubot.demo.media import FILES
from edubot.demo.scripts import SCRIPTS, Place
from edubot.demo.slots import reference
from support.models import CannedReply, SupportMessage, SupportTicket, TicketChange

pytestmark = pytest.mark.django_db

CONVERSATIONS, MESSAGES = 48, 1500
FLEETING = {State.INITIAL, State.IDENTIFYING, State.HOMEWORK_SUBMITTED, State.PAYMENT_CONFIRMED}


@pytest.fixture
def desk(db: None) -> None:
    """A small desk."""
    build.build(CONVERSATIONS, MESSAGES, seed=1)


def test_the_desk_has_just_as_much_as_was_asked_for(desk: None) -> None:
    assert (Conversation.objects.count(), Message.objects.count()) == (CONVERSATIONS, MESSAGES)


def test_every_promise_of_real_conversations_is_kept(desk: None) -> None:
    assert checks.broken() == {}


BREAKS = {
    "the counters repeat what the messages say": lambda: Conversation.objects.update(message_count=1),
    "nothing happens in the future": lambda: Message.objects.update(created_at=timezone.now() + timedelta(days=1)),
    "nothing of the demo is on its way": lambda: Message.objects.filter(
        pk=Message.objects.exclude(sender=Sender.USER).values("pk")[:1]
    ).update(delivery_status="queued"),
    "a live chat has its moment and its ticket": lambda: Conversation.objects.update(chat_started_at=None),
    "the first response is the first answer in the thread": lambda: SupportTicket.objects.update(
        first_response_at=timezone.now()
    ),
    "nobody waits who was answered": lambda: SupportTicket.objects.update(waiting_since=F("created_at")),
    "a stored file is there": lambda: Attachment.objects.update(file="nowhere"),
    "solved homework has its answer": lambda: Homework.objects.update(solution_message=None),
}


@pytest.mark.parametrize("promise", BREAKS)
def test_a_broken_promise_is_found(desk: None, promise: str) -> None:
    BREAKS[promise]()

    assert promise in checks.broken()


def test_there_is_a_chat_in_every_state_that_lasts(desk: None) -> None:
    assert set(Conversation.objects.values_list("state", flat=True)) == set(State) - FLEETING


def test_every_open_end_of_the_scripts_is_shown(desk: None) -> None:
    library, dice = plan.Library(recording.record_all()), Random(1)  # noqa: S311
    shown = set()
    for number in range(40):
        french = names.speaks_french(number)
        _, *_rest, last = library.choose(number, "fr" if french else "en", 40, 60.0 * number, dice)
        shown.add(last.script)

    assert {script for script in SCRIPTS if script.place is Place.LAST} <= shown


@pytest.mark.parametrize(
    ("rows", "field", "values"),
    [
        (SupportTicket, "status", {"OPEN", "IN_PROGRESS", "RESOLVED", "CLOSED"}),
        (SupportTicket, "priority", {"LOW", "MEDIUM", "HIGH", "URGENT"}),
        (SupportTicket, "ended_by", {"", "user", "staff", "silence"}),
        (SupportTicket, "opened_by", {"user", "staff"}),
        (Homework, "status", {"PENDING", "IN_PROGRESS", "SOLVED", "CANCELLED"}),
        (Payment, "status", {"PENDING", "SUCCESS", "FAILED", "CANCELLED"}),
        (Message, "delivery_status", {None, "sent", "delivered", "read", "failed", "unknown"}),
        (Message, "kind", {"text", "interactive", "image", "document", "voice", "sticker", "location", "reaction"}),
        (Contact, "language", {"en", "fr"}),
    ],
)
def test_there_is_something_of_every_kind(desk: None, rows: type, field: str, values: set[str | None]) -> None:
    assert set(rows.objects.values_list(field, flat=True)) == values  # type: ignore[attr-defined]


def test_nothing_waits_to_be_handled_sent_or_told(desk: None) -> None:
    assert not InboxItem.objects.exists()
    assert not LiveEvent.objects.exists()
    assert not Message.objects.filter(delivery_status__in=["queued", "sending"]).exists()
    assert not Attachment.objects.exclude(status="stored").exists()


def test_the_newest_words_are_minutes_old_and_the_oldest_weeks(desk: None) -> None:
    said = Message.objects.aggregate(oldest=Min("created_at"), newest=Max("created_at"))

    assert said["newest"] > timezone.now() - timedelta(minutes=5)
    assert timezone.now() - timedelta(days=92) < said["oldest"] < timezone.now() - timedelta(days=60)


def test_every_number_is_a_possible_one_and_nobody_has_two(desk: None) -> None:
    phones = [phone for phone in Contact.objects.values_list("phone", flat=True) if phone]

    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones)
    assert len(set(map(names.phone, range(20_000)))) == 20_000


def test_the_bot_would_decide_the_same_today(desk: None) -> None:
    played = [one for conversation in Conversation.objects.all() for one in replay.play(conversation)]

    assert played
    # Replay cannot see that staff ended a chat, so to it the rating that follows was never asked for.
    assert {one.then.rule for one in played if one.differs and one.then} == {"rated"}


def test_files_are_what_they_are_said_to_be(desk: None) -> None:
    for attachment in Attachment.objects.order_by("mime_type").distinct("mime_type"):
        with attachment.file.open() as file:
            data = file.read()
        assert received_files.sniff(data) == attachment.mime_type
        assert received_files.is_whole_image(data, attachment.mime_type)
    assert Attachment.objects.values("mime_type").distinct().count() == len(FILES)


def _threads() -> list[tuple[object, ...]]:
    told = Message.objects.order_by("conversation__contact__user_id", "id")
    return list(told.values_list("text", "created_at", "client_ref", "delivery_status", "staff__username"))


def test_the_same_seed_tells_the_same_stories() -> None:
    now = timezone.now()
    build.build(20, 500, seed=3, now=now)
    told = _threads()
    clear.clear()

    build.build(20, 500, seed=3, now=now)
    assert _threads() == told


def test_another_seed_tells_others() -> None:
    now = timezone.now()
    build.build(5, 100, seed=3, now=now)
    told = _threads()
    clear.clear()

    build.build(5, 100, seed=4, now=now)
    assert _threads() != told


def test_a_second_run_adds_more(desk: None) -> None:
    before = set(Message.objects.values_list("pk", flat=True))
    build.build(30, 600, seed=1)

    assert Conversation.objects.count() == CONVERSATIONS + 30
    assert before < set(Message.objects.values_list("pk", flat=True))
    assert checks.broken() == {}


def test_many_small_batches_make_the_same_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "BATCH", 50)
    heard: list[int] = []
    build.build(20, 400, seed=1, progress=heard.append)

    assert Message.objects.count() == heard[-1] == 400
    assert len(heard) > 3
    assert all(before < after for before, after in pairwise(heard))
    assert checks.broken() == {}


def test_clearing_leaves_what_is_not_the_demo(desk: None) -> None:
    grace = User.objects.get(username="grace")
    real = Conversation.objects.create(contact=Contact.objects.create(phone="+2348031234567", name="Real Person"))
    said = Message.objects.create(conversation=real, sender=Sender.ADMIN, staff=grace, text="Hello")
    ticket = SupportTicket.objects.create(conversation=real, assigned_admin=grace)
    agent = User.objects.create_user("real", password="a real password")

    assert clear.clear() == CONVERSATIONS

    kept = (Contact, Conversation, Message, SupportTicket)
    assert [rows.objects.get().pk for rows in kept] == [real.contact_id, real.pk, said.pk, ticket.pk]
    gone = (SupportMessage, TicketChange, Homework, Payment, Subscription, Attachment)
    assert not any(rows.objects.exists() for rows in gone)
    assert User.objects.get() == agent
    assert CannedReply.objects.exists()


def test_a_real_person_with_one_of_our_numbers_keeps_it() -> None:
    real = Contact.objects.create(phone=names.phone(1))
    build.build(3, 60, seed=1)

    assert Contact.objects.get(phone=names.phone(1)) == real
    assert Contact.objects.get(user_id=f"{names.MARK}0000001").phone is None


def test_nobody_can_log_in_as_staff_of_the_demo(desk: None) -> None:
    staff = User.objects.filter(is_staff=True)

    assert {user.username for user in staff} >= {"grace", "tunde"}
    assert not any(user.has_usable_password() or user.is_superuser for user in staff)
    assert {group.name for user in staff for group in user.groups.all()} == {"agent", "supervisor"}


def test_production_is_left_alone_without_a_yes(settings: LazySettings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--yes"):
        call_command("seed_demo", conversations=2)
    assert not Contact.objects.exists()

    call_command("seed_demo", conversations=2, yes=True, stdout=StringIO())
    assert Contact.objects.count() == 2


def test_the_command_says_how_it_went_and_takes_back_what_it_did(settings: LazySettings) -> None:
    settings.DEBUG = True
    out = StringIO()
    call_command("seed_demo", conversations=3, messages=45, stdout=out)
    assert out.getvalue().startswith("3 conversations with 45 messages in ")
    assert Conversation.objects.aggregate(Sum("message_count"))["message_count__sum"] == 45

    call_command("seed_demo", clear=True, stdout=out)
    assert out.getvalue().endswith("3 people of the demo are gone.\n")
    assert not Message.objects.exists()


def test_no_two_people_share_a_reference() -> None:
    references = {reference(number, count) for number in (0, 1, 2, 999_999) for count in range(2_000)}

    assert len(references) == 4 * 2_000


@pytest.mark.parametrize(("conversations", "messages"), [(0, 10), (5, 9)])
def test_what_cannot_be_is_refused(conversations: int, messages: int) -> None:
    with pytest.raises(CommandError, match="t least"):
        call_command("seed_demo", conversations=conversations, messages=messages, yes=True)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("length", [*range(2, 14), 37, 400])
def test_a_conversation_of_any_length_can_be_told(length: int) -> None:
    build.build(9, 9 * length, seed=length)

    assert Message.objects.count() == 9 * length
    assert checks.broken() == {}
