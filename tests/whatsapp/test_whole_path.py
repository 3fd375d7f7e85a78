"""From a signed webhook to the Graph API and back: stored, read, answered, sent. Stubbed is the network alone."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
import time_machine
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from conversations import gates, inbox, outbox, people, sender
from conversations import homework as desk
from conversations.admin.thread import trouble_of
from conversations.channel import get_channel
from conversations.models import AccountNotice, Contact, Conversation, Homework, InboxItem, Message
from conversations.proof import prove
from support import privacy, upkeep
from support.models import SupportTicket
from tests.whatsapp.payloads import ACCOUNT, NUMBER, encode, fixture, post, text_message
from tests.whatsapp.test_webhook import deliver

MESSAGES = "https://graph.facebook.com/v25.0/100000000000001/messages"
PHONE = "2348012345678"
_numbers = itertools.count(1)


class Service:
    """The webhook, the worker, and the Graph API, which takes every message unless an error is put before it."""

    def __init__(self, client: Client, network: responses.RequestsMock) -> None:
        self.client = client
        self.sent: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        network.add_callback(responses.POST, MESSAGES, self._answer)

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        if self.errors:
            return 400, {}, json.dumps({"error": self.errors.pop(0)})
        self.sent.append(json.loads(request.body or ""))
        return 200, {}, json.dumps({"messages": [{"id": f"wamid.ours.{len(self.sent)}"}]})

    def gets(self, body: bytes) -> list[dict[str, Any]]:
        """One webhook, and all that follows; returns what was sent."""
        assert deliver(self.client, body).status_code == 200
        return self.works()

    def works(self) -> list[dict[str, Any]]:
        """Let the worker do all there is to do; returns what was sent."""
        before = len(self.sent)
        inbox.drain_all()
        while not gates.closed() and (claimed := sender.claim(1)):
            sender.record([sender.transmit(get_channel(), one) for one in claimed], timezone.now())
        return self.sent[before:]

    def hears(self, *texts: str, **fields: Any) -> list[dict[str, Any]]:
        """Somebody writes; returns what was sent."""
        return [sent for text in texts for sent in self.gets(post(said(text, **fields)))]


def said(text: str, **fields: Any) -> dict[str, Any]:
    """A message of this moment."""
    return text_message(f"wamid.{next(_numbers)}", text, **{"timestamp": str(int(time.time()))} | fields)


def words(sent: dict[str, Any]) -> str:
    """What the student reads."""
    return str(sent["text"]["body"] if sent["type"] == "text" else sent["interactive"]["body"]["text"])


@pytest.fixture
def service(client: Client, db: None) -> Iterator[Service]:
    get_channel.cache_clear()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as network:
        yield Service(client, network)
    get_channel.cache_clear()


@pytest.fixture
def student(service: Service) -> Conversation:
    """The conversation of somebody who has registered."""
    service.hears("hi", "Ada Obi", "ada@example.com", "SS2")
    return Conversation.objects.get()


# --- The 24 hours -----------------------------------------------------------------------------------------------------


def test_an_answer_that_whatsapp_refused_after_24_hours_goes_out_when_the_student_writes(
    service: Service, student: Conversation
) -> None:
    service.hears("homework", "Chemistry", "text", "How many moles?")
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))
    service.errors.append({"code": 131047})
    desk.answer(Homework.objects.get(), User.objects.create_user("grace"), "Six moles.")
    assert service.works() == []
    refused = Message.objects.get(text__contains="Six moles.")
    assert (refused.delivery_status, refused.error_code) == ("failed", 131047)
    answered, *_ = service.hears("hello")
    assert "Six moles." in words(answered)
    refused.refresh_from_db()
    assert refused.delivery_status == "sent"


# --- What went wrong --------------------------------------------------------------------------------------------------


def reported(message: Message, code: int) -> bytes:
    """Meta's word that a message of ours could not be delivered."""
    errors = [{"code": code, "title": "Meta's title", "error_data": {"details": "Meta's details"}}]
    status = {"id": message.provider_id, "status": "failed", "timestamp": str(int(time.time())), "errors": errors}
    return post(statuses=[status])


