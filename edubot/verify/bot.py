"""What the bot promises: states, intents, buttons, transitions, keywords, and that all of it is kept."""

from __future__ import annotations

from collections.abc import Iterator

from edubot.verify.checks import Check, check, holds, same
from edubot.verify.stage import FAMILY_NAME, Stage
from edubot.verify.student import Student

_MENU = ["faq", "support", "main_menu"]
_SUPPORT_BUTTONS = ["end_chat"]


def states(stage: Stage) -> Iterator[Check]:
    """Every state that lasts longer than a reply is reached by what a student would write."""
    student = stage.student()
    for words, state in (
        ("hi", "registering_name"),
        (f"Vera {FAMILY_NAME}", "registering_email"),
        ("vera@example.org", "registering_class"),
        ("SS2", "registered"),
        ("register", "already_registered"),
        ("update", "updating_name"),
        ("skip", "updating_email"),
        ("skip", "updating_class"),
        ("skip", "idle"),
    ):
        student.says(words)
        yield same(f"{words!r} leads to {state}", student.state, state)
    student = stage.registered()
    for words, state in (
        ("homework", "homework_subject"),
        ("Physics", "homework_type"),
        ("text", "homework_content"),
        ("How many moles are in 12 g of carbon?", "idle"),
        ("pay", "payment_pending"),
        ("confirm", "idle"),
        ("support", "chat_support_active"),
        ("end chat", "idle"),
    ):
        student.says(words)
        yield same(f"{words!r} leads to {state}", student.state, state)


INTENTS = {
    "menu": "main_menu",
    "help": "help",
    "faq": "faq_topics",
    "check": "status",
    "subscribe": "payment_offered",
    "cancel": "cancelled",
    "profile": "profile_update_started",
    "main menu": "main_menu",
    "assignment": "homework_started",
    "reset": "cancelled",
    "talk to someone": "chat_started",
    "exit": "chat_left",
}


def intents(stage: Stage) -> Iterator[Check]:
    """A word of each intent is understood, and the thread says why."""
    student = stage.registered()
    for words, rule in INTENTS.items():
        turn = student.says(words)
        yield same(f"{words!r} is explained as {rule}", turn.why.get("rule"), rule)
        yield check(f"{words!r} is answered", turn.replies, "no reply")
    newcomer = stage.student().says("hello")
    yield same("a first word is explained as first_contact", newcomer.why.get("rule"), "first_contact")


def buttons(stage: Stage) -> Iterator[Check]:
    """Each state shows its buttons, and WhatsApp would take them."""
    newcomer = stage.student()
    yield same("no buttons while registering", newcomer.says("hi").ids, [])
    student = stage.student()
    seen = {"registered": student.registers(f"Vera {FAMILY_NAME}")}
    for state, words in (
        ("already_registered", "register"),
        ("the main menu", "menu"),
        ("homework_subject", "homework"),
        ("homework_type", "Biology"),
        ("homework_content", "text"),
        ("homework_submitted", "Why is grass green?"),
        ("payment_pending", "pay"),
        ("payment_confirmed", "confirm"),
        ("idle", "xyzzy"),
        ("chat_support_active", "support"),
        ("the end of a chat", "end_chat"),
    ):
        seen[state] = student.says(words)
    main = ["homework", "pay", "check", "faq", "update", "support", "help"]
    for state, ids in {
        "registered": ["homework", "pay", "help"],
        "already_registered": ["update", "main_menu"],
        "the main menu": main,
        "homework_subject": ["main_menu"],
        "homework_type": ["text", "image", "main_menu"],
        "homework_content": ["main_menu"],
        "homework_submitted": _MENU,
        "payment_pending": ["confirm", "main_menu"],
        "payment_confirmed": ["main_menu"],
        "idle": _MENU,
        "chat_support_active": _SUPPORT_BUTTONS,
        "the end of a chat": main,
    }.items():
        yield same(f"{state} shows its own", seen[state].ids, ids)
    small = [turn for turn in seen.values() if len(turn.ids) <= 3]
    titles = [button["title"] for turn in small for button in turn.buttons]
    yield check("no title is longer than 20 characters", titles and max(map(len, titles)) <= 20, titles)


