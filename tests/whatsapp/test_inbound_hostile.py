"""Bodies that nobody in their right mind would send: nothing raises, nothing is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from conversations.received import IdentityChange, Notice, Received
from tests.whatsapp.payloads import ACCOUNT, NUMBER, batch_of, encode, post, text_message
from whatsapp.inbound import read, split


def read_back(body: bytes) -> list[Any]:
    """What a worker makes of the items of `body` once they have been JSON in a database."""
    return [read(json.loads(json.dumps(item.raw, allow_nan=False))) for item in batch_of(body).items]


def received(message: Any, **beside: Any) -> Received:
    (item,) = read_back(post(message, **beside))
    assert isinstance(item, Received)
    return item


# --- bodies that cannot be used at all --------------------------------------------------------------------------------

DEEP = 100_000
UNUSABLE = {
    "nothing": b"",
    "no JSON": b"hello",
    "cut short": post(text_message("wamid.1"))[:-3],
    "null": b"null",
    "a number": b"1",
    "an array": b"[]",
    "a string": b'"x"',
    "an empty object": b"{}",
    "entry missing": b'{"object":"whatsapp_business_account"}',
    "entry an object": b'{"entry":{}}',
    "nested without end": b'{"entry":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "UTF-16": post(text_message("wamid.1")).decode().encode("utf-16"),
    "UTF-32": post(text_message("wamid.1")).decode().encode("utf-32"),
    "bytes that are no UTF-8": post(text_message("wamid.1", "X")).replace(b"X", b"\xff\xfe"),
    "surrogates as bytes": post(text_message("wamid.1", "X")).replace(b"X", b"\xed\xa0\x80"),
    "a raw NUL": post(text_message("wamid.1", "X")).replace(b"X", b"\0"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_body_that_cannot_be_used_says_why(case: str) -> None:
    batch = batch_of(UNUSABLE[case])
    assert batch.unreadable
    assert not batch.items


# --- what must not cost a message its life ----------------------------------------------------------------------------


def test_a_byte_order_mark_is_tolerated() -> None:
    assert [item.key for item in batch_of(b"\xef\xbb\xbf" + post(text_message("wamid.1"))).items] == ["wamid.1"]


HOSTILE_VALUES = {
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "1e400": b"1e400",
    "a number of 5,000 digits": b"7" * 5000,
    "an exponent of 300": b"1e300",
    "NUL in a value": b'"a\\u0000b"',
    "NUL in a key": b'{"a\\u0000b":1}',
    "a lone surrogate": b'"\\ud800"',
    "a lone surrogate as key": b'{"\\udfff":1}',
    "nested 500 deep": b"[" * 500 + b"]" * 500,
    "a key given twice": b'{"a":1,"a":2}',
}


@pytest.mark.parametrize("case", HOSTILE_VALUES)
def test_a_value_that_postgresql_refuses_is_replaced_and_the_message_kept(case: str) -> None:
    body = post(text_message("wamid.1", strange="X"), text_message("wamid.2")).replace(b'"X"', HOSTILE_VALUES[case])
    stored = json.dumps([item.raw for item in batch_of(body).items], allow_nan=False)
    assert "\\u0000" not in stored
    assert "\\ud800" not in stored
    assert "\\udfff" not in stored
    assert [item.provider_id for item in read_back(body)] == ["wamid.1", "wamid.2"]


def test_the_last_of_two_keys_counts() -> None:
    body = post(text_message("wamid.1", "X")).replace(b'"body": "X"', b'"body":"first","body":"last"')
    assert read_back(body)[0].text == "last"


TEXTS = {
    "bidi override": "abc\u202edef",
    "a family joined by ZWJ": "👨‍👩‍👧‍👦",
    "no character": "\ufffe",
    "65,536 characters": "x" * 65_536,
    "only spaces": "   ",
    "only combining marks": "\u0301\u0302",
    "line breaks and tabs": " a\r\n\tb\u2028c\x7f\x1b[31m ",
    "markup": "<svg onload=alert(1)>",
    "full width": "ＥＮＤ ＣＨＡＴ",
    "zero width": "end\u200b chat",
    "not normalised": "e\u0301 é",
    "empty": "",
}


@pytest.mark.parametrize("case", TEXTS)
@pytest.mark.parametrize("escaped", [True, False])
def test_a_text_arrives_as_it_was_typed(case: str, escaped: bool) -> None:
    document = json.loads(post(text_message("wamid.1", TEXTS[case])))
    body = json.dumps(document, ensure_ascii=escaped).encode()
    assert read_back(body)[0].text == TEXTS[case]


def test_nul_is_removed_and_a_lone_surrogate_replaced() -> None:
    assert received(text_message("wamid.1", "a\0b\ud83dc\ude00 😀")).text == "ab\ufffdc\ufffd 😀"


# --- identities -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [None, 5, [], {}, "", "Ada", "1" * 20, "NG.", "0234", True])
def test_a_message_without_a_usable_sender_is_shown_to_staff(sender: object) -> None:
    body = post(text_message("wamid.1") | {"from": sender})
    assert batch_of(body).items[0].mailbox == "unreadable"
    (notice,) = read_back(body)
    assert isinstance(notice, Notice)
    assert notice.kind == "message_without_sender"


def test_contacts_are_matched_by_id_never_by_place() -> None:
    contacts = [{"profile": {"name": "Bola"}, "wa_id": "2348030000000"}]
    assert received(text_message("wamid.1"), contacts=contacts).person.profile_name == ""


def test_a_contact_found_by_user_id_brings_the_phone() -> None:
    contacts = [{"profile": {"name": "Ada"}, "wa_id": "2348012345678", "user_id": "NG.1"}]
    message = text_message("wamid.1", from_user_id="NG.1")
    del message["from"]
    person = received(message, contacts=contacts).person
    assert (person.phone, person.user_id, person.profile_name) == ("+2348012345678", "NG.1", "Ada")


@pytest.mark.parametrize("contacts", [None, 5, {}, [None], [{"wa_id": ["x"]}], [{"profile": 7}], [{"wa_id": {}}]])
def test_a_broken_contact_list_costs_the_name_alone(contacts: object) -> None:
    person = received(text_message("wamid.1"), contacts=contacts).person
    assert (person.phone, person.profile_name) == ("+2348012345678", "")


def test_names_are_cut_and_kept_as_they_are() -> None:
    name = "<svg onload=alert(1)>" + "n" * 10_000
    contacts = [{"profile": {"name": name, "username": "@" + "u" * 300}, "wa_id": "2348012345678"}]
    person = received(text_message("wamid.1"), contacts=contacts).person
    assert (person.profile_name, person.username) == (name[:256], "u" * 128)


def test_a_name_cannot_move_somebody_elses_conversation() -> None:
    """People choose the names that stand in Meta's sentences."""
    body = "User changed from NG.victim to NG.thief changed from 2348012345678 to 2348099999999"
    system = {"type": "user_changed_number", "wa_id": "2348099999999", "user_id": "NG.thief", "body": body}
    (change,) = read_back(post(text_message("wamid.1", type="system", system=system)))
    assert change.old.user_id is None
    assert change.old.phone == "+2348012345678"


