"""Webhooks as Meta builds them: what is in them, what is left out, and how they travel."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from whatsapp import signature
from whatsapp.simulator import payloads
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.payloads import Line, Sender

LINE = Line("200000000000002", "100000000000001", "15550100000")
ADA = Sender("2348030000001", "NG.ABC123", "Ada 🎓 Obi")
HIDDEN = Sender("2348030000002", "NG.XYZ789", "Zainab", username="zainab.2", hides_number=True)
AT = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def test_a_text_message_has_the_shape_of_metas_example() -> None:
    item = payloads.message(ADA, "wamid.1", AT, "text", {"body": "Hi"})
    assert payloads.messages(LINE, [(ADA, item)]) == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "200000000000002",
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "15550100000",
                                "phone_number_id": "100000000000001",
                            },
                            "contacts": [
                                {
                                    "profile": {"name": "Ada 🎓 Obi"},
                                    "wa_id": "2348030000001",
                                    "user_id": "NG.ABC123",
                                }
                            ],
                            "messages": [
                                {
                                    "from": "2348030000001",
                                    "from_user_id": "NG.ABC123",
                                    "id": "wamid.1",
                                    "timestamp": "1795185000",
                                    "type": "text",
                                    "text": {"body": "Hi"},
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }


def test_a_hidden_number_is_nowhere_in_a_webhook() -> None:
    item = payloads.message(HIDDEN, "wamid.1", AT, "text", {"body": "Hi"})
    report = payloads.status(HIDDEN, "wamid.2", "delivered", AT)
    sent = json.dumps(payloads.messages(LINE, [(HIDDEN, item)])) + json.dumps(payloads.statuses(LINE, HIDDEN, [report]))
    assert HIDDEN.number not in sent
    assert '"username": "@zainab.2"' in sent
    assert report["recipient_user_id"] == HIDDEN.user_id


def test_several_people_share_a_webhook_and_each_is_presented_once() -> None:
    said = [
        (each, payloads.message(each, f"wamid.{n}", AT, "text", {"body": "x"}))
        for n, each in enumerate([ADA, HIDDEN, ADA])
    ]
    value = payloads.messages(LINE, said)["entry"][0]["changes"][0]["value"]
    assert [contact["user_id"] for contact in value["contacts"]] == [ADA.user_id, HIDDEN.user_id]
    assert len(value["messages"]) == 3


def test_a_tap_names_the_message_that_held_the_button() -> None:
    content = payloads.button_reply("homework", "📝 Homework")
    context = {"from": LINE.display_number, "id": "wamid.0"}
    item = payloads.message(ADA, "wamid.1", AT, "interactive", content, context=context)
    assert item["context"] == {"from": "15550100000", "id": "wamid.0"}
    assert item["interactive"]["button_reply"] == {"id": "homework", "title": "📝 Homework"}


def test_a_chosen_row_carries_its_description_only_where_it_has_one() -> None:
    assert payloads.list_reply("a", "A", "first")["list_reply"] == {"id": "a", "title": "A", "description": "first"}
    assert "description" not in payloads.list_reply("a", "A")["list_reply"]


def test_a_file_carries_its_checksum_in_base64_and_nothing_that_is_empty() -> None:
    content = payloads.file("17", "image/jpeg", b"\x00" * 32)
    assert content == {"mime_type": "image/jpeg", "sha256": "A" * 43 + "=", "id": "17"}


def test_an_unreadable_message_says_so_as_meta_does() -> None:
    item = payloads.message(ADA, "wamid.1", AT, "unsupported", {"type": "poll_creation"})
    assert item["errors"][0]["code"] == 131051


def test_a_delivery_report_echoes_our_reference() -> None:
    item = payloads.status(ADA, "wamid.1", "delivered", AT, ref="our-own")
    assert item["biz_opaque_callback_data"] == "our-own"
    assert item["recipient_id"] == ADA.number


def test_a_failure_is_reported_without_contacts_and_without_a_user_id() -> None:
    item = payloads.status(ADA, "wamid.1", "failed", AT, error=GraphError(131026).in_status())
    value = payloads.statuses(LINE, ADA, [item])["entry"][0]["changes"][0]["value"]
    assert "contacts" not in value
    assert "recipient_user_id" not in item
    assert item["errors"][0]["title"] == "Message undeliverable"


def test_a_sent_report_leaves_the_user_name_out() -> None:
    value = payloads.statuses(LINE, HIDDEN, [payloads.status(HIDDEN, "wamid.1", "sent", AT)])["entry"][0]["changes"][0]
    assert value["value"]["contacts"] == [{"profile": {"name": "Zainab"}, "user_id": HIDDEN.user_id}]


def test_a_new_number_is_told_by_both_numbers_and_both_user_ids() -> None:
    moved = Sender("2348030000009", "NG.NEW1", ADA.name)
    system = payloads.number_changed(LINE, ADA, moved, "wamid.1", AT)["entry"][0]["changes"][0]["value"]
    notice = payloads.user_id_changed(LINE, ADA, moved, AT)["entry"][0]["changes"][0]
    assert system["messages"][0]["from"] == ADA.number
    assert system["messages"][0]["system"]["wa_id"] == moved.number
    assert notice["field"] == "user_id_update"
    assert notice["value"]["user_id_update"][0]["user_id"] == {"previous": "NG.ABC123", "current": "NG.NEW1"}


@pytest.mark.parametrize("words", ["Ọjọ́ rere 🎓", "a/b <c> 50% d@e", "\u2028\u202e", '"quoted"'])
def test_the_body_travels_in_ascii_and_reads_back_as_it_was(words: str) -> None:
    body = payloads.encode({"text": words})
    assert body.isascii()
    assert b"/" not in body.replace(rb"\/", b"")
    assert json.loads(body) == {"text": words}


def test_our_webhook_takes_the_signature_and_no_other() -> None:
    body = payloads.encode({"text": "Ọjọ́"})
    assert signature.valid(payloads.signature("secret", body), body, ("secret",))
    assert not signature.valid(payloads.signature("other", body), body, ("secret",))


def test_message_ids_are_never_the_same() -> None:
    assert len({payloads.new_wamid() for _ in range(1000)}) == 1000
