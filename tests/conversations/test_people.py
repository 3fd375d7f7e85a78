"""One person is one conversation, whatever addresses the provider gives, and however they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from conversations import inbox, outbox, people, sender
from conversations.bot.types import State
from conversations.channel import MemoryChannel
from conversations.models import Contact, Conversation, Homework, InboxItem, Message, Subscription
from conversations.received import IdentityChange, Person
from tests.conversations.conftest import Phone, locked
from tests.processes import eventually

PHONE, USER = "+2348012345678", "NG.1234567890abc"


@pytest.mark.parametrize(
    "person",
    [Person(phone=PHONE), Person(user_id=USER), Person(phone=PHONE, user_id=USER)],
    ids=["phone", "id", "both"],
)
def test_a_person_is_found_again(db: None, person: Person) -> None:
    assert people.conversation_with(person) == people.conversation_with(person)


def test_a_person_whose_phone_becomes_known_keeps_their_conversation(db: None) -> None:
    before = people.conversation_with(Person(user_id=USER))
    after = people.conversation_with(Person(phone=PHONE, user_id=USER))
    assert after == before
    assert after.contact.phone == PHONE


def test_what_the_provider_leaves_out_is_not_forgotten(db: None) -> None:
    people.conversation_with(Person(phone=PHONE, user_id=USER, username="@ada", profile_name="Ada"))
    contact = people.conversation_with(Person(user_id=USER)).contact
    assert (contact.phone, contact.username, contact.profile_name) == (PHONE, "@ada", "Ada")


def test_two_records_that_turn_out_to_be_one_person_become_one(student: Conversation, phone: Phone) -> None:
    stranger = people.conversation_with(Person(user_id=USER))
    with locked(stranger) as held:
        outbox.post(held, "Hello stranger")
    kept = people.conversation_with(Person(phone=PHONE, user_id=USER))
    assert kept == student
    assert not Conversation.objects.filter(pk=stranger.pk).exists()
    assert kept.messages.filter(text="Hello stranger").exists()
    assert (kept.contact.name, kept.contact.user_id) == ("Ada Obi", USER)


def test_homework_and_counters_go_along(student: Conversation) -> None:
    stranger = people.conversation_with(Person(user_id=USER))
    Homework.objects.create(reference="HW-1", contact=stranger.contact, subject="Maths", submission_type="TEXT")
    messages = student.message_count
    with locked(stranger) as held:
        outbox.post(held, "Hello")
    kept = people.conversation_with(Person(phone=PHONE, user_id=USER))
    kept.refresh_from_db()
    assert kept.message_count == messages + 1 == kept.messages.count()
    assert kept.contact.homework.get().reference == "HW-1"


def test_a_new_number_keeps_the_conversation_and_is_shown_in_the_thread(student: Conversation, phone: Phone) -> None:
    new = Person(phone="+2349000000000")
    phone.does(IdentityChange("sys1", phone.person, new, text="Ada changed her number"))
    student.contact.refresh_from_db()
    assert student.contact.phone == "+2349000000000"
    assert student.messages.filter(kind="system", text="Ada changed her number").exists()


def test_a_new_number_that_has_a_conversation_joins_it(student: Conversation) -> None:
    other = people.conversation_with(Person(phone="+2349000000000"))
    joined = people.change_identity(Person(phone=PHONE), Person(phone="+2349000000000"))
    assert joined == student
    assert joined.contact.phone == "+2349000000000"
    assert not Contact.objects.filter(pk=other.contact_id).exists()


def test_whoever_had_the_new_number_before_stays_somebody_else(db: None) -> None:
    ada = people.conversation_with(Person(phone=PHONE, user_id=USER))
    before = people.conversation_with(Person(phone="+2349000000000", user_id="NG.333"))
    people.change_identity(Person(phone=PHONE, user_id=USER), Person(phone="+2349000000000", user_id="NG.222"))
    assert set(Contact.objects.values_list("pk", "phone", "user_id")) == {
        (ada.contact_id, "+2349000000000", "NG.222"),
        (before.contact_id, None, "NG.333"),
    }


def test_whoever_has_the_old_number_by_now_keeps_it(db: None) -> None:
    people.conversation_with(Person(phone="+2349000000000", user_id=USER))
    now = people.conversation_with(Person(phone=PHONE, user_id="NG.333"))
    people.change_identity(Person(phone=PHONE, user_id=USER), Person(user_id="NG.222"))
    assert Contact.objects.get(pk=now.contact_id).phone == PHONE
    assert Contact.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_first_contact_in_several_processes_at_once_makes_one_person(db: None) -> None:
    start, found = Barrier(6), []

    def arrive() -> None:
        start.wait()
        found.append(people.conversation_with(Person(phone=PHONE, user_id=USER)).pk)
        connection.close()

    threads = [Thread(target=arrive) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_the_half_that_was_used_last_says_where_the_bot_stands(student: Conversation, other_phone: Phone) -> None:
    other_phone.says("hi")
    assert other_phone.conversation.state == State.REGISTERING_NAME
    with locked(student), locked(other_phone.conversation):
        kept = people.merge(other_phone.conversation, student)
    assert (kept, kept.state) == (student, State.REGISTERING_NAME)
    assert Message.objects.filter(conversation=kept).count() == kept.message_count


def test_a_half_that_never_wrote_changes_nothing_of_where_the_other_one_stands(
    student: Conversation, phone: Phone
) -> None:
    for words in ("homework", "Physics", "text"):
        phone.says(words)
    before = phone.conversation
    assert before.state == State.HOMEWORK_CONTENT
    people.conversation_with(Person(user_id=USER))
    people.conversation_with(Person(phone=PHONE, user_id=USER))
    after = phone.conversation
    assert (after.pk, after.state, after.memory) == (before.pk, before.state, before.memory)
    assert after.last_inbound_at == before.last_inbound_at


def test_the_half_that_never_wrote_is_not_the_one_in_use_though_it_is_kept(db: None, phone: Phone) -> None:
    people.conversation_with(Person(user_id=USER))
    phone.registers()
    phone.says("français")
    begun = phone.conversation
    assert begun.contact.language == "fr"
    kept = people.conversation_with(Person(phone=PHONE, user_id=USER))
    assert kept.pk < begun.pk
    kept.refresh_from_db()
    assert (kept.state, kept.last_inbound_at) == (begun.state, begun.last_inbound_at)
    assert kept.contact.language == "fr"


# --- The number that the provider knows -------------------------------------------------------------------------------

WITH_NINE, WITHOUT = Person(phone="+5511987654321"), Person(phone="+551187654321")


def test_answers_from_the_number_that_the_provider_knows_come_into_the_conversation_that_we_began(db: None) -> None:
    begun = people.conversation_with(WITH_NINE)
    people.learn_recipient(WITH_NINE, WITHOUT)
    assert people.conversation_with(WITHOUT) == begun
    assert Contact.objects.get().phone == WITHOUT.phone


def test_an_answer_that_was_faster_is_joined(db: None) -> None:
    begun, answered = people.conversation_with(WITH_NINE), people.conversation_with(WITHOUT)
    with locked(answered) as held:
        outbox.post(held, "Hello")
    people.learn_recipient(WITH_NINE, WITHOUT)
    assert (Contact.objects.get().phone, begun.messages.get().text) == (WITHOUT.phone, "Hello")


@pytest.mark.parametrize("recipient", [Person(phone=PHONE), Person(user_id=USER), Person(phone="+2349000000000")])
def test_nothing_is_learnt_of_whoever_was_written_to_as_they_are_or_has_moved_on(db: None, recipient: Person) -> None:
    people.conversation_with(Person(phone="+2348099999999") if recipient.phone != PHONE else recipient)
    before = list(Contact.objects.values())
    people.learn_recipient(Person(phone=PHONE), recipient)
    assert list(Contact.objects.values()) == before


def test_what_cannot_be_learnt_now_is_left_for_the_next_message(db: None, channel: MemoryChannel) -> None:
    dialled, known = Person(phone="+5491123456789"), Person(phone="+541123456789")  # of whose forms we know nothing
    for half in (dialled, known):
        with locked(people.conversation_with(half)) as held:
            outbox.post(held, "Hello")
    in_flight = sender.claim(2)
    people.learn_recipient(dialled, known)
    assert (Contact.objects.count(), len(in_flight)) == (2, 2)
    sender.record([sender.transmit(channel, one) for one in in_flight], timezone.now())
    people.learn_recipient(dialled, known)
    assert Contact.objects.count() == 1


def test_whoever_answers_from_the_other_form_is_who_was_written_to_though_nothing_was_learnt(db: None) -> None:
    begun = people.conversation_with(WITH_NINE)
    assert people.id_with(WITHOUT) == begun.pk
    assert Contact.objects.get().phone == WITHOUT.phone  # from which answers come


def test_a_number_that_two_records_have_in_its_two_forms_is_each_ones_own(db: None) -> None:
    for person in (WITHOUT, WITH_NINE):
        Conversation.objects.create(contact=Contact.objects.create(phone=person.phone))
    for person in (WITHOUT, WITH_NINE):
        found = people.find(person)
        assert found is not None
        assert found.contact.phone == person.phone


def test_whoever_loses_a_number_loses_it_in_either_form(db: None) -> None:
    before = people.conversation_with(Person(phone=WITHOUT.phone, user_id="BR.111"))
    now = people.conversation_with(Person(phone=WITH_NINE.phone, user_id="BR.222"))
    assert now != before
    assert set(Contact.objects.values_list("phone", "user_id")) == {(None, "BR.111"), (WITH_NINE.phone, "BR.222")}


# --- While others write -----------------------------------------------------------------------------------------------


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


@contextmanager
def held_up(conversation: Conversation, work: Callable[[], object]) -> Iterator[Conversation]:
    """The locked conversation, while `work` waits for it in another thread; it is done at the end of the with block."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    waiter = Thread(target=run)
    with locked(conversation) as held:
        waiter.start()
        eventually(_somebody_waits)
        yield held
    waiter.join()


