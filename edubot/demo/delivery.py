"""What became of the demo's outgoing messages. None of them is on its way any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from edubot.demo.rows import MessageRow
from whatsapp.errors import CODES

FAILURES = (131026, 131049, 130472, 131053, 131000)  # Meta's codes
_JUST_NOW = timedelta(seconds=20)
_SETTLED = timedelta(minutes=10)


def settle(message: MessageRow, fate: str, now: datetime, random: Random) -> None:
    """Give an outgoing message its delivery status, with the times that belong to it."""
    message.attempts = 1
    chance = random.random()
    settled = now - message.created_at > _SETTLED
    if fate.isdigit():
        _fail(message, int(fate))
    elif fate == "unknown" or (settled and message.policy == "park" and chance < 0.004):
        message.delivery_status, message.provider_id = "unknown", None
        message.error = "WhatsApp did not say whether it took the message."
    elif settled and not fate and chance < 0.004:
        _fail(message, random.choice(FAILURES))
    else:
        _arrive(message, now, chance)


def _fail(message: MessageRow, code: int) -> None:
    message.delivery_status, message.error_code = "failed", code
    message.error = CODES[code].message
    message.sent_at = message.created_at + timedelta(seconds=0.4)
    message.failed_at = message.created_at + timedelta(seconds=1.9)


def _arrive(message: MessageRow, now: datetime, chance: float) -> None:
    """Sent, and with time delivered and read; some people are offline, some keep their ticks to themselves."""
    message.delivery_status, message.sent_at = "sent", message.created_at + timedelta(seconds=0.4)
    if now - message.created_at < _JUST_NOW or chance > 0.985:
        return
    message.delivery_status, message.delivered_at = "delivered", message.created_at + timedelta(seconds=1.5)
    read_at = message.created_at + timedelta(seconds=3 + 40 * chance)
    if read_at < now and chance < 0.88:
        message.delivery_status, message.read_at = "read", read_at
