"""Every page: whatever people wrote is text, nothing runs inline, and long lists cost what short ones do."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.db.models import Field, Model
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.models import BotText, Contact, Message
from support.models import SupportTicket
from tests.conversations.admin.conftest import Desk, one_of_everything, page, person

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

NASTY = [
    '"><img src=x onerror=alert(1)>',
    "</script><svg/onload=alert(1)>",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "javascript:alert(1)//<!--",
    "\u202egnp.exe\u202c <b>bold</b>",
]
CATALOGUE = "/admin/conversations/bottext/catalogue/"

pytestmark = pytest.mark.usefixtures("channel")


class Inline(HTMLParser):
    """Collects what a strict Content-Security-Policy would refuse, and markup that came from a person."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        data = given.get("type") in {"application/json", "text/template"}
        if (tag == "script" and "src" not in given and not data) or tag in {"style", "b"}:
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        addresses = (given.get(name) or "" for name in ("href", "src", "action", "formaction"))
        self.found += [f"{tag} address" for address in addresses if address.startswith("javascript:")]


def refused(html: str) -> list[str]:
    """What a strict policy would refuse on this page."""
    parser = Inline()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("words", NASTY)
def test_whatever_people_write_is_text_on_every_page(boss: Desk, words: str) -> None:
    rows = one_of_everything(words=words)
    for row in rows:
        assert refused(boss.reads(row)) == []
        assert refused(boss.lists(type(row))) == []
        assert refused(boss.client.get(page(row, "history")).content.decode()) == []
    assert refused(boss.get(CATALOGUE).content.decode()) == []


def test_a_name_stays_text_in_messages_and_in_the_list_of_recent_actions(boss: Desk) -> None:
    contact = one_of_everything(words=NASTY[0])[0]
    saved = boss.client.post(page(contact), {"name": NASTY[0] + "!", "language": "en", "is_active": "on"}, follow=True)
    assert "was changed successfully" in saved.content.decode()
    assert refused(saved.content.decode()) == []
    assert "onerror=alert" in boss.get("/admin/").content.decode()
    assert refused(boss.get("/admin/").content.decode()) == []


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/conversations/", "/admin/password_change/"])
def test_djangos_own_pages_run_nothing_inline_either(boss: Desk, path: str) -> None:
    answer = boss.client.get(path, follow=True)
    assert refused(answer.content.decode()) == []
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_templates_typed_by_people_are_not_run(boss: Desk) -> None:
    contact = one_of_everything(words="{{ 7|add:7 }}")[0]
    assert "{{ 7|add:7 }}" in boss.reads(contact)


def test_a_longer_list_costs_no_more_statements(boss: Desk) -> None:
    first = one_of_everything(1)
    costs = {type(row): _statements(boss, type(row)) for row in first}
    for number in range(2, 8):
        one_of_everything(number)
    assert {model: _statements(boss, model) for model in costs} == costs
    assert max(costs.values()) <= 10


def _statements(desk: Desk, model: type[Model]) -> int:
    with CaptureQueriesContext(connection) as queries:
        desk.lists(model)
    return len(queries)


def test_a_list_counts_to_its_limit_and_says_that_there_are_more(boss: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = person()
    monkeypatch.setattr("conversations.admin.base.CappedPaginator.most_counted", 60)
    Message.objects.bulk_create(Message(conversation=conversation, sender="user", text="x") for _ in range(70))
    assert "60+ messages" in boss.reads(Message)


def test_a_user_name_is_searched_for_with_its_sign(boss: Desk) -> None:
    ada, bola = (person(number, name).contact for number, name in ((1, "ada_obi"), (2, "bola")))
    Contact.objects.update(name="", profile_name="")
    found = boss.reads(Contact, q="@ADA")
    assert (page(ada) in found, page(bola) in found) == (True, False)


@pytest.mark.parametrize("term", ["0000001", "+2348000000001", "2348 000-000", "ada", "ADA ob", "0001"])
def test_people_are_found_by_digits_and_names_on_every_list_of_theirs(boss: Desk, term: str) -> None:
    wanted = one_of_everything(1, "Ada Obi")
    person(20_002, "Bola Ade")
    for row in (wanted[0], wanted[1], wanted[2], wanted[4], wanted[5], wanted[6], wanted[7], wanted[15]):
        found = boss.reads(type(row), q=term)
        assert page(row) in found
        assert "Bola Ade" not in found


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 20_000, "p=abc", "o=99.-99", "show=nonsense", "e=1", "all="])
def test_odd_addresses_of_a_list_are_no_error_of_ours(boss: Desk, query: str) -> None:
    one_of_everything()
    for model in ("homework", "message", "inboxitem"):
        assert boss.client.get(f"/admin/conversations/{model}/?{query}").status_code in {200, 302, 400}


