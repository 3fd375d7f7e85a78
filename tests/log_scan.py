"""What may not stand in a log: phone numbers, tokens, what people wrote.

`leaks` looks at text; records are looked at as they were called, before any mask (our own code must not hand content to
a logger at all), and as they were written. As a pytest plugin (pyproject.toml) it watches every test: one that leaks
fails.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator

import pytest

from edubot.logs import JsonFormatter

OURS = ("edubot", "conversations", "support", "whatsapp")
ALLOWED = "allow_leaks"  # the marker of tests whose subject is the masks themselves

_PHONE = re.compile(r"(?<![A-Za-z0-9.-])(?:\+|%2B)?(?:234|33|44|49)\d{9,11}(?![A-Za-z0-9])")
_TOKENS = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]+|\bEAA[A-Za-z0-9]{16,}|tests-only-[\w-]+|sha256=[0-9a-f]{16,}|\bwamid\.\w+"
)


def leaks(text: str, words: Iterable[str] = ()) -> list[str]:
    """What in `text` should not be there: full phone numbers, credentials, any of `words`."""
    found = [match[0] for pattern in (_PHONE, _TOKENS) for match in pattern.finditer(text)]
    return found + [word for word in words if word and word.lower() in text.lower()]


def told(record: logging.LogRecord) -> Iterator[str]:
    """What a record says: as it is written, and of our own code also as it was called."""
    yield JsonFormatter().format(record)
    if record.name.partition(".")[0] in OURS:
        yield record.getMessage()
        yield from (str(value) for name, value in vars(record).items() if name not in _NOT_SAID)


_NOT_SAID = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request"}


class Scanner(logging.Handler):
    """Keeps what leaked since it was last asked."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        super().__init__()
        self.words = tuple(words)
        self.leaked: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Look at one record."""
        found = [leak for text in told(record) for leak in leaks(text, self.words)]
        if found:
            self.leaked.append(f"{record.name}, {record.filename}:{record.lineno}: {record.msg!r} tells {found[0]!r}")


_scanner = Scanner()


def pytest_configure(config: pytest.Config) -> None:
    """Know the marker, and listen."""
    config.addinivalue_line("markers", f"{ALLOWED}: what it logs is made up to be masked")
    logging.getLogger().addHandler(_scanner)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test during which something leaked."""
    _scanner.leaked.clear()
    outcome = yield
    if _scanner.leaked and not item.get_closest_marker(ALLOWED):
        pytest.fail("Leaked into the log:\n" + "\n".join(_scanner.leaked), pytrace=False)
    return outcome
