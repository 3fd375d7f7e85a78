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


class ChatActive(DomainError):
    """There is a live chat with this person already."""

    code = "CHAT_ACTIVE"

    def __init__(self) -> None:
        super().__init__("There is an active chat with this person already.")


class WindowClosed(DomainError):
    """The person has not written for 24 hours: WhatsApp takes nothing but templates. `data` names those there are."""

    code = "WINDOW_CLOSED"

    def __init__(self, templates: list[dict[str, object]]) -> None:
        super().__init__("This person has not written for 24 hours: only a template may be sent until they answer.")
        self.data = {"templates": templates}


class UnknownTemplate(DomainError):
    """No template of this name and language may be sent."""

    code = "UNKNOWN_TEMPLATE"
    status = 422

    def __init__(self, name: str, language: str) -> None:
        super().__init__(f"There is no template {name} in {language}.")


class WrongParameters(DomainError):
    """A template takes as many parameters as it has places for them, and none of them is empty."""

    code = "WRONG_PARAMETERS"
    status = 422

    def __init__(self, name: str, wanted: int) -> None:
        super().__init__(f"{name} takes {wanted} parameters, each with some words.")


class FileRefused(DomainError):
    """This file cannot be sent over WhatsApp."""

    code = "FILE_REFUSED"
    status = 422


class NoSuchTicket(DomainError):
    """There is no ticket of this number."""

    code = "NOT_FOUND"
    status = 404

    def __init__(self, ticket_id: int) -> None:
        super().__init__(f"There is no ticket {ticket_id}.")
