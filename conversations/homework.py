"""Answering homework. Each verb is one transaction under the lock of the student's conversation."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from conversations import outbox
from conversations.errors import HomeworkSolved, HomeworkTaken
from conversations.models import Conversation, Homework, HomeworkStatus, Message, Policy
from conversations.records import check_step, lock_owner
from conversations.texts import Phrase, phrase
from conversations.wording import say

log = logging.getLogger(__name__)

LONGEST_ANSWER = 4000  # characters, as of a staff message

# SOLVED is the end: the student has the answer, and a correction leaves it SOLVED.
LEGAL: Mapping[str, frozenset[str]] = {
    HomeworkStatus.PENDING: frozenset({"IN_PROGRESS", "SOLVED", "CANCELLED"}),
    HomeworkStatus.IN_PROGRESS: frozenset({"PENDING", "SOLVED", "CANCELLED"}),
    HomeworkStatus.SOLVED: frozenset(),
    HomeworkStatus.CANCELLED: frozenset({"PENDING"}),
}


def answer(homework: Homework, staff: User, text: str, *, again: bool = False) -> Homework:
    """Send the student the answer; the homework is SOLVED, and `staff`'s where nobody had it.

    Who has not written for 24 hours gets it as soon as they write again (`outbox.send_what_was_refused`).

    The same words a second time (a double click) change nothing, except that an answer which could not be delivered is
    sent again. Other words for solved homework are a correction and must be meant as one (`again`): two colleagues who
    answer at the same moment would otherwise both be heard. Raises HomeworkSolved, InvalidTransition for cancelled
    homework, ValueError for an answer without words.
    """
    words = text.strip()
    if not words:
        raise ValueError("An answer has words.")
    with _locked(homework) as (conversation, current):
        if current.status == HomeworkStatus.SOLVED:
            if current.solution_text == words:
                _deliver_if_stuck(current)
                return current
            if not again:
                raise HomeworkSolved(current.reference)
        else:
            check_step(current.reference, current.status, HomeworkStatus.SOLVED, LEGAL)
        current.solution_text = words
        told = phrase("homework_answered", subject=current.subject, reference=current.reference, answer=words)
        return _solve(current, staff, _tell(conversation, told, staff))


def mark_solved(homework: Homework, staff: User, words: str = "") -> Homework:
    """Say that homework is done: with `words` as its answer, else with a short line. Solved homework stays as it is.

    Raises InvalidTransition for cancelled homework, and what `answer` raises.
    """
    if words.strip():
        return answer(homework, staff, words)
    with _locked(homework) as (conversation, current):
        if current.status == HomeworkStatus.SOLVED:
            return current
        check_step(current.reference, current.status, HomeworkStatus.SOLVED, LEGAL)
        told = phrase("homework_solved", subject=current.subject, reference=current.reference)
        return _solve(current, staff, _tell(conversation, told, staff))


def take(homework: Homework, staff: User) -> Homework:
    """`staff` starts to work on it. Raises HomeworkTaken when a colleague does, InvalidTransition when it is closed."""
    with _locked(homework) as (_conversation, current):
        holder = current.assigned_admin
        if holder and holder.pk != staff.pk:
            raise HomeworkTaken(current.reference, holder.username)
        current.assigned_admin = staff
        if current.status != HomeworkStatus.IN_PROGRESS:
            check_step(current.reference, current.status, HomeworkStatus.IN_PROGRESS, LEGAL)
            current.status = HomeworkStatus.IN_PROGRESS
        return _save(current, staff)


def assign(homework: Homework, to: User | None, *, by: User) -> Homework:
    """Give homework to somebody, or to nobody, whoever has it; its status stays."""
    with _locked(homework) as (_conversation, current):
        current.assigned_admin = to
        return _save(current, by)


def change_status(homework: Homework, status: str, staff: User) -> Homework:
    """Move homework along; SOLVED tells the student (`mark_solved`). Raises InvalidTransition."""
    if status == HomeworkStatus.SOLVED:
        return mark_solved(homework, staff)
    with _locked(homework) as (_conversation, current):
        if current.status == status:
            return current
        check_step(current.reference, current.status, status, LEGAL)
        current.status = status
        return _save(current, staff)


@contextmanager
def _locked(homework: Homework) -> Iterator[tuple[Conversation, Homework]]:
    """The student's conversation and the homework as it is now, both locked."""
    with transaction.atomic():
        conversation = lock_owner(contact__homework=homework.pk)
        rows = Homework.objects.select_for_update(of=("self",)).select_related("assigned_admin", "solution_message")
        yield conversation, rows.get(pk=homework.pk)


def _tell(conversation: Conversation, told: Phrase, staff: User) -> Message:
    """Bot's words (no support prefix) that a person is behind, so never said twice without one."""
    words = say(told, conversation.contact.language)
    return outbox.post(conversation, words, staff=staff, policy=Policy.PARK)


def _deliver_if_stuck(homework: Homework) -> None:
    if homework.solution_message and outbox.retry_possible(homework.solution_message):
        outbox.retry(homework.solution_message)


def _solve(homework: Homework, staff: User, told: Message) -> Homework:
    homework.status = HomeworkStatus.SOLVED
    homework.solution_message = told
    homework.solved_at = homework.solved_at or timezone.now()
    homework.assigned_admin = homework.assigned_admin or staff
    return _save(homework, staff)


def _save(homework: Homework, staff: User) -> Homework:
    homework.save(
        update_fields=["status", "assigned_admin", "solution_text", "solution_message", "solved_at", "updated_at"]
    )
    log.info(
        "Homework was changed.",
        extra={"homework_id": homework.pk, "status": homework.status, "staff_id": staff.pk},
    )
    return homework
