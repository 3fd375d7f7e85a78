"""Places where a test may make the process die or stand still."""

from __future__ import annotations

import signal

import pytest
from django.core.exceptions import ImproperlyConfigured

from conversations import failpoints
from conversations.failpoints import Point


@pytest.mark.parametrize(
    ("spec", "points"),
    [
        ("", {}),
        ("a=3,b", {"a": Point(3, signal.SIGKILL), "b": Point(1, signal.SIGKILL)}),
        ("a=3:freeze", {"a": Point(3, signal.SIGSTOP)}),
    ],
)
def test_the_places_are_named_with_the_pass_and_what_happens_there(spec: str, points: dict[str, Point]) -> None:
    assert failpoints.parse(spec) == points


@pytest.mark.parametrize("spec", ["a=often", "a=3:explode"])
def test_anything_else_is_refused(spec: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        failpoints.parse(spec)


def test_no_process_can_be_told_to_die_outside_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUBOT_FAILPOINTS", "send.after_claim=1")
    monkeypatch.delenv("EDUBOT_TEST", raising=False)
    with pytest.raises(ImproperlyConfigured, match="EDUBOT_TEST=1"):
        failpoints._configured()
