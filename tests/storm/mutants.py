"""Defects that a storm must see: each replaces a piece of the service by what a hurried hand would write."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, connections, transaction

from conversations import delivery, inbox, loops, people, prepared, runner, sender, wakeup
from conversations.channel import Verdict, get_channel
from conversations.models import Conversation, InboxItem, Message
from conversations.pace import Pace
from conversations.received import Batch, Received
from edubot import logs
from edubot.management.commands import worker
from edubot.storm import school
from support import services
from whatsapp import inbound, signature, views


def _put(module: Any, name: str, value: object) -> None:
    """Put the defect where the service looks."""
    assert hasattr(module, name)
    setattr(module, name, value)


def answer_before_commit() -> None:
    """200 goes out first; the rows are written a little later, if the process lives that long."""
    store = inbox.receive

    def later(batch: Batch) -> None:
        time.sleep(0.3)
        try:
            store(batch)
        finally:
            connections.close_all()

    def receive(batch: Batch) -> int:
        threading.Thread(target=later, args=(batch,), daemon=True).start()
        return len(batch.items)

    _put(inbox, "receive", receive)


def check_then_insert() -> None:
    """No unique index keeps a second delivery out, only a look that comes before the write."""

    def receive(batch: Batch) -> int:
        _drop_the_guards()
        known = set(InboxItem.objects.filter(key__in=[item.key for item in batch.items]).values_list("key", flat=True))
        time.sleep(0.02)
        for item in batch.items:
            if item.key not in known:
                InboxItem.objects.create(key=item.key, mailbox=item.mailbox, raw=item.raw)
        wakeup.call(wakeup.INBOX)
        return len(batch.items)

    _put(inbox, "receive", receive)
    _put(runner, "_stored_before", lambda *_: (None, False, None))


@cache
def _drop_the_guards() -> None:
    with connection.cursor() as cursor:
        for table, column in (("inboxitem", "key"), ("message", "provider_id")):
            name = f"conversations_{table}"
            cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {name}_{column}_key")


def no_conversation_lock() -> None:
    """Workers claim single items, and two of them may be in one conversation."""

    def drain(mailbox: str, stopping: Callable[[], bool] = lambda: False) -> inbox.Drained:
        handled = 0
        while handled < inbox.TURN and not stopping() and _next(mailbox):
            handled += 1
        return inbox.Drained(handled)

    _put(inbox, "drain", drain)


def _next(mailbox: str) -> bool:
    with transaction.atomic():
        waiting = InboxItem.objects.filter(mailbox=mailbox, handled_at=None).order_by("id")
        item = waiting.select_for_update(skip_locked=True).first()
        if item is None:
            return False
        what = get_channel().read(item.raw)
        if not isinstance(what, Received):
            return inbox.handle(item)
        inbox._done(item, runner.handle_received(people.conversation_with(what.person), what))
        return True


def pop_then_send() -> None:
    """What is claimed counts as sent: the lease of a sender that died tells nobody anything."""
    popped = "UPDATE conversations_message SET delivery_status = 'sent', lease_until = NULL"
    _put(sender, "_LEASE_OVER", f"{popped} WHERE delivery_status = 'sending' AND lease_until < statement_timestamp()")


def time_out_is_failed() -> None:
    """No answer is taken for a refusal."""
    sender._RULES[Verdict.UNKNOWN] = sender._fail


def time_out_is_retry() -> None:
    """No answer is taken for "not accepted": sent again at once."""
    sender._RULES[Verdict.UNKNOWN] = sender._retry


def last_status_wins() -> None:
    """A message has the status that was reported last."""
    _put(delivery, "settle", lambda _current, reported: list(reported)[-1])


def one_bad_item_drops_the_post() -> None:
    """A post that holds something unreadable is put away whole."""
    split = inbound.split

    def strict(*arguments: Any) -> Batch:
        batch = split(*arguments)
        return Batch(unreadable="Something is wrong with it.") if _has_poison(batch) else batch

    _put(views, "split", strict)


def error_of_an_item_is_503() -> None:
    """What the database refuses of one item is answered as if the database were away."""
    store = inbox.receive

    def receive(batch: Batch) -> int:
        if _has_poison(batch):
            raise OperationalError("The database refused a value.")
        return store(batch)

    _put(inbox, "receive", receive)


def _has_poison(batch: Batch) -> bool:
    return any(item.key.startswith("wamid.poison") for item in batch.items)


def sweeper_without_skip_locked() -> None:
    """Sweeps are bare updates: they wait for rows that others hold, and lock theirs in whatever order they meet them.

    Which order that is PostgreSQL chooses. Among so few rows it seldom chooses differently for two workers that are
    called at one moment; here it does, as it would with time.
    """
    sweeps = [_bare(sender._LEASE_OVER), _bare(sender._HOLD_OVER)]

    def sweep(*, oldest: timedelta | None = delivery.RECENT) -> int:
        moved = delivery.match_reports(oldest=oldest)
        for over, update in sweeps:
            with transaction.atomic():
                found = prepared.rows(f"SELECT id FROM conversations_message WHERE {over} ORDER BY random()", [])  # noqa: S608
                values = {"hold": settings.OUTBOX_HOLD, "most": sender.MAX_UNKNOWN}
                moved += sum(prepared.run(update, {**values, "id": number}) for (number,) in found)
        return moved

    _put(sender, "sweep", sweep)


def _bare(statement: str) -> tuple[str, str]:
    """Which rows a sweep is about, and its update of one of them, without the part that picks what nobody holds."""
    picked = re.compile(
        r"WITH over.*?WHERE (.*?) LIMIT 200 FOR UPDATE SKIP LOCKED\s*\)\s*(.*?)FROM over\s+WHERE m\.id = over\.id(.*)",
        re.DOTALL,
    )
    found = picked.search(statement)
    assert found
    over, update, evidence = found.groups()
    return over, f"{update} WHERE m.id = %(id)s AND {over} {evidence}"


def never_sends_again() -> None:
    """What nobody knows the outcome of waits for a person at once, whoever said it."""
    _put(sender, "_HOLD_OVER", sender._HOLD_OVER.replace("THEN 'queued'", "THEN 'unknown'"))


def an_answer_of_staff_is_an_error_first() -> None:
    """Each answer of staff meets a 500 once; trying again helps."""
    send = services.send
    met: set[str | None] = set()

    def stumbling(*arguments: Any, **how: Any) -> Message:
        if how["client_id"] not in met:
            met.add(how["client_id"])
            raise RuntimeError("Nobody thought of that.")
        return send(*arguments, **how)

    _put(services, "send", stumbling)


def a_forged_post_is_an_error() -> None:
    """A wrong signature is met by a crash."""
    valid = signature.valid

    def strict(*arguments: Any) -> bool:
        is_valid = valid(*arguments)
        if arguments[0] and not is_valid:
            raise RuntimeError("That is somebody else.")
        return is_valid

    _put(signature, "valid", strict)


def no_signature_check() -> None:
    """Whoever posts is Meta."""
    _put(signature, "valid", lambda *_: True)


def a_number_in_the_log() -> None:
    """A message's number is logged, for debugging, and nothing masks it."""
    _log_numbers(lambda _: True)


