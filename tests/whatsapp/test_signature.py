"""The signature of a webhook: what counts, and everything that does not."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.signature import sign, valid

SECRET = "app-secret"
BODY = b'{"entry":[{"id":"1","text":"r\\u00e9sum\\u00e9 \\ud83d\\ude00 https:\\/\\/example.org"}]}'
GOOD = "sha256=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
MAC = GOOD.removeprefix("sha256=")


def test_a_signature_is_the_hmac_of_the_raw_body() -> None:
    assert sign(BODY, SECRET) == GOOD
    assert valid(GOOD, BODY, [SECRET])


FORGED = {
    "missing": None,
    "empty": "",
    "prefix alone": "sha256=",
    "no prefix": MAC,
    "sha1": "sha1=" + MAC,
    "prefix in capitals": "SHA256=" + MAC,
    "digits in capitals": "sha256=" + MAC.upper(),
    "63 digits": GOOD[:-1],
    "65 digits": GOOD + "0",
    "a space before": " " + GOOD,
    "a space behind": GOOD + " ",
    "a line break behind": GOOD + "\n",
    "two headers joined by the server": f"{GOOD}, {GOOD}",
    "a byte that is not ASCII": "sha256=\xff" + MAC[1:],
    "a lone surrogate": "sha256=\udcff" + MAC[1:],
    "a foreign digit": "sha256=٣" + MAC[1:],
    "another secret": sign(BODY, "other-secret"),
    "the verify token as secret": sign(BODY, "verify-token"),
    "the empty secret": sign(BODY, ""),
    "one bit of the body flipped": sign(bytes([BODY[0] ^ 1]) + BODY[1:], SECRET),
    "the body compressed": sign(gzip.compress(BODY), SECRET),
    "no body": sign(b"", SECRET),
}


@pytest.mark.parametrize("case", FORGED)
def test_anything_else_is_refused(case: str) -> None:
    assert not valid(FORGED[case], BODY, [SECRET])


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_body_that_was_parsed_and_written_again_has_another_signature(ascii_only: bool) -> None:
    rewritten = json.dumps(json.loads(BODY), ensure_ascii=ascii_only, separators=(",", ":")).encode()
    assert not valid(sign(rewritten, SECRET), BODY, [SECRET])


def test_both_secrets_count_while_one_is_rotated() -> None:
    secrets = ("new-secret", SECRET)
    assert valid(GOOD, BODY, secrets)
    assert valid(sign(BODY, "new-secret"), BODY, secrets)
    assert not valid(sign(BODY, "retired-secret"), BODY, secrets)


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_valid(secrets: tuple[str, ...]) -> None:
    assert not valid(sign(BODY, ""), BODY, secrets)


@given(header=st.text(), body=st.binary())
def test_no_header_and_no_body_raises(header: str, body: bytes) -> None:
    assert not valid(header, body, [SECRET])


@given(body=st.binary(), secret=st.text(min_size=1, alphabet=st.characters(codec="utf-8")))
def test_whatever_was_signed_is_valid(body: bytes, secret: str) -> None:
    assert valid(sign(body, secret), body, [secret])
