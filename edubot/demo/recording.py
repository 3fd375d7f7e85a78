"""A script played once through the real bot: the words, buttons and explanations of the bot are its own.

Playing everything anew would double the time that a big desk takes to build.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from conversations import facts as real_facts
from conversations.bot.memory import to_json
from conversations.bot.table import decide
from conversations.bot.types import (
    AgentJoined,
    AgentLeft,
    AskRatingLater,
    ChatAbandoned,
    ChatFacts,
    Choice,
    Event,
    Facts,
    HandOff,
    LeaveChat,
    Media,
    Memory,
    Pressed,
    Rate,
    RatingDue,
    RequestPayment,
    SaveProfile,
    Say,
    SpeakLanguage,
    State,
    SubmitHomework,
    Subscription,
    Text,
    Topic,
    Turn,
    Unanswerable,
    Unsupported,
)
from conversations.texts import DEFAULT_LANGUAGE, Phrase, phrase, render
from edubot.demo.beats import FILE, PAUSES, TICKET, Line, Mark, Recording
from edubot.demo.media import FILES
from edubot.demo.scripts import SCRIPTS, Place, Script, Step, Verb, Who
from edubot.starter import FAQ_TOPICS

BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)
_RATING_DELAY = 30
_ACK_PAUSE = 120


def record_all() -> tuple[Recording, ...]:
    """Every script, for each kind of person that it is for."""
    return tuple(
        _Player(script, registered=registered).play() for script in SCRIPTS for registered in _played_for(script)
    )


def _played_for(script: Script) -> tuple[bool, ...]:
    if script.who is Who.ANYBODY:
        return (False, True)
    return (script.who is Who.STUDENT and script.place is not Place.FIRST,)


class _Player:
    """The bot, the person and the clock while one script is played."""

    def __init__(self, script: Script, *, registered: bool) -> None:
        self.script, self.registered = script, registered
        self.memory = Memory() if script.place is Place.FIRST else Memory(state=State.IDLE)
        self.known = registered
        self.language = DEFAULT_LANGUAGE if script.place is Place.FIRST else script.language
        self.beats: list[Line | Mark] = []
        self.clock = BEGAN
        self.pause = 0.0
        self.turns = self.files = 0
        self.reference = ""
        self.pending: str | None = None
        self.polite = self.staff_wrote = False
        self.last_said: tuple[str, datetime] | None = None  # in the live chat, by the person or the team

    def play(self) -> Recording:
        """Play all steps."""
        for step in self.script.steps:
            self._pass(PAUSES[step.verb] if step.pause is None else step.pause)
            _STEPS[step.verb](self, step)
        stored = to_json(self.memory)
        state = str(stored.pop("state"))
        return Recording(
            self.script,
            self.registered,
            tuple(self.beats),
            length=len(self._lines),
            seconds=sum(beat.pause for beat in self.beats[1:]),
            state=state,
            memory=json.dumps(stored),
            registers=self.known and not self.registered,
        )

    # --- the person's steps ---------------------------------------------------------------------------------------

    def says(self, step: Step) -> None:
        """Typed words."""
        self._hear("text", step.text, Text(step.text), quotes=step.quotes)

    def taps(self, step: Step) -> None:
        """A button or list row, by its id; its title is the one last shown."""
        title = self._title(step.text)
        payload = json.dumps({"pressed": {"id": step.text, "title": title}})
        self._hear("interactive", title, Pressed(step.text, title), payload=payload)

    def sends(self, step: Step) -> None:
        """A file."""
        file = FILES[step.file]
        event = Media(file.kind, FILE + self.files, file.mime_type, step.text)
        self.files += 1
        self._hear("voice" if file.voice else file.kind, step.text, event, file=step.file)

    def reacts(self, step: Step) -> None:
        """An emoji on our last message."""
        self._hear("reaction", step.text, Unanswerable("reaction"), quotes=True)

    def sends_other(self, step: Step) -> None:
        """Something the bot cannot read."""
        words = "📍 Yaba, Lagos (6.5095, 3.3711)" if step.text == "location" else ""
        turn = self._hear(step.text, words, Unsupported(step.text))
        if turn.effects:
            self.polite = True
            self._mark("polite")

    def is_silent(self, step: Step) -> None:
        """The person does not answer: asked, and in the end given up."""
        if not step.text:
            self._mark("silence")
        self._turn(ChatAbandoned(final=step.text == "final"))

    # --- the team's steps -----------------------------------------------------------------------------------------

    def joins(self, step: Step) -> None:
        """Staff open a ticket."""
        self._mark("open", "staff", step.text)

    def staff(self, step: Step) -> None:
        """An answer; it opens the chat where none is on."""
        if self.memory.state is not State.CHAT_SUPPORT_ACTIVE:
            self._turn(AgentJoined())
        self._add(
            Line(
                *("admin", "text", step.text, self._waited()),
                quotes=self._place_of("user") if step.quotes else None,
                staffed=True,
                in_ticket=True,
                parks=True,
                fate=step.fate,
            )
        )
        self.staff_wrote, self.last_said = True, ("admin", self.clock)

    def closes(self, step: Step) -> None:
        """Staff close the ticket, with words of their own or the usual ones."""
        self._mark("close", "staff")
        self._turn(AgentLeft(step.text or None))

    def answers(self, step: Step) -> None:
        """The homework is answered."""
        values = {"subject": "Qxsubject", "reference": self.reference, "answer": step.text}
        self._tell(phrase("homework_answered", **values))
        self._mark("solved", words=step.text)

    def is_paid(self, step: Step) -> None:
        """The payment has arrived."""
        self._mark("paid")
        self._tell(phrase("payment_received", reference=self.reference, day="Qxday"))
        self.pending = None

    # --- what the bot makes of it ---------------------------------------------------------------------------------

    def _hear(
        self, kind: str, text: str, event: Event, *, payload: str = "{}", quotes: bool = False, file: str = ""
    ) -> Turn:
        before = self.memory
        in_chat = before.state is State.CHAT_SUPPORT_ACTIVE
        line = Line("user", kind, text, self._waited(), payload=payload, file=file, in_ticket=in_chat)
        line.quotes = self._place_of("user", other=True) if quotes else None
        self._add(line)
        turn = self._turn(event)
        why = {**asdict(turn.why), "from_state": before.state.value, "to_state": turn.memory.state.value}
        passed = turn.passed.value if turn.passed else None
        line.explanation = json.dumps({**why, "passed": passed, "ms": round(1.8 + len(self.beats) % 7 * 0.6, 1)})
        if in_chat:
            self.last_said = ("user", self.clock)
        return turn

    def _turn(self, event: Event) -> Turn:
        turn = decide(self.memory, event, self._facts())
        self.turns += 1
        self.memory = turn.memory
        for effect in turn.effects:
            self._carry_out(effect)
        return turn

    def _carry_out(self, effect: object) -> None:
        match effect:
            case Say(content, promise):
                self._pass(1.0)
                self._say(content.text, choices=self._choices(content.choices), label=content.list_label, parks=promise)
            case SaveProfile(registers=registers):
                self.known = self.known or registers
                self._mark("registers" if registers else "profile")
            case SpeakLanguage(language):
                self.language = language
                self._mark("speaks", language)
            case SubmitHomework(reference, subject, text, attachments):
                self.reference = reference
                self.beats.append(Mark("homework", 0, reference, text, subject, len(attachments)))
            case RequestPayment(reference=reference):
                self.reference = self.pending = reference
                self._mark("payment", reference)
            case _:
                self._carry_out_at_the_desk(effect)

    def _carry_out_at_the_desk(self, effect: object) -> None:
        match effect:
            case HandOff():
                self.last_said, self.staff_wrote = None, False
                self._mark("open", "user")
            case LeaveChat(by):
                if by != "staff":
                    self._mark("close", by)
            case AskRatingLater():
                self._pass(_RATING_DELAY)
                self._mark("rating")
                self._turn(RatingDue(TICKET))
            case Rate(stars=stars):
                self._mark("rated", str(stars))
            case _:
                raise NotImplementedError(type(effect).__name__)

    def _facts(self) -> Facts:
        said = self.last_said
        quiet = said is not None and (self.clock - said[1]).total_seconds() >= _ACK_PAUSE
        return Facts(
            now=self.clock,
            reference=f"QXREF{self.turns}",
            language=self.language,
            name="Qxfirst Qxlast" if self.known else None,
            email="Qxmail@example.com" if self.known else None,
            class_grade="Qxclass" if self.known else None,
            registered=self.known,
            subscription=Subscription(pending_reference=self.pending),
            offer=real_facts.offer(),
            topics=_topics(self.language),
            chat=ChatFacts(acknowledge=said is None or said[0] == "admin" or quiet, staff_wrote=self.staff_wrote),
            polite_due=not self.polite,
        )

    # --- writing it down ------------------------------------------------------------------------------------------

    def _say(self, text: Phrase, *, choices: list[dict[str, str]], label: Phrase | None, parks: bool) -> None:
        kind = "interactive" if choices else "text"
        line = Line("bot", kind, self._words(text), self._waited(), buttons=json.dumps(choices), parks=parks)
        line.list_label = self._words(label) if label else ""
        self._add(line)

    def _tell(self, text: Phrase) -> None:
        """The bot's words that a person is behind."""
        self._add(Line("bot", "text", self._words(text), self._waited(), staffed=True, parks=True))

    def _choices(self, choices: tuple[Choice, ...]) -> list[dict[str, str]]:
        return [
            {
                "id": choice.id,
                "title": self._words(choice.title),
                "description": self._words(choice.description) if choice.description else "",
            }
            for choice in choices
        ]

    def _add(self, line: Line) -> None:
        line.has_slots = "Qx" in line.text or "QXREF" in line.text
        self.beats.append(line)

    def _mark(self, what: str, value: str = "", words: str = "") -> None:
        self.beats.append(Mark(what, self._waited(), value, words))

    def _pass(self, seconds: float) -> None:
        self.clock += timedelta(seconds=seconds)
        self.pause += seconds

    def _waited(self) -> float:
        waited, self.pause = self.pause, 0.0
        return waited

    def _words(self, text: Phrase) -> str:
        return render(text, self.language)

    @property
    def _lines(self) -> list[Line]:
        return [beat for beat in self.beats if isinstance(beat, Line)]

    def _place_of(self, sender: str, *, other: bool = False) -> int | None:
        """The place among the lines of the last one by this sender (or by anybody else)."""
        found = [place for place, line in enumerate(self._lines) if (line.sender == sender) is not other]
        return found[-1] if found else None

    def _title(self, choice: str) -> str:
        for line in reversed(self._lines):
            for button in json.loads(line.buttons):
                if button["id"] == choice:
                    return str(button["title"])
        return self._words(phrase(f"button_{choice}"))