def a_strangers_number_in_the_log() -> None:
    """The same, of those whose messages nobody can read."""
    _log_numbers(lambda number: number.lstrip("+") in school.POISONED)


def _log_numbers(concerned: Callable[[str], bool]) -> None:
    _put(logs, "mask", str)
    handle = runner.handle_received

    def tell(conversation: Conversation, received: Any) -> str:
        if concerned(number := str(conversation.contact.phone)):
            logging.getLogger("conversations").warning("Handling a message of %s", number)
        return handle(conversation, received)

    _put(runner, "handle_received", tell)


def herd_after_an_outage() -> None:
    """Whatever waits may leave at once."""

    class Unpaced(Pace):
        def allowed(self) -> int:
            return 1000

    _put(loops, "Pace", Unpaced)


def refusal_is_retry() -> None:
    """A person who cannot be reached is tried again and again."""
    sender._RULES[Verdict.RECIPIENT] = sender._unknown


def staff_words_are_resent() -> None:
    """When the hold is over everything is sent again, whoever said it."""
    _put(sender, "_HOLD_OVER", sender._HOLD_OVER.replace("m.policy = 'resend' AND", ""))


def thawed_sender_goes_on() -> None:
    """A sender that stood still sends what it has in hand, however long ago it claimed it."""
    prepare = sender._prepare

    def endless(*arguments: Any) -> sender.Claimed | None:
        claimed = prepare(*arguments)
        return replace(claimed, outgoing=replace(claimed.outgoing, until=float("inf"))) if claimed else None

    _put(sender, "_prepare", endless)


def ends_in_the_middle() -> None:
    """A worker that is asked to end does so at once."""
    _put(worker._Stop, "set", lambda _: os._exit(0))


MUTANTS: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        answer_before_commit,
        check_then_insert,
        no_conversation_lock,
        pop_then_send,
        time_out_is_failed,
        time_out_is_retry,
        last_status_wins,
        one_bad_item_drops_the_post,
        error_of_an_item_is_503,
        sweeper_without_skip_locked,
        never_sends_again,
        an_answer_of_staff_is_an_error_first,
        no_signature_check,
        a_forged_post_is_an_error,
        a_number_in_the_log,
        a_strangers_number_in_the_log,
        herd_after_an_outage,
        refusal_is_retry,
        staff_words_are_resent,
        thawed_sender_goes_on,
        ends_in_the_middle,
    )
}
