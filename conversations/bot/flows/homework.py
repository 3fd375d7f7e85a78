"""Homework: the subject (a question of `forms`), then text or image, then the content."""

from __future__ import annotations

from dataclasses import replace

from conversations.bot import buttons
from conversations.bot.flows import registration
from conversations.bot.flows.menu import file_not_expected
from conversations.bot.flows.replies import LIVE_CHAT, Reply, again, idle, inform, say
from conversations.bot.flows.set_aside import HOMEWORK_FLOW, step_out
from conversations.bot.forms import HOMEWORK
from conversations.bot.homework_draft import IMAGE, MOST_FILES, TEXT, Draft
from conversations.bot.keywords import Intent
from conversations.bot.rules import Rule
from conversations.bot.types import (
    Content,
    Facts,
    Media,
    MediaRefused,
    Memory,
    SetAside,
    State,
    SubmitHomework,
    Text,
)
from conversations.texts import Phrase, phrase

# What the sender declares; what a file really is, is checked when it is fetched.
_FILE_KINDS = frozenset({"image", "document"})
_ACCEPTED = frozenset(
    {"image/jpeg", "image/jpg", "image/png", "image/webp", "image/heic", "image/heif", "application/pdf"}
)
_REFUSALS = frozenset({"too_large", "wrong_type", "unreadable", "expired"})


def start(memory: Memory, facts: Facts) -> Reply:
    """Hand in homework: the subject comes first. Who is not registered registers, then goes on here."""
    if not facts.registered:
        return registration.first(memory, facts, Intent.HOMEWORK)
    if memory.state in HOMEWORK_FLOW:
        return again(Rule.HOMEWORK_STARTED, memory, facts)
    after = replace(step_out(memory), state=HOMEWORK[0].state)
    return again(Rule.HOMEWORK_STARTED, after, facts)


def ask_type(memory: Memory, facts: Facts) -> Reply:
    """The subject is known: text or image?"""
    return again(Rule.ANSWER_TAKEN, replace(memory, state=State.HOMEWORK_TYPE), facts)


def choose_text(memory: Memory, facts: Facts) -> Reply:
    """The homework will be typed."""
    return _choose(TEXT, memory, facts)


def choose_image(memory: Memory, facts: Facts) -> Reply:
    """The homework will come as photos or documents."""
    return _choose(IMAGE, memory, facts)


def _choose(kind: str, memory: Memory, facts: Facts) -> Reply:
    draft = replace(Draft.read(memory.answers), kind=kind)
    return again(Rule.HOMEWORK_TYPE_CHOSEN, _collecting(memory, draft), facts)


def take_text(memory: Memory, event: Text, facts: Facts) -> Reply:
    """Typed homework is complete with its message; words between photos are a note to them."""
    draft = Draft.read(memory.answers)
    if not event.body.strip():
        return again(Rule.HOMEWORK_EMPTY, memory, facts)
    draft = draft.with_note(event.body)
    if is_collecting_files(memory):
        return again(Rule.HOMEWORK_NOTE_TAKEN, _collecting(memory, draft), facts, phrase("homework_note_taken"))
    return _submit(memory, draft, facts)


def take_file(memory: Memory, event: Media, facts: Facts) -> Reply:
    """A photo or document, while choosing or collecting: it means "image" whatever was chosen before."""
    if event.kind not in _FILE_KINDS:
        return again(Rule.HOMEWORK_FILE_REFUSED, memory, facts, phrase("homework_file_wrong_type"))
    draft = replace(Draft.read(memory.answers), kind=IMAGE)
    problem = _problem(event, draft)
    if problem is not None:
        return again(Rule.HOMEWORK_FILE_REFUSED, _collecting(memory, draft), facts, problem)
    draft = draft.with_file(event.attachment).with_note(event.caption)
    after = _collecting(memory, draft)
    if draft.is_full:
        return again(Rule.HOMEWORK_FILE_TAKEN, after, facts)
    text = phrase("homework_file_taken", number=len(draft.files), most=MOST_FILES)
    return Reply(Rule.HOMEWORK_FILE_TAKEN, after, (say(text, buttons.choices(buttons.COLLECTING)),))


