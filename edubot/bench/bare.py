"""The least that could be done for a webhook: HMAC, an upsert and two inserts in one transaction, nothing else.

A WSGI application on psycopg alone, in the same server with as many threads and connections as the real one. What it
reaches is the limit that the real webhook is compared with.
"""

from __future__ import annotations

import hmac
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from edubot.bench.environment import HOME, address
from edubot.processes import follow_parent
from edubot.server.bodies import MIB
from edubot.server.gateway import Gateway
from edubot.server.lanes import Lane
from edubot.server.run import serve

TABLES = """
CREATE SCHEMA IF NOT EXISTS bare;
CREATE TABLE IF NOT EXISTS bare.person (phone text PRIMARY KEY, seen timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS bare.item (key text PRIMARY KEY, raw jsonb NOT NULL, at timestamptz DEFAULT now());
CREATE TABLE IF NOT EXISTS bare.work (id bigserial PRIMARY KEY, key text NOT NULL);
TRUNCATE bare.person, bare.item, bare.work
"""
_UPSERT = "INSERT INTO bare.person VALUES (%s, now()) ON CONFLICT (phone) DO UPDATE SET seen = excluded.seen"
_ITEM = "INSERT INTO bare.item (key, raw) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_WORK = "INSERT INTO bare.work (key) VALUES (%s)"

_secret = os.environ.get("WHATSAPP_APP_SECRET", "").encode()
_local = threading.local()


def _connection() -> psycopg.Connection[Any]:
    found: psycopg.Connection[Any] | None = getattr(_local, "connection", None)
    if found is None:
        _local.connection = found = psycopg.connect(address(Path(os.environ[HOME])), application_name="bare")
    return found


def _store(body: bytes) -> None:
    message = json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]
    connection = _connection()
    with connection.transaction():
        connection.execute(_UPSERT, [message["from"]])
        connection.execute(_ITEM, [message["id"], json.dumps(message)])
        connection.execute(_WORK, [message["id"]])


def wsgi(variables: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Verify, store, answer."""
    body = variables["wsgi.input"].read()
    expected = "sha256=" + hmac.digest(_secret, body, "sha256").hex()
    if not hmac.compare_digest(expected, variables.get("HTTP_X_HUB_SIGNATURE_256", "")):
        start_response("401 Unauthorized", [])
        return [b""]
    _store(body)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]


application = Gateway(wsgi, lanes=[("/", Lane("bare", threads=settings.WEBHOOK_THREADS, waiting=200, memory=64 * MIB))])

if __name__ == "__main__":
    follow_parent()
    serve(
        socket.socket(fileno=int(sys.argv[1])), processes=int(sys.argv[2]), application="edubot.bench.bare:application"
    )
