"""What happens in the demo's conversations, as data: a script is a list of steps of one person and of the team.

The bot's part stands nowhere here: `recording` plays each script through the real bot. Words that differ from person to
person are slots: `Qxfirst Qxlast`, `Qxmail@example.com`, `Qxclass`, `Qxsubject`, `Qxquestion`, `Qxanswer` (of one
lesson), `Qxquestiontwo`, `Qxanswertwo` (of another).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

HOUR = 3600.0
NAME, MAIL, CLASS = "Qxfirst Qxlast", "Qxmail@example.com", "Qxclass"
WORKSHEET, PAPER, VOICE = "worksheet.jpg", "questions.pdf", "voice-note.ogg"
BOARD = "board.png"


class Verb(Enum):
    """What a step is."""

    SAYS = auto()
    TAPS = auto()
    SENDS = auto()  # a file
    REACTS = auto()
    SENDS_OTHER = auto()  # what the bot cannot read: a sticker, a location
    JOINS = auto()  # staff open a ticket
    STAFF = auto()
    NOTE = auto()
    HANDS_OVER = auto()
    RESOLVES = auto()
    CLOSES = auto()
    IS_SILENT = auto()
    STARTS_HOMEWORK = auto()
    CANCELS_HOMEWORK = auto()
    ANSWERS = auto()  # the homework
    IS_PAID = auto()
    IS_NOT_PAID = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `pause` is how long after the one before it happens, in seconds; None for the verb's usual one.

    `fate` says what became of a message of staff where that is part of the story: an error code, or `unknown`.
    """

    verb: Verb
    text: str = ""
    pause: float | None = None
    quotes: bool = False
    file: str = ""
    fate: str = ""


class Who(Enum):
    """Whom a script is for."""

    LEAD = auto()
    STUDENT = auto()
    ANYBODY = auto()


class Place(Enum):
    """Where in a conversation a script stands."""

    FIRST = auto()
    MIDDLE = auto()
    LAST = auto()  # it leaves something open


@dataclass(frozen=True, slots=True)
class Script:
    """A stretch of a conversation. `within`: it only fits one whose last word is at most so old, in seconds."""

    name: str
    place: Place
    who: Who
    steps: tuple[Step, ...]
    language: str = "en"
    category: str = ""
    weight: int = 1
    within: float = field(default=float("inf"))


def says(text: str, *, pause: float | None = None, quotes: bool = False) -> Step:
    """The person types."""
    return Step(Verb.SAYS, text, pause, quotes)


def taps(choice: str) -> Step:
    """The person taps a button or list row."""
    return Step(Verb.TAPS, choice)


def sends(file: str, caption: str = "") -> Step:
    """The person sends a file."""
    return Step(Verb.SENDS, caption, file=file)


def staff(text: str, *, pause: float | None = None, quotes: bool = False, file: str = "", fate: str = "") -> Step:
    """The team answers."""
    return Step(Verb.STAFF, text, pause, quotes, file, fate)


def does(verb: Verb, text: str = "", pause: float | None = None) -> Step:
    """Any other step."""
    return Step(verb, text, pause)


REGISTRATION = (says(NAME), says(MAIL), says(CLASS))
HOMEWORK_TEXT = (taps("homework"), says("Qxsubject"), taps("text"), says("Qxquestion"))
HOMEWORK_PHOTO = (taps("homework"), says("Qxsubject"), taps("image"), sends(WORKSHEET, "Page 1"))
ANSWERED = (does(Verb.STARTS_HOMEWORK), does(Verb.ANSWERS, "Qxanswer"))
LESSON = (staff("Qxanswer"), says("Thank you! And this one: Qxquestiontwo"), staff("Qxanswertwo", quotes=True))
PAYMENT = (taps("pay"), taps("confirm"))