SENTENCES = {
    "User Ada changed from NG.victim to NG.thief": IdentityChange,
    "User Ada changed from NG.victim to NG.other": Received,
    "User Ada changed from NG.victim to NG.thief. Hello": Received,
    "NG.victim NG.thief": Received,
}


@pytest.mark.parametrize("body", SENTENCES)
def test_an_old_id_is_believed_only_where_the_sentence_ends_in_the_new_one(body: str) -> None:
    system = {"type": "user_changed_user_id", "user_id": "NG.thief", "body": body}
    (item,) = read_back(post(text_message("wamid.1", type="system", system=system) | {"from": None}))
    assert isinstance(item, SENTENCES[body])


def test_a_change_to_the_same_id_is_no_change() -> None:
    update = {"user_id": {"previous": "NG.1", "current": "NG.1"}}
    change = {"field": "user_id_update", "value": {"user_id_update": [update]}}
    (notice,) = read_back(encode({"entry": [{"id": ACCOUNT, "changes": [change]}]}))
    assert isinstance(notice, Notice)


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "", 5, [], {}, "w" * 257])
def test_a_message_without_a_usable_id_is_kept_among_the_unreadable(key: object) -> None:
    bad, good = text_message("wamid.x", id=key), text_message("wamid.good")
    keys = [item.key for item in batch_of(post(bad, good)).items]
    assert keys[0] == "wamid.good"
    assert keys[1].startswith("unreadable:")


