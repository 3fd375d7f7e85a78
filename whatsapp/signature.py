"""The webhook's signature: `X-Hub-Signature-256: sha256=<HMAC-SHA256 of the raw body, keyed with the app secret>`.

Only the bytes that arrived may be hashed. Meta escapes non-ASCII characters (and `/`) in its own way, so a body that
was parsed and written again has another signature, though only for people with an accent or an emoji in their name.
See "Validating Payloads" in Meta's Webhooks reference.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

PREFIX = "sha256="


def sign(body: bytes, secret: str) -> str:
    """The header that Meta sends with `body` when the app secret is `secret`."""
    return PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()


def valid(header: str | None, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether `header` is the signature of `body` under one of `secrets` (two of them while a secret is rotated).

    Never raises. Upper-case digits, padding and further values are refused: Meta sends none of them. An empty secret
    signs nothing, for everybody knows it.
    """
    if not header:
        return False
    # Bytes, because compare_digest refuses text that is not ASCII, and a header may hold any byte.
    claimed = header.encode("utf-8", "replace")
    return any(hmac.compare_digest(claimed, sign(body, secret).encode()) for secret in secrets if secret)
