"""The channel against the stand-in for the Graph API, over real HTTP: two readings of Meta's rules that must agree."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from uuid import uuid4

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.channel import Button, File, Outgoing, SendError, Template, Verdict
from conversations.received import Person
from whatsapp.channel import WhatsAppChannel
from whatsapp.simulator import phones
from whatsapp.simulator.faults import ANSWERS
from whatsapp.simulator.models import Bubble, MediaFile, Phone

PNG = b"\x89PNG\r\n\x1a\n and so on"
PHOTO = File("image", "image/png", "page.png", PNG, hashlib.sha256(PNG).hexdigest())
VOICE = replace(PHOTO, kind="audio", mime_type="audio/ogg; codecs=opus", voice=True)
PAPER = replace(PHOTO, kind="document", mime_type="application/pdf", filename="paper.pdf")


@pytest.fixture
def channel(live_server: LiveServer, settings: Settings) -> WhatsAppChannel:
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/graph"
    settings.SECURE_SSL_REDIRECT = False
    return WhatsAppChannel()


@pytest.fixture
def ada(transactional_db: None) -> Phone:
    phone = phones.add("+234 803 000 0001", "Ada Obi")
    phones.say_text(phone.pk, "Hi")
    return phone


def hello(phone: Phone) -> Outgoing:
    return Outgoing(uuid4(), Person(phone=f"+{phone.number}", user_id=phone.user_id), "Hello, see https://example.org")


def arrived(outgoing: Outgoing) -> list[str]:
    """The kinds of the messages with this reference that the phone got."""
    return list(Bubble.objects.filter(ref=str(outgoing.ref)).values_list("kind", flat=True))


KINDS: dict[str, dict[str, object]] = {
    "a text": {},
    "buttons": {"buttons": (Button("a", "❓ A"), Button("b", "B"))},
    "a list": {"buttons": tuple(Button(f"{n}", f"Row {n}", "about") for n in range(10)), "list_label": "Choose"},
    "a photo": {"file": PHOTO},
    "a voice note": {"file": VOICE, "text": ""},
    "a document": {"file": PAPER},
    "a template": {"template": Template("hello_again", "en_GB", ("Ada\nObi",))},
    "to a user id": {"to": "user id"},
}


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS.keys())
def test_every_kind_of_message_is_taken(channel: WhatsAppChannel, ada: Phone, changes: dict[str, object]) -> None:
    outgoing = hello(ada)
    changes = changes | ({"to": Person(user_id=ada.user_id)} if "to" in changes else {})
    outgoing = replace(outgoing, **changes)  # type: ignore[arg-type]
    accepted = channel.send(outgoing)
    assert Bubble.objects.get(wamid=accepted.provider_id).ref == str(outgoing.ref)
    assert accepted.recipient in {Person(phone=f"+{ada.number}"), Person(user_id=ada.user_id)}


def test_reactions_quotes_and_ticks_are_taken(channel: WhatsAppChannel, ada: Phone) -> None:
    theirs = Bubble.objects.get(phone=ada)
    channel.send(replace(hello(ada), reaction="👍", quotes=theirs.wamid))
    channel.send(replace(hello(ada), quotes=theirs.wamid))
    channel.mark_read(theirs.wamid, typing=True)
    theirs.refresh_from_db()
    assert (theirs.our_reaction, theirs.status) == ("👍", "read")


def test_a_file_makes_the_round_trip(channel: WhatsAppChannel, ada: Phone) -> None:
    channel.send(replace(hello(ada), file=PHOTO))
    fetched = channel.fetch(MediaFile.objects.get().media_id, limit=1000)
    assert (fetched.data, fetched.mime_type) == (PNG, "image/png")


# What each switch of the stand-in must mean to us; what hangs is proved with a shorter patience in test_client_network.
VERDICTS: dict[str, Verdict | None] = {
    "ok": None,
    "failed_later": None,
    "error_500": Verdict.UNKNOWN,
    "error_500_accepted": Verdict.UNKNOWN,
    "unavailable": Verdict.UNKNOWN,
    "throttled": Verdict.RATE_NUMBER,
    "pair": Verdict.RATE_RECIPIENT,
    "token_dead": Verdict.AUTH,
    "rejected": Verdict.RECIPIENT,
    "malformed": Verdict.UNKNOWN,
    "cut": Verdict.UNKNOWN,
    "cut_accepted": Verdict.UNKNOWN,
}


def test_every_switch_is_looked_at() -> None:
    assert set(VERDICTS) == {name for name in ANSWERS if not name.startswith("hang")}


@pytest.mark.parametrize(("switch", "verdict"), VERDICTS.items())
def test_a_fault_is_understood(channel: WhatsAppChannel, ada: Phone, switch: str, verdict: Verdict | None) -> None:
    Phone.objects.filter(pk=ada.pk).update(faults={"answer": switch})
    outgoing, found = hello(ada), None
    try:
        channel.send(outgoing)
    except SendError as error:
        found = error.verdict
    assert found is verdict
    # Whatever arrived in truth must never be called "surely not accepted": it would be sent twice.
    assert found in {None, Verdict.UNKNOWN} or not arrived(outgoing)
