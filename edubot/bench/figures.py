"""What was measured: a value with its spread, the goal it is held to, and whether it meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `met` is None for what has no goal of its own and explains the others."""

    what: str
    value: str
    spread: str = ""
    goal: str = ""
    met: bool | None = None


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of the values lie (the next one above, of few). Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def at_least(what: str, rounds: Sequence[float], goal: float, unit: str, *, digits: int = 0) -> Figure:
    """The median of several rounds, held to a lower limit."""
    value = median(rounds)
    shown = _shown(value, unit, digits)
    return Figure(what, shown, _spread(rounds, digits), f"≥ {_shown(goal, unit, digits)}", value >= goal)


def at_most(
    what: str, value: float, goal: float, unit: str, *, digits: int = 0, spread: Sequence[float] = ()
) -> Figure:
    """A value held to an upper limit."""
    shown = _shown(value, unit, digits)
    return Figure(what, shown, _spread(spread, digits), f"≤ {_shown(goal, unit, digits)}", value <= goal)


def plain(what: str, rounds: Sequence[float], unit: str, *, digits: int = 0) -> Figure:
    """The median of several rounds, without a goal."""
    return Figure(what, _shown(median(rounds), unit, digits), _spread(rounds, digits))


def _shown(value: float, unit: str, digits: int) -> str:
    return f"{value:,.{digits}f} {unit}".strip()


def _spread(rounds: Sequence[float], digits: int) -> str:
    if len(rounds) < 2:
        return ""
    return f"{min(rounds):,.{digits}f}–{max(rounds):,.{digits}f}, n={len(rounds)}"