def test_a_list_cannot_be_asked_about_other_tables(boss: Desk) -> None:
    assert boss.opens(BotText, contact__phone="+1").status_code in {302, 400}
    assert boss.opens(Message, staff__password__startswith="a").status_code == 400


HOSTILE = ("_connector", "a__b", "\0", "') OR 1=1 --", "9" * 30, "9999-12-31T23:59:59-14:00")


def asked(desk: Desk, model: type[Model], **parameters: str) -> Response:
    """Ask for a list; what the database refuses would spoil the transaction in which a test lives."""
    with transaction.atomic():
        answer = desk.opens(model, **parameters)
        transaction.set_rollback(True)
    return answer


def test_no_list_can_be_asked_in_a_way_that_harms(boss: Desk) -> None:
    """CVE-2025-21628 of a neighbour: each filter of each list, its search, order and page, with what becomes SQL."""
    one_of_everything()
    for model in admin.site._registry:
        filters = boss.opens(model).context["cl"].filter_specs
        names = {name for filter_ in filters for name in filter_.expected_parameters()} | {"q", "o", "p", "e"}
        for name, value in product(sorted(names), HOSTILE):
            assert asked(boss, model, **{name: value}).status_code in {200, 302, 400}, (model, name, value)


def kinds_of_field() -> dict[type[Field[Any, Any]], tuple[type[Model], str]]:
    """For each kind of field that a list can be asked about one list, and the field's name."""
    fields = ((model, field) for model in admin.site._registry for field in model._meta.fields)
    return {type(field): (model, field.name) for model, field in fields}


@pytest.mark.parametrize("value", ["x", "(", "9" * 30, "1,x", "9999-12-31T23:59:59-14:00", "2026-13-45"])
def test_what_is_no_value_of_a_field_is_answered_as_an_unknown_filter_is(boss: Desk, value: str) -> None:
    one_of_everything()
    for model, field in kinds_of_field().values():
        for how in ("", "__gte", "__in", "__year", "__regex"):
            answer = asked(boss, model, **{f"{field}{how}": value})
            assert answer.status_code in {200, 302, 400}, (model, field, how)
            assert answer.get("Location", "?e=1").endswith("?e=1")


@pytest.mark.parametrize("model", admin.site._registry)
def test_every_list_says_so_when_it_cannot_be_asked_something(boss: Desk, model: type[Model]) -> None:
    one_of_everything()
    assert asked(boss, model, pk__regex="(")["Location"].endswith("?e=1")
    assert "e=1" not in asked(boss, model, e="1").get("Location", "")


def test_a_search_beside_it_says_so_too(boss: Desk) -> None:
    one_of_everything()
    assert asked(boss, SupportTicket, q="ada", pk__regex="(")["Location"].endswith("?e=1")


def test_a_job_cannot_be_in_a_state_that_there_is_not(boss: Desk) -> None:
    assert asked(boss, ProcrastinateJob, status="x")["Location"].endswith("?e=1")
    assert asked(boss, ProcrastinateJob, status="todo").status_code == 200


@pytest.mark.parametrize("pk", ["999999", "9" * 30, "abc", "%00", "1%27"])
def test_a_row_that_is_not_there_is_no_error_of_ours(boss: Desk, pk: str) -> None:
    for model in ("conversation", "homework", "payment", "message"):
        assert boss.client.get(f"/admin/conversations/{model}/{pk}/change/").status_code in {302, 404}
    assert boss.client.get(f"/admin/conversations/attachment/{pk}/file/").status_code in {302, 404}
    assert boss.client.post(f"/admin/conversations/homework/{pk}/take/").status_code in {302, 404}
