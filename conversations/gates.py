"""Reasons why nothing may leave at this moment, shared by all workers through the database.

`number`: we send faster than the provider allows; opens by itself, later each time in a row. `network`: the provider
cannot be reached; a single message tries again every few seconds. `account`: our token or
account is refused; a single message tries again every minute. `paused`: a person (or a restore) stopped sending and a
person opens it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.db import transaction

from conversations import prepared, wakeup
from conversations.channel import SendError
from conversations.models import Gate
from conversations.notices import raise_notice, settle_notice
from conversations.received import Severity

NUMBER, NETWORK, APP, ACCOUNT, PAUSED = "number", "network", "app", "account", "paused"
_LONGEST = {NUMBER: 60, NETWORK: 15, APP: 900}  # seconds
_FIRST = {NUMBER: 1, NETWORK: 1, APP: 60}
ACCOUNT_PROBE = timedelta(seconds=60)
# How often in a row a gate has shut when staff are told: each after a minute or two.
_TOLD_AT = {NUMBER: 7, NETWORK: 7, APP: 2}
_SEVERITY = {NUMBER: Severity.WARNING, NETWORK: Severity.WARNING, APP: Severity.CRITICAL}


class Standing(NamedTuple):
    """The gates that are shut, and whether a gate's time is over but nothing has got through since (`on_trial`).

    On trial each worker lets one message go ahead of the others, and another one while an answer takes long.
    """

    closed: list[Gate]
    on_trial: bool


def standing() -> Standing:
    """How the gates stand, by the database's clock: there are five at most, so one look takes them all."""
    gates = [(prepared.made(Gate, row), shut) for *row, shut in prepared.rows(_all(), [])]
    return Standing([gate for gate, shut in gates if shut], any(gate.closed_until for gate, _ in gates))


@cache
def _all() -> str:
    return f"""
        SELECT {prepared.columns(Gate, "gate")}, coalesce(closed_until > statement_timestamp(), true)
        FROM conversations_gate gate
    """  # noqa: S608  (names of columns)


def holding_up() -> Gate | None:
    """The gate that keeps messages from leaving for longer than a moment, where there is one."""
    return next((gate for gate in Gate.objects.order_by("name") if gate.times >= _TOLD_AT.get(gate.name, 0)), None)


def closed() -> list[Gate]:
    """The gates that are shut now."""
    return standing().closed


def slow_down(name: str, error: SendError, claimed_at: datetime) -> None:
    """Close the `number`, `network` or `app` gate for a while that doubles each time in a row.

    `claimed_at`: when the message that met the error was taken up, by the database's clock. What was under way when the
    gate shut says nothing new, however late it says it.
    """
    now = _now()
    with transaction.atomic():
        new = {"reason": "", "times": 0, "closed_at": claimed_at}
        gate, _ = Gate.objects.select_for_update().get_or_create(name=name, defaults=new)
        if (gate.closed_until and gate.closed_until > now) or claimed_at < gate.closed_at:
            return
        gate.times = min(gate.times + 1, 12)
        seconds = min(_FIRST[name] * 2 ** (gate.times - 1), _LONGEST[name])
        gate.closed_until, gate.closed_at = now + timedelta(seconds=seconds), now
        gate.reason, gate.error_code = error.message[:300], error.code
        gate.save()
        if gate.times >= _TOLD_AT[name]:
            raise_notice(
                _key(name),
                "sending_held_up",
                _SEVERITY[name],
                f"Messages have not been leaving for a while: {error.message} {error.hint}".strip(),
                code=error.code,
            )


def _key(name: str) -> str:
    """Of the notice that this gate raises."""
    return "sending-stopped" if name == ACCOUNT else f"sending-held-up-{name}"


def _now() -> datetime:
    """By the clock that all workers share: one whose own is an hour ahead must not keep a gate shut for an hour."""
    found = prepared.row("SELECT clock_timestamp()", [])
    assert found  # noqa: S101
    moment: datetime = found[0]
    return moment


def stop(error: SendError) -> None:
    """Our token or account is refused: keep everything queued, alert staff, try one message a minute."""
    now = _now()
    Gate.objects.update_or_create(
        name=ACCOUNT,
        defaults={
            "closed_until": now + ACCOUNT_PROBE,
            "closed_at": now,
            "reason": error.message[:300],
            "error_code": error.code,
        },
    )
    raise_notice(
        _key(ACCOUNT),
        "sending_stopped",
        Severity.CRITICAL,
        f"WhatsApp refuses our messages: {error.message} {error.hint}".strip(),
        code=error.code,
    )


def pause(reason: str) -> None:
    """Stop all sending until a person opens it again."""
    Gate.objects.update_or_create(name=PAUSED, defaults={"closed_until": None, "reason": reason[:300]})


def resume() -> None:
    """A person lets messages out again after `pause`."""
    open_by_hand(PAUSED)


def passed(claimed_at: datetime) -> None:
    """A message that was claimed at this moment got through: the gates whose time was over then are open for all.

    A message that was on its way before a gate shut says nothing about what made it shut.
    """
    names = [name for (name,) in prepared.rows(_OVER, [claimed_at])]
    if names:
        Gate.objects.filter(closed_until__lte=claimed_at).delete()
    for name in names:
        settle_notice(_key(name))


_OVER = "SELECT name FROM conversations_gate WHERE closed_until <= %s"


def open_by_hand(name: str) -> None:
    """A person lets messages out again. Where the reason still holds, the next send shuts the gate anew."""
    Gate.objects.filter(name=name).delete()
    settle_notice(_key(name))
    wakeup.call(wakeup.OUTBOX)
