"""Any memory, any facts, any event: the world as the property tests throw it at the bot."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from conversations.bot.buttons import STARS
from conversations.bot.keywords import KEYWORDS, Intent
from conversations.bot.types import (
    AgentJoined,
    AgentLeft,
    ChatAbandoned,
    ChatFacts,
    Event,
    Facts,
    FloodOver,
    HandedIn,
    Media,
    MediaRefused,
    Memory,
    Offer,
    Pressed,
    RatingAsked,
    RatingDue,
    SetAside,
    State,
    Subscription,
    Text,
    TimedOut,
    TooFast,
    Topic,
    Unanswerable,
    Unsupported,
)
from tests.conversations.bot.transcript import NOW

words = st.text(max_size=60)
moments = st.timedeltas(timedelta(days=-60), timedelta(days=60)).map(lambda distance: NOW + distance)
files = st.lists(st.integers(1, 30), max_size=10, unique=True)
answers = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Ada Obi", "李明", "x" * 120]),
        "email": st.just("ada@example.com"),
        "class_grade": st.sampled_from(["SS2", "y" * 40]),
        "subject": st.sampled_from(["Maths", "z" * 80, ""]),
        "kind": st.sampled_from(["text", "image", ""]),
        "files": files,
        "note": st.sampled_from(["", "see page 2"]),
    },
)
set_asides = st.builds(SetAside, st.sampled_from(State), answers, st.sampled_from(["", "timed_out", "chat"]))
ratings = st.builds(RatingAsked, st.integers(1, 9), moments, st.booleans(), st.booleans())

memories = st.builds(
    Memory,
    state=st.sampled_from(State),
    answers=answers,
    then=st.sampled_from([None, "homework", "pay", "something of old"]),
    set_aside=st.none() | set_asides,
    unknown_in_a_row=st.integers(0, 3),
    told_to_leave=st.booleans(),
    unheard_end=st.booleans(),
    rating=st.none() | ratings,
)

topics = st.lists(
    st.builds(Topic, st.from_regex(r"faq_[a-z0-9_-]{1,50}", fullmatch=True), st.text(min_size=1, max_size=90), words),
    max_size=25,
    unique_by=lambda topic: topic.id,
).map(lambda found: tuple(topic for topic in found if topic.title.isprintable() and topic.title.strip()))

facts = st.builds(
    Facts,
    now=st.just(NOW),
    reference=st.just("HW7K2Q"),
    brand=st.sampled_from(["EduBot", "b" * 60]),
    language=st.sampled_from(["en", "fr", "xx"]),
    name=st.sampled_from([None, "Ada Obi", "x" * 120, " "]),
    email=st.sampled_from([None, "ada@example.com", "a" * 242 + "@example.com"]),
    class_grade=st.sampled_from([None, "SS2", "y" * 40]),
    registered=st.booleans(),
    homework=st.builds(HandedIn, total=st.integers(0, 10**6), open=st.integers(0, 10**6)),
    subscription=st.builds(
        Subscription,
        st.none() | moments,
        st.sampled_from([None, "PAY123"]),
        st.sampled_from([None, Decimal(4000)]),
        st.sampled_from([None, "USD"]),
    ),
    offer=st.builds(
        Offer,
        plan=st.sampled_from(["Monthly", "p" * 60]),
        amount=st.sampled_from([Decimal(5000), Decimal("12.50"), Decimal("9999999999.99")]),
        currency=st.sampled_from(["NGN", "USD", "XXX"]),
        instructions=st.sampled_from(["", "GTBank 0123456789", "i" * 2000]),
        pay_link=st.sampled_from([None, "https://pay.example/" + "l" * 200]),
    ),
    topics=topics,
    chat=st.builds(
        ChatFacts,
        st.none() | st.integers(1, 10**6),
        st.sampled_from([None, "Mon-Fri 08:00-18:00; " * 10]),
        st.booleans(),
        st.booleans(),
        st.sampled_from([None, "h" * 80]),
    ),
    polite_due=st.booleans(),
)

_keywords = [keyword for languages in KEYWORDS.values() for column in languages.values() for keyword in column]
_ids = [*(intent.value for intent in Intent), *(f"rate_{stars}" for stars in (0, *STARS)), "more_faq_9", "more_faq_x"]

texts = st.builds(
    Text,
    st.sampled_from(_keywords) | words | st.sampled_from(["Ada Obi", "ada@example.com", "SS2", "5", "", "x" * 5000]),
)
taps = st.builds(Pressed, st.sampled_from(_ids) | words)
media = st.builds(
    Media,
    st.sampled_from(["image", "document", "audio", "video"]),
    st.integers(1, 30),
    st.sampled_from(["image/jpeg", "application/pdf", "audio/ogg", "", "text/html"]),
    st.sampled_from(["", "see page 2", "end chat"]),
)
by_the_person: st.SearchStrategy[Text | Pressed | Media] = texts | taps | media
events: st.SearchStrategy[Event] = (
    by_the_person
    | st.builds(Unsupported, st.sampled_from(["sticker", "location", "contacts", "unknown"]))
    | st.builds(Unanswerable, st.sampled_from(["reaction", "system", "edit", "revoke", "echo"]))
    | st.builds(
        MediaRefused, st.integers(1, 30), st.sampled_from(["too_large", "wrong_type", "unreadable", "expired", "?"])
    )
    | st.builds(TooFast, st.booleans())
    | st.builds(FloodOver, st.integers(1, 5000))
    | st.just(TimedOut())
    | st.just(AgentJoined())
    | st.builds(AgentLeft, st.sampled_from([None, "Bye!", "w" * 4000]), st.sampled_from([None, 7]))
    | st.builds(ChatAbandoned, st.booleans())
    | st.builds(RatingDue, st.integers(1, 9))
)
