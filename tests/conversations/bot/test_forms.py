"""How an answer to a question is read."""

from __future__ import annotations

import pytest

from conversations.bot.forms import InvalidAnswer, clean, read_class, read_email, read_name, read_subject


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ada Obi", "Ada Obi"),
        ("  ada \n obi ", "ada obi"),
        ("My name is Ada Obi", "Ada Obi"),
        ("I’m Ada", "Ada"),
        ("Hello, my name is Ada Obi", "Ada Obi"),
        ("hi 👋 I'm Ada", "Ada"),
        ("Good morning. I am Ada", "Ada"),
        ("Bonjour je m'appelle Zoé", "Zoé"),
        ("Hi Lo", "Hi Lo"),
        ("je m'appelle Zoé", "Zoé"),
        ("李明", "李明"),
        ("أحمد", "أحمد"),
        ("O'Brien-Smith Jr.", "O'Brien-Smith Jr."),
        ("Ngozi\u202e Okonjo", "Ngozi Okonjo"),
        ("Nguye\u0302\u0303n Thị", "Nguyễn Thị"),
        ("done", "done"),
        ("John Stopford", "John Stopford"),
        ("ab" * 60, "ab" * 60),
    ],
)
def test_a_name_is_taken(typed: str, name: str) -> None:
    assert read_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "A", "A.", "😀😀", "12", "Ada 2", "Ada٣", "www.ada.com", "ada@x.com", "see http://x", "a" * 121),
        *("My name is", "I'm:", "Hi, my name is"),
    ],
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        read_name(typed)
    assert refused.value.correction.key == "invalid_name"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ada@example.com", "ada@example.com"),
        (" It's Ada.Obi+school@Example.COM. ", "Ada.Obi+school@example.com"),
        ("<ada@x-y.edu.ng>", "ada@x-y.edu.ng"),
        ("ada＠example.com", "ada@example.com"),
        ("ada\u200b@example.com", "ada@example.com"),
    ],
)
def test_an_email_address_is_taken(typed: str, address: str) -> None:
    assert read_email(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        *("", "ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "ada@-x.com", "ada..b@x.com"),
        *(".ada@x.com", "a@x.com b@x.com", "ada @ x.com", "ada@x.c0m", "a" * 65 + "@x.com", "a@" + "b" * 64 + ".com"),
        "a@" + "b." * 130 + "com",
    ],
)
def test_what_is_no_email_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAnswer):
        read_email(typed)


@pytest.mark.parametrize("typed", ["7", "SS2", "Grade 12 (science)", "x" * 40, "१०"])
def test_a_class_is_taken(typed: str) -> None:
    assert read_class(typed) == typed


@pytest.mark.parametrize("typed", ["", "  ", "?", "🙂", "x" * 41])
def test_what_is_no_class_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAnswer):
        read_class(typed)


def test_a_subject_has_at_most_80_characters() -> None:
    assert read_subject(" Maths 📐 ") == "Maths 📐"
    with pytest.raises(InvalidAnswer):
        read_subject("x" * 81)


def test_cleaning_leaves_the_joiners_that_shape_letters() -> None:
    assert clean("می\u200cخواهم\x00 \t\u2028x\ud800") == "می\u200cخواهم x"
