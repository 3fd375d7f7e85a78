"""Webhooks come back to our own service over real HTTP, with a real signature, until they are taken."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
import responses
from django.core.exceptions import ImproperlyConfigured
from django.db.models.functions import Now
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.models import DeliveryReport, InboxItem
from tests.whatsapp.simulator.conftest import Graph
from whatsapp.simulator import callbacks, dispatcher, phones, webhooks
from whatsapp.simulator.models import Callback, Phone

WEBHOOK = "http://127.0.0.1:8000/api/webhook/whatsapp"


@pytest.fixture
def service(live_server: LiveServer, settings: Settings) -> str:
    """Our service on a real port, with the stand-in beside it."""
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/graph"
    return str(live_server.url)


def everything_is_due() -> None:
    """Let the pauses pass that the queue keeps."""
    Callback.objects.update(due_at=Now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_our_webhook_takes_what_a_phone_says(service: str, ada: Phone) -> None:
    callbacks.run_due()
    hers = ada.bubbles.get()
    assert InboxItem.objects.filter(key__contains=hers.wamid).count() == 1
    assert hers.status == "delivered"
    assert not Callback.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_our_service_stores_the_reports_with_our_reference(service: str, ada: Phone, graph: Graph) -> None:
    ref = "9a2b8c1e-6a0f-4c61-9d1c-0d2a5c1f7e11"
    graph.send(ada, biz_opaque_callback_data=ref)
    everything_is_due()
    callbacks.run_due()
    stored = DeliveryReport.objects.filter(client_ref=ref).values_list("status", flat=True)
    assert set(stored) == {"sent", "delivered"}


@pytest.mark.django_db(transaction=True)
def test_what_a_phone_says_arrives_in_its_order(service: str, ada: Phone) -> None:
    for number in range(5):
        phones.say_text(ada.pk, f"{number}")
    callbacks.run_due()
    stored = list(InboxItem.objects.order_by("pk").values_list("key", flat=True))
    said = list(ada.bubbles.order_by("pk").values_list("wamid", flat=True))
    assert [wamid in key for wamid, key in zip(said, stored, strict=True)] == [True] * 6


@pytest.mark.django_db(transaction=True)
def test_a_doubled_webhook_is_stored_once(service: str, zainab: Phone) -> None:
    Phone.objects.filter(pk=zainab.pk).update(faults={"duplicates": True})
    phones.say_text(zainab.pk, "Hi")
    assert callbacks.run_due() == 2
    assert InboxItem.objects.count() == 1


@pytest.mark.django_db
@responses.activate
def test_what_is_not_taken_is_sent_again_later_and_the_page_is_told(ada: Phone) -> None:
    responses.post(WEBHOOK, status=503)
    callbacks.run_due()
    ada.refresh_from_db()
    waiting = Callback.objects.get()
    assert (waiting.attempts, waiting.lease_until) == (1, None)
    assert ada.trouble == "The webhook answered 503."
    assert callbacks.claim() == []

    responses.replace("POST", WEBHOOK, status=200)
    everything_is_due()
    callbacks.run_due()
    ada.refresh_from_db()
    assert (ada.trouble, ada.bubbles.get().status) == ("", "delivered")


@pytest.mark.django_db
@responses.activate
def test_a_webhook_that_cannot_be_reached_is_trouble_too(ada: Phone) -> None:
    responses.post(WEBHOOK, body=requests.ConnectionError("nobody listens"))
    callbacks.run_due()
    ada.refresh_from_db()
    assert ada.trouble.startswith("The webhook cannot be reached")


@pytest.mark.django_db
@responses.activate
def test_after_seven_days_meta_gives_up(ada: Phone) -> None:
    responses.post(WEBHOOK, status=503)
    Callback.objects.update(created_at=Now() - timedelta(days=7, minutes=1))
    callbacks.run_due()
    assert not Callback.objects.exists()


@pytest.mark.django_db
def test_a_lane_is_served_from_its_head(ada: Phone, zainab: Phone) -> None:
    for phone in (ada, zainab):
        phones.say_text(phone.pk, "more")
    claimed = callbacks.claim()
    assert {(each.phone_id, each.bubble and each.bubble.content["body"]) for each in claimed} == {
        (ada.pk, "Hi"),
        (zainab.pk, "more"),
    }
    assert callbacks.claim() == []


@pytest.mark.django_db
def test_what_a_killed_process_had_claimed_comes_free_with_its_lease(ada: Phone) -> None:
    first = callbacks.claim()
    Callback.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert callbacks.claim() == first


@pytest.mark.django_db
def test_nothing_is_posted_to_a_host_that_is_not_this_machine(ada: Phone, settings: Settings) -> None:
    settings.WHATSAPP_API_URL = "https://graph.facebook.com"
    with pytest.raises(ImproperlyConfigured, match="WHATSAPP_API_URL"):
        webhooks.target()
    callbacks.run_due()
    ada.refresh_from_db()
    assert "WHATSAPP_API_URL" in ada.trouble


@pytest.mark.django_db
def test_without_an_app_secret_nothing_is_posted_and_the_page_says_why(ada: Phone, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRETS = ()
    callbacks.run_due()
    ada.refresh_from_db()
    assert "WHATSAPP_APP_SECRET" in ada.trouble


@pytest.mark.django_db(transaction=True)
def test_the_threads_post_what_is_queued_and_end_when_told(service: str) -> None:
    dispatcher.start()
    try:
        phone = phones.add("+234 803 000 0003", "Tunde Bello")
        bubble = phones.say_text(phone.pk, "Hi")
        for _ in range(200):
            bubble.refresh_from_db()
            if bubble.status == "delivered":
                break
            callbacks.queued.wait(0.05)
    finally:
        dispatcher.stop()
    assert bubble.status == "delivered"


@pytest.mark.django_db(transaction=True)
def test_early_reports_arrive_before_the_send_is_answered(service: str, ada: Phone, graph: Graph) -> None:
    Phone.objects.filter(pk=ada.pk).update(faults={"statuses": "early"}, online=False)
    callbacks.run_due()
    dispatcher.start()
    try:
        wamid = graph.send(ada)[1]["messages"][0]["id"]
        assert DeliveryReport.objects.filter(provider_id=wamid, status="sent").exists()
    finally:
        dispatcher.stop()


@pytest.mark.django_db
def test_late_reports_are_not_due_yet_when_the_send_is_answered(ada: Phone, graph: Graph) -> None:
    Phone.objects.filter(pk=ada.pk).update(faults={"statuses": "late"})
    graph.send(ada)
    reports = Callback.objects.filter(lane__startswith=callbacks.STATUS)
    assert reports.count() == 2  # sent, delivered
    assert not reports.filter(due_at__lt=Now() + timedelta(seconds=15)).exists()