_F, _M, _L = Place.FIRST, Place.MIDDLE, Place.LAST
_LEAD, _STUDENT, _ANY = Who.LEAD, Who.STUDENT, Who.ANYBODY
_FRESH = 1.5 * HOUR
_PAID = 600 * HOUR  # a subscription of thirty days still runs

SCRIPTS = (
    # Meeting
    Script("hello", _F, _LEAD, (says("Hi"),), weight=0),
    Script("bonjour", _F, _LEAD, (says("Bonjour"),), "fr", weight=0),
    Script("looks around", _F, _LEAD, (says("Good evening"), says("faq"), says("cancel"))),
    Script("looks around", _F, _LEAD, (says("Bonsoir"), says("français"), says("faq"), says("annuler")), "fr"),
    Script("asks the price", _F, _LEAD, (says("pls how much is it?"), says("cancel"))),
    Script("registers", _F, _STUDENT, (says("Hello"), *REGISTRATION, taps("main_menu"))),
    Script("registers clumsily", _F, _STUDENT, (
        says("hi"), says("08190"), says(NAME), says("my mail"), says(MAIL), says(CLASS), taps("main_menu"),
    )),
    Script("registers", _F, _STUDENT, (says("Bonjour"), says("français"), *REGISTRATION, taps("main_menu")), "fr"),
    # What goes on every day
    Script("homework in words", _M, _STUDENT, (*HOMEWORK_TEXT, *ANSWERED, says("thanks", pause=HOUR)), weight=6),
    Script("homework in words", _M, _STUDENT, (*HOMEWORK_TEXT, *ANSWERED, says("merci", pause=HOUR)), "fr", weight=6),
    Script("homework in photos", _M, _STUDENT, (
        *HOMEWORK_PHOTO, sends(PAPER), taps("homework_done"), *ANSWERED, does(Verb.REACTS, "🙏"),
    ), weight=4),
    Script("homework taken back", _M, _STUDENT, (
        *HOMEWORK_TEXT, does(Verb.CANCELS_HOMEWORK, pause=5 * HOUR),
    )),
    Script("help and topics", _M, _ANY, (says("help"), taps("faq"), taps("main_menu")), weight=2),
    Script("help and topics", _M, _ANY, (says("aide"), taps("faq"), taps("main_menu")), "fr", weight=2),
    Script("lost", _M, _ANY, (says("I don't get it 😕"), says("what now"), taps("main_menu"))),
    Script("lost", _M, _ANY, (says("je comprends rien"), taps("main_menu")), "fr"),
    Script("a voice note", _M, _ANY, (sends(VOICE), does(Verb.SENDS_OTHER, "sticker"))),
    Script("a voice note", _M, _ANY, (sends(VOICE), does(Verb.SENDS_OTHER, "location")), "fr"),
    Script("small talk", _M, _ANY, (says("good morning"), says("thank you"))),
    Script("changes the class", _M, _STUDENT, (
        says("update"), taps("skip"), taps("skip"), says(CLASS), taps("main_menu"),
    )),
    Script("thanks", _M, _ANY, (says("thanks"),), weight=0),
    Script("thanks", _M, _ANY, (says("merci"),), "fr", weight=0),
    Script("reacts", _M, _ANY, (does(Verb.REACTS, "👍"),), weight=0),
    Script("reacts", _M, _ANY, (does(Verb.REACTS, "❤️"),), "fr", weight=0),
    # Chats that are over
    Script("a lesson", _M, _STUDENT, (
        says("support"), says("Good evening. Qxquestion"), *LESSON,
        says("Now I understand, God bless you 🙏"), does(Verb.CLOSES), taps("rate_5"),
    ), category="Homework", weight=4),
    Script("a lesson in French", _M, _STUDENT, (
        says("support"), says("Bonsoir, j'ai une question : Qxquestion"), staff("Qxanswer"),
        says("Merci beaucoup !"), taps("end_chat"), taps("rate_5"),
    ), "fr", category="Homework", weight=4),
    Script("the transfer", _M, _ANY, (
        says("support"), says("I paid yesterday but it still says none"),
        staff("Good day! Please send the receipt, so that we can look it up."), sends(WORKSHEET, "here is it"),
        does(Verb.NOTE, "Bank says it arrived at 16:02, the reference was missing."),
        staff("Found it, thank you. It is credited now."), says("ok thanks"), does(Verb.CLOSES, "Have a good week!"),
        taps("rate_4"),
    ), category="Payment", weight=2),
    Script("wrong class", _M, _ANY, (
        taps("support"), says("my class is wrong, I am in SS3 not SS2"), sends(VOICE),
        staff("Thank you for telling us. It is changed.", pause=0.6 * HOUR), does(Verb.REACTS, "👍"), taps("end_chat"),
        says("5"),
    ), category="Account"),
    Script("nobody came back", _M, _ANY, (
        says("agent"), says("hello?"), staff("Hello! How can we help?", pause=0.4 * HOUR),
        does(Verb.IS_SILENT, pause=2 * HOUR), does(Verb.IS_SILENT, "final", pause=18 * HOUR),
    ), category="Other"),
    Script("personne ne répond", _M, _ANY, (
        says("support"), says("allô ?"), staff("Bonjour ! Que pouvons-nous faire pour vous ?", pause=0.4 * HOUR),
        does(Verb.IS_SILENT, pause=2 * HOUR), does(Verb.IS_SILENT, "final", pause=18 * HOUR),
    ), "fr", category="Other"),
    Script("changed their mind", _M, _ANY, (says("support"), taps("end_chat"))),
    Script("unhappy", _M, _STUDENT, (
        says("talk to someone"), says("my homework was due this morning and nobody answered"),
        says("this is not fair"), staff("I am sorry. I have it in front of me.", pause=1.2 * HOUR),
        does(Verb.HANDS_OVER), staff("Here it is. Qxanswer"), says("too late now"), does(Verb.CLOSES), taps("rate_2"),
    ), category="Homework"),
    Script("we write first", _M, _STUDENT, (
        does(Verb.JOINS), staff("Hello Qxfirst, page 2 of your homework is too dark to read. Could you send it again?"),
        sends(BOARD), staff("That is perfect, thank you.", quotes=True), does(Verb.CLOSES), taps("rate_5"),
    ), category="Homework"),
    # What is open: live chats
    Script("waits for the first answer", _L, _ANY, (
        says("support"), says("Good day, please I cannot open the answer you sent"), says("Is anybody there?"),
    ), category="Account", weight=3, within=24 * HOUR),
    Script("waits since long", _L, _ANY, (
        says("support"), says("When will my homework be marked?"), sends(WORKSHEET, "This one, from Tuesday"),
    ), category="Homework", weight=2, within=30 * HOUR),
    Script("attend une réponse", _L, _ANY, (
        says("support"), says("Je n'arrive pas à payer"),
    ), "fr", category="Payment", within=30 * HOUR),
    Script("in the middle of it", _L, _STUDENT, (
        says("support"), says("Qxquestion"), staff("Qxanswer"), says("Please explain the second step again"),
    ), category="Homework", weight=3, within=24 * HOUR),
    Script("promised days ago", _L, _STUDENT, (
        says("support"), says("Qxquestion"), staff("I will ask the teacher and come back to you."),
        does(Verb.NOTE, "Asked Mr Eze, he is back on Monday."), says("ok I am waiting"),
    ), category="Homework", weight=6, within=96 * HOUR),
    Script("our turn is over", _L, _ANY, (
        says("support"), says("Do you also teach on Saturdays?"),
        staff("Yes, from nine to one. Shall I put you down?"),
    ), category="Other", weight=2, within=_FRESH),
    Script("an answer that failed", _L, _ANY, (
        says("support"), says("Can you call me?"), staff("We cannot call, but write to us here.", fate="131026"),
        says("hello?"),
    ), category="Other", within=24 * HOUR),
    Script("an answer nobody knows about", _L, _STUDENT, (
        says("support"), says("Qxquestion"), staff("Qxanswer", fate="unknown"), says("are you there?"),
    ), category="Homework", within=24 * HOUR),
    Script("too late to answer", _L, _ANY, (
        says("support"), says("Is my payment there?"),
        staff("Good morning! It has arrived.", pause=25 * HOUR, fate="131047"), says("oh good"),
    ), category="Payment", within=72 * HOUR),
    Script("resolved, not closed", _L, _STUDENT, (
        says("support"), says("Qxquestion"), *LESSON, says("thank you so much"), does(Verb.RESOLVES),
    ), category="Homework", weight=2, within=_FRESH),
    Script("a ticket without a chat", _L, _STUDENT, (does(Verb.JOINS, "Ask for a better photo of page 2."),),
           category="Homework"),
    # What is open: flows
    Script("left at the name", _L, _LEAD, (says("register"),)),
    Script("left at the e-mail", _L, _LEAD, (says("register"), says(NAME))),
    Script("left at the class", _L, _LEAD, (says("register"), says(NAME), says(MAIL))),
    Script("laissé à la classe", _L, _LEAD, (says("inscription"), says(NAME), says(MAIL)), "fr"),
    Script("just registered", _L, _LEAD, (says("register"), *REGISTRATION), weight=2),
    Script("left at the subject", _L, _STUDENT, (taps("homework"),)),
    Script("left at the choice", _L, _STUDENT, (taps("homework"), says("Qxsubject"))),
    Script("left before the text", _L, _STUDENT, (taps("homework"), says("Qxsubject"), taps("text"))),
    Script("left before the text", _L, _STUDENT, (taps("homework"), says("Qxsubject"), taps("text")), "fr"),
    Script("left before done", _L, _STUDENT, (*HOMEWORK_PHOTO, says("page 2 is coming"))),
    Script("left before paying", _L, _STUDENT, (taps("pay"),)),
    Script("sees the details", _L, _STUDENT, (says("register"),)),
    Script("left at the new name", _L, _STUDENT, (says("update"),)),
    Script("left at the new e-mail", _L, _STUDENT, (says("update"), taps("skip"))),
    Script("left at the new class", _L, _STUDENT, (says("update"), taps("skip"), taps("skip"))),
    Script("interrupted by a chat", _L, _STUDENT, (
        taps("homework"), says("Qxsubject"), says("agent"), says("Can I send two subjects at once?"),
        staff("Yes, one after the other."), taps("end_chat"),
    ), category="Homework"),
    # What is open: homework and payments
    Script("homework to answer", _L, _STUDENT, HOMEWORK_TEXT, weight=3, within=48 * HOUR),
    Script("devoir à corriger", _L, _STUDENT, HOMEWORK_TEXT, "fr", weight=3),
    Script("photos to answer", _L, _STUDENT, (*HOMEWORK_PHOTO, taps("homework_done")), weight=2),
    Script("homework begun", _L, _STUDENT, (*HOMEWORK_TEXT, does(Verb.STARTS_HOMEWORK)), weight=2),
    Script("payment expected", _L, _STUDENT, PAYMENT, weight=3),
    Script("paiement attendu", _L, _STUDENT, PAYMENT, "fr"),
    Script("payment received", _L, _STUDENT, (*PAYMENT, does(Verb.IS_PAID, pause=3 * HOUR)), weight=4, within=_PAID),
    Script("paiement reçu", _L, _STUDENT, (*PAYMENT, does(Verb.IS_PAID, pause=3 * HOUR)), "fr", weight=2,
           within=_PAID),
    Script("payment failed", _L, _STUDENT, (*PAYMENT, does(Verb.IS_NOT_PAID, "FAILED", 20 * HOUR))),
    Script("payment cancelled", _L, _STUDENT, (*PAYMENT, does(Verb.IS_NOT_PAID, "CANCELLED", 44 * HOUR))),
)  # fmt: skip
