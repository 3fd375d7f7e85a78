"""What may not stand in a log: phone numbers, tokens, what people wrote.

`leaks` looks at text; records are looked at as they were called, before any mask (our own code must not hand content to
a logger at all), and as they were written. As a pytest plugin (pyproject.toml) it watches every test, from its first
fixture to its last: whatever our code says, down to DEBUG, and whatever the processes that it starts print
(`tests/processes.py`). A test that leaks fails.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from edubot.logs import JsonFormatter

OURS = ("edubot", "conversations", "support", "whatsapp")
ALLOWED = "allow_leaks"  # the marker of tests whose subject is the masks themselves

_PHONE = re.compile(r"(?<![A-Za-z0-9.-])(?:\+|%2B)?(?:234|33|44|49)\d{9,11}(?![A-Za-z0-9])")
_TOKENS = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]+|\bEAA[A-Za-z0-9]{16,}|tests-only-[\w-]+|sha256=[0-9a-f]{16,}|\bwamid\.\w+"
)

# What the suite's students and staff are called and write, in pieces that no honest line has.
CANARIES = (
    *("Ada Obi", "ada_the_great", "Bola Ade", "Chidinma Okafor", "Grace Ade", "Tunde Bello", "Zainab Musa"),
    *("@example.com", "@school.example"),
    *("correct horse battery staple", "a long pass phrase", "hunter2-and-more"),
    *("What is this?", "How many moles", "Six moles", "Seven moles", "My photo was refused", "Which photo", "Is it 42"),
    *("Is anybody there", "Are you there", "I cannot pay", "one more question", "thank you", "Good morning"),
    *(
        "We are looking into it",
        "We look into it",
        "I take over",
        "this is Grace",
        "She called",
        "Her mother will call",
    ),
)


def leaks(text: str, words: Iterable[str] = ()) -> list[str]:
    """What in `text` should not be there: full phone numbers, credentials, canaries, any of `words`."""
    found = [match[0] for pattern in (_PHONE, _TOKENS) for match in pattern.finditer(text)]
    lower = text.lower()
    return found + [word for word in (*CANARIES, *words) if word.lower() in lower]


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


def heard(command: str, output: str) -> None:
    """Look at what a process has printed; whichever test is running fails if it leaked."""
    for line in output.splitlines():
        if found := leaks(line):
            _scanner.leaked.append(f"`{command}` tells {found[0]!r}: {line}")


def pytest_configure(config: pytest.Config) -> None:
    """Know the marker, and listen to all that our code says; the console stays as quiet as LOG_LEVEL has it."""
    config.addinivalue_line("markers", f"{ALLOWED}: what it logs is made up to be masked")
    root = logging.getLogger()
    for handler in root.handlers:
        handler.setLevel(root.level)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(_scanner)


@contextmanager
def _watched(item: pytest.Item) -> Iterator[None]:
    """Fail a test in a phase of which something leaked. Where it fails by itself, that is told first."""
    yield
    leaked, _scanner.leaked = _scanner.leaked, []
    if leaked and not item.get_closest_marker(ALLOWED):
        pytest.fail("Leaked into the log:\n" + "\n".join(leaked), pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Look at what fixtures do."""
    with _watched(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Look at what the test does."""
    with _watched(item):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Look at what ends after it, as the processes that fixtures started."""
    with _watched(item):
        return (yield)
