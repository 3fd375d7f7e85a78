"""The addresses that other people's services call, in OpenAPI's words: they are plain views, fast and strict."""

from __future__ import annotations

from typing import Any

from edubot.http import success_body


def _refused(words: str) -> dict[str, Any]:
    schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": words, "content": schema}


def _hub(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": f"hub.{name}", "in": "query", "required": True, "schema": {"type": "string"} | schema}


def _signed(header: str, pattern: str) -> dict[str, Any]:
    return {"name": header, "in": "header", "required": True, "schema": {"type": "string", "pattern": pattern}}


_STORED = {
    "description": "Everything in it is on disk; do not send it again.",
    "content": {"application/json": {"schema": {"type": "object"}, "example": success_body(None)}},
}
_ANY_JSON: dict[str, Any] = {"content": {"application/json": {"schema": {}}}}
_REFUSALS = {
    "401": _refused("The signature is missing or wrong."),
    "413": _refused("The body is too large."),
    "503": _refused("Nothing was stored; send it again."),
}

PATHS: dict[str, Any] = {
    "/api/webhook/whatsapp": {
        "get": {
            "operationId": "get_webhook_whatsapp",
            "summary": "Meta's handshake",
            "tags": ["webhooks"],
            "parameters": [
                _hub("mode", enum=["subscribe"]),
                _hub("verify_token", minLength=1),
                _hub("challenge", minLength=1, maxLength=256, pattern=r"^[\x00-\x7f]+$"),
            ],
            "responses": {
                "200": {
                    "description": "The challenge, as it came.",
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
                "400": _refused("A parameter is missing, or the challenge is unfit."),
                "403": _refused("The token or the mode is wrong."),
            },
        },
        "post": {
            "operationId": "post_webhook_whatsapp",
            "summary": "Messages and delivery reports from Meta",
            "tags": ["webhooks"],
            "parameters": [_signed("X-Hub-Signature-256", "^sha256=[0-9a-f]{64}$")],
            "requestBody": _ANY_JSON,
            "responses": {"200": _STORED} | _REFUSALS,
        },
    },
    "/api/webhook/payments/paystack": {
        "post": {
            "operationId": "post_webhook_payments_paystack",
            "summary": "Payments that Paystack received",
            "tags": ["webhooks"],
            "parameters": [_signed("x-paystack-signature", "^[0-9a-f]{128}$")],
            "requestBody": _ANY_JSON,
            "responses": {"200": _STORED} | _REFUSALS | {"404": _refused("Paystack is not configured here.")},
        },
    },
}
