"""Canned replies, categories, FAQ topics and bot texts over HTTP: read by all, written by supervisors."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from conversations import wording
from conversations.models import FaqTopic
from support.audit import AuditEntry
from tests.support.api.conftest import Api, ClientFor
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


def test_the_bot_speaks_the_new_words_at_once(sola: Api) -> None:
    wording.topics("en")
    sola.post("/api/admin/faqs", WORDS["faqs"])
    assert FaqTopic.objects.filter(slug="fees-2").exists()
    assert "faq_fees-2" in {topic.id for topic in wording.topics("en")}
