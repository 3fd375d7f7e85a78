"""Phones and business-scoped user ids, and whose mailbox they name."""

from __future__ import annotations

import pytest

from conversations.received import Person
from whatsapp import addresses

PHONES = {
    "2348012345678": "+2348012345678",
    "+2348012345678": "+2348012345678",
    "16505551234": "+16505551234",
    "12345": "+12345",
    "1234": None,
    "123456789012345": "+123456789012345",
    "1234567890123456": None,
    "02348012345678": None,
    "++2348012345678": None,
    "234 801 234 5678": None,
    "٢٣٤٨٠١٢٣٤٥٦٧٨": None,
    "234801234567²": None,
    "NG.123": None,
    "": None,
}


@pytest.mark.parametrize("value", PHONES)
def test_a_phone_is_e164_with_plus(value: str) -> None:
    assert addresses.phone(value) == PHONES[value]


USER_IDS = {
    "NG.13491208655302741918": True,
    "NG.aB9": True,
    "NG.ENT.118157992": True,
    "NG." + "9" * 128: True,
    "NG." + "9" * 129: False,
    "NG.": False,
    "ng.123": False,
    "NGA.123": False,
    "NG.12 3": False,
    "NG.123\n": False,
    "NG.é": False,
    "2348012345678": False,
}


@pytest.mark.parametrize("value", USER_IDS)
def test_a_user_id_is_a_country_and_letters_or_digits(value: str) -> None:
    assert addresses.user_id(value) == (value if USER_IDS[value] else None)


@pytest.mark.parametrize("value", [None, True, 2348012345678, 1.5, [], {}, b"2348012345678"])
def test_only_text_is_an_address(value: object) -> None:
    assert addresses.phone(value) is None
    assert addresses.user_id(value) is None


def test_the_phone_names_the_mailbox_where_there_is_one() -> None:
    assert addresses.mailbox(Person(phone="+2348012345678", user_id="NG.1")) == "phone:+2348012345678"
    assert addresses.mailbox(Person(user_id="NG.1")) == "user:NG.1"
