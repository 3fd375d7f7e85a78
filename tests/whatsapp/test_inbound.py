"""Each kind of webhook item in Meta's words (fixtures/inbound) and in ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from conversations.received import (
    Echo,
    IdentityChange,
    Ignored,
    Item,
    MediaRef,
    Notice,
    Person,
    Receipt,
    Received,
    Severity,
)
from tests.whatsapp.payloads import NAMES, batch_of, fixture, items_of
from whatsapp.inbound import read

AT = datetime(2025, 1, 9, 14, 30, tzinfo=UTC)
ADA = Person(phone="+2348012345678", profile_name="Ada Obi")
ADA_ID = "NG.13491208655302741918"
BOLA = Person(phone="+2348030000000", profile_name="Bola Ade")
PHONELESS = Person(
    user_id=ADA_ID, parent_user_id="NG.ENT.11815799212886844830", username="ada.obi", profile_name="Ada Obi"
)
HERS = Person(phone="+2348012345678")  # where no contact card says her name
SHA = "9b4e2915fd8445d6a8a53c859063c0d3e6d7de2f986367588151703a00cb4832"
REF = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")


def said(key: str, text: str = "", kind: str = "text", person: Person = ADA, **more: Any) -> Received:
    return Received(f"wamid.{key}", person, kind, AT, text, **more)


def file(key: str, kind: str, media_id: str, mime_type: str, **more: Any) -> Received:
    return said(key, kind=kind, media=MediaRef(media_id, mime_type, SHA, **more))


def change(key: str, old: Person, new: Person, text: str) -> IdentityChange:
    return IdentityChange(f"wamid.{key}", old, new, AT, text)


MOVED = "User Ada Obi changed from 2348012345678 to 2348099999999"
RENAMED = "User Ada Obi changed from NG.111 to NG.222"

# Fixture -> what it means; `payload` is compared in tests of its own.
MESSAGES: dict[str, Received | IdentityChange] = {
    "text": said("text", "Good morning, ọ̀rẹ́ 😀"),
    "text_reply": said("text_reply", "Yes, that one", quoted="wamid.ours"),
    "text_forwarded": said("text_forwarded", "Read this"),
    "text_about_product": said("text_about_product", "How much?", quoted="wamid.ours"),
    "text_from_advertisement": said("text_from_advertisement", "Hello! Can I get more info on this?"),
    "text_without_phone": said("text_without_phone", "hi", person=PHONELESS),
    "text_with_user_id_as_sender": said(
        "text_with_user_id_as_sender", "hi", person=Person(user_id=ADA_ID, profile_name="Ada Obi")
    ),
    "text_with_phone_and_user_id": said(
        "text_with_phone_and_user_id",
        "hi",
        person=Person(phone="+2348012345678", user_id=ADA_ID, profile_name="Ada Obi"),
    ),
    "text_without_contact": said("text_without_contact", "hi", person=HERS),
    "text_in_milliseconds": Received(
        "wamid.text_in_milliseconds", ADA, "text", AT.replace(microsecond=250_000), text="hi"
    ),
    "image": file("image", "image", "1003383421387256", "image/jpeg", caption="My homework"),
    "image_without_id": said("image_without_id", "My homework", "image"),
    "video": file("video", "video", "1907383421387251", "video/mp4"),
    "audio": file("audio", "audio", "2207383421387252", "audio/mpeg"),
    "voice_note": file("voice_note", "audio", "2207383421387253", "audio/ogg; codecs=opus", voice=True),
    "voice": file("voice", "audio", "2207383421387254", "audio/ogg; codecs=opus", voice=True),
    "document": file(
        "document", "document", "3307383421387255", "application/pdf", filename="algebra.pdf", caption="Page 1"
    ),
    "sticker": file("sticker", "sticker", "4407383421387256", "image/webp", animated=True),
    "location": said("location", "📍 City Library, 12 Broad Street, Lagos, (6.5244, 3.3792)", "location"),
    "location_point": said("location_point", "📍 (6.5244, 3.3792)", "location"),
    "contacts": said("contacts", "👤 Bola Ade, +234 803 000 0000\n👤 Chidi", "contacts"),
    "contacts_on_request": said("contacts_on_request", "👤 2348012345678", "contacts", person=PHONELESS),
    "interactive_button_reply": said(
        "interactive_button_reply",
        "📝 Homework",
        "interactive",
        pressed=("homework", "📝 Homework"),
        quoted="wamid.ours",
    ),
    "interactive_list_reply": said(
        "interactive_list_reply", "Fees", "interactive", pressed=("faq_fees", "Fees"), quoted="wamid.ours"
    ),
    "interactive_nfm_reply": said(
        "interactive_nfm_reply", "subject: Maths\npages: 3", "interactive", quoted="wamid.ours"
    ),
    "interactive_nfm_reply_unreadable": said(
        "interactive_nfm_reply_unreadable", "Sent", "interactive", quoted="wamid.ours"
    ),
    "interactive_call_permission_reply": said(
        "interactive_call_permission_reply", "📞 accept", "interactive", quoted="wamid.ours"
    ),
    "interactive_action": said("interactive_action", "", "interactive"),
    "button": said("button", "Renew now", "button", pressed=("renew", "Renew now"), quoted="wamid.ours"),
    "button_without_payload": said("button_without_payload", "Renew now"),
    "reaction": said("reaction", "👍", "reaction", target="wamid.ours"),
    "reaction_removed": said("reaction_removed", "", "reaction", target="wamid.ours"),
    "reaction_removed_silently": said("reaction_removed_silently", "", "reaction", target="wamid.ours"),
    "order": said("order", "🛒 2 × maths-1, 2500.5 NGN\n🛒 1 × pen, 100 NGN\nPlease deliver on Monday", "order"),
    "system_user_changed_number": change(
        "system_user_changed_number",
        Person(phone="+2348012345678", user_id="NG.111"),
        Person(phone="+2348099999999", user_id="NG.222"),
        MOVED,
    ),
    "system_customer_changed_number": change(
        "system_customer_changed_number", HERS, Person(phone="+2348099999999"), MOVED
    ),
    "system_user_changed_user_id": change(
        "system_user_changed_user_id",
        Person(user_id="NG.111", parent_user_id="NG.ENT.11"),
        Person(user_id="NG.222", parent_user_id="NG.ENT.22"),
        RENAMED,
    ),
    "system_user_changed_user_id_in_words": change(
        "system_user_changed_user_id_in_words", Person(user_id="NG.111"), Person(user_id="NG.222"), RENAMED
    ),
    "system_user_changed_user_id_untold": said(
        "system_user_changed_user_id_untold",
        "User changed from NG.9 to NG.8. They have a new id.",
        "system",
        person=Person(user_id="NG.222"),
    ),
    "system_customer_identity_changed": said(
        "system_customer_identity_changed", "Ada Obi's security code changed", "system", person=HERS
    ),
    "unsupported": said("unsupported", "", "unsupported"),
    "unsupported_edit": said("unsupported_edit", "", "edit"),
    "unsupported_unavailable": said("unsupported_unavailable", "", "unsupported"),
    "unknown": said("unknown", "", "unknown"),
    "hologram": said("hologram", "", "unknown"),
    "type_missing": said("type_missing", "", "unknown"),
    "text_without_body": said("text_without_body", "", "unknown"),
    "media_placeholder": said("media_placeholder", "", "unknown"),
    "edit": said("edit", "Good evening", "edit", target="wamid.text"),
    "edit_caption": said("edit_caption", "Page 2", "edit", target="wamid.image"),
    "revoke": said("revoke", "", "revoke", target="wamid.text"),
}


def without_payload(item: Item) -> Item:
    if isinstance(item, Received):
        return Received(**{name: getattr(item, name) for name in Received.__slots__ if name != "payload"})
    return item


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_means(name: str) -> None:
    assert [without_payload(item) for item in items_of(name)] == [MESSAGES[name]]


def test_an_echo_is_what_somebody_of_the_team_said_to_a_person() -> None:
    (echo,) = items_of("smb_message_echoes")
    assert isinstance(echo, Echo)
    to = Person(phone="+2348012345678", user_id=ADA_ID, profile_name="Ada Obi")
    assert without_payload(echo.said) == said("echo", "Typed on the phone", person=to)


@pytest.mark.parametrize("change", [{"to": None, "to_user_id": None}, {"to": "somebody"}, {"group_id": "G"}])
def test_an_echo_to_nobody_we_can_name_is_kept_with_the_reason(change: dict[str, Any]) -> None:
    (item,) = batch_of(fixture("smb_message_echoes")).items
    message = item.raw["message"] | {"to_user_id": None} | change
    assert isinstance(read(item.raw | {"message": message, "contact": {}}), Ignored)


def critical(title: str) -> tuple[str, Severity, bool]:
    return f"Account update: {title}", Severity.CRITICAL, True


INFO, WARNING = Severity.INFO, Severity.WARNING

# Fixture -> the notice's title, how urgent it is, whether sending stops.
NOTICES: dict[str, tuple[str, Severity, bool]] = {
    "account_deleted": critical("ACCOUNT_DELETED"),
    "account_restriction": critical("ACCOUNT_RESTRICTION"),
    "account_violation": critical("ACCOUNT_VIOLATION"),
    "account_disabled": critical("DISABLED_UPDATE"),
    "account_reinstated": ("Account update: DISABLED_UPDATE", INFO, False),
    "account_partner_added": ("Account update: PARTNER_ADDED", INFO, False),
    "account_alerts": ("Account alert: PROFILE_PICTURE_LOST: Your profile photo was removed.", WARNING, False),
    "account_alerts_flat": ("Account alert: OBA_REJECTED: Not approved.", Severity.CRITICAL, False),
    "account_review_update": ("Account review: APPROVED", INFO, False),
    "account_settings_update": ("Account settings changed", INFO, False),
    "business_capability_update": ("Messaging limits changed", INFO, False),
    "business_username_update": ("Business username: edubot: approved", INFO, False),
    "business_username_updates": ("Business username: edubot: reserved", INFO, False),
    "errors": (
        "WhatsApp reports error 130429: Our number sends too fast.",
        WARNING,
        False,
    ),
    "message_template_components_update": ("Template changed: answer_ready", INFO, False),
    "message_template_quality_update": ("Template quality: answer_ready: YELLOW", WARNING, False),
    "message_template_status_update": ("Template status: answer_ready: REJECTED", WARNING, False),
    "partner_solutions": ("Partner solution: SOLUTION_CREATED", INFO, False),
    "payment_configuration_update": ("Payment configuration: bank: Needs Connecting", INFO, False),
    "phone_number_name_update": ("Display name: EduBot: REJECTED", WARNING, False),
    "phone_number_quality_update": ("Number quality: 2347000000001: FLAGGED: TIER_250", WARNING, False),
    "phone_number_throughput": ("Number quality: 2347000000001: THROUGHPUT_UPGRADE: TIER_UNLIMITED", INFO, False),
    "security": ("Security: PIN_CHANGED", WARNING, False),
    "system_without_anybody": ("A message arrived that does not say who sent it.", WARNING, False),
    "template_category_update": ("Template category: answer_ready: MARKETING", INFO, False),
    "text_without_sender": ("A message arrived that does not say who sent it.", WARNING, False),
    "user_id_update_untold": (
        "A person's user id changed, but the webhook does not say from what to what.",
        WARNING,
        False,
    ),
    "user_preferences": ("Marketing messages: stop: User requested to stop marketing messages", INFO, False),
}


@pytest.mark.parametrize("name", NOTICES)
def test_a_change_is_told_to_staff(name: str) -> None:
    (notice,) = items_of(name)
    assert isinstance(notice, Notice)
    assert (notice.title, notice.severity, notice.stops_sending) == NOTICES[name]


def test_a_notice_carries_what_meta_said() -> None:
    (notice,) = items_of("account_violation")
    assert isinstance(notice, Notice)
    assert notice.kind == "account_update"
    assert notice.data == {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SCAM"}}


def test_a_notice_about_a_message_holds_no_text() -> None:
    (notice,) = items_of("text_without_sender")
    assert isinstance(notice, Notice)
    assert notice.data == {"type": "text"}


# Fixture -> why it is of no concern. None of these may ever be answered.
IGNORED = {
    "automatic_events": "field automatic_events: automatic_events",
    "call_status": "field calls: statuses",
    "calls": "field calls: calls",
    "flows": "field flows: event, message, flow_id, old_status, new_status",
    "group": "a message in a group",
    "group_lifecycle_update": "field group_lifecycle_update: groups",
    "history": "field history: history",
    "request_welcome": "request_welcome",
    "smb_app_state_sync": "field smb_app_state_sync: state_sync",
    "standby": "field standby: messages",
    "user_actions": "field messages: user_actions",
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_concerns_nobody_here_is_kept_with_the_reason(name: str) -> None:
    assert items_of(name) == [Ignored(IGNORED[name])]


def test_a_call_is_no_delivery_report() -> None:
    assert batch_of(fixture("call_status")).receipts == ()


UPDATES = {
    "user_id_update": (
        Person(user_id="NG.111", parent_user_id="NG.ENT.11"),
        Person(phone="+2348012345678", user_id="NG.222", parent_user_id="NG.ENT.22"),
    ),
    "user_id_update_without_phone": (Person(user_id="NG.111"), Person(user_id="NG.222")),
}


@pytest.mark.parametrize("name", UPDATES)
def test_a_user_id_update_says_who_became_whom(name: str) -> None:
    (item,) = batch_of(fixture(name)).items
    assert items_of(name) == [IdentityChange(item.key, *UPDATES[name], AT, "User id has been updated")]


PRICE = {"billable": True, "pricing_model": "PMP", "category": "service", "type": "free_customer_service"}
CLOSED = {
    "code": 131047,
    "title": "Re-engagement message",
    "details": "More than 24 hours have passed since the customer last replied.",
}


def report(status: str, recipient: str = "+2348012345678", **more: Any) -> Receipt:
    return Receipt("wamid.ours", status, AT, recipient, **more)


RECEIPTS = {
    "status_sent": report("sent", client_ref=REF, pricing=PRICE),
    "status_delivered": report("delivered"),
    "status_read": report("read"),
    "status_played": report("played"),
    "status_failed": report("failed", client_ref=REF, error=CLOSED),
    "status_failed_untold": report("failed"),
    "status_new": report("pondered"),
    "status_without_phone": report("delivered", ADA_ID),
    "status_group": report("read"),
}


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_status_is_understood_at_once(name: str) -> None:
    batch = batch_of(fixture(name))
    assert (batch.items, batch.receipts) == ((), (RECEIPTS[name],))


# --- several at once --------------------------------------------------------------------------------------------------


def test_a_batch_keeps_its_order_and_gives_each_message_its_own_sender() -> None:
    batch = batch_of(fixture("batch"))
    assert [(item.key, item.mailbox) for item in batch.items] == [
        ("wamid.1", "phone:+2348012345678"),
        ("wamid.2", "phone:+2348030000000"),
        ("wamid.3", "phone:+2348012345678"),
        ("wamid.1", "phone:+2348012345678"),
    ]
    assert [receipt.status for receipt in batch.receipts] == ["delivered", "read"]
    assert [item.person for item in items_of("batch") if isinstance(item, Received)] == [ADA, BOLA, ADA, ADA]


def test_another_number_is_counted_and_ours_beside_it_is_taken() -> None:
    batch = batch_of(fixture("batch_with_another_number"))
    assert ([item.key for item in batch.items], batch.foreign) == (["wamid.ours_too"], 2)


def test_another_account_is_counted_and_stops_nothing() -> None:
    batch = batch_of(fixture("another_account"))
    assert (batch.items, batch.foreign) == ((), 1)


def test_what_has_the_wrong_shape_is_kept_beside_the_rest() -> None:
    batch = batch_of(fixture("batch_partly_bad"))
    good, odd = batch.items
    assert good.key == "wamid.good"
    assert odd.mailbox == "unreadable"
    assert odd.raw["value"]["parts"] == [
        7,
        None,
        {"from": "2348012345678", "type": "text"},
        {"status": "sent"},
        "no change",
        {"field": "messages", "value": []},
    ]
    assert [receipt.status for receipt in batch.receipts] == ["read"]
    assert isinstance(items_of("batch_partly_bad")[1], Notice)


def test_errors_beside_a_message_cost_it_nothing() -> None:
    message, notice = items_of("interactive_missing")
    assert isinstance(message, Received)
    assert (message.kind, message.pressed, message.text) == ("interactive", None, "")
    assert isinstance(notice, Notice)
    assert notice.title == "WhatsApp reports error 131000: Unsupported webhook payload"


# --- what a type carries besides --------------------------------------------------------------------------------------


def payload_of(name: str) -> Any:
    message = items_of(name)[0]
    assert isinstance(message, Received)
    return message.payload


def test_a_location_keeps_its_numbers() -> None:
    assert payload_of("location_point") == {"latitude": 6.5244, "longitude": 3.3792}


def test_contact_cards_are_kept_whole() -> None:
    assert payload_of("contacts")["contacts"][1] == {"name": {"first_name": "Chidi"}, "org": {"company": "School"}}


def test_an_advertisement_is_kept_with_the_message_it_led_to() -> None:
    assert payload_of("text_from_advertisement")["referral"]["source_id"] == "120226305854810726"


def test_a_text_is_not_stored_twice() -> None:
    assert payload_of("text") == {}


def test_a_type_that_is_new_to_us_is_kept_whole() -> None:
    assert payload_of("hologram") == {"type": "hologram", "hologram": {"beam": [1, 2]}}


def test_an_unsupported_message_says_what_it_was() -> None:
    assert payload_of("unsupported")["unsupported"] == {"type": "poll_creation"}


# --- completeness -----------------------------------------------------------------------------------------------------

# "Types" in Meta's messages reference, with the kinds of reply that `interactive` has.
TYPES = {
    *("text", "image", "video", "audio", "voice", "document", "sticker", "location", "contacts", "button"),
    *("reaction", "order", "system", "unsupported", "unknown", "edit", "revoke", "request_welcome"),
    *("interactive", "media_placeholder"),
}
REPLIES = {"button_reply", "list_reply", "nfm_reply", "call_permission_reply"}
FIELDS = {
    *("messages", "account_alerts", "account_review_update", "account_settings_update", "account_update"),
    *("automatic_events", "business_capability_update", "business_username_update", "business_username_updates"),
    *("calls", "flows", "group_lifecycle_update", "history", "message_template_components_update"),
    *("message_template_quality_update", "message_template_status_update", "partner_solutions"),
    *("payment_configuration_update", "phone_number_name_update", "phone_number_quality_update", "security"),
    *("smb_app_state_sync", "smb_message_echoes", "standby", "template_category_update", "user_id_update"),
    "user_preferences",
}


def test_every_fixture_has_a_meaning_in_a_table_or_a_test() -> None:
    batches = {"batch", "batch_with_another_number", "another_account", "batch_partly_bad", "interactive_missing"}
    batches.add("smb_message_echoes")
    assert {*MESSAGES, *NOTICES, *IGNORED, *UPDATES, *RECEIPTS, *batches} == set(NAMES)


def test_every_type_of_message_has_a_fixture() -> None:
    messages = [item.raw.get("message", {}) for name in NAMES for item in batch_of(fixture(name)).items]
    assert {message.get("type") for message in messages} >= TYPES
    assert {message.get("interactive", {}).get("type") for message in messages} >= REPLIES


def test_every_webhook_field_has_a_fixture() -> None:
    assert {item.raw["field"] for name in NAMES for item in batch_of(fixture(name)).items} >= FIELDS
