"""GET /api/admin/exports/{name}.csv: every export, with cells in every text column that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import CharField, Model, TextField

from conversations.models import Contact, Conversation, Homework, Message, Payment
from support.audit import AuditEntry
from support.exports import EXPORTS, harmless
from support.models import Category, SupportTicket
from tests.support.api.conftest import Api, ClientFor

AT = datetime(2026, 3, 9, 9, tzinfo=UTC)
DAYS = "?from=2026-03-08&to=2026-03-10"
FORMULA = "=1+1"


@pytest.fixture
def desk(supervisor: User, client_for: ClientFor) -> Api:
    """Somebody who may export."""
    return client_for(supervisor)


def exported(desk: Api, name: str, days: str = DAYS) -> list[dict[str, str]]:
    """The rows of a file, as a spreadsheet reads them."""
    answer = desk.get(f"/api/admin/exports/{name}.csv{days}")
    assert answer.status_code == 200, answer.content
    text = b"".join(answer.streaming_content).decode()
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def hostile(model: type[Model], **fields: Any) -> Any:
    """A row of which every text that people write is a formula."""
    texts = {
        field.name: FORMULA
        for field in model._meta.get_fields()
        if isinstance(field, CharField | TextField) and not field.choices and field.max_length != 3 and not field.null
    }
    row = model(**(texts | {"created_at": AT} | fields))
    row.save()
    return row


@pytest.fixture
def villain(db: None, supervisor: User) -> Contact:
    """A person who writes nothing but formulas, with one of everything; and a lead of the same kind."""
    for number in (1, 2):
        contact = hostile(
            Contact, phone=f"+23480123456{number}8", language="en", registered_at=AT if number == 1 else None
        )
        conversation = Conversation.objects.create(contact=contact)
        hostile(Message, conversation=conversation, sender="user", staff=supervisor)
    Message.objects.update(error=FORMULA, kind="text")
    User.objects.filter(pk=supervisor.pk).update(username="=sola")
    contact = Contact.objects.get(registered_at=AT)
    hostile(
        SupportTicket,
        conversation=contact.conversation,
        category=Category.objects.create(name=FORMULA),
        assigned_admin=supervisor,
        opened_by="user",
        ended_by="",
        first_response_at=AT,
        first_response_seconds=60,
        resolved_at=AT,
        resolution_seconds=60,
        rated_at=AT,
        rating=5,
    )
    hostile(Homework, contact=contact, assigned_admin=supervisor, submission_type="TEXT")
    hostile(Payment, contact=contact, amount=5000, currency="NGN", days=30, decided_by=supervisor)
    return contact


@pytest.mark.parametrize("name", EXPORTS)
def test_no_cell_of_any_export_is_a_formula(desk: Api, villain: Contact, name: str) -> None:
    (row,) = [row for row in exported(desk, name) if row.get("phone", "").endswith("18") or name == "leads"]
    assert [cell for cell in row.values() if harmless(cell) != cell and not cell.startswith("'")] == []
    texts = [heading for heading, cell in row.items() if cell in {f"'{FORMULA}", "'=sola"}]
    assert len(texts) >= 2, row
    assert row["phone"].startswith("'+234")


@pytest.mark.parametrize("name", EXPORTS)
def test_every_export_is_a_file_to_be_saved_and_is_written_down(desk: Api, name: str) -> None:
    answer = desk.get(f"/api/admin/exports/{name}.csv{DAYS}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}-2026-03-08-2026-03-10.csv"'
    assert (answer.streaming, answer["Cache-Control"]) == (True, "no-store")
    entry = AuditEntry.objects.get(verb="export.read")
    assert entry.details == {"name": name, "first": "2026-03-08", "last": "2026-03-10"}


@pytest.mark.parametrize(
    "begins", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", '"=', " =", "'+", "＝", "\u00a0@", "\ufeff="]
)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(begins: str) -> None:
    assert harmless(f"{begins}cmd|' /C calc'!A0") == f"'{begins}cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["", "Ada", "1+1", "a=b", "'quoted'", "é", "(=)"])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


def test_quotes_commas_and_lines_come_back_as_they_were(desk: Api, villain: Contact) -> None:
    words = 'She said "no, thanks",\r\nand left; really'
    Message.objects.update(text=words)
    assert {row["text"] for row in exported(desk, "messages")} == {words}


def test_only_the_days_asked_for_are_in_it(desk: Api, villain: Contact) -> None:
    Payment.objects.update(created_at=AT - timedelta(days=2))
    assert exported(desk, "payments") == []
    assert exported(desk, "payments", "?from=2026-03-07&to=2026-03-07")[0]["amount"] == "5000.00"


def test_a_wrong_day_is_422_and_an_unknown_export_404(desk: Api) -> None:
    assert desk.get("/api/admin/exports/tickets.csv?from=x").status_code == 422
    assert desk.get("/api/admin/exports/passwords.csv").status_code == 404
