"""What the desk refuses, named by why. Turned into answers in one place (edubot.api), as all domain errors."""

from __future__ import annotations

from conversations.errors import DomainError


class InvalidTransition(DomainError):
    """A ticket cannot go from this status to that one; the message names the statuses it can go to."""

    code = "INVALID_TRANSITION"

    def __init__(self, before: str, after: str, legal: frozenset[str]) -> None:
        super().__init__(
            f"A ticket cannot go from {before} to {after}; it can go to {', '.join(sorted(legal)) or 'none'}."
        )


class TicketActive(DomainError):
    """A second ticket of one conversation cannot be active."""

    code = "TICKET_ACTIVE"

    def __init__(self, ticket_id: int) -> None:
        super().__init__(f"Ticket {ticket_id} of this conversation is active already.")


class TicketClosed(DomainError):
    """Nothing can be added to a closed ticket."""

    code = "TICKET_CLOSED"

    def __init__(self, ticket_id: int) -> None:
        super().__init__(f"Ticket {ticket_id} is closed.")


class ChatNotActive(DomainError):
    """There is no live chat with this person."""

    code = "CHAT_NOT_ACTIVE"

    def __init__(self) -> None:
        super().__init__("There is no active chat with this person.")


class AssignedToOther(DomainError):
    """A colleague has this ticket; it can be taken over on purpose."""

    code = "ASSIGNED_TO_OTHER"

    def __init__(self, username: str) -> None:
        super().__init__(f"{username} has this ticket. Take it over if you mean to answer.")


class Forbidden(DomainError):
    """This is for somebody with more rights."""

    code = "FORBIDDEN"
    status = 403

    def __init__(self, message: str = "You may not do this.") -> None:
        super().__init__(message)
