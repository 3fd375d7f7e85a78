"""Paystack's webhook over HTTP: who may speak, what confirms a payment, and what staff are told."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import AccountNotice, Conversation, Payment, PaymentStatus, Subscription
from support import paystack, privacy
from tests.conversations.conftest import Phone

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

URL = "/api/webhook/payments/paystack"
KEY = "sk_test_0123456789"


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    """Payments through Paystack are configured."""
    settings.PAYSTACK_SECRET_KEY = KEY


@pytest.fixture
def payment(student: Conversation) -> Payment:
    """A payment that a student asked to make."""
    return Payment.objects.create(
        reference="7KQ2MD", contact=student.contact, amount=Decimal(5000), currency="NGN", plan="Monthly", days=30
    )


def charge(**changes: object) -> dict[str, Any]:
    """The event of a payment in full."""
    data = {"reference": "7KQ2MD", "amount": 500_000, "currency": "NGN", "status": "success"}
    return {"event": "charge.success", "data": data | changes}


def post(client: Client, event: object, signature: str | None = None) -> Response:
    """Post an event (or raw bytes), signed as Paystack would unless another signature is given."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    signed = paystack.sign(body, KEY) if signature is None else signature
    return client.post(URL, body, content_type="application/json", headers={"x-paystack-signature": signed})


def test_a_charge_in_full_confirms_the_payment_and_the_student_is_told(
    client: Client, payment: Payment, phone: Phone
) -> None:
    answer = post(client, charge())
    assert (answer.status_code, answer.json()["status"]) == (200, "success")
    payment.refresh_from_db()
    assert (payment.status, payment.decided_by) == (PaymentStatus.SUCCESS, None)
    assert Subscription.objects.get().is_active
    assert "7KQ2MD" in phone.waits()[0].text


def test_the_same_event_again_changes_nothing(client: Client, payment: Payment, phone: Phone) -> None:
    post(client, charge())
    until = Subscription.objects.get().active_until
    assert post(client, charge()).status_code == 200
    assert Subscription.objects.get().active_until == until
    assert len(phone.waits()) == 1


def test_money_of_somebody_who_was_erased_counts_and_brings_nobody_back(
    client: Client, payment: Payment, student: Conversation
) -> None:
    privacy.erase(privacy.Person(student))
    said = student.messages.count()
    assert post(client, charge()).status_code == 200
    payment.refresh_from_db()
    student.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCESS
    assert (student.messages.count(), student.last_message_at) == (said, None)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 499_999},
        {"amount": 500_001},
        {"amount": 5000},
        {"amount": "500000"},
        {"amount": 500_000.0},
        {"amount": True},
        {"amount": None},
        {"currency": "USD"},
        {"currency": None},
        {"currency": ["NGN"]},
    ],
)
def test_another_amount_or_currency_confirms_nothing_and_staff_are_told(
    client: Client, payment: Payment, change: dict[str, object]
) -> None:
    assert post(client, charge(**change)).status_code == 200
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    notice = AccountNotice.objects.get()
    assert (notice.kind, notice.data) == ("payment_mismatch", {"payment": payment.pk})


@pytest.mark.parametrize("reference", ["NOBODYS", "", None, 7, "\x00", "a" * 101, "' OR 1=1", {"a": 1}, "Ада"])
def test_an_unknown_reference_is_answered_200_and_put_before_staff(
    client: Client, payment: Payment, reference: object
) -> None:
    assert post(client, charge(reference=reference)).status_code == 200
    assert AccountNotice.objects.get().kind == "payment_unknown"
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING


@pytest.mark.parametrize(
    "event",
    [
        {"event": "transfer.success", "data": {"reference": "7KQ2MD"}},
        {"event": None},
        {},
        [],
        None,
        b"",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"event": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_does_not_matter_is_answered_200_and_changes_nothing(
    client: Client, payment: Payment, event: object
) -> None:
    assert post(client, event).status_code == 200
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    assert not AccountNotice.objects.exists()


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_a_charge_without_readable_data_is_put_before_staff(client: Client, db: None, data: object) -> None:
    assert post(client, {"event": "charge.success", "data": data}).status_code == 200
    assert AccountNotice.objects.get().kind == "payment_unknown"


BODY = json.dumps(charge()).encode()
RIGHT = paystack.sign(BODY, KEY)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        " ",
        RIGHT[:-1],
        RIGHT + "0",
        RIGHT.upper(),
        f"sha512={RIGHT}",
        paystack.sign(BODY, "sk_of_somebody_else"),
        paystack.sign(BODY + b" ", KEY),
        "é" * 64,
    ],
)
def test_a_missing_or_wrong_signature_is_401_and_changes_nothing(
    client: Client, payment: Payment, signature: str
) -> None:
    answer = post(client, BODY, signature)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "INVALID_SIGNATURE")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING


def test_without_a_key_the_address_does_not_exist(client: Client, db: None, settings: Settings) -> None:
    settings.PAYSTACK_SECRET_KEY = ""
    answer = post(client, BODY, paystack.sign(BODY, ""))
    assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_405_and_name_the_right_one(client: Client, method: str) -> None:
    answer = getattr(client, method)(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_body_above_the_limit_is_413(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert post(client, b"x" * 1001).status_code == 413


def test_no_cookie_or_csrf_token_is_needed(payment: Payment) -> None:
    assert post(Client(enforce_csrf_checks=True), charge()).status_code == 200
