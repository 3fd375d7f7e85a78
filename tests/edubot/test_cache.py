"""Rate-limit counters in PostgreSQL: right over threads and processes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_ratelimit.decorators import ratelimit

from edubot.cache import PostgresCache
from edubot.models import Counter

pytestmark = pytest.mark.django_db


def expire(key: str) -> None:
    """Let time pass for one counter."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE edubot_counter SET expires_at = now() - interval '1 s' WHERE key LIKE %s", [f"%{key}"])
        assert cursor.rowcount == 1


def in_threads(work: Callable[[], Any], times: int) -> list[Any]:
    def once(_: int) -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(once, range(times)))


def test_it_is_the_default_cache() -> None:
    cache.set("seen", 1)
    assert Counter.objects.get().value == 1


def test_a_counter_counts() -> None:
    cache.set("hits", 1, timeout=60)
    assert [cache.incr("hits"), cache.incr("hits", 5), cache.decr("hits")] == [2, 7, 6]
    assert cache.get("hits") == 6
    assert "hits" in cache


def test_add_keeps_what_is_there() -> None:
    assert cache.add("hits", 1, timeout=60)
    assert not cache.add("hits", 9, timeout=60)
    assert cache.get("hits") == 1


def test_an_expired_counter_is_gone_for_everybody() -> None:
    cache.set("hits", 5, timeout=60)
    expire("hits")
    assert cache.get("hits") is None
    assert not cache.touch("hits")
    with pytest.raises(ValueError, match="not found"):
        cache.incr("hits")
    assert cache.add("hits", 1, timeout=60)
    assert cache.get("hits") == 1


def test_a_timeout_in_the_past_expires_at_once() -> None:
    cache.set("hits", 5, timeout=0)
    assert cache.get("hits", "none") == "none"


def test_counting_what_was_never_set_is_an_error() -> None:
    with pytest.raises(ValueError, match="not found"):
        cache.incr("hits")


def test_touch_and_delete_say_whether_there_was_something() -> None:
    cache.set("hits", 1, timeout=1)
    assert cache.touch("hits", 60)
    assert cache.delete("hits")
    assert not cache.delete("hits")


def test_several_counters_can_be_read_and_all_be_forgotten() -> None:
    cache.set_many({"a": 1, "b": 2})
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    cache.clear()
    assert cache.get_many(["a", "b"]) == {}


def test_it_keeps_numbers_alone() -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        cache.set("hits", "many")


def test_expired_rows_do_not_pile_up() -> None:
    cache.set("old", 1, timeout=60)
    expire("old")
    fresh: BaseCache = PostgresCache("", {})
    fresh.add("new", 1, timeout=60)
    assert [counter.key for counter in Counter.objects.all()] == [":1:new"]


def test_every_operation_is_one_statement(django_assert_num_queries: Any) -> None:
    cache.add("hits", 1)  # the sweep happens now, if at all
    with django_assert_num_queries(3):
        cache.add("hits", 1)
        cache.incr("hits")
        cache.get("hits")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_add_at_once_exactly_one_does() -> None:
    assert sum(in_threads(lambda: cache.add("hits", 1, timeout=60), 24)) == 1


@pytest.mark.django_db(transaction=True)
def test_no_hit_is_lost_among_many_at_once() -> None:
    cache.set("hits", 0, timeout=60)
    assert sorted(in_threads(lambda: cache.incr("hits"), 40)) == list(range(1, 41))


def test_django_ratelimit_counts_with_it(rf: RequestFactory) -> None:
    @ratelimit(key="ip", rate="3/m", block=False)  # type: ignore[untyped-decorator]
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=429 if request.limited else 200)  # type: ignore[attr-defined]

    assert [view(rf.get("/")).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
