"""A progress bar for long commands: on a terminal one line that overwrites itself, elsewhere nothing."""

from __future__ import annotations

from collections.abc import Callable

from django.core.management.base import OutputWrapper

_WIDTH = 30


def bar(out: OutputWrapper, what: str, whole: int) -> Callable[[int], None]:
    """A function that is told how much is done, of `whole`. A log is no place for a bar, so there it does nothing."""

    def show(done: int) -> None:
        filled = _WIDTH * min(done, whole) // max(whole, 1)
        out.write(f"\r{'█' * filled}{'·' * (_WIDTH - filled)} {done:,} of {whole:,} {what}", ending="")
        out.flush()
        if done >= whole:
            out.write("")

    return show if out.isatty() else lambda _done: None
