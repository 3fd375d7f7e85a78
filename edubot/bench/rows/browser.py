"""The console in a real browser: how soon it is usable, and how smoothly a long thread scrolls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from edubot.bench import database, figures, load, service
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.service import Service
from support.api.accounts import COOKIE, COOKIE_PATH

if TYPE_CHECKING:
    from playwright.sync_api import Page

PEOPLE, TALK = 40, 2_000  # the desk of which the list is shown: conversations, messages
LONG, QUICK_LONG = 10_000, 1_000  # messages of the one thread
LONGEST = 120_000  # milliseconds for scrolling through
SMOOTH = 50.0  # ms: our own yardstick, 20 frames a second, as the promise names no figure
USABLE = "() => document.querySelector('a.row') && (window.shown ??= performance.now())"

# Half a screen upward in every frame, until the thread begins or the time is over: the moment of every frame, and how
# many messages came past.
_SCROLL = """(longest) => new Promise((done) => {
  const box = document.querySelector(".thread");
  const frames = [];
  const seen = new Set();
  const look = (now) => {
    frames.push(now);
    for (const each of box.querySelectorAll("[data-id]")) seen.add(each.dataset.id);
    const isThrough = box.scrollTop <= 0 && box.querySelector(".thread-start");
    if (isThrough || now - frames[0] > longest) return done({ frames, seen: seen.size });
    box.scrollTop -= box.clientHeight / 2;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def usable(bench: Bench) -> list[Figure]:
    """From the navigation to the list of conversations, each time in a browser that has nothing of ours yet."""
    if missing := _missing():
        return [missing]
    _people(bench, PEOPLE, TALK)
    visits = 1 + bench.some(12)
    with _console(bench, visits) as (_, opened):
        times = [_visit(opened()) for _ in range(visits)][1:]  # the first warms the service
    return [
        figures.at_most("usable after", figures.percentile(times, 50), 1, "s", digits=2, spread=times),
        figures.plain("p95", [figures.percentile(times, 95)], "s", digits=2),
    ]


def scrolling(bench: Bench) -> list[Figure]:
    """A long thread from its end to its beginning, as fast as half a screen a frame."""
    if missing := _missing():
        return [missing]
    _people(bench, 1, QUICK_LONG if bench.quick else LONG)
    phone, whole = database.longest_thread()
    with _console(bench, 1) as (_, opened):
        frames, seen = _scrolled(opened(), phone)
    return _frames(frames, f"{seen:,} of {whole:,}")


def _frames(frames: Sequence[float], seen: str) -> list[Figure]:
    gaps = [later - earlier for earlier, later in pairwise(frames)]
    return [
        Figure("messages scrolled through", seen, f"in {(frames[-1] - frames[0]) / 1000:.1f} s"),
        figures.at_most("between two frames, p95 (our own yardstick)", figures.percentile(gaps, 95), SMOOTH, "ms"),
        figures.plain("p50", [figures.percentile(gaps, 50)], "ms"),
        figures.plain("longest gap between two frames", [max(gaps)], "ms"),
    ]


def _missing() -> Figure | None:
    """What the browser needs that this machine does not have."""
    if find_spec("playwright") is None:
        return Figure("not measured", "needs playwright: pip install -r requirements-dev.txt")
    from edubot.screenshots import camera

    return None if camera.chromium() else Figure("not measured", "needs Chromium or Google Chrome")


def _people(bench: Bench, conversations: int, messages: int) -> None:
    database.empty()
    amount = ("--conversations", str(conversations), "--messages", str(messages), "--seed", "7")
    service.run(("manage.py", "seed_demo", "--yes", *amount), bench.home, load.PATIENCE * 4)
    database.analyse()


@contextmanager
def _console(bench: Bench, visits: int) -> Iterator[tuple[Service, Callable[[], Page]]]:
    """The service, and what opens a window of somebody who is logged in: so many times, each a browser of its own."""
    from edubot.screenshots import camera

    tokens = iter(database.log_ins(visits))
    with bench.service() as one, camera.browser(camera.chromium() or "", bench.home) as chromium:

        def opened() -> Page:
            window = chromium.new_context(
                base_url=f"http://{load.HOST}:{one.port}",
                viewport={"width": camera.DESK.width, "height": camera.DESK.height},
            )
            window.add_cookies(
                [{"name": COOKIE, "value": next(tokens).refresh, "domain": load.HOST, "path": COOKIE_PATH}]
            )
            return window.new_page()

        yield one, opened


def _visit(page: Page) -> float:
    """Seconds from the navigation until conversations can be chosen."""
    page.goto("/conversations", wait_until="commit")
    page.wait_for_function(USABLE)
    shown: float = page.evaluate("shown")
    page.context.close()
    return shown / 1000


def _scrolled(page: Page, phone: str) -> tuple[list[float], int]:
    """The moments of all frames (ms), and how many messages came past."""
    page.goto(f"/conversations/{phone}")
    page.locator(".thread [data-id]").last.wait_for()
    found: dict[str, Any] = page.evaluate(_SCROLL, LONGEST)
    return found["frames"], found["seen"]
