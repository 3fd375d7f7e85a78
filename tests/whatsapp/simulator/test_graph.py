"""The stand-in answers as the Graph API does: accepted messages, refused ones, and what the doctor asks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.whatsapp.simulator.conftest import BEARER, GRAPH, JSON, Graph
from whatsapp.simulator import faults, network, phones
from whatsapp.simulator.models import Bubble, Callback, Phone, Switchboard

TEMPLATE = {"name": "hello_world", "language": {"code": "en_US"}}


def set_faults(phone: Phone, **switches: object) -> None:
    Phone.objects.filter(pk=phone.pk).update(faults=faults.parse(switches))


def statuses(phone: Phone) -> list[JSON]:
    """The delivery reports that wait to be posted, oldest first."""
    queued = Callback.objects.filter(phone=phone, lane__startswith="status").order_by("pk")
    return [json.loads(each.body)["entry"][0]["changes"][0]["value"]["statuses"][0] for each in queued]


# --- accepted ---------------------------------------------------------------------------------------------------------


def test_an_accepted_message_is_answered_with_its_id_and_stands_in_the_thread(graph: Graph, ada: Phone) -> None:
    status, answer = graph.send(ada, biz_opaque_callback_data="ref-1", context={"message_id": "wamid.0"})
    bubble = Bubble.objects.get(wamid=answer["messages"][0]["id"])
    assert status == 200
    assert answer["contacts"] == [{"input": "+2348030000001", "wa_id": "2348030000001"}]
    assert (bubble.phone, bubble.ref, bubble.quotes) == (ada, "ref-1", "wamid.0")


def test_a_send_to_a_user_id_is_answered_with_the_user_id_alone(graph: Graph, ada: Phone) -> None:
    status, answer = graph.send(ada, recipient=ada.user_id)
    assert status == 200
    assert answer["contacts"] == [{"input": ada.user_id, "user_id": ada.user_id}]


@pytest.mark.parametrize(
    ("online", "reading", "words"),
    [
        (False, False, ["sent"]),
        (True, False, ["sent", "delivered"]),
        (True, True, ["sent", "delivered", "read"]),
        (False, True, ["sent"]),
    ],
)
def test_reports_follow_what_the_phone_does(
    graph: Graph, ada: Phone, online: bool, reading: bool, words: list[str]
) -> None:
    phones.set_presence(ada.pk, online=online, reading=reading)
    _, answer = graph.send(ada, biz_opaque_callback_data="ref-1")
    reports = statuses(ada)
    assert [report["status"] for report in reports] == words
    assert {report["id"] for report in reports} == {answer["messages"][0]["id"]}
    assert {report["biz_opaque_callback_data"] for report in reports} == {"ref-1"}


def test_a_phone_that_comes_back_reports_what_it_had_missed(graph: Graph, ada: Phone) -> None:
    phones.set_presence(ada.pk, online=False)
    graph.send(ada)
    phones.set_presence(ada.pk, online=True)
    phones.set_presence(ada.pk, reading=True)
    assert [report["status"] for report in statuses(ada)] == ["sent", "delivered", "read"]


def test_marking_as_read_turns_earlier_messages_blue_and_shows_the_dots(graph: Graph, ada: Phone) -> None:
    later = phones.say_text(ada.pk, "Are you there?")
    body = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": later.wamid,
        "typing_indicator": {"type": "text"},
    }
    assert graph.post("messages", body) == (200, {"success": True})
    ada.refresh_from_db()
    assert set(ada.bubbles.values_list("status", flat=True)) == {"read"}
    assert ada.typing_until
    assert ada.typing_until - timezone.now() <= network.TYPING


def test_a_reply_ends_the_typing_dots(graph: Graph, ada: Phone) -> None:
    Phone.objects.filter(pk=ada.pk).update(typing_until=timezone.now() + network.TYPING)
    graph.send(ada)
    ada.refresh_from_db()
    assert ada.typing_until is None


def test_a_reaction_lands_on_the_message_it_is_for(graph: Graph, ada: Phone) -> None:
    hers = ada.bubbles.get()
    graph.send(ada, "reaction", {"message_id": hers.wamid, "emoji": "👍"})
    hers.refresh_from_db()
    assert hers.our_reaction == "👍"


# --- refused ----------------------------------------------------------------------------------------------------------


def test_outside_the_window_only_a_template_passes(graph: Graph, ada: Phone) -> None:
    Phone.objects.filter(pk=ada.pk).update(last_inbound_at=timezone.now() - timedelta(hours=24))
    assert graph.code(graph.send(ada)) == 131047
    assert graph.send(ada, "template", TEMPLATE)[0] == 200


def test_ten_minutes_before_the_window_closes_everything_passes(graph: Graph, ada: Phone) -> None:
    Phone.objects.filter(pk=ada.pk).update(last_inbound_at=timezone.now() - timedelta(hours=23, minutes=50))
    assert graph.send(ada)[0] == 200


def test_somebody_who_never_wrote_gets_templates_only(graph: Graph, zainab: Phone) -> None:
    assert graph.code(graph.send(zainab)) == 131047
    assert graph.send(zainab, "template", TEMPLATE)[0] == 200


@pytest.mark.parametrize("to", ["+2348039999999", "2348030000001"], ids=["nobody", "without the plus"])
def test_a_number_that_is_no_phone_is_undeliverable(graph: Graph, ada: Phone, to: str) -> None:
    assert graph.code(graph.send(ada, to=to)) == 131026


def test_we_cannot_write_to_ourselves(graph: Graph, ada: Phone) -> None:
    assert graph.code(graph.send(ada, to="+15550100000")) == 131021


def test_one_person_gets_forty_five_messages_at_once_and_then_one_in_six_seconds(graph: Graph, ada: Phone) -> None:
    codes = [graph.code(graph.send(ada)) for _ in range(46)]
    assert codes == [0] * 45 + [131056]
    ada.refresh_from_db()
    assert ada.pair_free_at
    Phone.objects.filter(pk=ada.pk).update(pair_free_at=ada.pair_free_at - timedelta(seconds=6))
    assert [graph.code(graph.send(ada)) for _ in range(2)] == [0, 131056]


def test_the_limit_to_one_person_can_be_switched_off(graph: Graph, ada: Phone) -> None:
    set_faults(ada, pair_limit=False)
    assert {graph.code(graph.send(ada)) for _ in range(46)} == {0}


def test_a_refusal_has_the_shape_of_metas(graph: Graph, ada: Phone) -> None:
    status, answer = graph.send(ada, content={"body": ""})
    error = answer["error"]
    assert status == 400
    assert (error["type"], error["message"]) == ("OAuthException", "(#131009) Parameter value is not valid")
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert error["fbtrace_id"]


@pytest.mark.parametrize("body", ["", "null", "[]", "{", "[" * 100_000], ids=["none", "null", "list", "cut", "deep"])
def test_what_is_no_json_object_is_a_bad_parameter(client: Client, db: None, body: str) -> None:
    answer = client.post(f"{GRAPH}/messages", body, content_type="application/json", headers=BEARER)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Bearer", "Basic x", "Bearer \u00fc"])
def test_a_wrong_token_is_refused_everywhere(client: Client, db: None, token: str) -> None:
    for path in (GRAPH, f"{GRAPH}/messages", "/simulator/graph/v25.0/debug_token"):
        answer = client.get(path, headers={"Authorization": token})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


def test_another_numbers_address_is_unknown(client: Client, db: None) -> None:
    answer = client.get("/simulator/graph/v25.0/999", headers=BEARER)
    assert (answer.json()["error"]["code"], answer.json()["error"]["error_subcode"]) == (100, 33)


def test_an_unknown_method_is_a_bad_request_as_at_meta(client: Client, db: None) -> None:
    assert client.delete(f"{GRAPH}/messages", headers=BEARER).json()["error"]["code"] == 100


# --- the switches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ("error_500", 500, None),
        ("error_500_accepted", 500, None),
        ("unavailable", 500, 131016),
        ("throttled", 429, 130429),
        ("pair", 400, 131056),
        ("token_dead", 401, 190),
        ("malformed", 200, None),
    ],
)
def test_a_fault_is_answered_as_it_would_be(
    graph: Graph, ada: Phone, answer: str, status: int, code: int | None
) -> None:
    set_faults(ada, answer=answer)
    got = graph.raw(ada)
    assert got.status_code == status
    if code:
        assert got.json()["error"]["code"] == code
    assert ada.bubbles.filter(from_person=False).exists() == faults.ANSWERS[answer].accepted


@pytest.mark.parametrize("code", [131026, 131047, 368, 131031])
def test_any_code_can_be_chosen(graph: Graph, ada: Phone, code: int) -> None:
    set_faults(ada, answer="rejected", code=code)
    assert graph.code(graph.send(ada)) == code


def test_a_message_can_be_taken_and_fail_later(graph: Graph, ada: Phone) -> None:
    set_faults(ada, answer="failed_later", code=131026)
    assert graph.send(ada)[0] == 200
    assert [report["status"] for report in statuses(ada)] == ["sent", "failed"]
    assert statuses(ada)[-1]["errors"][0]["code"] == 131026


@pytest.mark.parametrize(("answer", "accepted"), [("cut", False), ("cut_accepted", True), ("hang_accepted", True)])
def test_a_connection_can_break_before_the_answer_is_whole(
    graph: Graph, ada: Phone, answer: str, accepted: bool
) -> None:
    set_faults(ada, answer=answer, hang_seconds=0)
    got = graph.raw(ada)
    with pytest.raises(ConnectionAbortedError):
        b"".join(got.streaming_content)
    assert ada.bubbles.filter(from_person=False).exists() == accepted


def test_a_fault_heals_after_the_number_of_times_it_was_given(graph: Graph, ada: Phone) -> None:
    set_faults(ada, answer="throttled", times=2)
    assert [graph.code(graph.send(ada)) for _ in range(3)] == [130429, 130429, 0]
    ada.refresh_from_db()
    assert ada.faults == {}


def test_a_fault_for_everybody_heals_as_well(graph: Graph, ada: Phone) -> None:
    Switchboard.objects.create(pk=1, faults={"answer": "throttled", "times": 1, "duplicates": True})
    assert [graph.code(graph.send(ada)) for _ in range(2)] == [130429, 0]
    assert Switchboard.objects.get().faults == {"duplicates": True}


def test_without_reports_none_is_queued_even_when_the_phone_comes_back(graph: Graph, ada: Phone) -> None:
    set_faults(ada, statuses="none")
    phones.set_presence(ada.pk, online=False)
    graph.send(ada)
    phones.set_presence(ada.pk, online=True, reading=True)
    assert statuses(ada) == []


def test_a_dead_token_for_everybody_closes_every_door(client: Client, db: None) -> None:
    Switchboard.objects.create(pk=1, faults={"answer": "token_dead"})
    assert client.get(GRAPH, headers=BEARER).json()["error"]["code"] == 190


def test_programs_set_the_switches_with_the_token(client: Client, db: None) -> None:
    switches = json.dumps({"answer": "cut", "share": 5})
    path = "/simulator/graph/faults"
    assert client.put(path, switches, content_type="application/json").status_code == 401
    assert client.put(path, switches, content_type="application/json", headers=BEARER).status_code == 200
    assert Switchboard.objects.get().faults == {"answer": "cut", "share": 5}


# --- what the doctor asks ---------------------------------------------------------------------------------------------


def test_the_number_describes_itself(client: Client, db: None) -> None:
    asked = client.get(f"{GRAPH}?fields=verified_name,webhook_configuration", headers=BEARER).json()
    assert asked == {
        "id": "100000000000001",
        "verified_name": "EduBot",
        "webhook_configuration": {"application": "http://127.0.0.1:8000/api/webhook/whatsapp"},
    }


def test_the_account_knows_its_number_its_apps_and_its_templates(client: Client, db: None) -> None:
    account = f"/simulator/graph/v25.0/{settings.WHATSAPP_BUSINESS_ACCOUNT_ID}"
    for edge in ("phone_numbers", "subscribed_apps", "message_templates"):
        assert client.get(f"{account}/{edge}", headers=BEARER).json()["data"]
    assert client.get(account, headers=BEARER).json()["id"] == settings.WHATSAPP_BUSINESS_ACCOUNT_ID
    assert client.post(f"{account}/subscribed_apps", headers=BEARER).json() == {"success": True}


@pytest.mark.parametrize(("token", "good"), [(settings.WHATSAPP_ACCESS_TOKEN, True), ("other", False)])
def test_a_token_can_be_looked_into(client: Client, db: None, token: str, good: bool) -> None:
    path = f"/simulator/graph/v25.0/debug_token?input_token={token}"
    assert client.get(path, headers=BEARER).json()["data"]["is_valid"] is good
