"""Forged, foreign, stale and misshapen tokens: each is 401, with the same words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.support.api.conftest import Api, ClientFor, log_in
from tests.support.api.credentials import access_of, claims_of, encoded, refresh_of, signed

pytestmark = pytest.mark.django_db

Forge = Callable[[dict[str, Any]], str]
FAR = int(time.time()) + 3600


def without(name: str) -> Forge:
    """A token that lacks a claim, signed with our own key."""
    return lambda claims: signed({key: value for key, value in claims.items() if key != name})


def replaced(**changed: Any) -> Forge:
    """A token with other claims, signed with our own key."""
    return lambda claims: signed(claims | changed)


def bombs(depth: int) -> str:
    """A header that a JSON reader falls over."""
    return f"{encoded(b'[' * depth)}.{encoded(b'{}')}.{encoded(b'x')}"


FORGED: dict[str, Forge] = {
    "alg none": lambda claims: signed(claims, "none"),
    "alg None": lambda claims: signed(claims, "None"),
    "alg NONE": lambda claims: signed(claims, "NONE"),
    "HS384": lambda claims: signed(claims, "HS384"),
    "HS512": lambda claims: signed(claims, "HS512"),
    "RS256 with the secret as key": lambda claims: signed(claims, "RS256"),
    "another key": lambda claims: signed(claims, key="another key, long enough to be taken for one of ours"),
    "SECRET_KEY": lambda claims: signed(claims, key="tests-only-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz"),
    "no signature": lambda claims: signed(claims).rpartition(".")[0] + ".",
    "changed claims": lambda claims: _spliced(claims, user_id="1000000"),
    "expired by a second": replaced(exp=int(time.time()) - 1),
    "issued in the future": replaced(iat=FAR),
    "not before the future": replaced(nbf=FAR),
    "no exp": without("exp"),
    "no jti": without("jti"),
    "no type": without("token_type"),
    "no user": without("user_id"),
    "no family": without("family"),
    "no version": without("token_version"),
    "no issuer": without("iss"),
    "no audience": without("aud"),
    "another issuer": replaced(iss="elsewhere"),
    "another audience": replaced(aud="elsewhere"),
    "user abc": replaced(user_id="abc"),
    "user null": replaced(user_id=None),
    "user beyond the database": replaced(user_id=str(2**70)),
    "user 0": replaced(user_id="0"),
    "user of another": replaced(user_id="999999"),
    "family of nobody": replaced(family="0" * 32),
    "family of another kind": replaced(family=["x"]),
    "another version": replaced(token_version=99),
    "version of another kind": replaced(token_version={}),
    "jti of another kind": replaced(jti=5),
    "exp of another kind": replaced(exp="soon"),
    "exp beyond time": replaced(exp=10**18),
    "claims are a list": lambda claims: signed([claims]),
    "a sliding token": replaced(token_type="sliding"),
    "nothing": lambda _: "",
    "dots": lambda _: "..",
    "100 kB": lambda _: "x" * 100_000,
    "a deep header": lambda _: bombs(2_900),
    "not ASCII": lambda _: "é.é.é",
    "NUL": lambda _: "a.\0.b",
    "two tokens": lambda claims: f"{signed(claims)},Bearer {signed(claims)}",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(agent: User, name: str) -> None:
    answer = Api(FORGED[name](claims_of(access_of(agent)))).get("/api/admin/me")
    assert answer.status_code == 401
    assert answer.json() == {
        "status": "error",
        "message": "Log in, and send a valid token.",
        "data": None,
        "error_code": "UNAUTHORIZED",
    }


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_refresh_token_is_refused(agent: User, api: Api, name: str) -> None:
    answer = api.post("/api/admin/token/refresh", {"refresh": FORGED[name](claims_of(refresh_of(agent)))})
    assert answer.status_code in {401, 422}
    assert answer.json()["status"] == "error"


def test_what_the_forgers_start_from_is_a_good_token(agent: User) -> None:
    assert Api(signed(claims_of(access_of(agent)))).get("/api/admin/me").status_code == 200


@pytest.mark.parametrize("name", ["kid", "jku", "jwk", "x5u"])
def test_a_header_that_names_a_key_is_ignored(agent: User, name: str) -> None:
    claims = claims_of(access_of(agent))
    named = signed(claims, **{name: "https://evil.example/key"})
    assert Api(named).get("/api/admin/me").status_code == 200
    foreign = signed(claims, key="a key that the forger published at that address, long enough", **{name: "x"})
    assert Api(foreign).get("/api/admin/me").status_code == 401


def test_an_access_token_cannot_be_exchanged(agent: User, api: Api) -> None:
    assert api.post("/api/admin/token/refresh", {"refresh": access_of(agent)}).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic {}", "Token {}", "{}", "JWT {}"])
def test_other_ways_to_send_it_are_no_way(agent: User, api: Api, header: str) -> None:
    answer = api.get("/api/admin/me", authorization=header.format(access_of(agent)))
    assert answer.status_code == 401


def test_the_tokens_tell_nothing_but_ids(agent: User) -> None:
    for token in (access_of(agent), refresh_of(agent)):
        assert "grace" not in json.dumps(claims_of(token))
        assert set(claims_of(token)) == {
            *("token_type", "exp", "iat", "jti", "user_id", "family", "token_version", "aud", "iss"),
        }


def test_a_deleted_user_is_nobody(agent: User, client_for: ClientFor, api: Api) -> None:
    session = log_in("grace").json()
    agent.delete()
    assert Api(session["access"]).get("/api/admin/me").status_code == 401
    assert api.post("/api/admin/token/refresh", {"refresh": session["refresh"]}).status_code == 401


def _spliced(claims: dict[str, Any], **changed: Any) -> str:
    """The header and signature of a good token around other claims."""
    header, _, signature = signed(claims).split(".")
    return f"{header}.{encoded(json.dumps(claims | changed).encode())}.{signature}"
