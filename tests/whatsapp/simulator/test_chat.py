"""`manage.py chat`: a conversation through the real webhook, the real worker loops and the real client."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from pytest_django import Settings

from conversations import heartbeat
from conversations.models import Attachment, Contact, Message
from whatsapp.simulator.models import Callback, Phone

Talk = Callable[..., str]


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Pipe lines into the command; the transcript that it prints."""

    def pipe(*lines: str, **options: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        out = io.StringIO()
        call_command("chat", phone="+234 803 000 0100", name="Ada", stdout=out, **options)
        return out.getvalue()

    return pipe


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo of homework."""
    data = BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "PNG")
    path = tmp_path / "question.png"
    path.write_bytes(data.getvalue())
    return path


@pytest.mark.django_db(transaction=True)
def test_somebody_registers_and_hands_in_a_photo_without_anything_else_running(talk: Talk, photo: Path) -> None:
    transcript = talk("Hi", "Ada Obi", "ada@example.com", "SS2", "1", "Physics", "2", f"/photo {photo}", "1")
    assert Contact.objects.get().name == "Ada Obi"
    assert Attachment.objects.get().status == "stored"
    assert "> Physics" in transcript
    assert "[1]" in transcript
    assert set(Message.objects.exclude(sender="user").values_list("delivery_status", flat=True)) <= {
        "sent",
        "delivered",
        "read",
    }
    assert not heartbeat.alive()


@pytest.mark.django_db(transaction=True)
def test_a_second_chat_goes_on_where_the_first_one_ended(talk: Talk) -> None:
    talk("Hi", "menu")
    transcript = talk("6")
    assert "[6]" in transcript.split("> 6")[0]
    assert Message.objects.filter(sender="user").latest("pk").payload
    assert Phone.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_odd_lines_are_explained_and_nothing_is_sent(talk: Talk) -> None:
    transcript = talk("/dance", "/help", "/quit", "never read")
    assert "There is no /dance" in transcript
    assert "/photo FILE" in transcript
    assert not Callback.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_reply_that_cannot_be_sent_is_told(talk: Talk) -> None:
    talk("/quit")
    Phone.objects.update(faults={"answer": "rejected", "code": 131026})
    transcript = talk("Hi")
    assert "(" in transcript.split("> Hi")[1]
    assert Message.objects.get(sender="bot").error_code == 131026


@pytest.mark.django_db
def test_an_impossible_number_is_refused_before_anything_starts(db: None) -> None:
    with pytest.raises(CommandError, match="country code"):
        call_command("chat", phone="0803")


def test_without_the_simulator_the_command_says_what_to_set(settings: Settings) -> None:
    settings.SIMULATOR = False
    with pytest.raises(CommandError, match="SIMULATOR=true"):
        call_command("chat")
