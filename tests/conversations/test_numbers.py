"""Numbers that are dialled in one form and known to WhatsApp by another."""

from __future__ import annotations

import pytest

from conversations.numbers import forms

PAIRS = [
    ("+5531987654321", "+553187654321"),
    ("+5511961234567", "+551161234567"),
    ("+5215512345678", "+525512345678"),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_number_of_two_forms_has_both_whichever_is_given(pair: tuple[str, str]) -> None:
    assert forms(pair[0]) == [*pair]
    assert forms(pair[1]) == [*reversed(pair)]


@pytest.mark.parametrize(
    "phone",
    [
        "+2348012345678",
        "+553132345678",  # no mobile
        "+5531932345678",  # a mobile that is younger than the 9
        "+55319876543210",
        "+5531",
        "+52551234567",
        "+15512345678",
    ],
)
def test_any_other_number_is_what_it_is(phone: str) -> None:
    assert forms(phone) == [phone]