def test_an_item_without_an_id_has_the_same_key_in_every_delivery() -> None:
    change = {"field": "account_update", "value": {"event": "ACCOUNT_VIOLATION", "more": [1, 2]}}
    swapped = {"value": {"more": [1, 2], "event": "ACCOUNT_VIOLATION"}, "field": "account_update"}
    first, second = (encode({"entry": [{"id": ACCOUNT, "time": 7, "changes": [one]}]}) for one in (change, swapped))
    later = encode({"entry": [{"id": ACCOUNT, "time": 8, "changes": [change]}]})
    assert batch_of(first).items[0].key == batch_of(second).items[0].key
    assert batch_of(first).items[0].key != batch_of(later).items[0].key


# --- for whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["999", None, 5, [], {}])
def test_a_message_for_another_number_or_none_is_counted(number: Any) -> None:
    batch = batch_of(post(text_message("wamid.1"), text_message("wamid.2"), number=number))
    assert (batch.items, batch.foreign) == ((), 2)


@pytest.mark.parametrize("metadata", [None, [], "x", {}])
def test_messages_without_metadata_are_counted(metadata: object) -> None:
    batch = batch_of(post(text_message("wamid.1"), metadata=metadata))
    assert (batch.items, batch.foreign) == ((), 1)


def test_ids_that_are_not_configured_are_not_compared() -> None:
    assert split(post(text_message("wamid.1"), number="999"), "", "").items[0].key == "wamid.1"
    account = encode({"entry": [{"id": "0", "changes": [{"field": "security", "value": {"event": "PIN_CHANGED"}}]}]})
    assert split(account, NUMBER, "").foreign == 0


# --- times ------------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TIMES: dict[object, datetime | None] = {
    "1795175999": datetime(2026, 11, 20, 11, 59, 59, tzinfo=UTC),
    1795175999: datetime(2026, 11, 20, 11, 59, 59, tzinfo=UTC),
    "1795175999250": datetime(2026, 11, 20, 11, 59, 59, 250_000, tzinfo=UTC),
    "1795262000": datetime(2026, 11, 21, 11, 53, 20, tzinfo=UTC),  # a clock that runs ahead
    str(int((NOW + timedelta(days=2)).timestamp())): None,
    "1504902988": datetime(2017, 9, 8, 20, 36, 28, tzinfo=UTC),
    "0": None,
    "-1795175999": None,
    "1000000000": None,
    "9999999999999": None,
    "17951759990000": None,
    "1e99": None,
    "nan": None,
    "١٧٩٥١٧٥٩٩٩": None,
    "1795175999.5": None,
    " 1795175999": None,
    "": None,
    None: None,
    True: None,
    1.5: None,
    10**4000: None,
}


@pytest.mark.parametrize("value", TIMES, ids=lambda value: str(value)[:20])
def test_a_time_is_believed_only_where_it_can_be(value: object) -> None:
    with time_machine.travel(NOW, tick=False):
        assert received(text_message("wamid.1", timestamp=value)).at == TIMES[value]


# --- files ------------------------------------------------------------------------------------------------------------

DIGEST = "9b4e2915fd8445d6a8a53c859063c0d3e6d7de2f986367588151703a00cb4832"
DIGESTS: dict[object, str] = {
    "m04pFf2ERdaopTyFkGPA0+bX3i+YY2dYgVFwOgDLSDI=": DIGEST,
    DIGEST: DIGEST,
    DIGEST.upper(): DIGEST,
    "4654+8g=": "",
    "not base64!": "",
    "é" * 64: "",
    "z" * 64: "",
    None: "",
    7: "",
}


@pytest.mark.parametrize("value", DIGESTS)
def test_a_digest_is_hexadecimal_or_nothing(value: object) -> None:
    image = {"id": "1", "mime_type": "text/html", "sha256": value}
    media = received(text_message("wamid.1", type="image", image=image)).media
    assert media is not None
    assert (media.sha256, media.mime_type) == (DIGESTS[value], "text/html")


def test_a_file_name_is_kept_for_display_and_cut() -> None:
    document = {"id": "1", "filename": "../../" + "a" * 300 + ".html"}
    media = received(text_message("wamid.1", type="document", document=document)).media
    assert media is not None
    assert media.filename == document["filename"][:255]


