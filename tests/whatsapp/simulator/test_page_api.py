"""The page's JSON API: what somebody does on a phone, and what the page is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.whatsapp.simulator.conftest import JSON, Graph
from whatsapp.simulator import callbacks, clock, phones, state
from whatsapp.simulator.models import Bubble, Callback, Phone, Switchboard

Page = Callable[..., tuple[int, JSON]]
BUTTONS = {
    "type": "button",
    "body": {"text": "What next?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "homework", "title": "📝 Homework"}}]},
}
LIST = {
    "type": "list",
    "body": {"text": "Which one?"},
    "action": {
        "button": "Topics",
        "sections": [{"title": "All", "rows": [{"id": "faq_1", "title": "Fees", "description": "What it costs"}]}],
    },
}


def posted(phone: Phone) -> list[JSON]:
    """The messages on their way to our webhook, oldest first."""
    queued = Callback.objects.filter(phone=phone, lane__startswith=callbacks.MESSAGE).order_by("pk")
    values = [json.loads(each.body)["entry"][0]["changes"][0]["value"] for each in queued]
    return [value["messages"][0] for value in values if "messages" in value]


def shown(page: Page, phone: Phone, after: int = 0) -> JSON:
    """What a page that has seen a version is told about a phone; {} when there is nothing new."""
    _, body = page("GET", f"news?phone={phone.pk}:{after}")
    return body["phones"][0] if body["phones"] else {}


# --- phones -----------------------------------------------------------------------------------------------------------


def test_a_phone_is_added_and_listed(page: Page, db: None) -> None:
    status, made = page("POST", "phones", {"number": "+234 (803) 000-0007", "name": "  Tunde Bello "})
    assert (status, made["number"], made["name"]) == (201, "2348030000007", "Tunde Bello")
    assert made["user_id"].startswith("NG.")
    assert [phone["id"] for phone in page("GET", "phones")[1]["phones"]] == [made["id"]]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("+2348030000001", "Twin"),
        ("0803 000 0002", "No country"),
        ("", "Nobody"),
        ("+23480", "Short"),
        ("+2348030000002222222", "Long"),
        ("+2348030000002", " "),
        ("+2348030000002", "x" * 121),
        (2348030000002, "A number"),
        ("+2348030000002", None),
    ],
)
def test_an_impossible_phone_is_refused_with_a_sentence(page: Page, ada: Phone, number: object, name: object) -> None:
    status, answer = page("POST", "phones", {"number": number, "name": name})
    assert status == 422
    assert answer["error"].endswith(".")


def test_a_deleted_phone_is_told_as_gone(page: Page, ada: Phone) -> None:
    assert page("DELETE", f"phones/{ada.pk}")[0] == 200
    assert shown(page, ada) == {"id": ada.pk, "gone": True}
    assert page("PATCH", f"phones/{ada.pk}", {"online": False})[0] == 404


def test_a_page_is_told_only_what_is_new(page: Page, ada: Phone, graph: Graph) -> None:
    first = shown(page, ada)
    assert [message["text"] for message in first["messages"]] == ["Hi"]
    assert shown(page, ada, first["version"]) == {}
    graph.send(ada, content={"body": "Hello, Ada"})
    assert [message["text"] for message in shown(page, ada, first["version"])["messages"]] == ["Hello, Ada"]


@pytest.mark.parametrize("pair", ["", "1", "x:1", "1:x", "1:-1", "9" * 30 + ":1", "1:" + "9" * 30])
def test_a_strange_question_for_news_is_refused(page: Page, db: None, pair: str) -> None:
    assert page("GET", f"news?phone={pair}")[0] == 422


def test_nothing_is_changed_without_the_csrf_token(ada: Phone) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert (
        browser.post(f"/simulator/api/phones/{ada.pk}/messages", "{}", content_type="application/json").status_code
        == 403
    )
    token = browser.get("/simulator/").cookies["csrftoken"].value
    answer = browser.post(
        f"/simulator/api/phones/{ada.pk}/messages",
        json.dumps({"type": "text", "text": "Hello"}),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 201


# --- saying -----------------------------------------------------------------------------------------------------------


def test_a_typed_text_is_on_its_way_to_the_webhook(page: Page, ada: Phone) -> None:
    assert page("POST", f"phones/{ada.pk}/messages", {"type": "text", "text": "Ọjọ́ rere"})[0] == 201
    last = posted(ada)[-1]
    assert (last["from"], last["type"], last["text"]) == (ada.number, "text", {"body": "Ọjọ́ rere"})


def test_a_reply_quotes_the_message_it_answers(page: Page, ada: Phone, graph: Graph) -> None:
    wamid = graph.send(ada)[1]["messages"][0]["id"]
    page("POST", f"phones/{ada.pk}/messages", {"type": "text", "text": "Yes", "quotes": wamid})
    assert posted(ada)[-1]["context"] == {"from": "15550100000", "id": wamid}
    assert shown(page, ada)["messages"][-1]["quote"]["text"] == "Hello"


def test_a_button_is_tapped(page: Page, ada: Phone, graph: Graph) -> None:
    wamid = graph.send(ada, "interactive", BUTTONS)[1]["messages"][0]["id"]
    assert page("POST", f"phones/{ada.pk}/messages", {"type": "tap", "wamid": wamid, "id": "homework"})[0] == 201
    assert posted(ada)[-1]["interactive"] == {
        "type": "button_reply",
        "button_reply": {"id": "homework", "title": "📝 Homework"},
    }
    assert posted(ada)[-1]["context"]["id"] == wamid


def test_a_list_row_is_chosen(page: Page, ada: Phone, graph: Graph) -> None:
    wamid = graph.send(ada, "interactive", LIST)[1]["messages"][0]["id"]
    page("POST", f"phones/{ada.pk}/messages", {"type": "tap", "wamid": wamid, "id": "faq_1"})
    chosen = {"id": "faq_1", "title": "Fees", "description": "What it costs"}
    assert posted(ada)[-1]["interactive"] == {"type": "list_reply", "list_reply": chosen}
    assert shown(page, ada)["messages"][-1]["text"] == "Fees"


def test_a_button_that_is_not_there_cannot_be_tapped(page: Page, ada: Phone, graph: Graph) -> None:
    wamid = graph.send(ada, "interactive", BUTTONS)[1]["messages"][0]["id"]
    for tap in ({"wamid": wamid, "id": "pay"}, {"wamid": "wamid.unknown", "id": "homework"}):
        assert page("POST", f"phones/{ada.pk}/messages", {"type": "tap", **tap})[0] == 422
    assert len(posted(ada)) == 1


@pytest.mark.parametrize(
    ("kind", "mime_type", "sent"),
    [
        ("image", "image/jpeg", {"caption": "Question 3"}),
        ("audio", "audio/ogg", {"voice": True}),
        ("document", "application/pdf", {"filename": "notes.pdf"}),
    ],
)
def test_a_file_is_sent(ada: Phone, kind: str, mime_type: str, sent: JSON) -> None:
    browser = Client(enforce_csrf_checks=True)  # the check reads the form before the view does
    token = browser.get("/simulator/").cookies["csrftoken"].value
    file = SimpleUploadedFile("notes.pdf", b"content", content_type=mime_type)
    form = {"type": "file", "kind": kind, "file": file, "caption": "Question 3" if kind == "image" else ""}
    answer = browser.post(f"/simulator/api/phones/{ada.pk}/messages", form, headers={"X-CSRFToken": token})
    assert answer.status_code == 201
    message = posted(ada)[-1]
    assert message["type"] == kind
    assert message[kind]["mime_type"] == mime_type
    assert sent.items() <= message[kind].items()


@pytest.mark.parametrize("kind", ["location", "contact", "unsupported"])
def test_other_things_are_sent(page: Page, ada: Phone, kind: str) -> None:
    assert page("POST", f"phones/{ada.pk}/messages", {"type": kind})[0] == 201
    assert posted(ada)[-1]["type"] == {"contact": "contacts"}.get(kind, kind)
    assert shown(page, ada)["messages"][-1]["text"]


def test_a_reaction_is_put_on_and_taken_back(page: Page, ada: Phone, graph: Graph) -> None:
    wamid = graph.send(ada)[1]["messages"][0]["id"]
    page("POST", f"phones/{ada.pk}/messages", {"type": "reaction", "wamid": wamid, "emoji": "🙏"})
    assert posted(ada)[-1]["reaction"] == {"message_id": wamid, "emoji": "🙏"}
    assert shown(page, ada)["messages"][-1]["their_reaction"] == "🙏"
    page("POST", f"phones/{ada.pk}/messages", {"type": "reaction", "wamid": wamid, "emoji": ""})
    assert posted(ada)[-1]["reaction"] == {"message_id": wamid}


def test_only_ones_own_message_can_be_deleted_for_everyone(page: Page, ada: Phone, graph: Graph) -> None:
    hers, ours = ada.bubbles.get().wamid, graph.send(ada)[1]["messages"][0]["id"]
    assert page("POST", f"phones/{ada.pk}/messages", {"type": "revoke", "wamid": ours})[0] == 422
    assert page("POST", f"phones/{ada.pk}/messages", {"type": "revoke", "wamid": hers})[0] == 201
    assert posted(ada)[-1]["revoke"] == {"original_message_id": hers}
    assert Bubble.objects.get(wamid=hers).revoked


def test_an_edited_text_reads_anew_and_the_service_is_told(page: Page, ada: Phone) -> None:
    hers = ada.bubbles.get().wamid
    assert page("POST", f"phones/{ada.pk}/messages", {"type": "edit", "wamid": hers, "text": "Hello"})[0] == 201
    text = {"type": "text", "text": {"body": "Hello"}}
    assert posted(ada)[-1]["edit"] == {"original_message_id": hers, "message": text}
    (message,) = shown(page, ada)["messages"]
    assert (message["text"], message["edited"]) == ("Hello", True)


@pytest.mark.parametrize("why", ["ours", "too late", "taken back", "a photo"])
def test_what_the_app_would_not_let_anybody_edit_is_not_edited(page: Page, ada: Phone, graph: Graph, why: str) -> None:
    wamid = ada.bubbles.get().wamid
    if why == "ours":
        wamid = graph.send(ada)[1]["messages"][0]["id"]
    elif why == "too late":
        clock.pass_time(ada.pk, timedelta(minutes=16))
    elif why == "taken back":
        phones.revoke(ada.pk, wamid)
    else:
        wamid = phones.send_file(ada.pk, phones.Upload("image", b"photo", "image/png")).wamid
    assert page("POST", f"phones/{ada.pk}/messages", {"type": "edit", "wamid": wamid, "text": "Hello"})[0] == 422
    assert "edit" not in {message["type"] for message in posted(ada)}


def test_earlier_messages_of_a_long_thread_are_asked_for_in_portions(
    page: Page, ada: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MOST", 2)
    for text in ("one", "two", "three"):
        phones.say_text(ada.pk, text)
    newest = shown(page, ada)["messages"]
    assert [message["text"] for message in newest] == ["two", "three"]
    _, told = page("GET", f"phones/{ada.pk}/messages?before={newest[0]['place']}")
    assert [message["text"] for message in told["messages"]] == ["Hi", "one"]
    assert page("GET", f"phones/{ada.pk}/messages?before=x")[0] == 422


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "dance"},
        {"type": "text"},
        {"type": "text", "text": " "},
        {"type": "text", "text": 7},
        {"type": "text", "text": "x" * 65_537},
        {"type": ["text"]},
        {"type": "file"},
        [],
        "text",
    ],
)
def test_what_cannot_be_said_is_refused_with_a_sentence(page: Page, ada: Phone, body: object) -> None:
    status, answer = page("POST", f"phones/{ada.pk}/messages", body)
    assert status == 422
    assert answer["error"].endswith(".")
    assert len(posted(ada)) == 1


def test_characters_that_no_database_takes_are_replaced(page: Page, ada: Phone) -> None:
    assert page("POST", f"phones/{ada.pk}/messages", {"type": "text", "text": "a\0b\ud800c"})[0] == 201
    assert posted(ada)[-1]["text"]["body"] == "ab\ufffdc"


# --- what happens to a phone ------------------------------------------------------------------------------------------


def test_without_a_network_messages_wait_both_ways(page: Page, ada: Phone, graph: Graph) -> None:
    page("PATCH", f"phones/{ada.pk}", {"online": False})
    page("POST", f"phones/{ada.pk}/messages", {"type": "text", "text": "Later"})
    graph.send(ada, content={"body": "Are you there?"})
    assert [(each["text"], each["status"]) for each in shown(page, ada)["messages"]][1:] == [("Later", "waiting")]
    assert not Callback.objects.filter(bubble__content={"body": "Later"}, due_at__lte=timezone.now()).exists()
    page("PATCH", f"phones/{ada.pk}", {"online": True})
    assert [each["text"] for each in shown(page, ada)["messages"]] == ["Hi", "Later", "Are you there?"]
    assert Callback.objects.filter(bubble__content={"body": "Later"}, due_at__lte=timezone.now()).exists()


def test_a_message_that_waited_opens_the_window_when_it_leaves(page: Page, zainab: Phone, graph: Graph) -> None:
    page("PATCH", f"phones/{zainab.pk}", {"online": False})
    page("POST", f"phones/{zainab.pk}/messages", {"type": "text", "text": "Hi"})
    assert graph.code(graph.send(zainab)) == 131047
    page("PATCH", f"phones/{zainab.pk}", {"online": True})
    assert graph.send(zainab)[0] == 200


def test_a_hidden_number_is_left_out_from_then_on(page: Page, ada: Phone) -> None:
    page("PATCH", f"phones/{ada.pk}", {"hides_number": True})
    page("POST", f"phones/{ada.pk}/messages", {"type": "text", "text": "Guess who"})
    assert "from" not in posted(ada)[-1]
    assert posted(ada)[-1]["from_user_id"] == ada.user_id


def test_a_new_number_brings_a_new_user_id(page: Page, ada: Phone) -> None:
    status, moved = page("PATCH", f"phones/{ada.pk}", {"number": "+234 803 000 0009"})
    assert (status, moved["number"]) == (200, "2348030000009")
    assert moved["user_id"] != ada.user_id
    assert posted(ada)[-1]["system"]["type"] == "user_changed_number"


def test_a_voice_note_is_reported_as_played_once(page: Page, ada: Phone, graph: Graph) -> None:
    voice = phones.send_file(ada.pk, phones.Upload("audio", b"ogg", "audio/ogg"))
    wamid = graph.send(ada, "audio", {"id": voice.content["id"], "voice": True})[1]["messages"][0]["id"]
    for _ in range(2):
        page("POST", f"phones/{ada.pk}/messages", {"type": "played", "wamid": wamid})
    reports = Callback.objects.filter(lane__startswith=callbacks.STATUS, body__contains='"played"')
    assert reports.count() == 1


def test_switches_are_set_for_one_phone_and_for_everybody(page: Page, ada: Phone) -> None:
    assert page("PUT", f"phones/{ada.pk}/faults", {"answer": "cut"})[0] == 200
    assert page("PUT", "faults/everybody", {"delay": 2})[0] == 200
    assert shown(page, ada)["faults"] == {"answer": "cut"}
    assert Switchboard.objects.get().faults == {"delay": 2}
    told = page("GET", "faults")[1]
    assert told["everybody"] == {"delay": 2}
    assert set(told["options"]) == {"answer", "code", "statuses", "files"}


def test_a_wrong_switch_changes_nothing(page: Page, ada: Phone) -> None:
    assert page("PUT", f"phones/{ada.pk}/faults", {"answer": "explode"})[0] == 422
    assert Phone.objects.get(pk=ada.pk).faults == {}


def test_duplicates_and_disorder_take_lanes_of_their_own(page: Page, ada: Phone) -> None:
    page("PUT", f"phones/{ada.pk}/faults", {"duplicates": True, "reorder": True})
    for text in ("one", "two"):
        page("POST", f"phones/{ada.pk}/messages", {"type": "text", "text": text})
    queued = Callback.objects.filter(phone=ada, bubble__content={"body": "two"}) | Callback.objects.filter(bubble=None)
    assert [message["text"]["body"] for message in posted(ada)] == ["Hi", "one", "one", "two", "two"]
    assert queued.values("lane").distinct().count() == queued.count()


def test_time_passes_for_one_phone_alone(page: Page, ada: Phone, zainab: Phone, graph: Graph) -> None:
    phones.say_text(zainab.pk, "Hi")
    assert page("POST", f"phones/{ada.pk}/time", {"seconds": timedelta(hours=24).total_seconds()})[0] == 200
    assert graph.code(graph.send(ada)) == 131047
    assert graph.send(zainab)[0] == 200


@pytest.mark.parametrize("seconds", [0, -1, "60", None, True, 1e12])
def test_time_cannot_run_backwards_or_wild(page: Page, ada: Phone, seconds: object) -> None:
    assert page("POST", f"phones/{ada.pk}/time", {"seconds": seconds})[0] == 422
