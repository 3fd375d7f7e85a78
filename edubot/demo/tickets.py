"""The tickets of one person's conversation: what the desk's verbs would have written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import ClassVar

from edubot.demo.beats import Mark
from edubot.demo.desk import Agent, Desk
from edubot.demo.rows import ChangeRow, ConversationRow, EntryRow, MessageRow, Rows, TicketRow
from support.clock import open_seconds

_PRIORITIES = ("MEDIUM", "MEDIUM", "MEDIUM", "MEDIUM", "LOW", "HIGH", "HIGH", "URGENT")
_LONGEST = 2000  # characters of an issue's description


class Tickets:
    """The rows of tickets, entries and changes so far; at most one ticket is being talked in."""

    MARKS: ClassVar[Mapping[str, Callable[[Tickets, Mark, datetime], None]]]

    def __init__(self, rows: Rows, desk: Desk, name: str, random: Random) -> None:
        self._rows, self._desk, self._name, self._random = rows, desk, name, random
        self._category = ""
        self._staff = desk.supervisor
        self._conversation: ConversationRow | None = None
        self.newest: TicketRow | None = None
        self.asked_at: datetime | None = None  # when the newest one's rating was asked for
        self._last_word: datetime | None = None

    def begin(self, conversation: ConversationRow, category: str, staff: Agent) -> None:
        """A recording begins: what a ticket in it would be about, and who would answer."""
        self._conversation, self._category, self._staff = conversation, category, staff

    @property
    def holder(self) -> Agent:
        """Who answers now."""
        return self._staff

    @property
    def live_since(self) -> datetime | None:
        """Since when the live chat is on, if one is."""
        ticket = self.newest
        return ticket.chat_started_at if ticket and ticket.chat_ended_at is None else None

    @property
    def is_waiting(self) -> bool:
        """Whether the person waits for an answer."""
        return self.newest is not None and self.newest.waiting_since is not None

    def note(self, what: str, mark: Mark, at: datetime) -> None:
        """Something happened to the ticket."""
        self.MARKS[what](self, mark, at)
        self._ticket.updated_at = at

    def enter(self, message: MessageRow, *, answers: bool) -> None:
        """A message belongs to the ticket's thread."""
        ticket, at = self._ticket, message.created_at
        if answers:
            self._answer(ticket, at)
        elif message.kind != "reaction" and '"end_chat"' not in message.payload:
            ticket.waiting_since = ticket.waiting_since or at
            ticket.issue_description = ticket.issue_description or message.text[:_LONGEST]
        self._last_word = at
        ticket.updated_at = at
        self._entry("message", message.sender, at, staff=message.staff, message=message)

    def _answer(self, ticket: TicketRow, at: datetime) -> None:
        if ticket.assigned_admin is None:
            self._give(ticket, "", self._staff, by=self._staff, at=at)
        if ticket.chat_started_at is None:
            ticket.chat_started_at = at
        ticket.waiting_since = None
        if ticket.first_response_at is None:
            ticket.first_response_at = at
            ticket.first_response_seconds = open_seconds(ticket.created_at, at)
        if ticket.status == "OPEN":
            self._move(ticket, "IN_PROGRESS", "staff", at)

    # --- marks ----------------------------------------------------------------------------------------------------

    def _open(self, mark: Mark, at: datetime) -> None:
        if self._conversation is None:
            raise RuntimeError("A ticket is opened in a conversation.")
        by_staff = mark.value == "staff"
        conversation = self._conversation
        priority = self._random.choice(_PRIORITIES)
        self.newest = ticket = TicketRow(
            conversation=conversation,
            priority=priority,
            category=self._desk.categories[self._category] if self._category else None,
            sender_name=conversation.contact.name or conversation.contact.profile_name,
            issue_description=mark.words,
            opened_by=mark.value,
            created_at=at,
            updated_at=at,
            waiting_since=None if by_staff else at,
            chat_started_at=None if by_staff else at,
        )
        self.asked_at = None
        self._rows.tickets.append(ticket)
        self._change(ticket, "status", "", "OPEN", by=mark.value, staff=self._staff if by_staff else None, at=at)
        if priority != "MEDIUM":
            self._change(ticket, "priority", "MEDIUM", priority, by="staff", staff=self._desk.supervisor, at=at)
        if self._random.random() < 0.35:
            self._give(ticket, "", self._staff, by=self._desk.supervisor, at=at)

    def _hand_over(self, _mark: Mark, at: datetime) -> None:
        before = self._staff
        self._staff = self._random.choice([one for one in self._desk.agents if one.id != before.id])
        self._give(self._ticket, before.username, self._staff, by=before, at=at)

    def _resolve(self, _mark: Mark, at: datetime) -> None:
        self._settle(self._ticket, "RESOLVED", "staff", at)

    def _close(self, mark: Mark, at: datetime) -> None:
        ticket = self._ticket
        if ticket.chat_started_at:
            ticket.chat_ended_at = at
            if ticket.first_response_at and self._last_word:
                ticket.chat_seconds = open_seconds(ticket.chat_started_at, self._last_word)
        ticket.ended_by, ticket.closed_at = mark.value, at
        self._settle(ticket, "CLOSED", mark.value, at)

    def _note(self, mark: Mark, at: datetime) -> None:
        self._entry("note", "admin", at, staff=self._staff.id, text=mark.words)

    def _silence(self, _mark: Mark, at: datetime) -> None:
        self._ticket.silence_asked_at = at

    def _rating(self, _mark: Mark, at: datetime) -> None:
        self._ticket.rating_asked_at = self.asked_at = at

    def _rated(self, mark: Mark, at: datetime) -> None:
        self._ticket.rating, self._ticket.rated_at = int(mark.value), at

    # --- rows -----------------------------------------------------------------------------------------------------

    @property
    def _ticket(self) -> TicketRow:
        if self.newest is None:
            raise RuntimeError("There is no ticket yet.")
        return self.newest

    def _settle(self, ticket: TicketRow, status: str, by: str, at: datetime) -> None:
        ticket.waiting_since = None
        if ticket.resolved_at is None:
            ticket.resolved_at, ticket.resolution_seconds = at, open_seconds(ticket.created_at, at)
        self._move(ticket, status, by, at)

    def _move(self, ticket: TicketRow, status: str, by: str, at: datetime) -> None:
        before, ticket.status = ticket.status, status
        self._change(ticket, "status", before, status, by=by, staff=self._staff if by == "staff" else None, at=at)

    def _give(self, ticket: TicketRow, before: str, to: Agent, *, by: Agent, at: datetime) -> None:
        ticket.assigned_admin = to.id
        self._change(ticket, "assigned_admin", before, to.username, by="staff", staff=by, at=at)

    def _change(
        self, ticket: TicketRow, field: str, before: str, after: str, *, by: str, staff: Agent | None, at: datetime
    ) -> None:
        self._rows.changes.append(
            ChangeRow(
                ticket=ticket,
                staff=staff.id if staff else None,
                by=by,
                field=field,
                before=before,
                after=after,
                at=at,
            )
        )

    def _entry(
        self,
        kind: str,
        sender: str,
        at: datetime,
        *,
        staff: int | None,
        message: MessageRow | None = None,
        text: str = "",
    ) -> None:
        self._rows.entries.append(
            EntryRow(
                ticket=self._ticket,
                kind=kind,
                sender_type=sender,
                staff=staff,
                message=message,
                text=text,
                created_at=at,
            )
        )


Tickets.MARKS = {
    "open": Tickets._open,  # noqa: SLF001
    "hand over": Tickets._hand_over,  # noqa: SLF001
    "resolve": Tickets._resolve,  # noqa: SLF001
    "close": Tickets._close,  # noqa: SLF001
    "note": Tickets._note,  # noqa: SLF001
    "silence": Tickets._silence,  # noqa: SLF001
    "rating": Tickets._rating,  # noqa: SLF001
    "rated": Tickets._rated,  # noqa: SLF001
}