def _register(held: Conversation) -> None:
    held.contact.name, held.contact.registered_at = "Ada Obi", timezone.now()
    held.contact.save(update_fields=["name", "registered_at"])
    held.state = State.REGISTERED
    held.save(update_fields=["state"])


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_a_conversation_sees_the_person_as_they_are_by_now(db: None) -> None:
    seen: list[str] = []

    def look() -> None:
        with locked(conversation) as fresh:
            seen.append(fresh.contact.name)

    conversation = people.conversation_with(Person(phone=PHONE))
    with held_up(conversation, look) as held:
        _register(held)
    assert seen == ["Ada Obi"]


@pytest.mark.django_db(transaction=True)
def test_joining_two_records_undoes_nothing_that_was_saved_meanwhile(db: None) -> None:
    conversation = people.conversation_with(Person(phone=PHONE))
    people.conversation_with(Person(user_id=USER))
    both = Person(phone=PHONE, user_id=USER)
    with held_up(conversation, lambda: people.conversation_with(both)) as held:
        _register(held)
    contact = Contact.objects.get()
    assert (contact.name, contact.is_registered, contact.user_id) == ("Ada Obi", True, USER)


def test_two_records_with_a_message_in_flight_each_are_joined_once_one_has_landed(
    student: Conversation, channel: MemoryChannel
) -> None:
    stranger = people.conversation_with(Person(user_id=USER))
    for half in (student, stranger):
        with locked(half) as held:
            outbox.post(held, "Hello")
    in_flight = sender.claim(5)
    assert len(in_flight) == 2
    with pytest.raises(people.Busy):
        people.conversation_with(Person(phone=PHONE, user_id=USER))
    assert Conversation.objects.filter(pk=stranger.pk).exists()
    sender.record([sender.transmit(channel, in_flight[0])], timezone.now())
    assert people.conversation_with(Person(phone=PHONE, user_id=USER)) == student


