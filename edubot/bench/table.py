"""Every row of the bench: its name on the command line, what it promises, how long it may take, who measures it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.rows import browser, console, desk, intake, lists, live, memory, overload, startup, turns


@dataclass(frozen=True, slots=True)
class Row:
    """One promise about speed. `seconds`: what it takes here, about, for the progress that is shown.

    `is_drawn`: it makes flame graphs (of what it is about: each picture comes from one row).
    """

    name: str
    title: str
    measure: Callable[[Bench], list[Figure]]
    seconds: int
    is_drawn: bool = False


ROWS = (
    Row("intake", "Webhook intake, single-message POSTs, against the bare limit", intake.singles, 55, is_drawn=True),
    Row("batches", "Webhook intake in batches", intake.batches, 25),
    Row("ack", "Acknowledgement", intake.acknowledgement, 45),
    Row("reply", "From POST to the reply at the Graph API, idle", turns.alone, 30),
    Row("turns", "Sustained turns, Graph API answering in 100 ms", turns.many, 65, is_drawn=True),
    Row("desk", "Twenty agents at work", desk.at_work, 45),
    Row("live", "Live events to 200 consoles", live.consoles, 45),
    Row("lists", "Lists and search at 10,000, 30,000 and 100,000 conversations", lists.growth, 120),
    Row("console", "The console's first load", console.first_load, 10),
    Row("usable", "The console in a browser: usable on a warm server", browser.usable, 20),
    Row("scroll", "A thread of 10,000 messages, scrolled through in a browser", browser.scrolling, 45),
    Row("start", "`make run` again, and its memory", startup.again, 30),
    Row("memory", "Memory while messages go through", memory.flat, 120),
    Row("overload", "Twice the capacity offered for a minute", overload.flood, 85),
)
