"""The loops of a worker process: one drains inboxes, one sends, one applies delivery reports.

Every loop looks at the database, does what it finds, and sleeps until its bell rings or a second has passed. A lost
NOTIFY therefore costs a second at most. What is in hand is known to the loop alone; what is to do stands in the rows.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import Error, connection, connections
from django.utils import timezone

from conversations import courtesy, delivery, gates, heartbeat, inbox, sender, wakeup
from conversations.channel import Channel, Outgoing, SendError, get_channel
from conversations.pace import Pace, PersonPace
from conversations.storage import StoreError
from edubot.database import is_outage

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0  # seconds
READERS = 2  # files read at once to be sent, each with a database connection meanwhile


class Loop(threading.Thread):
    """A thread that calls `work` whenever its bell rings, and once a second anyway.

    A database that is away is waited for, and what it refuses is tried again; the named catcher of `django.db.Error`
    in a worker is here.
    """

    breath = 0.0  # seconds after some work: what comes in meanwhile is done together

    def __init__(self, name: str, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.bell = threading.Event()
        self.stopping = stop
        self.broken = False

    def work(self) -> float:
        """Do all there is to do; return the seconds after which to look again at the latest."""
        raise NotImplementedError

    def finish(self) -> None:
        """Put in order what is still in hand when the process ends."""

    def run(self) -> None:
        """Work until told to stop. What nobody foresaw stops the whole process: a supervisor starts a fresh one."""
        try:
            while not self.stopping.is_set():
                pause = self._guarded(self.work)
                self.stopping.wait(self.breath)
                self.bell.wait(min(pause, LOOK_AGAIN))
                self.bell.clear()
        except Exception as error:  # noqa: BLE001
            self.breaks(error)
        self._guarded(self.finish)
        connections.close_all()

    def breaks(self, error: Exception) -> None:
        """Note that this loop cannot go on, and stop the process."""
        log.error("A loop of the worker broke.", extra={"loop": self.name}, exc_info=error)
        self.broken = True
        self.stopping.set()

    def _guarded(self, step: Callable[[], float | None]) -> float:
        try:
            pause = step()
        except Error as error:
            _failed(self.name, error)
            return LOOK_AGAIN
        return LOOK_AGAIN if pause is None else pause


def _failed(loop: str, error: Error) -> None:
    """A database that is away comes back. One that refuses our work is a bug, which will not go away by itself."""
    told = {"loop": loop, "error": type(error).__name__}
    if is_outage(error):
        log.warning("The database is away or in trouble; trying again.", extra=told)
    else:
        log.error("The database refused what a loop wanted; trying again.", extra=told, exc_info=error)
    connection.close()


class InboxLoop(Loop):
    """Hands waiting mailboxes to a few threads; a mailbox is in one hand of this process at a time."""

    breath = 0.005

    def __init__(self, stop: threading.Event) -> None:
        super().__init__("inbox", stop)
        self._given: SimpleQueue[str | None] = SimpleQueue()
        # Daemons: where the rest of the worker cannot start, nobody would tell them to end, and the process would stay.
        self._hands = [
            threading.Thread(target=self._serve, name=f"inbox-{n}", daemon=True) for n in range(settings.INBOX_THREADS)
        ]
        self._in_hand: set[str] = set()
        self._resting: dict[str, datetime] = {}
        self._served: dict[str, int] = {}  # mailbox -> when it had its last turn, counted in turns
        self._turns = itertools.count(1)

    def work(self) -> float:
        """Give free threads the mailboxes that wait longest."""
        now = timezone.now()
        self._resting = {name: due for name, due in self._resting.copy().items() if due > now}
        room = settings.INBOX_THREADS * 3 - len(self._in_hand)
        if room >= settings.INBOX_THREADS:  # one look for several mailboxes, while there are some left to take up
            waiting = inbox.waiting(self._in_hand | self._resting.keys())
            here = {*waiting, *self._in_hand, *self._resting}
            self._served = {name: turn for name, turn in self._served.items() if name in here}
            # Whoever had a turn stands behind those who had none: a flood holds up nobody but its own student.
            for mailbox in sorted(waiting, key=lambda name: self._served.get(name, 0))[:room]:
                self._served[mailbox] = next(self._turns)
                self._in_hand.add(mailbox)
                self._given.put(mailbox)
        return min([(due - now).total_seconds() for due in self._resting.copy().values()], default=LOOK_AGAIN)

    def start(self) -> None:
        """Start the hands, then the loop."""
        for hand in self._hands:
            hand.start()
        super().start()

    def _serve(self) -> None:
        try:
            while (mailbox := self._given.get()) is not None:
                self._drain(mailbox)
        except Exception as error:  # noqa: BLE001
            self.breaks(error)
        connections.close_all()

    def _drain(self, mailbox: str) -> None:
        try:
            drained = inbox.drain(mailbox, self.stopping.is_set)
            if drained.pause:
                self._resting[mailbox] = timezone.now() + drained.pause
        except Error as error:
            _failed("inbox", error)
            self._resting[mailbox] = timezone.now() + timedelta(seconds=1)
        finally:
            self._in_hand.discard(mailbox)
            self.bell.set()  # what came in while the mailbox was in hand is found now

    def finish(self) -> None:
        """Let the hands end what they were given; what nobody was given stays for the next worker."""
        for _ in self._hands:
            self._given.put(None)
        for hand in self._hands:
            hand.join()


class SenderLoop(Loop):
    """Claims, sends and records. One connection does all database work; many threads wait for the provider.

    Few of them have a message with a file: each holds it in memory, and where files are kept may be slow or away, which
    concerns nobody else. Two more threads read the files; whoever waits for one in vain gives its message back.
    """

    breath = 0.02

    def __init__(self, stop: threading.Event, channel: Channel | None = None) -> None:
        super().__init__("sender", stop)
        self._channel = channel or get_channel()
        self._pool = ThreadPoolExecutor(settings.OUTBOX_SLOTS, thread_name_prefix="send")
        self._ended: SimpleQueue[sender.Result] = SimpleQueue()
        self._unrecorded: list[sender.Result] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="file")
        self._in_flight = 0
        self._with_file = 0  # of those
        self._pace = Pace(settings.OUTBOX_RATE)
        self._person_pace = PersonPace(settings.OUTBOX_PERSON_RATE)
        self._trials = Pace(1.0)

    def start(self) -> None:
        """Start the threads, then the loop: what a worker takes is seen at once, not whenever a burst needs one more.

        RuntimeError where the machine gives us no more threads.
        """
        all_there = threading.Event()
        try:
            for _ in range(settings.OUTBOX_SLOTS):
                self._pool.submit(all_there.wait)  # nobody is idle, so each has a thread made
        finally:
            all_there.set()
        super().start()

    def work(self) -> float:
        """Record what came back, then send what may leave."""
        self._record()
        standing = gates.standing()
        if standing.closed:
            return LOOK_AGAIN
        self._share(heartbeat.alive_lately())
        allowed = self._pace.allowed()
        room = min(settings.OUTBOX_SLOTS - self._in_flight, allowed)
        if standing.on_trial:
            room = min(room, self._trial())
        sent = self._send(room)
        self._tick(room - sent)
        # With a slot free again or a trial over the bell rings; that time has passed nobody tells us.
        return self._pace.wait() if sent == allowed else LOOK_AGAIN

    def _send(self, room: int) -> int:
        """Send up to `room` messages; returns how many. Where more wait than may have files, look again without."""
        resting = self._person_pace.resting()
        of_any_kind = min(room, max(1, settings.OUTBOX_SLOTS // 6) - self._with_file)
        sent = self._hand_out(sender.claim(of_any_kind, resting))
        if sent == of_any_kind:
            sent += self._hand_out(sender.claim(room - of_any_kind, resting, files=False))
        return sent

    def _hand_out(self, claimed: list[sender.Claimed]) -> int:
        self._pace.spend(len(claimed))
        self._person_pace.spend(one.conversation_id for one in claimed)
        for one in claimed:
            self._count(one, 1)
            self._pool.submit(sender.transmit, self._channel, one, self._read).add_done_callback(self._came_back)
        return len(claimed)

    def _count(self, one: sender.Claimed, change: int) -> None:
        self._in_flight += change
        self._with_file += change * one.has_file

    def _read(self, claimed: sender.Claimed) -> Outgoing:
        """The whole message. Raises StoreError after a third of the lease: uploading and sending take time, too.

        Also where the process ends meanwhile: whoever ended it may not wait, and then the message would be in doubt.
        """
        if not claimed.has_file:
            return claimed.outgoing
        reading = self._readers.submit(_read_and_close, claimed)
        until = time.monotonic() + settings.OUTBOX_LEASE / 3
        while not wait([reading], LOOK_AGAIN).done:
            if self.stopping.is_set() or time.monotonic() > until:
                reading.cancel()
                raise StoreError("The file could not be read in time; the message follows.")
        return reading.result()

    def _share(self, workers: int) -> None:
        self._pace.set_rate(settings.OUTBOX_RATE / workers)
        self._person_pace.share(workers)

    def _trial(self) -> int:
        """One message after the other; where an answer hangs one a second, or it would hold up everybody."""
        allowed = self._trials.allowed()
        self._trials.spend(allowed)
        return 1 if self._in_flight == 0 else allowed

    def _came_back(self, future: Future[sender.Result]) -> None:
        self._ended.put(future.result())
        self.bell.set()

    def _record(self) -> None:
        try:
            while True:
                self._unrecorded.append(ended := self._ended.get_nowait())
                self._count(ended.claimed, -1)
        except Empty:
            pass
        sender.record(self._unrecorded, timezone.now())  # kept for the next round when the database is away
        self._unrecorded = []

    def _tick(self, room: int) -> None:
        """Blue ticks, while few slots are needed: they cost as much as a message."""
        for _ in range(min(room, settings.OUTBOX_SLOTS // 4 - self._in_flight)):
            if (provider_id := courtesy.take()) is None:
                return
            self._pool.submit(_mark_read, self._channel, provider_id)

    def finish(self) -> None:
        """Record the sends that are on their way as each comes back: the process may be killed before the last does."""
        self._pool.shutdown(wait=False)
        while self._in_flight:
            self.bell.wait(LOOK_AGAIN)
            self.bell.clear()
            self._guarded(self._record)
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._record()


def _read_and_close(claimed: sender.Claimed) -> Outgoing:
    """Files are few: their readers keep no connection."""
    try:
        return sender.whole(claimed)
    finally:
        connections.close_all()


def _mark_read(channel: Channel, provider_id: str) -> None:
    try:
        channel.mark_read(provider_id, typing=False)
    except SendError as error:
        log.info("A message could not be marked as read.", extra={"code": error.code})


class ReportLoop(Loop):
    """Applies delivery reports, and looks after leases and holds that ran out."""

    breath = 0.02

    def __init__(self, stop: threading.Event, woken: Loop) -> None:
        super().__init__("reports", stop)
        self._sender = woken
        self._oldest: timedelta | None = None  # at first: nobody may have looked for days

    def work(self) -> float:
        """Sweep until nothing moves."""
        while not self.stopping.is_set() and sender.sweep(oldest=self._oldest):
            self._sender.bell.set()
        self._oldest = delivery.RECENT
        return LOOK_AGAIN


class Listener(Loop):
    """Rings the bells of the other loops when PostgreSQL passes on a NOTIFY."""

    def __init__(self, stop: threading.Event, bells: dict[str, threading.Event]) -> None:
        super().__init__("listener", stop)
        self._bells = bells
        self._listening: object = None

    def work(self) -> float:
        """Listen for a second; every bell rings after a new connection, for nobody knows what was missed."""
        connection.ensure_connection()
        raw = connection.connection
        if raw is not self._listening:
            with connection.cursor() as cursor:
                for channel in self._bells:
                    cursor.execute(f"LISTEN {channel}")
            self._listening = raw
            for bell in self._bells.values():
                bell.set()
        with connection.wrap_database_errors:  # we read past Django here, but its errors are those that we catch
            for notification in raw.notifies(timeout=LOOK_AGAIN, stop_after=1):
                self._bells[notification.channel].set()
        return 0.001


class HeartbeatLoop(Loop):
    """Says every few seconds that this process is alive."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__("heartbeat", stop)

    def work(self) -> float:
        """Beat once."""
        heartbeat.beat()
        self.stopping.wait(heartbeat.EVERY)
        return 0.001

    def finish(self) -> None:
        """Sign off."""
        heartbeat.stop()


def start(stop: threading.Event) -> list[Loop]:
    """Start the loops of a worker process; they end soon after `stop` is set."""
    inbox_loop, sender_loop = InboxLoop(stop), SenderLoop(stop)
    report_loop = ReportLoop(stop, woken=sender_loop)
    bells = {
        wakeup.INBOX: inbox_loop.bell,
        wakeup.OUTBOX: sender_loop.bell,
        wakeup.REPORTS: report_loop.bell,
    }
    loops = [inbox_loop, sender_loop, report_loop, Listener(stop, bells), HeartbeatLoop(stop)]
    for loop in loops:
        loop.start()
    return loops