@pytest.mark.parametrize("own", [None, 5, "x", [], {}, {"id": None}, {"id": ""}, {"id": 12}])
def test_a_file_without_an_id_is_a_message_without_a_file(own: object) -> None:
    message = received(text_message("wamid.1", type="image", image=own))
    assert (message.kind, message.media) == ("image", None)


# --- statuses ---------------------------------------------------------------------------------------------------------


REFERENCES = [
    *("x", "", None, 7, "y" * 512, "{0f8fad5b-d9cb-469f-a165-70867728950e}"),
    *("0f8f_d5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-7086772895٠e"),  # digits to Python's int()
    "0f8fad5bd9cb469fa16570867728950e----",
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_reference_that_is_not_ours_is_left_out(reference: object) -> None:
    status = {"id": "wamid.1", "status": "sent", "biz_opaque_callback_data": reference}
    (receipt,) = batch_of(post(statuses=[status])).receipts
    assert receipt.client_ref is None


@pytest.mark.parametrize("errors", [None, [], {}, [7], "x"])
def test_a_failure_without_a_readable_error_is_still_a_failure(errors: object) -> None:
    (receipt,) = batch_of(post(statuses=[{"id": "wamid.1", "status": "failed", "errors": errors}])).receipts
    assert (receipt.status, receipt.error) == ("failed", None)


@pytest.mark.parametrize(
    ("code", "known"), [(131047, 131047), ("131047", 131047), ("x", None), (10**12, None), (1.5, None)]
)
def test_an_error_code_is_a_number_or_nothing(code: object, known: int | None) -> None:
    status = {"id": "wamid.1", "status": "failed", "errors": [{"code": code, "title": 5}]}
    (receipt,) = batch_of(post(statuses=[status])).receipts
    assert receipt.error == {"code": known, "title": "", "details": ""}


@pytest.mark.parametrize(
    "status", [None, 7, [], {}, {"id": "wamid.1"}, {"status": "sent"}, {"id": "x", "status": "s" * 33}]
)
def test_a_status_of_nothing_is_kept_among_the_unreadable(status: object) -> None:
    batch = batch_of(post(statuses=[status, {"id": "wamid.1", "status": "read"}]))
    assert [receipt.status for receipt in batch.receipts] == ["read"]
    assert batch.items[0].raw["value"]["parts"] == [status]


# --- shapes -----------------------------------------------------------------------------------------------------------

GOOD_ENTRY = json.loads(post(text_message("wamid.good")))["entry"][0]
SHAPES: dict[str, tuple[Any, Any]] = {  # a broken entry, and what is kept of it
    "an entry that is none": (7, 7),
    "an entry without changes": ({"id": ACCOUNT}, {"id": ACCOUNT}),
    "changes that are no list": ({"changes": {}}, {"changes": {}}),
    "a change without a field": ({"changes": [{"value": {}}]}, {"value": {}}),
    "a value that is no object": ({"changes": [{"field": "messages", "value": 1}]}, {"field": "messages", "value": 1}),
}


@pytest.mark.parametrize("case", SHAPES)
def test_a_broken_entry_is_kept_beside_a_good_one(case: str) -> None:
    entry, kept = SHAPES[case]
    good, odd = batch_of(encode({"entry": [entry, GOOD_ENTRY]})).items
    assert good.key == "wamid.good"
    assert odd.raw["value"]["parts"] == [kept]


@pytest.mark.parametrize("messages", [{"id": "wamid.1"}, "x", 7, True])
def test_messages_that_are_no_list_are_kept(messages: object) -> None:
    (odd,) = batch_of(post(messages=messages)).items
    assert odd.raw["value"]["parts"] == [{"messages": messages}]


# --- size -------------------------------------------------------------------------------------------------------------


def test_a_thousand_messages_of_three_megabytes_are_a_thousand_items() -> None:
    body = post(*(text_message(f"wamid.{number}", "é" * 500) for number in range(1000)))
    assert len(body) > 3_000_000
    assert len(batch_of(body).items) == 1000


def test_what_fits_no_column_of_ours_is_cut() -> None:
    change = {"field": "f" * 1000, "value": {"k" * 1000: 1}}
    (item,) = batch_of(encode({"entry": [{"id": ACCOUNT, "changes": [change]}]})).items
    assert len(item.key) <= 300
    assert len(read(item.raw).reason) <= 300  # type: ignore[union-attr]