def test_two_records_that_were_written_to_under_the_same_key_are_joined(student: Conversation) -> None:
    stranger = people.conversation_with(Person(user_id=USER))
    for half in (student, stranger):
        with locked(half) as held:
            outbox.post(held, "Exam on Monday", client_id="exam")
    people.conversation_with(Person(phone=PHONE, user_id=USER))
    said = student.messages.filter(text="Exam on Monday").order_by("pk")
    assert [message.client_id for message in said] == ["exam", None]


# --- What a person has ------------------------------------------------------------------------------------------------


def _subscribe(conversation: Conversation, days: int) -> None:
    until = timezone.now() + timedelta(days=days)
    Subscription.objects.create(contact=conversation.contact, plan=f"{days} days", active_until=until)


@pytest.mark.parametrize(
    ("of_kept", "of_gone", "left"),
    [
        (-300, 20, ["20 days"]),
        (20, -300, ["20 days"]),
        (None, 20, ["20 days"]),
        (20, None, ["20 days"]),
        (None, None, []),
    ],
)
def test_of_two_subscriptions_the_one_that_is_paid_for_longest_stays(
    student: Conversation, of_kept: int | None, of_gone: int | None, left: list[str]
) -> None:
    stranger = people.conversation_with(Person(user_id=USER))
    for half, days in ((student, of_kept), (stranger, of_gone)):
        if days:
            _subscribe(half, days)
    people.conversation_with(Person(phone=PHONE, user_id=USER))
    held = Subscription.objects.filter(contact=student.contact)
    assert [subscription.plan for subscription in held] == left
    assert Subscription.objects.count() == len(left)


@pytest.mark.parametrize(("setting", "language"), [("en", "en"), ("fr", "fr"), ("xx", "en")])
def test_a_first_contact_is_spoken_to_in_the_language_of_the_service(
    phone: Phone, settings: pytest.FixtureRequest, setting: str, language: str
) -> None:
    settings.BOT_LANGUAGE = setting  # type: ignore[attr-defined]
    phone.says("hi")
    assert phone.conversation.contact.language == language


def test_a_merge_that_must_wait_does_not_wear_out_the_message(student: Conversation, phone: Phone) -> None:
    stranger = people.conversation_with(Person(user_id=USER))
    for half in (student, stranger):
        with locked(half) as held:
            outbox.post(held, "Hello")
    in_flight = sender.claim(2)
    both = Phone(phone.channel, Person(phone=PHONE, user_id=USER))
    item = both.post(both.message(text="menu"))
    inbox.drain_all()
    waiting = InboxItem.objects.get(key=item.key)
    assert (waiting.handled_at, waiting.attempts, len(in_flight)) == (None, 0, 2)
