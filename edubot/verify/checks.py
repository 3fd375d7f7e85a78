"""What a check is, and how a category of them is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edubot.verify.stage import Stage

LONGEST_SHOWN = 160  # characters of what was seen instead


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. `seen` is what there was instead of what should be; `ok` None: could not be tried."""

    name: str
    ok: bool | None
    seen: str = ""


Category = Callable[[Stage], Iterator[Check]]


def check(name: str, ok: object, seen: object = "") -> Check:
    """A check whose outcome is `ok`."""
    return Check(name, bool(ok), "" if ok else str(seen)[:LONGEST_SHOWN])


def same(name: str, seen: object, wanted: object) -> Check:
    """A check that holds where `seen` is what was `wanted`."""
    return check(name, seen == wanted, f"{seen!r} instead of {wanted!r}")


def holds(name: str, seen: object, wanted: object) -> Check:
    """A check that holds where `wanted` stands in `seen`."""
    return check(name, str(wanted) in str(seen), f"no {wanted!r} in {seen!r}")


def play(category: Category, stage: Stage) -> Iterator[Check]:
    """The checks of a category, as they are tried. What breaks off is a check that failed: the rest was not tried."""
    try:
        yield from category(stage)
    except Exception as error:  # noqa: BLE001  (whatever it is, it has to be told beside the others)
        yield Check("is played to its end", ok=False, seen=f"{type(error).__name__}: {error}"[:LONGEST_SHOWN])
