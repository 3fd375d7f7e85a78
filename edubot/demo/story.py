"""One person's conversation as rows, made of recordings. Pure: same person, same moment, same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from conversations.bot.types import Offer
from edubot.demo import calendar, delivery
from edubot.demo.beats import Line, Mark, Recording
from edubot.demo.desk import Desk
from edubot.demo.media import FILES, Stored
from edubot.demo.names import Somebody
from edubot.demo.rows import (
    AttachmentRow,
    ContactRow,
    ConversationRow,
    HomeworkRow,
    MemoryLater,
    MessageRow,
    PaymentRow,
    Rows,
    SubscriptionRow,
)
from edubot.demo.slots import Slots
from edubot.demo.tickets import Tickets


@dataclass(frozen=True, slots=True)
class World:
    """What is the same for everybody: the moment, the desk, the files, what is sold."""

    now: datetime
    desk: Desk
    files: Mapping[str, Stored]
    offer: Offer
    zone: ZoneInfo


def tell(person: Somebody, recordings: list[Recording], ends: datetime, world: World, random: Random) -> Rows:
    """All rows of one person whose conversation ends at this moment."""
    story = _Story(person, world, random)
    for recording, begins, pace in _schedule(recordings, ends, world.now - calendar.PERIOD, random):
        story.play(recording, begins, pace)
    return story.end(recordings[-1])


def _schedule(
    recordings: list[Recording], ends: datetime, since: datetime, random: Random
) -> list[tuple[Recording, datetime, float]]:
    """When each recording begins and how slowly it goes; laid out from the end, so that nothing is said tomorrow."""
    opened = since + (ends - since) * random.uniform(0, 0.6)
    moments = sorted((calendar.moment(opened, ends, random) for _ in recordings), reverse=True)
    plan = []
    for place, (recording, wished) in enumerate(zip(reversed(recordings), moments, strict=True)):
        pace = random.uniform(0.7, 1.4)
        end = ends if place == 0 else min(wished, ends)
        begins = end - timedelta(seconds=recording.seconds * pace)
        plan.append((recording, begins, pace))
        ends = begins - timedelta(minutes=random.uniform(2, 45))
    return plan[::-1]


class _Story:
    """The rows so far."""

    def __init__(self, person: Somebody, world: World, random: Random) -> None:
        self.person, self.world, self.random = person, world, random
        self.rows = Rows()
        self.contact = ContactRow(
            phone=person.phone,
            user_id=person.user_id,
            username=person.username,
            profile_name=person.profile_name,
            created_at=world.now,
            updated_at=world.now,
        )
        self.conversation = ConversationRow(contact=self.contact, created_at=world.now)
        self.rows.contacts.append(self.contact)
        self.rows.conversations.append(self.conversation)
        self.tickets = Tickets(self.rows, world.desk, person.name, random)
        self.slots = Slots(person, random)
        self.at = world.now
        self.staff = random.choice(world.desk.agents)
        self.first_of_recording = 0
        self.files: list[AttachmentRow] = []

    def play(self, recording: Recording, begins: datetime, pace: float) -> None:
        """Add the rows of one recording."""
        self.at = begins
        self.staff = self.random.choice(self.world.desk.agents)
        self.slots.refill(self.contact.class_grade)
        self.first_of_recording = len(self.rows.messages)
        self.files = []
        self.tickets.begin(self.conversation, recording.script.category, self.staff)
        for place, beat in enumerate(recording.beats):
            if place:
                self.at += timedelta(seconds=beat.pause * pace)
            if isinstance(beat, Line):
                self._line(beat)
            else:
                _MARKS[beat.what](self, beat)

    def end(self, last: Recording) -> Rows:
        """Where the conversation stands now, and the figures that it repeats of its messages."""
        conversation, messages = self.conversation, self.rows.messages
        began = messages[0].created_at
        conversation.created_at = self.contact.created_at = began
        self.contact.updated_at = self.contact.registered_at or began
        conversation.state = last.state
        conversation.memory = self._memory(last)
        conversation.chat_started_at = self.tickets.live_since
        conversation.message_count = len(messages)
        conversation.last_message = messages[-1]
        conversation.last_message_at = messages[-1].created_at
        heard = [message for message in messages if message.sender == "user"]
        conversation.last_inbound_at = heard[-1].created_at
        read = self._read_by_staff(messages)
        conversation.read_up_to = messages[read - 1] if read else 0
        conversation.unread_count = sum(message.sender == "user" for message in messages[read:])
        return self.rows

    def _read_by_staff(self, messages: list[MessageRow]) -> int:
        """How many messages staff have read: up to their own last one, and often everything."""
        answered = [place for place, message in enumerate(messages, start=1) if message.sender == "admin"]
        if not self.tickets.is_waiting and self.random.random() < 0.8:
            return len(messages)
        return max(answered[-1] if answered else 0, self.first_of_recording if self.random.random() < 0.5 else 0)

    def _memory(self, last: Recording) -> str | MemoryLater:
        if last.memory == "{}":
            return last.memory
        return MemoryLater(self.slots.fill_json(last.memory), self.tickets.newest, self.tickets.asked_at, self.files)

    # --- lines ----------------------------------------------------------------------------------------------------

    def _line(self, line: Line) -> None:
        number = len(self.rows.messages)
        from_person = line.sender == "user"
        message = MessageRow(
            conversation=self.conversation,
            sender=line.sender,
            staff=self.tickets.holder.id if line.staffed else None,
            kind=line.kind,
            text=self.slots.fill(line.text) if line.has_slots else line.text,
            buttons=line.buttons,
            list_label=line.list_label,
            payload=line.payload,
            explanation=line.explanation,
            reply_to=None if line.quotes is None else self.rows.messages[self.first_of_recording + line.quotes],
            created_at=self.at,
            said_at=self.at.replace(microsecond=0) if from_person else None,
            provider_id=f"wamid.{self.person.user_id}.{number}",
            client_ref=f"{self.random.getrandbits(128):032x}",
            policy="park" if line.parks else "resend",
        )
        self.rows.messages.append(message)
        if not from_person:
            delivery.settle(message, line.fate, self.world.now, self.random)
        if line.file:
            self._attach(message, line.file)
        if line.in_ticket:
            self.tickets.enter(message, answers=line.staffed)

    def _attach(self, message: MessageRow, name: str) -> None:
        kind, stored = FILES[name], self.world.files[name]
        attachment = AttachmentRow(
            message=message,
            kind=kind.kind,
            media_id=f"demo.{self.person.number}.{len(self.rows.attachments)}",
            mime_type=kind.mime_type,
            filename=name if kind.kind == "document" else "",
            voice=kind.voice,
            sha256=stored.sha256,
            size=stored.size,
            status="stored",
            file=stored.name,
            created_at=message.created_at,
        )
        self.rows.attachments.append(attachment)
        self.files.append(attachment)

    # --- what is no message ---------------------------------------------------------------------------------------

    def registers(self, _mark: Mark) -> None:
        """A lead becomes a student."""
        contact = self.contact
        contact.name, contact.email = self.person.name, self.person.email
        contact.class_grade, contact.registered_at = self.person.class_grade, self.at

    def changes_profile(self, _mark: Mark) -> None:
        """The class was answered anew."""
        self.contact.class_grade = self.slots.fill("Qxclass")

    def speaks(self, mark: Mark) -> None:
        """The person asked for this language."""
        self.contact.language = mark.value

    def polite(self, _mark: Mark) -> None:
        """The one polite line was said."""
        self.conversation.polite_at = self.at

    def homework(self, mark: Mark) -> None:
        """Homework is handed in, with the files that came just before."""
        homework = HomeworkRow(
            reference=self.slots.fill(mark.value),
            contact=self.contact,
            subject=self.slots.fill(mark.subject),
            submission_type="IMAGE" if mark.files else "TEXT",
            content=self.slots.fill(mark.words),
            created_at=self.at,
            updated_at=self.at,
        )
        self.rows.homework.append(homework)
        for attachment in self.files[-mark.files :] if mark.files else []:
            attachment.homework = homework

    def homework_begun(self, _mark: Mark) -> None:
        """Somebody of the team works on it."""
        homework = self.rows.homework[-1]
        homework.status, homework.assigned_admin, homework.updated_at = "IN_PROGRESS", self.staff.id, self.at

    def homework_taken_back(self, _mark: Mark) -> None:
        """It is not to be answered any more."""
        homework = self.rows.homework[-1]
        homework.status, homework.updated_at = "CANCELLED", self.at

    def homework_solved(self, mark: Mark) -> None:
        """It was answered with the message just said."""
        homework = self.rows.homework[-1]
        homework.status, homework.solved_at, homework.updated_at = "SOLVED", self.at, self.at
        homework.solution_text = self.slots.fill(mark.words)
        homework.solution_message = self.rows.messages[-1]

    def payment(self, mark: Mark) -> None:
        """A payment was asked for."""
        offer = self.world.offer
        self.rows.payments.append(
            PaymentRow(
                reference=self.slots.fill(mark.value),
                contact=self.contact,
                amount=str(offer.amount),
                currency=offer.currency,
                plan=offer.plan,
                days=offer.days,
                created_at=self.at,
            )
        )

    def paid(self, _mark: Mark) -> None:
        """It has arrived: the subscription begins."""
        payment = self._decide("SUCCESS")
        until = self.at + timedelta(days=payment.days)
        self.slots.until(until.astimezone(self.world.zone))
        self.rows.subscriptions.append(
            SubscriptionRow(contact=self.contact, plan=payment.plan, started_at=self.at, active_until=until)
        )

    def unpaid(self, mark: Mark) -> None:
        """It has failed or was cancelled."""
        self._decide(mark.value)

    def _decide(self, status: str) -> PaymentRow:
        payment = self.rows.payments[-1]
        payment.status, payment.decided_by, payment.decided_at = status, self.staff.id, self.at
        return payment


def _desk(what: str) -> Callable[[_Story, Mark], None]:
    """A mark that concerns the ticket."""
    return lambda story, mark: story.tickets.note(what, mark, story.at)


_MARKS: Mapping[str, Callable[[_Story, Mark], None]] = {
    "registers": _Story.registers,
    "profile": _Story.changes_profile,
    "speaks": _Story.speaks,
    "polite": _Story.polite,
    "homework": _Story.homework,
    "begun": _Story.homework_begun,
    "taken back": _Story.homework_taken_back,
    "solved": _Story.homework_solved,
    "payment": _Story.payment,
    "paid": _Story.paid,
    "unpaid": _Story.unpaid,
    **{what: _desk(what) for what in Tickets.MARKS},
}
