"""The bot's memory as JSON, for the column beside the conversation.

Reading is forgiving: unknown keys are ignored, and a part that an older version wrote differently falls back to what is
safe. An unreadable state becomes INITIAL, which greets a newcomer and shows anybody else the menu.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from conversations.bot.types import Memory, RatingAsked, SetAside, State

_STATES: Mapping[object, State] = {state.value: state for state in State}
_OWED = frozenset({"timed_out", "chat"})

Json = dict[str, object]


def to_json(memory: Memory) -> Json:
    """The memory as a JSON object; what is empty is left out, the state always stands in it."""
    stored: Json = {
        "state": memory.state.value,
        "answers": dict(memory.answers),
        "then": memory.then,
        "set_aside": _set_aside_to_json(memory.set_aside) if memory.set_aside else None,
        "unknown_in_a_row": memory.unknown_in_a_row,
        "told_to_leave": memory.told_to_leave,
        "unheard_end": memory.unheard_end,
        "rating": _rating_to_json(memory.rating) if memory.rating else None,
    }
    return {key: value for key, value in stored.items() if value}


def from_json(stored: object) -> Memory:
    """The memory that was stored, as far as it can be read. Never raises."""
    fields = _object(stored)
    then, unknown = fields.get("then"), fields.get("unknown_in_a_row")
    return Memory(
        state=_state(fields.get("state")) or State.INITIAL,
        answers=_answers(fields.get("answers")),
        then=then if isinstance(then, str) and then else None,
        set_aside=_set_aside(fields.get("set_aside")),
        unknown_in_a_row=unknown if isinstance(unknown, int) and unknown >= 0 else 0,
        told_to_leave=fields.get("told_to_leave") is True,
        unheard_end=fields.get("unheard_end") is True,
        rating=_rating(fields.get("rating")),
    )


def _set_aside_to_json(waiting: SetAside) -> Json:
    return {"state": waiting.state.value, "answers": dict(waiting.answers), "owed": waiting.owed}


def _set_aside(stored: object) -> SetAside | None:
    fields = _object(stored)
    state, owed = _state(fields.get("state")), fields.get("owed")
    if state is None:
        return None
    return SetAside(state, _answers(fields.get("answers")), owed if isinstance(owed, str) and owed in _OWED else "")


def _rating_to_json(rating: RatingAsked) -> Json:
    return {
        "ticket": rating.ticket,
        "asked_at": rating.asked_at.isoformat().replace("+00:00", "Z"),  # the API shows it as it stands here
        "is_last_word": rating.is_last_word,
        "answered": rating.answered,
    }


def _rating(stored: object) -> RatingAsked | None:
    fields = _object(stored)
    ticket, asked_at = fields.get("ticket"), _moment(fields.get("asked_at"))
    if not isinstance(ticket, int) or asked_at is None:
        return None
    return RatingAsked(ticket, asked_at, fields.get("is_last_word") is True, fields.get("answered") is True)


def _moment(stored: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(stored))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _state(stored: object) -> State | None:
    return _STATES.get(stored) if isinstance(stored, str) else None


def _answers(stored: object) -> Mapping[str, object]:
    return {key: value for key, value in _object(stored).items() if isinstance(value, str | int | list | None)}


def _object(stored: object) -> Mapping[str, object]:
    return stored if isinstance(stored, dict) else {}
