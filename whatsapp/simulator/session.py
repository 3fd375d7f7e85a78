"""A chat of one phone outside the browser: whatever of the service does not run yet is run here while it lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db.models import Q

from conversations import heartbeat, loops, media
from conversations.channel import FetchError, get_channel
from conversations.models import Attachment, Conversation, InboxItem, Message
from conversations.models.thread import ON_ITS_WAY
from whatsapp.simulator import dispatcher
from whatsapp.simulator.models import Bubble, Phone
from whatsapp.simulator.webhooks import PATH

LONGEST_WAIT = 20.0  # seconds for an answer; the worker has begun long before
LOOK_AGAIN = 0.05  # seconds


class Session:
    """One phone, the messages that came to it, and the wait for an answer."""

    def __init__(self, phone: Phone, *, fetches_files: bool) -> None:
        self.phone = phone
        self._fetches_files = fetches_files
        self._seen = phone.bubbles.order_by("-pk").values_list("pk", flat=True).first() or 0
        self._lock = threading.Lock()

    def news(self) -> list[Bubble]:
        """The messages that have come since the last look, oldest first. Safe to call from two threads."""
        with self._lock:
            came = list(self.phone.bubbles.filter(pk__gt=self._seen, from_person=False).order_by("pk"))
            self._seen = max([self._seen, *(bubble.pk for bubble in came)])
            return came

    def tappable(self) -> Bubble | None:
        """The newest message of ours, if it has choices: the numbers that are on the screen."""
        newest = self.phone.bubbles.filter(from_person=False).exclude(kind="reaction").order_by("-pk").first()
        return newest if newest and newest.kind == "interactive" else None

    def settle(self, said: Bubble) -> str:
        """Wait until a message is answered as far as it will be now. Returns "" or why that did not happen."""
        deadline = time.monotonic() + LONGEST_WAIT
        while not self._settled(said):
            if time.monotonic() > deadline:
                return self._failure(said) or "No answer yet."
            time.sleep(LOOK_AGAIN)
        return self._failure(said)

    def _settled(self, said: Bubble) -> bool:
        if not InboxItem.objects.filter(key=said.wamid, handled_at__isnull=False).exists():
            return False
        if self._fetches_files:
            self._fetch_files()
        return not Message.objects.filter(ON_ITS_WAY, conversation__in=self._conversations()).exists()

    def _fetch_files(self) -> None:
        """What a worker's background job does. The job itself stays for the next worker, who will find it done."""
        waiting = Attachment.objects.filter(status="pending", message__conversation__in=self._conversations())
        for attachment in waiting:
            with suppress(FetchError):
                media.fetch(attachment.pk)

    def _conversations(self) -> list[int]:
        person = Q(contact__phone=f"+{self.phone.number}") | Q(contact__user_id=self.phone.user_id)
        return list(Conversation.objects.filter(person).values_list("pk", flat=True))

    def _failure(self, said: Bubble) -> str:
        """Why our webhook does not take what the phone sends, or why a reply could not be sent; "" if neither."""
        self.phone.refresh_from_db()
        later = Message.objects.filter(conversation__in=self._conversations(), created_at__gte=said.created_at)
        failed = later.exclude(error="").order_by("-pk").first()
        return self.phone.trouble or (failed.error if failed else "")


@contextmanager
def running(url: str = "") -> Iterator[bool]:
    """Whatever a chat needs, for as long as it lasts; says whether this process is the worker.

    `url` names a running service whose webhook is to be used; without it the webhook and the stand-in are served here,
    on a free port. Webhooks are posted from here in any case, and where no worker lives this process is one.
    """
    with ExitStack() as stack:
        base = url.rstrip("/") or stack.enter_context(_served())
        settings.SIMULATOR_WEBHOOK_URL = base + PATH
        stack.callback(setattr, settings, "SIMULATOR_WEBHOOK_URL", "")
        dispatcher.start()
        stack.callback(dispatcher.stop)
        is_worker = not heartbeat.alive()
        if is_worker:
            stack.enter_context(_working(f"{base}/simulator/graph"))
        yield is_worker


class _OneRequest(WSGIRequestHandler):
    """Closes the connection after each answer: a client that keeps it would keep a thread and its database."""

    protocol_version = "HTTP/1.0"


class _Server(ThreadedWSGIServer):
    daemon_threads = False  # closing the server waits for the requests in flight


@contextmanager
def _served() -> Iterator[str]:
    """The whole service over HTTP on a free loopback port, in threads of this process."""
    server = _Server(("127.0.0.1", 0), _OneRequest)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _working(api_url: str) -> Iterator[None]:
    """The loops of a worker; what they send goes to the stand-in at `api_url`."""
    before, settings.WHATSAPP_API_URL = settings.WHATSAPP_API_URL, api_url
    get_channel.cache_clear()
    stop = threading.Event()
    started = loops.start(stop)
    try:
        yield
    finally:
        stop.set()
        for loop in started:
            loop.bell.set()
        for loop in started:
            loop.join()
        settings.WHATSAPP_API_URL = before
        get_channel.cache_clear()
