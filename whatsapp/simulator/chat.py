"""The chat of `manage.py chat`: reads lines, does what they ask for on a phone, prints what comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from whatsapp.simulator import phones, terminal
from whatsapp.simulator.models import Bubble
from whatsapp.simulator.session import Session
from whatsapp.simulator.terminal import InputError, Quit, Say, Send, ShowHelp, Tap, Wish

LOOK_AGAIN = 0.5  # seconds between two looks for messages that come by themselves

Read = Callable[[], str | None]  # the next line, None at the end
Write = Callable[[str], object]


class Chat:
    """One conversation in a terminal."""

    def __init__(self, session: Session, write: Write) -> None:
        self._session = session
        self._write = write

    def introduce(self) -> None:
        """Say who one is, and what can be tapped from the last time."""
        phone = self._session.phone
        self._write(f"You are {phone.name}, +{phone.number}. /help says what can be typed, /quit leaves.")
        if tappable := self._session.tappable():
            self._show([tappable])

    def converse(self, read: Read) -> None:
        """Answer line after line until the input ends or somebody quits."""
        while (line := read()) is not None:
            try:
                wish = terminal.understand(line, self._session.tappable())
                if isinstance(wish, Quit):
                    return
                self._carry_out(wish)
            except (InputError, phones.PhoneError) as error:
                self._write(str(error))

    def _carry_out(self, wish: Wish) -> None:
        if isinstance(wish, ShowHelp):
            self._write(terminal.HELP)
            return
        trouble = self._session.settle(self._say(wish))
        self._show(self._session.news())
        if trouble:
            self._write(f"({trouble})")

    def _say(self, wish: Wish) -> Bubble:
        phone_id = self._session.phone.pk
        match wish:
            case Tap(wamid, choice):
                return phones.tap(phone_id, wamid, choice.id)
            case Send(upload):
                return phones.send_file(phone_id, upload)
            case Say(words):
                return phones.say_text(phone_id, words)
        raise AssertionError(wish)

    def _show(self, bubbles: list[Bubble]) -> None:
        for bubble in bubbles:
            self._write("\n".join(terminal.lines(bubble, settings.BOT_NAME)))

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Meanwhile print what comes by itself: a person of the team may answer while nothing is typed."""
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(LOOK_AGAIN):
                self._show(self._session.news())
            connection.close()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
