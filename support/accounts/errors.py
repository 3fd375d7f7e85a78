"""Why somebody is not let in. The words never tell whether an account exists."""

from __future__ import annotations

from conversations.errors import DomainError
from edubot.api.errors import RateLimited


class WrongCredentials(DomainError):
    """The name or the password is wrong, or the account may not come in."""

    code = "INVALID_CREDENTIALS"
    status = 401

    def __init__(self) -> None:
        super().__init__("The user name or the password is wrong.")


class InvalidToken(DomainError):
    """The token is missing, malformed, expired, used up or withdrawn."""

    code = "UNAUTHORIZED"
    status = 401

    def __init__(self) -> None:
        super().__init__("Log in, and send a valid token.")


class TooManyAttempts(RateLimited):
    """Too many log-ins failed; `Retry-After` says when the next one is looked at."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after, "Too many log-ins failed. Please wait and try again.")
