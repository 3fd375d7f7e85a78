"""FAQ topics and the bot's sentences, as staff write them."""

from __future__ import annotations

import pytest
from django.utils.html import escape

from conversations.models import BotText, FaqTopic
from conversations.models.content import LONGEST_PREFIX
from conversations.texts import CATALOGUES, LANGUAGES
from tests.conversations.admin.conftest import Desk, page
from tests.conversations.admin.test_people import kept_by_the_page
from tests.conversations.conftest import Phone
from whatsapp.outbound import HEADROOM

pytestmark = pytest.mark.usefixtures("channel")

ADD = page(BotText, "add")
ARRANGEMENTS = {"verbatim", "paragraphs"}  # of other sentences; without words of their own


def wording(key: str, text: str, language: str = "en") -> dict[str, str]:
    """A form as it is sent."""
    return {"key": key, "language": language, "text": text}


def test_a_new_wording_is_what_the_bot_says_next(supervisor: Desk, phone: Phone) -> None:
    phone.registers()
    answer = supervisor.client.post(ADD, wording("you_are_welcome", "Any time!"))
    assert answer.status_code == 302
    assert phone.says("thank you")[0].text == "Any time!"


def test_a_wording_that_is_deleted_makes_room_for_the_usual_one(supervisor: Desk, phone: Phone) -> None:
    phone.registers()
    supervisor.client.post(ADD, wording("you_are_welcome", "Any time!"))
    assert phone.says("thank you")[0].text == "Any time!"
    supervisor.client.post(page(BotText.objects.get(), "delete"), {"post": "yes"})
    assert phone.says("thank you")[0].text == CATALOGUES["en"]["you_are_welcome"]


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("no_such_sentence", "x", "Select a valid choice"),
        ("hey", "Hello {surname}!", "does not know {surname}"),
        ("homework_answered", "Your homework is answered.", "{answer} must stand"),
        ("staff_message", "From the team", "{text} must stand"),
        ("staff_message", "x" * 97 + "{text}", "At most 96 characters"),
        ("staff_message", "{text} {text}", "may stand in this sentence once"),
        ("verbatim", "{words}!", "Select a valid choice"),
        ("paragraphs", "{rest} {first}", "Select a valid choice"),
        ("button_faq", "x" * 21, "At most 20 characters"),
        ("button_faq", "❓" * 10 + "😀" * 6, "At most 20 characters"),
        ("row_homework", "x" * 25, "At most 24 characters"),
        ("row_homework_about", "x" * 73, "At most 72 characters"),
        ("cancelled", "x" * 1025, "At most 1024 characters"),
        ("cancelled", "", "This field is required"),
    ],
)
def test_a_wording_that_could_not_be_sent_is_refused(supervisor: Desk, key: str, text: str, told: str) -> None:
    answer = supervisor.client.post(ADD, wording(key, text))
    assert told in answer.content.decode()
    assert not BotText.objects.exists()


def test_what_stands_before_staffs_words_may_be_as_long_as_the_channel_keeps_free(supervisor: Desk) -> None:
    assert LONGEST_PREFIX == HEADROOM
    assert supervisor.client.post(ADD, wording("staff_message", "x" * HEADROOM + "{text}")).status_code == 302


def test_a_wording_is_held_against_the_sentence_that_it_is_for_by_now(supervisor: Desk) -> None:
    text = BotText.objects.create(key="cancelled", text="All right.")
    as_it_was = kept_by_the_page(supervisor.reads(text))
    BotText.objects.update(key="homework_answered", text="{subject}, {reference}: {answer}")  # by a colleague
    answer = supervisor.client.post(page(text), wording("cancelled", "Never mind.") | as_it_was)
    assert "{answer} must stand" in answer.content.decode()
    assert BotText.objects.get().text == "{subject}, {reference}: {answer}"


def test_a_sentence_is_worded_once_per_language(supervisor: Desk) -> None:
    supervisor.client.post(ADD, wording("cancelled", "One"))
    answer = supervisor.client.post(ADD, wording("cancelled", "Two"))
    assert "already exists" in answer.content.decode()
    assert supervisor.client.post(ADD, wording("cancelled", "Deux", "fr")).status_code == 302


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_usual_wording_stands_beside_the_box(supervisor: Desk, language: str) -> None:
    html = supervisor.client.get(ADD, {"key": "cancelled", "language": language}).content.decode()
    assert escape(CATALOGUES[language]["cancelled"]) in html
    text = BotText.objects.create(key="cancelled", language=language, text="x")
    assert escape(CATALOGUES[language]["cancelled"]) in supervisor.reads(text)


def test_the_catalogue_shows_every_sentence_in_every_language(supervisor: Desk, agent: Desk) -> None:
    BotText.objects.create(key="cancelled", text="All right, forget it.")
    html = supervisor.client.get(page(BotText, "catalogue")).content.decode()
    assert html.count('<th scope="row">') == 2 * (len(CATALOGUES["en"]) - len(ARRANGEMENTS))
    assert "All right, forget it." in html
    assert f"{ADD}?key=hey&amp;language=fr" in html
    assert ADD not in agent.client.get(page(BotText, "catalogue")).content.decode()


def test_the_catalogue_is_for_those_who_may_see_it(onlooker: Desk) -> None:
    assert onlooker.client.get(page(BotText, "catalogue")).status_code == 403


def test_a_new_topic_is_offered_at_once(supervisor: Desk, phone: Phone) -> None:
    phone.registers()
    topic = {"slug": "hours", "language": "en", "title": "Opening hours", "answer": "From 8.", "position": "1"}
    assert supervisor.client.post(page(FaqTopic, "add"), topic | {"is_active": "on"}).status_code == 302
    assert "Opening hours" in [button.title for button in phone.taps("faq")[0].buttons]
    assert phone.taps("faq_hours")[0].text == "From 8."
