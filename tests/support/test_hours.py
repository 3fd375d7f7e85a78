"""When the desk is open, and for how long of a stretch of time: by its hours, its holidays and its time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Conversation
from support import hours
from support.clock import open_seconds
from support.desk import SupportDesk
from support.models import Holiday
from tests.conversations.conftest import Phone

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
WEEK = hours.parse("Mon-Fri 08:00-18:00; Sat 09:00-13:00", "UTC")
ALWAYS = hours.parse("", "UTC")
HOLIDAY = {MONDAY.date()}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the week: Monday is 0."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (at(0, 8), True),
        (at(0, 7, 59), False),
        (at(0, 18), False),
        (at(5, 12), True),
        (at(5, 13), False),
        (at(6, 12), False),
    ],
)
def test_the_desk_opens_and_closes_by_its_hours(moment: datetime, is_open: bool) -> None:
    assert hours.is_open(WEEK, moment) is is_open


@pytest.mark.parametrize("opening", [WEEK, ALWAYS])
def test_on_a_holiday_the_desk_is_closed_whatever_its_hours_are(opening: hours.Hours) -> None:
    assert hours.is_open(opening, at(0, 12))
    assert not hours.is_open(opening, at(0, 12), HOLIDAY)
    assert hours.is_open(opening, at(1, 12), HOLIDAY)


@pytest.mark.parametrize(
    ("opening", "since", "until", "open_hours"),
    [
        (WEEK, at(0, 17), at(1, 9), 2),
        (WEEK, at(4, 17), at(7, 9), 6),
        (ALWAYS, at(0, 17), at(1, 9), 16),
        (ALWAYS, at(0, 9), at(0, 9), 0),
        (WEEK, at(1, 9), at(0, 9), 0),
    ],
)
def test_only_open_time_is_counted(opening: hours.Hours, since: datetime, until: datetime, open_hours: int) -> None:
    assert hours.open_time(opening, since, until) == timedelta(hours=open_hours)


@pytest.mark.parametrize(
    ("words", "open_hours"),
    [
        ("Mon-Fri 08:00-18:00; Fri 08:00-12:00", 10),
        ("Fri 09:00-12:00; Mon-Fri 08:00-10:00", 4),
        ("Fri 08:00-12:00; Fri 12:00-14:00", 6),
        ("Fri 08:00-10:00; Fri 12:00-14:00; Fri 09:00-13:00", 6),
        ("Fri 08:00-10:00; Fri 12:00-14:00; Thu 08:00-20:00", 4),
    ],
)
def test_hours_that_overlap_are_counted_once(words: str, open_hours: int) -> None:
    assert hours.open_time(hours.parse(words, "UTC"), at(4, 0), at(5, 0)) == timedelta(hours=open_hours)


def test_a_day_may_be_open_until_its_end() -> None:
    round_the_clock = hours.parse("Mon-Sun 00:00-24:00", "UTC")
    assert hours.open_time(round_the_clock, at(0, 0), at(1, 0)) == timedelta(hours=24)
    assert hours.is_open(round_the_clock, at(0, 23, 59))
    assert not hours.is_open(hours.parse("Mon 18:00-24:00", "UTC"), at(1, 0))


@pytest.mark.parametrize("words", ["Mon 09:00-25:00", "Mon 09:60-12:00", "Mon 09:00-24:01", "Mon 24:30-24:00"])
def test_hours_that_there_are_not_are_named_with_their_setting(words: str) -> None:
    with pytest.raises(ValueError, match=f"^SUPPORT_HOURS: cannot read '{words}'"):
        hours.parse(words, "UTC")


@pytest.mark.parametrize(("opening", "open_hours"), [(WEEK, 1), (ALWAYS, 10)])
def test_the_clock_stands_still_on_a_holiday(opening: hours.Hours, open_hours: int) -> None:
    assert hours.open_time(opening, at(-1, 23), at(1, 9), HOLIDAY) == timedelta(hours=open_hours)


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_a_day_on_which_the_clock_is_changed_is_as_long_as_it_is(day: date, length: int) -> None:
    paris = hours.parse("", "Europe/Paris")
    since = datetime(day.year, day.month, day.day, tzinfo=paris.zone)
    until = since + timedelta(days=1)
    assert hours.open_time(paris, since, until) == timedelta(hours=length)


@pytest.mark.django_db
def test_a_holiday_is_named_on_its_day_in_the_teams_time_zone(settings: Settings) -> None:
    settings.SUPPORT_HOURS, settings.TIME_ZONE = "", "Africa/Lagos"  # an hour ahead of UTC
    Holiday.objects.create(day=MONDAY.date(), name="Founders' Day")
    named = []
    for moment in (at(-1, 22, 30), at(-1, 23, 30), at(0, 22, 30), at(0, 23, 30)):
        with time_machine.travel(moment, tick=False):
            named.append(SupportDesk().holiday())
    assert named == [None, "Founders' Day", "Founders' Day", None]


@pytest.mark.parametrize("words", ["", "Mon-Sun 00:00-23:59"])
def test_who_asks_for_a_person_on_a_holiday_is_told_its_name(
    student: Conversation, phone: Phone, settings: Settings, words: str
) -> None:
    settings.SUPPORT_HOURS = words
    Holiday.objects.create(day=timezone.localdate(), name="Founders' Day")
    phone.taps("support")
    assert phone.last.text.endswith("We are closed today (Founders' Day). We answer as soon as we are back.")


@pytest.mark.django_db
def test_a_desk_without_hours_rests_on_its_holidays(settings: Settings) -> None:
    settings.SUPPORT_HOURS, settings.TIME_ZONE = "", "UTC"
    Holiday.objects.create(day=MONDAY.date(), name="Founders' Day")
    assert open_seconds(at(-1, 23), at(1, 1)) == timedelta(hours=2).total_seconds()