def file_at_the_menu(memory: Memory, event: Media, facts: Facts) -> Reply:
    """Taking photos easily outlasts the time-out: one that comes late goes to the homework set aside.

    While a payment is on its way it may as well be the receipt, and the person is asked.
    """
    waiting = memory.set_aside
    if waiting is None or waiting.state not in {State.HOMEWORK_TYPE, State.HOMEWORK_CONTENT}:
        return file_not_expected(memory, event, facts)
    draft = replace(Draft.read(waiting.answers), kind=IMAGE)
    fits = event.kind in _FILE_KINDS and _problem(event, draft) is None
    if not fits or facts.subscription.pending_reference:
        return file_not_expected(memory, event, facts)
    draft = draft.with_file(event.attachment).with_note(event.caption)
    kept = SetAside(State.HOMEWORK_CONTENT, draft.answers())
    text = phrase("homework_file_kept", number=len(draft.files))
    offer = say(text, buttons.choices((Intent.RESUME, Intent.MAIN_MENU)))
    return Reply(Rule.HOMEWORK_FILE_KEPT, replace(idle(memory), set_aside=kept), (offer,))


def done(memory: Memory, facts: Facts) -> Reply:
    """The last photo was sent: everything is handed in."""
    draft = Draft.read(memory.answers)
    if not draft.files and not draft.note:
        return again(Rule.HOMEWORK_EMPTY, memory, facts, phrase("homework_nothing_yet"))
    return _submit(memory, draft, facts)


def is_collecting_files(memory: Memory) -> bool:
    """Whether files are expected or here already, so that words are notes and "done" hands in."""
    draft = Draft.read(memory.answers)
    return memory.state is State.HOMEWORK_CONTENT and (draft.kind == IMAGE or bool(draft.files))


def unusable(memory: Memory, event: MediaRefused, facts: Facts) -> Reply:
    """A file that was taken at its word could not be fetched, or is not what it claimed to be.

    It is dropped wherever it lies, and the person is told why. Where it lies nowhere it may have been handed in before,
    and they are told how to send it again; who is not registered cannot have handed in anything.
    """
    reason = phrase(f"file_{event.reason if event.reason in _REFUSALS else 'unreadable'}")
    remaining = _without_file(memory, event.attachment)
    was_waiting = remaining != memory
    if memory.state is LIVE_CHAT:
        return Reply(Rule.HOMEWORK_FILE_UNUSABLE, remaining, (say(reason, buttons.buttons_of(memory.state)),))
    if was_waiting:
        return again(Rule.HOMEWORK_FILE_UNUSABLE, remaining, facts, reason)
    if facts.registered:
        retry = Content(phrase("file_lost", reason=reason), buttons.choices((Intent.HOMEWORK, Intent.MAIN_MENU)))
        return inform(Rule.HOMEWORK_FILE_UNUSABLE, memory, facts, retry)
    return Reply(Rule.HOMEWORK_FILE_UNUSABLE, memory)


def _without_file(memory: Memory, attachment: int) -> Memory:
    """The memory with this file gone from the homework at hand and from the one set aside."""
    if memory.state is State.HOMEWORK_CONTENT:
        memory = _drop(memory, attachment)
    waiting = memory.set_aside
    if waiting is None or waiting.state is not State.HOMEWORK_CONTENT:
        return memory
    draft = Draft.read(waiting.answers)
    if attachment not in draft.files:
        return memory
    return replace(memory, set_aside=replace(waiting, answers=draft.without_file(attachment).answers()))


def _drop(memory: Memory, attachment: int) -> Memory:
    draft = Draft.read(memory.answers)
    return _collecting(memory, draft.without_file(attachment)) if attachment in draft.files else memory


def _problem(event: Media, draft: Draft) -> Phrase | None:
    """Why a file cannot be taken; None when it can. A photo without a declared type is believed to be one."""
    declared = event.mime_type.partition(";")[0].strip().lower() or ("image/jpeg" if event.kind == "image" else "")
    if declared not in _ACCEPTED:
        return phrase("homework_file_wrong_type")
    return phrase("homework_files_full", most=MOST_FILES) if draft.is_full else None


def _collecting(memory: Memory, draft: Draft) -> Memory:
    return replace(memory, state=State.HOMEWORK_CONTENT, answers=draft.answers())


def _submit(memory: Memory, draft: Draft, facts: Facts) -> Reply:
    """Handed in: a reference, the promised time, and back to the menu."""
    homework = SubmitHomework(facts.reference, draft.subject, draft.note, draft.files)
    text = phrase("homework_submitted", reference=facts.reference, subject=draft.subject, hours=facts.answer_hours)
    words = say(text, buttons.buttons_of(State.HOMEWORK_SUBMITTED))
    return Reply(Rule.HOMEWORK_SUBMITTED, idle(memory), (homework, words), State.HOMEWORK_SUBMITTED)