def transitions(stage: Stage) -> Iterator[Check]:
    """What does not belong to a state changes nothing; what is refused is asked again."""
    student = stage.registered()
    student.says("menu")
    for choice in ("confirm", "text", "image", "end_chat"):
        turn = student.taps(choice)
        yield check(
            f"an old {choice!r} button changes nothing",
            turn.to_state == turn.why.get("from_state") and turn.replies,
            turn.why,
        )
    student.says("homework")
    yield same("a whole sentence is an answer", student.says("my new physics book").to_state, "homework_type")
    yield same("a cancel word leaves a question", student.says("cancel").to_state, "idle")
    newcomer = stage.student()
    newcomer.says("hi")
    newcomer.says(f"Vera {FAMILY_NAME}")
    wrong = newcomer.says("not an address")
    yield same("a wrong answer is asked again", wrong.to_state, "registering_email")
    yield check("with a friendly word", wrong.replies, "no reply")
    helped = newcomer.says("help")
    yield same("help while registering comes back to the question", helped.to_state, "registering_email")


def storage(stage: Stage) -> Iterator[Check]:
    """Everything said stands in the thread, once and in order, whatever comes twice."""
    student = stage.registered()
    lines = [f"line {number}: {word}" for number, word in enumerate(("Ṣàngó", "𝒜da", "🧪", "<b>x</b>"))]
    for line in lines:
        student.says(line)
    thread = [row["text"] for row in student.thread() if row["sender"] == "user"]
    yield same("each word as it was written, in order", [text for text in thread if text in lines], lines)
    twice = student.item("text", {"body": "said once"})
    student.heard(student.posts(twice, twice))
    student.posts(twice)
    last = student.says("and then this")
    texts = [row["text"] for row in student.thread()]
    yield same("a message that comes three times stands once", texts.count("said once"), 1)
    yield same("and what follows is answered", len(last.said), 1)
    profile = student.conversation()["profile"]
    yield same("the name", profile["name"], f"Vera {FAMILY_NAME}")
    yield same("the e-mail address", profile["email"], "vera@example.org")
    yield same("the class", profile["class_grade"], "SS2")


INSIDE_WORDS = ("news", "Howard", "textbook", "closest", "payable", "I am helpless")
HIDDEN = {"ＭＥＮＵ": "main_menu", "ménu!!": "main_menu", "me\u200bnu 😀": "main_menu", "please HELP": "help"}


def keywords(stage: Stage) -> Iterator[Check]:
    """Whole words count, however they are dressed; parts of words never do."""
    for student, words in _each(stage, INSIDE_WORDS):
        yield same(f"{words!r} holds no keyword", student.says(words).why.get("keyword"), None)
    for student, words in _each(stage, tuple(HIDDEN)):
        yield same(f"{words!r} is {HIDDEN[words]}", student.says(words).why.get("rule"), HIDDEN[words])
    student = stage.registered()
    longest = student.says("can you help me with my homework").why
    yield same("the keyword with most words wins", longest.get("keyword"), "help me")
    inside = student.says("the closest agent")
    yield same("inside a live chat every word goes to the team", inside.to_state, "chat_support_active")
    ended = student.says("ＥＮＤ ＣＨＡＴ")
    yield same("but a whole message that ends it", ended.why.get("rule"), "chat_left")


def _each(stage: Stage, lines: tuple[str, ...]) -> Iterator[tuple[Student, str]]:
    """Each line with one student who has registered: unknown words in a row must not add up to an offer."""
    student = stage.registered()
    for words in lines:
        yield student, words


def persistence(stage: Stage) -> Iterator[Check]:
    """State and what was collected are in the database: every process knows, reading changes nothing."""
    student = stage.registered()
    student.says("homework")
    student.says("Chemistry")
    before = student.conversation()
    yield same("half-finished homework is remembered", before["state"], "homework_type")
    yield holds("with the subject", before["context"], "Chemistry")
    student.thread()
    yield same("reading changes nothing", student.conversation()["state"], before["state"])
    student.says("support")
    student.says("end chat")
    back = student.says("continue")
    yield same("a flow that a chat interrupted goes on", back.to_state, "homework_type")
    student.says("text")
    done = student.says("Balance H2 + O2.")
    yield same("and is finished", done.why.get("rule"), "homework_submitted")
    found = student.reader.get(f"admin/homework?student_id={_student_id(student)}")
    yield same("the homework has the subject of before the chat", [one["subject"] for one in found], ["Chemistry"])


def _student_id(student: Student) -> int:
    rows = student.reader.get(f"admin/students/search?query={student.phone.number}")
    return int(rows[0]["id"])
