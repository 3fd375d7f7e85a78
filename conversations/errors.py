"""What can go wrong in the domain, named by what the caller did. One catcher turns them into answers (edubot.api).

DomainError
├── NotRetryable        the message is neither failed nor waiting for a person
└── …                   the desk adds its own (support.errors)
"""

from __future__ import annotations


class DomainError(Exception):
    """A request that the present state does not allow. `code` is stable; the message is for people."""

    code = "CONFLICT"
    status = 409


class NotRetryable(DomainError):
    """Only a failed message, or one whose outcome a person was asked about, can be sent again."""

    code = "NOT_RETRYABLE"

    def __init__(self, message_id: int) -> None:
        super().__init__(f"Message {message_id} is neither failed nor waiting for a decision.")
