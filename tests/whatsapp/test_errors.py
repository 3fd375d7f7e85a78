"""Meta's error codes, each with what follows from it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from conversations.channel import Verdict
from whatsapp.errors import CODES, RANGES, meaning, refusal


def answer(code: int | None, **more: Any) -> dict[str, Any]:
    return {"error": {"message": "(#1) secret-token +2348012345678", "type": "OAuthException", "code": code, **more}}


# class of the specification's table -> (verdict, codes)
CLASSES = {
    "auth": (Verdict.AUTH, [0, 3, 10, 190, 200, 299, 131005]),
    "try again": (Verdict.RETRY, [1, 2, 131000, 131014, 131016, 131057, 132069, 133004, 135000]),
    "rate of the app or account": (Verdict.RATE_APP, [4, 613, 80007, 131048, 131064]),
    "rate of the number": (Verdict.RATE_NUMBER, [130429]),
    "rate of the person": (Verdict.RATE_RECIPIENT, [131056]),
    "account": (
        Verdict.ACCOUNT,
        [
            33,
            368,
            131031,
            131037,
            131042,
            131044,
            131045,
            133000,
            133005,
            133006,
            133008,
            133009,
            133010,
            133015,
            133016,
        ],
    ),
    "window closed": (Verdict.WINDOW_CLOSED, [131047]),
    "this person": (
        Verdict.RECIPIENT,
        [130403, 130472, 130497, 131026, 131030, 131049, 131050, 131062, 137000],
    ),
    "this message": (
        Verdict.PERMANENT,
        [
            *(100, 131008, 131009, 131021, 131051, 131052, 131053, 131060, 131063, 134011),
            *(132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068),
            *(131020, 131041, 131200, 131299, 138000, 147001, 147005),
        ],
    ),
}
VERDICTS = [(code, verdict) for verdict, codes in CLASSES.values() for code in codes]


@pytest.mark.parametrize(("code", "verdict"), VERDICTS)
def test_a_code_decides_what_follows(code: int, verdict: Verdict) -> None:
    error = refusal(400, answer(code))
    assert (error.verdict, error.code) == (verdict, code)


def test_every_code_of_the_table_is_in_this_test() -> None:
    tested = {code for code, _ in VERDICTS}
    assert set(CODES) <= tested
    assert all(any(code in codes for code in tested) for codes, _ in RANGES)


def test_staff_can_read_what_happened_and_what_to_do() -> None:
    for found in [*CODES.values(), *(found for _, found in RANGES)]:
        assert found.message.endswith(".")
        assert found.hint.endswith(".")
        assert len(found.message) <= 120


# (HTTP status, body, verdict): where the code is missing or unknown, or the status says more than the code
CASES: dict[str, tuple[int, dict[str, Any], Verdict]] = {
    "throttled without a code": (429, {}, Verdict.RATE_NUMBER),
    "throttled with an unknown code": (429, answer(999), Verdict.RATE_NUMBER),
    "refused without a code": (401, {}, Verdict.AUTH),
    "not found": (404, {}, Verdict.PERMANENT),
    "an unknown code": (400, answer(999), Verdict.PERMANENT),
    "an unknown code that will pass": (400, answer(999, is_transient=True), Verdict.RETRY),
    "an unknown code that will pass, after trouble": (500, answer(999, is_transient=True), Verdict.UNKNOWN),
    "trouble without a code": (502, {}, Verdict.UNKNOWN),
    "trouble with a code that says try again": (500, answer(131000), Verdict.UNKNOWN),
    "overloaded": (503, answer(2), Verdict.UNKNOWN),
    "a faulty registration after trouble": (500, answer(131045), Verdict.UNKNOWN),
    "trouble with a code that says no": (500, answer(100), Verdict.UNKNOWN),
    "not let in, as a 500": (500, answer(3), Verdict.AUTH),
    "too fast, as a 500": (500, answer(130429), Verdict.RATE_NUMBER),
    "too much for one person, as a 503": (503, answer(131056), Verdict.RATE_RECIPIENT),
    "the app's limit, as a 500": (500, answer(4), Verdict.RATE_APP),
    "a redirect": (301, {}, Verdict.ACCOUNT),
    "too slow a request": (408, {}, Verdict.UNKNOWN),
    "a code that is a text": (400, {"error": {"code": "190"}}, Verdict.PERMANENT),
    "a code that is true": (400, {"error": {"code": True}}, Verdict.PERMANENT),
    "an error that is a text": (400, {"error": "broken"}, Verdict.PERMANENT),
    "error data that is a text": (400, answer(132000, error_data="details"), Verdict.PERMANENT),
}


@pytest.mark.parametrize(("status", "body", "verdict"), CASES.values(), ids=CASES.keys())
def test_without_a_known_code_the_status_decides(status: int, body: dict[str, Any], verdict: Verdict) -> None:
    assert refusal(status, body).verdict is verdict


@pytest.mark.parametrize(
    ("subcode", "verdict"), [(33, Verdict.ACCOUNT), (34, Verdict.PERMANENT), (None, Verdict.PERMANENT)]
)
def test_an_address_that_leads_to_nothing_names_a_wrong_number_id(subcode: int | None, verdict: Verdict) -> None:
    error = refusal(400, answer(100, error_subcode=subcode))
    assert (error.verdict, "WHATSAPP_PHONE_NUMBER_ID" in error.hint) == (verdict, verdict is Verdict.ACCOUNT)


@pytest.mark.parametrize("code", [1, 131014, 135000])
def test_some_codes_are_not_worth_many_tries(code: int) -> None:
    assert refusal(400, answer(code)).tries in {2, 3}


@pytest.mark.parametrize("code", [190, 999])
def test_metas_own_words_go_nowhere(code: int, caplog: pytest.LogCaptureFixture) -> None:
    """They quote what was sent: numbers, texts, even the token."""
    with caplog.at_level(logging.DEBUG):
        error = refusal(400, answer(code, fbtrace_id="Atrace"))
    heard = f"{error} {error.hint} {error.__dict__} {[record.__dict__ for record in caplog.records]}"
    assert "secret-token" not in heard
    assert "2348012345678" not in heard


def test_an_unknown_code_is_logged_loudly(caplog: pytest.LogCaptureFixture) -> None:
    refusal(400, answer(999, error_subcode=33, fbtrace_id="Atrace"))
    (record,) = caplog.records
    found = {name: record.__dict__[name] for name in ("levelname", "code", "error_subcode", "fbtrace_id", "status")}
    assert found == {
        "levelname": "ERROR",
        "code": 999,
        "error_subcode": 33,
        "fbtrace_id": "Atrace",
        "status": 400,
    }


def test_no_code_means_nothing() -> None:
    assert meaning(None) is None
    assert meaning(999) is None
