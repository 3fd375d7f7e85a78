"""Whatever a student with two phones, two agents, a supervisor and the clock do, in whatever order, the desk stays
consistent.

Fifteen stories of twenty steps in every run of the suite; EDUBOT_MACHINES=1000 makes up a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conversations import people
from conversations.bot.types import State
from conversations.channel import MemoryChannel
from conversations.errors import DomainError
from conversations.models import Conversation, Message, Sender
from conversations.received import QUIET, Person
from support import escalation, services, transitions, upkeep
from support.models import ACTIVE, LIVE, PRESENT, By, EscalationRule, Priority, Status, SupportTicket
from tests.conversations.conftest import Phone
from tests.machines import stories

WORDS = ("Hello?", "My photo was refused", "end chat", "done", "support", "menu", "5")
TAPS = ("support", "end_chat", "main_menu", "rate_4", "homework")
TICKETS = st.integers(0, 3)
STAFF = st.integers(0, 2)
# A few seconds; a failure is made small, but not explained line by line, which takes minutes.
BOUNDED = settings(
    max_examples=stories(15),
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
Verb = Callable[[SupportTicket, User], object]

# What staff do to one ticket, whoever has it and whatever has become of it.
VERBS: tuple[Verb, ...] = (
    lambda ticket, who: services.reply(ticket, who, "We are looking into it."),
    lambda ticket, who: services.reply(ticket, who, "I take over.", take=True),
    lambda ticket, who: services.reply(ticket, who, "Twice is no harm.", client_id="c1"),
    services.take,
    services.unassign,
    lambda ticket, who: services.assign(ticket, who, who, take=True),
    lambda ticket, who: services.set_priority(ticket, Priority.HIGH, who),
    lambda ticket, who: services.note(ticket, who, "A note."),
    lambda ticket, who: services.reported(ticket, who, "She called."),
    services.resolve,
    services.close,
    services.reopen,
    lambda ticket, who: services.change_status(ticket, Status.IN_PROGRESS, who),
)


class DeskMachine(RuleBasedStateMachine):
    """One student, the team, and time that passes. `channel` and `staff` are the test's.

    The student has a second phone, of which we learn at some time that it is theirs: two records become one.
    """

    channel: MemoryChannel
    staff: Sequence[User]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.channel.sent.clear()
        self.phone = Phone(self.channel, Person(phone="+2348012345678"))
        self.second = Phone(self.channel, Person(phone="+2348087654321"))

    def teardown(self) -> None:
        """Every example begins on an empty desk."""
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(registered=st.booleans())
    def meets(self, registered: bool) -> None:
        """The student writes for the first time."""
        self.phone.registers() if registered else self.phone.says("hi")
        EscalationRule.objects.create(priority="MEDIUM", minutes=30, raised_to="URGENT")

    # --- the student --------------------------------------------------------------------------------------------------

    @rule(words=st.sampled_from(WORDS))
    def says(self, words: str) -> None:
        """Type something."""
        self.phone.says(words)

    @rule(choice=st.sampled_from(TAPS))
    def taps(self, choice: str) -> None:
        """Tap a button, perhaps an old one."""
        self.phone.taps(choice)

    @rule(words=st.sampled_from(WORDS))
    def is_on_the_way(self, words: str) -> None:
        """Type something that is handled later."""
        self.phone.post(self.phone.message(text=words))

    @rule()
    def reacts(self) -> None:
        """Put a thumb up on something."""
        self.phone.does(self.phone.message("reaction", text="👍"))

    @rule(words=st.sampled_from(WORDS))
    def says_on_the_second_phone(self, words: str) -> None:
        """Type something there."""
        self.second.says(words)

    @rule(choice=st.sampled_from(TAPS))
    def taps_on_the_second_phone(self, choice: str) -> None:
        """Tap a button there."""
        self.second.taps(choice)

    @precondition(lambda self: people.find(self.second.person) is not None)
    @rule()
    def turns_out_to_be_one_person(self) -> None:
        """The provider tells us that the second number is the first one now."""
        people.change_identity(self.second.person, self.phone.person)

    # --- the team -----------------------------------------------------------------------------------------------------

    @rule(verb=st.sampled_from(VERBS), number=TICKETS, who=STAFF)
    def handles(self, verb: Verb, number: int, who: int) -> None:
        """Do something to one of the tickets; a refusal is an answer, too."""
        if tickets := list(SupportTicket.objects.order_by("-id")):
            with suppress(DomainError):
                verb(tickets[number % len(tickets)], self.staff[who])

    @rule(number=TICKETS, who=STAFF, to=STAFF, take=st.booleans())
    def hands_over(self, number: int, who: int, to: int, take: bool) -> None:
        """Give a ticket to a colleague."""
        if tickets := list(SupportTicket.objects.order_by("-id")):
            with suppress(DomainError):
                services.assign(tickets[number % len(tickets)], self.staff[to], self.staff[who], take=take)

    @rule(who=STAFF, message=st.sampled_from(["", "Hello!"]))
    def starts_a_chat(self, who: int, message: str) -> None:
        """Open a chat from the desk."""
        with suppress(DomainError):
            services.start_chat(self.phone.conversation, self.staff[who], message)

    @rule(who=STAFF)
    def ends_the_chat(self, who: int) -> None:
        """End the live chat."""
        with suppress(DomainError):
            services.end_chat(self.phone.conversation, self.staff[who])

    @rule(who=STAFF, by=st.sampled_from([By.API, By.STAFF]))
    def opens(self, who: int, by: By) -> None:
        """Open a ticket."""
        services.open_ticket(self.phone.conversation, self.staff[who], by=by)

    @rule(action=st.sampled_from(["resolve", "close", "reopen"]))
    def does_in_bulk(self, action: str) -> None:
        """The supervisor tidies up."""
        services.bulk(SupportTicket.objects.values_list("pk", flat=True), action, self.staff[2])

    # --- time ---------------------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 3, 21]))
    def nobody_says_anything(self, hours: int) -> None:
        """Chats fall silent, and what waits becomes urgent."""
        upkeep.look_after_silence(timezone.now() + timedelta(hours=hours))
        escalation.escalate(timezone.now() + timedelta(hours=hours))

    @rule()
    def a_week_passes(self) -> None:
        """What was resolved closes."""
        upkeep.close_resolved(timezone.now() + timedelta(days=8))

    @rule(number=TICKETS)
    def asks_how_it_went(self, number: int) -> None:
        """The question after a chat is due."""
        if closed := list(SupportTicket.objects.filter(status=Status.CLOSED)):
            services.ask_rating(closed[number % len(closed)].pk)

    # --- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def one_ticket_is_present_and_holds_the_chat(self) -> None:
        """A live chat belongs to exactly one ticket, and nothing goes on in any other."""
        for conversation in Conversation.objects.all():
            present = list(SupportTicket.objects.filter(PRESENT, conversation=conversation))
            assert len(present) <= 1
            assert conversation.is_chat_support == any(ticket.in_chat for ticket in present)

    @invariant()
    def times_fit_the_status(self) -> None:
        """What is stamped follows from where the ticket stands."""
        for ticket in SupportTicket.objects.all():
            over = ticket.status in {Status.RESOLVED, Status.CLOSED}
            assert over == (ticket.resolved_at is not None) == (ticket.resolution_seconds is not None)
            assert (ticket.status == Status.CLOSED) == (ticket.closed_at is not None) == bool(ticket.ended_by)
            assert not (over and ticket.waiting_since)

    @invariant()
    def the_history_tells_how_it_came(self) -> None:
        """Each change begins where the last one ended, is legal, and the last one is where the ticket stands."""
        for ticket in SupportTicket.objects.select_related("assigned_admin"):
            holder = ticket.assigned_admin.username if ticket.assigned_admin else ""
            for field, now in (("status", ticket.status), ("priority", ticket.priority), ("assigned_admin", holder)):
                steps = list(ticket.changes.filter(field=field).order_by("id").values_list("before", "after"))
                assert all(first[1] == second[0] for first, second in pairwise(steps))
                assert not steps or steps[-1][1] == now
            moves = list(ticket.changes.filter(field="status").order_by("id").values_list("before", "after"))
            assert moves[0] == ("", Status.OPEN)
            assert all(after in transitions.LEGAL[before] for before, after in moves[1:])

    @invariant()
    def the_first_answer_is_the_first_word_of_staff(self) -> None:
        """Notes and the bot are none; and what staff say stands in a ticket."""
        for ticket in SupportTicket.objects.all():
            first = ticket.entries.filter(kind="message", sender_type="admin").order_by("id").first()
            assert ticket.first_response_at == (first.created_at if first else None)
        said = Message.objects.filter(sender=Sender.ADMIN)
        assert not said.filter(support_entries=None).exists()

    @invariant()
    def no_word_of_a_chat_is_to_nobody(self) -> None:
        """What was said in a chat stands in one ticket, and somebody sees that it waits."""
        in_chat = Message.objects.filter(
            sender=Sender.USER, explanation__from_state=State.CHAT_SUPPORT_ACTIVE
        ).prefetch_related("support_entries")
        assert all(len(message.support_entries.all()) == 1 for message in in_chat)
        for live in SupportTicket.objects.filter(LIVE, status__in=ACTIVE, chat_started_at__isnull=False):
            here = live.entries.filter(created_at__gte=F("ticket__chat_started_at"), message__isnull=False)
            said = here.exclude(sender_type=Sender.BOT)
            last = said.exclude(message__kind__in=QUIET).order_by("-id").first()
            if last and last.sender_type == Sender.USER:
                assert live.waiting_since is not None


def test_any_order_of_events_leaves_the_desk_consistent(
    channel: MemoryChannel, grace: User, tunde: User, amina: User
) -> None:
    DeskMachine.channel, DeskMachine.staff = channel, (grace, tunde, amina)
    run_state_machine_as_test(DeskMachine, settings=BOUNDED)
