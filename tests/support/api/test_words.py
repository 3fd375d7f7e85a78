"""Canned replies, categories, FAQ topics and bot texts over HTTP: read by all, written by supervisors."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from conversations import people, wording
from conversations.models import FaqTopic
from support.audit import AuditEntry
from support.models import CannedReply, Category, SupportTicket
from tests.processes import eventually
from tests.support.api.conftest import Answer, Api, ClientFor
from tests.support.api.test_at_once import asked
from tests.support.api.test_learning import code, ids

WORDS: dict[str, dict[str, Any]] = {
    "canned-replies": {"shortcut": "hello", "title": "Hello", "text": "Hello {name}!"},
    "categories": {"name": "Fees", "first_answer": "", "is_active": True},
    "faqs": {"slug": "fees-2", "language": "en", "title": "Fees", "answer": "5,000", "position": 9, "is_active": True},
    "bot-texts": {"key": "button_help", "language": "en", "text": "Aid"},
}
CHANGED = {"canned-replies": "title", "categories": "name", "faqs": "title", "bot-texts": "text"}


@pytest.fixture
def sola(supervisor: User, client_for: ClientFor) -> Api:
    """The supervisor's client."""
    return client_for(supervisor)


@pytest.mark.parametrize("name", WORDS)
def test_words_are_added_found_changed_and_deleted(sola: Api, name: str) -> None:
    path, column = f"/api/admin/{name}", CHANGED[name]
    added = sola.post(path, WORDS[name])
    row = added.json()["data"]
    assert (added.status_code, {key: row[key] for key in WORDS[name]}) == (201, WORDS[name])
    assert row["id"] in ids(sola.get(f"{path}?limit=100"))
    changed = sola.patch(f"{path}/{row['id']}", WORDS[name] | {column: "Other"})
    assert (changed.status_code, changed.json()["data"][column]) == (200, "Other")
    assert sola.delete(f"{path}/{row['id']}").status_code == 200
    assert code(sola.delete(f"{path}/{row['id']}")) == (404, "NOT_FOUND")
    verbs = AuditEntry.objects.filter(verb__startswith="words.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["words.add", "words.change", "words.delete"]


@pytest.mark.parametrize("name", WORDS)
def test_two_of_a_kind_are_refused(sola: Api, name: str) -> None:
    sola.post(f"/api/admin/{name}", WORDS[name])
    assert code(sola.post(f"/api/admin/{name}", WORDS[name])) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("canned-replies", {"shortcut": "two words"}),
        ("canned-replies", {"text": ""}),
        ("categories", {"is_active": "yes"}),
        ("faqs", {"title": "x" * 25}),
        ("faqs", {"language": "xx"}),
        ("bot-texts", {"key": "no_such_sentence"}),
        ("bot-texts", {"text": "x" * 21}),
    ],
)
def test_a_wrong_value_is_named(sola: Api, name: str, wrong: dict[str, Any]) -> None:
    answer = sola.post(f"/api/admin/{name}", WORDS[name] | wrong)
    assert (code(answer), list(answer.json()["errors"])) == ((422, "VALIDATION_ERROR"), list(wrong))


def held_up(change: Callable[[], object], work: Callable[[], Answer]) -> Answer:
    """What is answered to a request that waits for `change`, which has its rows already, to be committed."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change()
            answer = pool.submit(work)
            eventually(_somebody_waits)
        return answer.result()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def changing(sola: Api, path: str, body: dict[str, Any]) -> Callable[[], Answer]:
    """A request on a connection of its own."""
    return lambda: asked(Barrier(1), sola, "PATCH", path, body)


@pytest.mark.django_db(transaction=True)
def test_two_who_change_a_row_at_the_same_moment_both_have_their_way(sola: Api) -> None:
    reply = CannedReply.objects.create(shortcut="hello", title="Hello", text="Hello {name}!")
    change = partial(CannedReply.objects.update, text="Good morning!")
    held_up(change, changing(sola, f"/api/admin/canned-replies/{reply.pk}", {"title": "Greeting"}))
    reply.refresh_from_db()
    assert (reply.title, reply.text) == ("Greeting", "Good morning!")


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_deletes_at_the_same_moment_stays_deleted(sola: Api) -> None:
    reply = CannedReply.objects.create(shortcut="hello", title="Hello", text="Hello {name}!")
    path = f"/api/admin/canned-replies/{reply.pk}"
    answer = held_up(CannedReply.objects.all().delete, changing(sola, path, {"title": "Greeting"}))
    assert (code(answer), CannedReply.objects.count()) == ((404, "NOT_FOUND"), 0)


@pytest.mark.django_db(transaction=True)
def test_a_category_that_somebody_deletes_at_the_same_moment_is_a_lost_race(sola: Api, ticket: SupportTicket) -> None:
    Category.objects.create(name="Fees")

    def delete() -> None:
        people.lock(ticket.conversation_id)
        Category.objects.all().delete()

    answer = held_up(delete, changing(sola, f"/api/support/tickets/{ticket.pk}", {"category": "Fees"}))
    assert code(answer) == (409, "CONFLICT")


def test_the_bot_speaks_the_new_words_at_once(sola: Api) -> None:
    wording.topics("en")
    sola.post("/api/admin/faqs", WORDS["faqs"])
    assert FaqTopic.objects.filter(slug="fees-2").exists()
    assert "faq_fees-2" in {topic.id for topic in wording.topics("en")}
