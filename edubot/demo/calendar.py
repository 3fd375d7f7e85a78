"""When things happen in the demo: the last 90 days, in the rhythm of school days. Times are Lagos's (UTC+1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

PERIOD = timedelta(days=90)
ALIVE = 40  # so many people make a whole desk: their ages run from a moment to almost the whole period
_LAGOS = timedelta(hours=1)
_GOLDEN = 0.6180339887498949

# Out of how many messages of a school day fall into each hour: hardly any at night, most after school.
_HOURS = tuple(accumulate((1, 0, 0, 0, 0, 1, 4, 8, 6, 4, 4, 5, 6, 7, 12, 18, 24, 26, 24, 22, 18, 12, 6, 2)))
_WEEKEND = 0.35  # of what a school day brings


def last_word(number: int, now: datetime, random: Random) -> datetime:
    """When the last word of this person's conversation was said.

    The first ones make a whole desk by themselves; of the others some belong to every day, more to the latest.
    """
    share = (number / ALIVE) ** 3 if number < ALIVE else (number * _GOLDEN % 1) ** 2
    said = now - PERIOD * 0.9 * share - timedelta(seconds=random.uniform(2, 40))
    if now - said < timedelta(days=2):
        return said
    return moment(said - timedelta(hours=12), said + timedelta(hours=12), random)


def moment(since: datetime, until: datetime, random: Random) -> datetime:
    """Some moment between these two, most likely after school."""
    chosen = since + (until - since) * random.random()
    if chosen.weekday() >= 5 and random.random() > _WEEKEND:
        chosen -= timedelta(days=random.randint(2, 4))
    hour = random.choices(range(24), cum_weights=_HOURS)[0]
    midnight = datetime(chosen.year, chosen.month, chosen.day, tzinfo=UTC) - _LAGOS
    shaped = midnight + timedelta(hours=hour, seconds=random.uniform(0, 3600))
    return shaped if since <= shaped <= until else since + (until - since) * random.random()