def answer_of(service: Service) -> Message:
    """The bot's answer to a first message."""
    service.hears("hi")
    return Message.objects.get(sender="bot")


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (131000, "It is not tried again by itself: send it again or leave it."),
        (132069, "Try again later. It is not tried again by itself: send it again or leave it."),
        (131053, "Send it in another format, or smaller, or as a document."),
    ],
)
def test_of_what_failed_for_good_nobody_is_told_that_it_is_tried_again(
    service: Service, code: int, advice: str
) -> None:
    message = answer_of(service)
    service.gets(reported(message, code))
    sender.sweep()
    message.refresh_from_db()
    assert (message.delivery_status, outbox.hint(message)) == ("failed", advice)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (131049, "WhatsApp held the message back: this person gets many marketing messages."),
        (999, "Meta's details"),  # all that is known
    ],
)
def test_what_could_not_be_delivered_is_told_in_our_words(service: Service, code: int, told: str) -> None:
    message = answer_of(service)
    service.gets(reported(message, code))
    sender.sweep()
    message.refresh_from_db()
    assert (message.error_code, message.error) == (code, told)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"code": 999}, "WhatsApp refused the request with an unknown error 999. Tell the developers. (999)"),
        (
            {"code": 131053},
            "WhatsApp does not take this file. (131053) Send it in another format, or smaller, or as a document.",
        ),
    ],
    ids=["an unlisted code", "a listed one"],
)
def test_whatever_the_reason_of_a_refusal_staff_are_told_once_what_to_do(
    service: Service, error: dict[str, Any], told: str
) -> None:
    service.errors.append(error)
    message = answer_of(service)
    assert (message.delivery_status, trouble_of(message)) == ("failed", told)


def test_what_cannot_be_put_together_is_for_the_developers(service: Service, student: Conversation) -> None:
    with transaction.atomic():
        message = outbox.post(people.lock(student.pk), "Which one?")
    Message.objects.filter(pk=message.pk).update(buttons=[{"nonsense": 1}])
    service.works()
    message.refresh_from_db()
    assert message.error == "This message could not be put together. Tell the developers."


def test_of_what_is_tried_again_it_is_said(service: Service) -> None:
    service.errors.append({"code": 131000})
    message = answer_of(service)
    assert (message.delivery_status, outbox.hint(message)) == ("queued", "Nothing to do: it is tried again by itself.")


# --- A file that WhatsApp does not have -------------------------------------------------------------------------------


def test_whoever_sends_homework_that_whatsapp_could_not_load_hears_of_it_each_time(
    service: Service, student: Conversation
) -> None:
    service.hears("sticker, please", type="sticker", sticker={})  # the one polite line of the day
    service.hears("homework", "Maths", "image")
    (told,) = service.gets(fixture("image_without_id"))
    assert "could not be fetched from WhatsApp" in words(told)
    student.refresh_from_db()
    assert student.state == "homework_content"


# --- The buttons of a template ----------------------------------------------------------------------------------------


def test_a_quick_reply_of_a_template_is_as_good_as_typed(service: Service, student: Conversation) -> None:
    """Templates are made at Meta, and we set no payloads: what comes back as the id is the button's words."""
    tapped = {"payload": "Talk to someone", "text": "Talk to someone"}
    service.gets(post(said("", type="button", button=tapped)))
    student.refresh_from_db()
    assert student.state == "chat_support_active"
    assert Message.objects.filter(sender="user").latest("id").text == "Talk to someone"


# --- A new number -----------------------------------------------------------------------------------------------------


