"""How long a password may be."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

LONGEST = 1024  # characters: hashing takes the longer the more there are


class MaximumLengthValidator:
    """Refuses when it is chosen what every log-in would refuse."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raises ValidationError for a password that is too long."""
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        """What people are told beside the field."""
        return f"Your password can have {LONGEST:,} characters at most."
