"""The desk's verbs: everything that staff, integrators, time or the student can do to a ticket.

Each verb is one transaction that locks the conversation first; what it changes is written down with who did it
(`TicketChange`). Verbs of staff check under the lock who may (support.access); doing one twice does no harm. Nothing
here talks to the world: words are queued, mail is a job.

The API, the console and Django admin call what is listed here. `hand_over`, `file_message`, `file_echo`,
`end_by`, `ask_rating`, `rate` and `close_resolved` are the student's and time's (support.effects, support.upkeep).
"""

from support.services.answers import reply, send, send_file, send_template
from support.services.base import present_ticket
from support.services.bulk import ACTIONS, Outcome, bulk
from support.services.categories import set_category
from support.services.chats import ask_rating, end_by, end_chat, file_echo, file_message, rate, start_chat
from support.services.files import Upload
from support.services.handling import assign, set_priority, take, unassign
from support.services.notes import note, note_beside, notes_about, reported
from support.services.opening import Details, Opened, hand_over, open_ticket
from support.services.retries import retry
from support.services.statuses import change_status, close, close_resolved, reopen, resolve
from support.services.window import templates

__all__ = [
    "ACTIONS",
    "Details",
    "Opened",
    "Outcome",
    "Upload",
    "ask_rating",
    "assign",
    "bulk",
    "change_status",
    "close",
    "close_resolved",
    "end_by",
    "end_chat",
    "file_echo",
    "file_message",
    "hand_over",
    "note",
    "note_beside",
    "notes_about",
    "open_ticket",
    "present_ticket",
    "rate",
    "reopen",
    "reply",
    "reported",
    "resolve",
    "retry",
    "send",
    "send_file",
    "send_template",
    "set_category",
    "set_priority",
    "start_chat",
    "take",
    "templates",
    "unassign",
]