def _topics(language: str) -> tuple[Topic, ...]:
    return tuple(
        Topic(f"faq_{slug}", title, answer) for slug, lang, title, answer, *_ in FAQ_TOPICS if lang == language
    )


def _marking(what: str) -> Callable[[_Player, Step], None]:
    return lambda player, step: player._mark(what, step.text, step.text)  # noqa: SLF001


_STEPS: Mapping[Verb, Callable[[_Player, Step], None]] = {
    Verb.SAYS: _Player.says,
    Verb.TAPS: _Player.taps,
    Verb.SENDS: _Player.sends,
    Verb.REACTS: _Player.reacts,
    Verb.SENDS_OTHER: _Player.sends_other,
    Verb.IS_SILENT: _Player.is_silent,
    Verb.JOINS: _Player.joins,
    Verb.STAFF: _Player.staff,
    Verb.CLOSES: _Player.closes,
    Verb.ANSWERS: _Player.answers,
    Verb.IS_PAID: _Player.is_paid,
    Verb.IS_NOT_PAID: _marking("unpaid"),
    Verb.NOTE: _marking("note"),
    Verb.HANDS_OVER: _marking("hand over"),
    Verb.RESOLVES: _marking("resolve"),
    Verb.STARTS_HOMEWORK: _marking("begun"),
    Verb.CANCELS_HOMEWORK: _marking("taken back"),
}
