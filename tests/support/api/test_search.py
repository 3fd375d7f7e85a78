"""Search: messages by their words, and the conversations these stand in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from conversations import search
from conversations.models import Conversation, Message, Sender
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Api, ClientFor

ADA_SAID = "Où est l'École? I paid and/or called about café-crème"


@pytest.fixture
def desk(agent: User, client_for: ClientFor) -> Api:
    """An agent's program."""
    return client_for(agent)


@pytest.fixture
def said(student: Conversation, phone: Phone, other_phone: Phone) -> None:
    """Ada said something with accents; Bola wrote after her."""
    phone.says(ADA_SAID)
    other_phone.says("Photosynthesis, please")


def messages(desk: Api, typed: str, more: str = "") -> list[dict[str, Any]]:
    """What a search for messages finds."""
    answer = desk.get(f"/api/admin/search?query={quote(typed)}{more}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["data"])


def names(desk: Api, typed: str) -> list[str]:
    """Whose conversations a search finds."""
    answer = desk.get(f"/api/admin/conversations?search={quote(typed)}")
    assert answer.status_code == 200, answer.content
    return [row["student_name"] for row in answer.json()["data"]]


@pytest.mark.parametrize("typed", ["ECOLE", "e\u0301col", "or called", "creme", "CAFÉ paid", "l'école"])
def test_words_are_found_whatever_their_accents_case_and_neighbours(desk: Api, said: None, typed: str) -> None:
    assert ADA_SAID in [hit["excerpt"] for hit in messages(desk, typed)]
    assert names(desk, typed) == ["Ada Obi"]


@pytest.mark.parametrize("typed", ["cole", "ecole photosynthesis", "called never"])
def test_what_begins_no_word_or_stands_in_two_messages_is_not_found(desk: Api, said: None, typed: str) -> None:
    assert (messages(desk, typed), names(desk, typed)) == ([], [])


HOSTILE = (
    *("'", '"', "\\", ":*", "&|!<>", "a:*b", "(((", "ecole'):*|'x", "--", "%", "\\' | 'a", "<->", "🎉", "…", "?!."),
    *("مرحبا", "\u202eolleh", "नमस्ते", "\u0301", "ǅ", "x" * 100, "é" * 100, ("a b " * 25).strip(), "１２３４"),
)


def test_no_text_is_too_hostile_to_be_searched_for(desk: Api, said: None) -> None:
    for typed in HOSTILE:
        assert len(messages(desk, typed)) <= 50
        assert len(names(desk, typed)) <= 50


@pytest.mark.parametrize("typed", ["x" * 101, "a\x00b", ""])
def test_what_is_no_search_is_422(desk: Api, typed: str) -> None:
    assert desk.get("/api/admin/search?query=" + quote(typed)).status_code == 422


def test_a_hit_leads_to_its_place_in_the_thread(desk: Api, said: None, phone: Phone) -> None:
    (hit,) = messages(desk, "ecole")
    assert (hit["conversation_id"], hit["phone_number"]) == (phone.conversation.pk, "+2348012345678")
    assert (hit["sender_type"], hit["student_name"]) == ("user", "Ada Obi")
    thread = desk.get(f"/api/admin/conversations/{hit['contact_id']}/messages?around={hit['id']}&limit=1").json()
    assert [message["text"] for message in thread["data"]] == [ADA_SAID]


def test_a_long_message_shows_the_words_around_the_hit(desk: Api, phone: Phone) -> None:
    phone.says("before " * 60 + "the Équation here " + "after " * 60)
    (hit,) = messages(desk, "equat")
    assert "the Équation here" in hit["excerpt"]
    assert hit["excerpt"][0] == hit["excerpt"][-1] == "…"
    assert len(hit["excerpt"]) <= 162


def test_filters_narrow_down_what_words_find(desk: Api, said: None) -> None:
    path = "/api/admin/conversations?search=ecole&chat_support="
    assert [desk.get(path + live).json()["total"] for live in ("true", "false")] == [0, 1]


def test_a_rare_word_is_searched_from_the_beginning(desk: Api, said: None) -> None:
    Message.objects.filter(text=ADA_SAID).update(created_at=timezone.now() - timedelta(days=400))
    answer = desk.get("/api/admin/search?query=ecole").json()
    assert (answer["count"], answer["searched_from"]) == (1, None)


def test_from_belongs_to_a_search(desk: Api) -> None:
    assert desk.get("/api/admin/conversations?from=2026-01-01").status_code == 422


class TestCommonWords:
    """Words in very many messages."""

    @pytest.fixture(autouse=True)
    def _common(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every word is a common one."""
        monkeypatch.setattr(search, "COMMON", 0)

    @pytest.fixture
    def many(self, lead: Conversation) -> list[Message]:
        """A message of last year and 70 of yesterday."""
        now = timezone.now()
        ages = [timedelta(days=365), *[timedelta(days=1)] * 70]
        rows = [Message(conversation=lead, sender=Sender.USER, text="tangent", created_at=now - age) for age in ages]
        return Message.objects.bulk_create(rows)

    def test_the_newest_fifty_are_found(self, desk: Api, many: list[Message]) -> None:
        assert [hit["id"] for hit in messages(desk, "tangent")] == [f"msg_{row.pk}" for row in many[:-51:-1]]

    def test_they_are_searched_for_90_days_and_the_answer_says_so(self, desk: Api, many: list[Message]) -> None:
        Message.objects.filter(pk__gt=many[1].pk).delete()
        answer = desk.get("/api/admin/search?query=tangent").json()
        assert [row["id"] for row in answer["data"]] == [f"msg_{many[1].pk}"]
        assert answer["searched_from"] < timezone.now().isoformat()
        assert desk.get("/api/admin/conversations?search=tangent").json()["searched_from"]

    def test_from_reaches_further_back(self, desk: Api, many: list[Message]) -> None:
        Message.objects.filter(pk__gt=many[1].pk).delete()
        found = [hit["id"] for hit in messages(desk, "tangent", "&from=2000-01-01")]
        assert found == [f"msg_{many[1].pk}", f"msg_{many[0].pk}"]


STRETCH = 20_000  # messages, as migration 0006 says


@pytest.fixture
def far_apart(lead: Conversation) -> list[int]:
    """The ids of messages about tangents in three stretches, two of them side by side at a border."""
    ids = [10, STRETCH - 1, STRETCH, 5 * STRETCH + 7]
    words = "A tangent touches once"
    Message.objects.bulk_create(Message(pk=pk, conversation=lead, sender=Sender.USER, text=words) for pk in ids)
    return ids


def test_words_are_found_in_every_stretch_the_newest_first(desk: Api, far_apart: list[int]) -> None:
    assert [hit["id"] for hit in messages(desk, "tang once")] == [f"msg_{pk}" for pk in far_apart[::-1]]


def test_the_words_of_a_stretch_are_looked_up_in_the_index(far_apart: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT FROM generate_series(5, 0, -1) AS stretch, LATERAL (SELECT FROM conversations_message "
            "WHERE search_words(text, id) @@ search_query(ARRAY['tangent'], stretch)) AS hit"
        )
        assert "Bitmap Index Scan on message_search" in "".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("few", [0, 40])
def test_few_conversations_and_many_are_searched_alike(
    desk: Api, said: None, far_apart: list[int], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", few)
    among = Conversation.objects.filter(messages=far_apart[0])
    assert search.messages("tangent", among=among) == search.Hits(far_apart[::-1], None)
    assert search.messages("photosynthesis", among=among) == search.Hits([], None)


def test_where_too_many_have_the_words_the_answer_says_how_far_back_it_looked(
    desk: Api, far_apart: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", 0)
    monkeypatch.setattr(search, "LOOKED_AT", 2)
    found = search.messages("tangent", among=Conversation.objects.all())
    assert found.ids == far_apart[:-3:-1]
    assert found.since == Message.objects.get(pk=far_apart[-2]).created_at
