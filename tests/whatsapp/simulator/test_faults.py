"""The fault switches: what may be set, and whose count."""

from __future__ import annotations

import pytest

from whatsapp.simulator import faults


def test_a_phones_own_switches_come_before_everybodys() -> None:
    merged = faults.merge({"answer": "cut", "delay": 2}, {"answer": "ok", "duplicates": True})
    assert (merged.answer, merged.delay, merged.duplicates) == ("ok", 2, True)


def test_nothing_set_means_nothing_is_wrong() -> None:
    assert faults.merge({}, {}) == faults.NORMAL
    assert faults.NORMAL.struck is faults.ANSWERS["ok"]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "cut",
        {"unknown": 1},
        {"answer": "explode"},
        {"answer": ["cut"]},
        {"code": 7},
        {"code": "131026"},
        {"delay": -1},
        {"delay": 61},
        {"delay": True},
        {"delay": float("nan")},
        {"share": 50.5},
        {"times": 2**70},
        {"duplicates": 1},
        {1: 2},
    ],
)
def test_a_wrong_switch_is_refused_with_a_sentence(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"\."):
        faults.parse(wrong)


def test_right_switches_are_taken_as_they_are() -> None:
    switches = {"answer": "rejected", "code": 131047, "delay": 0.5, "share": 10, "times": 3, "pair_limit": False}
    assert faults.parse(switches) == switches


@pytest.mark.parametrize(("share", "struck"), [(0, {"ok"}), (100, {"cut"}), (50, {"ok", "cut"})])
def test_a_share_of_the_sends_is_struck(share: int, struck: set[str]) -> None:
    dice = faults.Faults(answer="cut", share=share)
    assert {"ok" if dice.struck is faults.ANSWERS["ok"] else "cut" for _ in range(200)} == struck