def renamed(**fields: Any) -> bytes:
    """Meta's word that Ada, NG.111 until now, is NG.222."""
    update = {"detail": "User id has been updated", "user_id": {"previous": "NG.111", "current": "NG.222"}}
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}}
    value |= {"user_id_update": [update | {"timestamp": str(int(time.time()))} | fields]}
    change = {"field": "user_id_update", "value": value}
    return encode({"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]})


@pytest.fixture
def ada(service: Service) -> Conversation:
    """Somebody of whom we know phone and user id."""
    service.hears("hi", from_user_id="NG.111")
    return Conversation.objects.get()


def addresses() -> list[tuple[str | None, str | None]]:
    """Phone and user id of everybody."""
    return list(Contact.objects.order_by("id").values_list("phone", "user_id"))


def to(sent: dict[str, Any]) -> str:
    """Whom a message was addressed to."""
    return str(sent.get("to") or sent["recipient"])


def test_whoever_has_a_new_number_that_is_withheld_is_written_to_by_the_new_user_id(
    service: Service, ada: Conversation
) -> None:
    service.gets(renamed())
    assert addresses() == [(None, "NG.222")]
    with transaction.atomic():
        outbox.post(people.lock(ada.pk), "Are you there?")
    assert [to(sent) for sent in service.works()] == ["NG.222"]
    (reply,) = service.gets(post({**said("Ada Obi", from_user_id="NG.222"), "from": None}))
    assert (to(reply), Conversation.objects.get()) == ("NG.222", ada)


def test_who_gets_the_old_number_next_is_somebody_else(service: Service, ada: Conversation) -> None:
    service.gets(renamed())
    service.hears("hi")
    assert addresses() == [(None, "NG.222"), (f"+{PHONE}", None)]


def test_a_new_number_that_is_told_takes_the_place_of_the_old(service: Service, ada: Conversation) -> None:
    service.gets(renamed(wa_id="2348099999999"))
    assert addresses() == [("+2348099999999", "NG.222")]


@pytest.mark.parametrize("told", [{"wa_id": "2348099999999"}, {}], ids=["told", "withheld"])
def test_whoever_wrote_from_the_new_number_first_is_one_person_all_the_same(
    service: Service, ada: Conversation, told: dict[str, str]
) -> None:
    service.hears("hello", **{"from": "2348099999999", "from_user_id": "NG.222"})
    assert Conversation.objects.count() == 2
    service.gets(renamed(**told))
    assert addresses() == [("+2348099999999", "NG.222")]
    assert Conversation.objects.get() == ada


def test_an_id_tells_better_than_a_number_who_somebody_was(service: Service, ada: Conversation) -> None:
    service.hears("hello", **{"from": "2348099999999", "from_user_id": "NG.222"})
    change = {"type": "user_changed_user_id", "user_id": "NG.222", "previous_user_id": "NG.111", "body": "New id"}
    service.gets(post(said("", type="system", system=change, **{"from": "2348099999999"})))
    assert addresses() == [("+2348099999999", "NG.222")]
    assert Conversation.objects.get() == ada


def test_a_change_that_is_told_again_after_the_inbox_was_purged_takes_no_effect(
    service: Service, ada: Conversation
) -> None:
    away = renamed(wa_id="2348099999999")
    service.gets(away)
    service.gets(renamed(wa_id=PHONE, user_id={"previous": "NG.222", "current": "NG.111"}))
    InboxItem.objects.all().delete()
    service.gets(away)
    assert addresses() == [(f"+{PHONE}", "NG.111")]
    assert InboxItem.objects.get().outcome == "seen before"


def test_a_number_that_stays_is_kept_with_its_new_user_id(service: Service, ada: Conversation) -> None:
    service.gets(renamed(wa_id=PHONE))
    service.gets(renamed(wa_id=PHONE, timestamp="1736433000"))
    assert addresses() == [(f"+{PHONE}", "NG.222")]


def test_of_whoever_is_erased_no_notice_is_left_that_names_them(service: Service, ada: Conversation) -> None:
    wish = {"wa_id": PHONE, "user_id": "NG.111", "category": "marketing_messages", "value": "stop"}
    change = {"field": "user_preferences", "value": {"user_preferences": [wish]}}
    service.gets(encode({"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]}))
    assert AccountNotice.objects.get().data["wa_id"] == PHONE
    privacy.erase(privacy.Person(people.locked(ada.pk)))
    assert privacy.traces([PHONE, "NG.111"]) == []


def silent_for(days: float | None) -> None:
    """Everybody wrote last this long ago; None: nobody ever did."""
    heard = None if days is None else timezone.now() - timedelta(days=days)
    Conversation.objects.update(last_inbound_at=heard)


def came_first(service: Service) -> None:
    """Whoever is NG.222 writes before we know their number."""
    service.gets(post({**said("hi", from_user_id="NG.222"), "from": None}))


@pytest.mark.parametrize("is_known", [False, True], ids=["a stranger", "known by their id"])
@pytest.mark.parametrize("days", [45, None], ids=["45 days", "ever"])
def test_whoever_has_a_number_that_was_not_used_for_45_days_is_somebody_else(
    service: Service, student: Conversation, is_known: bool, days: float | None
) -> None:
    service.hears("menu", from_user_id="NG.111")
    if is_known:
        came_first(service)
    silent_for(days)
    (reply,) = service.hears("hi", from_user_id="NG.222")
    assert addresses() == [(None, "NG.111"), (f"+{PHONE}", "NG.222")]
    newcomer = Contact.objects.get(user_id="NG.222")
    assert (to(reply), newcomer.name, newcomer.is_registered) == (f"+{PHONE}", "", False)
    assert "Ada" not in words(reply)


@pytest.mark.parametrize("is_known", [False, True], ids=["a stranger", "known by their id"])
def test_whoever_has_a_new_user_id_sooner_than_that_is_the_same_person(
    service: Service, student: Conversation, is_known: bool
) -> None:
    service.hears("menu", from_user_id="NG.111")
    if is_known:
        came_first(service)
    silent_for(44.9)
    service.hears("hi", from_user_id="NG.222")
    assert addresses() == [(f"+{PHONE}", "NG.222")]
    assert Conversation.objects.get() == student


@pytest.mark.parametrize("told", [{"wa_id": PHONE}, {}], ids=["told", "withheld"])
def test_whoever_was_taken_for_somebody_else_is_joined_when_whatsapp_says_so(
    service: Service, ada: Conversation, told: dict[str, str]
) -> None:
    silent_for(60)
    service.hears("hi", from_user_id="NG.222")
    assert Conversation.objects.count() == 2
    service.gets(renamed(**told))
    assert addresses() == [(f"+{PHONE}", "NG.222")]
    assert Conversation.objects.get() == ada


# --- Our number -------------------------------------------------------------------------------------------------------


def test_a_wrong_phone_number_id_holds_every_message_and_alerts_staff(service: Service) -> None:
    service.errors.append({"code": 100, "error_subcode": 33})
    assert service.hears("hi") == []
    assert [message.delivery_status for message in Message.objects.filter(sender="bot")] == ["queued"]
    assert gates.closed()
    assert AccountNotice.objects.filter(severity="critical", settled_at=None).exists()
    gates.open_by_hand(gates.ACCOUNT)
    assert len(service.works()) == 1


# --- What a colleague says on the phone that has our number, too ----------------------------------------------------


def echoed(text: str, key: str = "wamid.echo", **fields: Any) -> bytes:
    """Meta's word that somebody wrote to Ada in the WhatsApp Business app."""
    echo = {"from": "2347000000001", "to": PHONE, "id": key, "timestamp": str(int(time.time()))}
    value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}}
    value |= {"message_echoes": [echo | {"type": "text", "text": {"body": text}} | fields]}
    change = {"field": "smb_message_echoes", "value": value}
    return encode({"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]})


def test_in_a_live_chat_a_colleagues_words_are_an_answer_and_the_bot_says_nothing(
    service: Service, student: Conversation
) -> None:
    service.hears("support", "My photo was refused")
    assert service.gets(echoed("Which one?")) == []
    assert service.gets(echoed("Which one?")) == []
    (message,) = student.messages.filter(sender="admin")
    assert (message.text, message.kind, message.staff, message.delivery_status) == ("Which one?", "text", None, "sent")
    ticket = SupportTicket.objects.get()
    assert ticket.entries.filter(message=message, sender_type="admin").count() == 1
    assert (ticket.status, ticket.waiting_since, ticket.first_response_at) == ("IN_PROGRESS", None, message.created_at)
    assert ticket.assigned_admin is None
    student.refresh_from_db()
    assert (student.unread_count, student.is_chat_support) == (0, True)
    assert prove().breaches == []


def test_words_of_a_colleagues_that_come_late_answer_nothing_that_was_written_since(
    service: Service, student: Conversation
) -> None:
    service.hears("support", "My photo was refused")
    service.gets(echoed("Which one?", timestamp=str(int(time.time()) - 30)))
    student.refresh_from_db()
    ticket = SupportTicket.objects.get()
    assert student.unread_count > 0
    assert ticket.entries.filter(message__text="Which one?").exists()
    assert (ticket.status, ticket.waiting_since is None) == ("IN_PROGRESS", False)
    assert upkeep.look_after_silence(timezone.now() + timedelta(hours=3)) == 0
    assert prove().breaches == []


def test_outside_a_chat_they_stand_in_the_thread_and_open_none(service: Service, student: Conversation) -> None:
    assert service.gets(echoed("Your exam is on Monday.")) == []
    student.refresh_from_db()
    assert student.last_message is not None
    assert (student.last_message.text, student.is_chat_support) == ("Your exam is on Monday.", False)
    assert not SupportTicket.objects.exists()


def test_a_reaction_of_a_colleagues_answers_nothing(service: Service, student: Conversation) -> None:
    service.hears("support", "My photo was refused")
    service.gets(echoed("", type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"}))
    ticket = SupportTicket.objects.get()
    assert ticket.entries.filter(message__kind="reaction").exists()
    assert (ticket.status, ticket.waiting_since is None) == ("OPEN", False)


def test_words_to_somebody_who_never_wrote_are_kept(service: Service) -> None:
    assert service.gets(echoed("Welcome!")) == []
    assert Message.objects.get().conversation.contact.phone == f"+{PHONE}"


def test_a_message_of_ours_that_comes_back_as_an_echo_stands_there_once(
    service: Service, student: Conversation
) -> None:
    ours = student.messages.filter(sender="bot").latest("pk")
    before = student.messages.count()
    service.gets(echoed(ours.text, ours.provider_id or ""))
    assert student.messages.count() == before


# --- What Meta says beside any message --------------------------------------------------------------------------------


def test_an_error_that_comes_again_an_hour_later_is_told_again(service: Service) -> None:
    with time_machine.travel("2026-01-09T14:30:00Z") as clock:
        service.gets(fixture("errors"))
        service.gets(fixture("errors"))  # Meta's second delivery
        assert AccountNotice.objects.count() == 1
        clock.shift(timedelta(hours=1))
        service.gets(fixture("errors"))
    assert AccountNotice.objects.count() == 2
