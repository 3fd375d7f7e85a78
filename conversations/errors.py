"""What can go wrong in the domain, named by what the caller did. One catcher turns them into answers (edubot.api).

DomainError
├── NotRetryable        the message is neither failed nor waiting for a person
├── InvalidTransition   homework or a payment cannot go from this status to that one
├── HomeworkTaken       a colleague works on this homework
├── HomeworkSolved      the student has an answer already
└── …                   the desk adds its own (support.errors)
"""

from __future__ import annotations


class DomainError(Exception):
    """A request that the present state does not allow. `code` is stable; the message is for people.

    `data` is what helps the caller to go on (the templates that reopen a window, say), where there is something.
    """

    code = "CONFLICT"
    status = 409
    data: object = None


class NotRetryable(DomainError):
    """Only a failed message, or one whose outcome a person was asked about, can be sent again."""

    code = "NOT_RETRYABLE"

    def __init__(self, message_id: int) -> None:
        super().__init__(f"Message {message_id} is neither failed nor waiting for a decision.")


class InvalidTransition(DomainError):
    """A record cannot go from this status to that one; the message names those it can go to."""

    code = "INVALID_TRANSITION"

    def __init__(self, what: str, before: str, after: str, legal: frozenset[str]) -> None:
        named = ", ".join(sorted(legal)) or "none"
        super().__init__(f"{what} cannot go from {before} to {after}; it can go to {named}.")


class HomeworkTaken(DomainError):
    """A colleague works on this homework; it can be given to somebody else on purpose."""

    code = "ASSIGNED_TO_OTHER"

    def __init__(self, reference: str, username: str) -> None:
        super().__init__(f"{reference} is taken by {username}.")


class HomeworkSolved(DomainError):
    """The student has an answer already; another one is a correction, and must be meant as one."""

    code = "HOMEWORK_SOLVED"

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference} is answered already. Send a correction if you mean to answer again.")
