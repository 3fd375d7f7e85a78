"""Every rule by which the bot decides, with a sentence for staff.

The name of the rule is stored with each message (`Why.rule`) together with the keyword and the state, and shown to
staff and developers: the names are a contract, the sentences are not.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Rule(StrEnum):
    """A reason to answer in a certain way; `sentence` explains it to staff."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> Self:
        rule = str.__new__(cls, name)
        rule._value_ = name
        rule.sentence = sentence
        return rule

    # Meeting
    FIRST_CONTACT = "first_contact", "Somebody new wrote: they were greeted and asked for their name."
    WELCOME_BACK = "welcome_back", "A registered person wrote for the first time: they were shown the main menu."
    GREETING = "greeting", "The whole message was a greeting: it was returned."
    THANKS = "thanks", "The whole message was a thank-you or an OK: it was acknowledged."
    LANGUAGE_CHANGED = (
        "language_changed",
        "The whole message was the name of a language: the bot speaks it from now on.",
    )

    # The menu and its answers
    MAIN_MENU = "main_menu", "The main menu was asked for."
    NO_CHAT_TO_END = "no_chat_to_end", "End Chat was asked for outside a live chat: what was open stands there again."
    CANCELLED = "cancelled", "The person cancelled: what was half-finished was dropped."
    HELP = "help", "Help was asked for."
    FAQ_TOPICS = "faq_topics", "Frequently asked questions were asked for: the topics were listed."
    FAQ_ANSWER = "faq_answer", "A topic was tapped: its answer was given."
    STATUS = "status", "The person asked for their account and subscription."

    # Nothing fits
    UNKNOWN_TEXT = (
        "unknown_text",
        "No keyword was found: a helpful answer was given; after two in a row a person is offered.",
    )
    FOREIGN_BUTTON = (
        "foreign_button",
        "The button does not belong here and changed nothing: what was open stands there again.",
    )
    FILE_NOT_EXPECTED = "file_not_expected", "No file was expected here: the person was told what to do."
    POLITE_LINE = "polite_line", "The bot cannot read this kind of message: one polite line, at most once in 24 hours."
    NOT_READABLE = (
        "not_readable",
        "The bot cannot read this kind of message and has said so lately, or a live chat is on.",
    )
    NEVER_ANSWERED = "never_answered", "Reactions, system messages, edits, revokes and echoes are never answered."

    TOO_FAST = "too_fast", "More messages than are answered in a minute: they are kept, and that was said once."
    FLOOD_OVER = "flood_over", "A flood of messages is over: those that were only kept were answered once for all."

    # Questions
    ANSWER_TAKEN = "answer_taken", "The message was taken as the answer to the open question."
    ANSWER_SKIPPED = "answer_skipped", "The person skipped the open question: what was stored is kept."
    ANSWER_REFUSED = "answer_refused", "The answer did not fit the open question: it was asked again."
    REGISTRATION_STARTED = "registration_started", "The person wants to register: the first question was asked."
    REGISTER_FIRST = "register_first", "This is for registered students: registration comes first, then it goes on."
    REGISTERED = "registered", "The last question was answered: the person is registered."
    ALREADY_REGISTERED = "already_registered", "The person is registered already: their details were shown."
    PROFILE_UPDATE_STARTED = "profile_update_started", "The person wants to change their details."
    PROFILE_SAVED = "profile_saved", "The changed details were saved."
    PROFILE_UNCHANGED = "profile_unchanged", "Every question was skipped: nothing was changed."

    # Homework
    HOMEWORK_STARTED = "homework_started", "The person wants to hand in homework: the subject was asked for."
    HOMEWORK_TYPE_CHOSEN = "homework_type_chosen", "The person chose how to hand in: text or image."
    HOMEWORK_FILE_TAKEN = "homework_file_taken", "The file was added to the homework."
    HOMEWORK_FILE_KEPT = "homework_file_kept", "The file was added to the homework that had been set aside."
    HOMEWORK_FILE_REFUSED = "homework_file_refused", "The file is of a wrong kind, or there are too many."
    HOMEWORK_FILE_UNUSABLE = (
        "homework_file_unusable",
        "A file could not be fetched or checked: the person was told why.",
    )
    HOMEWORK_NOTE_TAKEN = "homework_note_taken", "Words between photos were kept as a note to the homework."
    HOMEWORK_EMPTY = "homework_empty", "There was nothing to hand in yet."
    HOMEWORK_SUBMITTED = "homework_submitted", "The homework was handed in."

    # Payment
    PAYMENT_OFFERED = "payment_offered", "The person asked for a subscription: plan and price were shown."
    PAYMENT_ALREADY_REQUESTED = "payment_already_requested", "A payment is on its way: how to pay it was shown again."
    PAYMENT_REQUESTED = "payment_requested", "The person confirmed: a payment was recorded and how to pay it was shown."

    # Live chat
    CHAT_STARTED = "chat_started", "The person asked for somebody from the team: a live chat began."
    CHAT_ACKNOWLEDGED = (
        "chat_acknowledged",
        "A live chat is on: the message went to the team, and the person was told so.",
    )
    CHAT_PASSED_ON = "chat_passed_on", "A live chat is on: the message went to the team."
    CHAT_FOREIGN_BUTTON = (
        "chat_foreign_button",
        "A live chat is on: only End Chat ends it, and the person was told so once.",
    )
    CHAT_LEFT = "chat_left", "The person ended the live chat."
    CHAT_JOINED_BY_STAFF = "chat_joined_by_staff", "Somebody from the team opened a live chat."
    CHAT_CLOSED_BY_STAFF = "chat_closed_by_staff", "The team closed the ticket: the live chat ended with their words."
    CHAT_STILL_THERE = "chat_still_there", "The person has not answered the team for long: they were asked."
    CHAT_ABANDONED = "chat_abandoned", "The person did not come back: the live chat was closed with a message."
    NO_CHAT = "no_chat", "There was no live chat any more: nothing was said."

    # Rating
    RATING_ASKED = "rating_asked", "The chat is over: the person was asked how it went."
    RATING_NOT_ASKED = (
        "rating_not_asked",
        "A live chat is on, this ticket was asked about before, or no words would arrive: nothing was said.",
    )
    RATED = "rated", "The person rated the chat."
    RATING_CLOSED = "rating_closed", "The question about the chat was answered before, or is older than 24 hours."

    # Time-out and coming back
    SET_ASIDE = "set_aside", "Nothing was heard for long: the half-finished flow was set aside."
    NOTHING_TO_SET_ASIDE = "nothing_to_set_aside", "Nothing was heard for long, and nothing was half-finished."
    RESUMED = "resumed", "The person went on with what had been set aside."
