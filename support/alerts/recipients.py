"""Who is mailed: ADMIN_EMAILS, and people by their role.

A job names its recipient by reference: an address among a job's arguments would end up in the logs.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User

from support.access import Role, role_of, with_groups

_CONFIGURED, _USER = "configured", "user"


def recipients(least: Role) -> list[str]:
    """References to all who are told what concerns people from the role `least` on; nobody twice."""
    found: dict[str, str] = {}
    for number, address in enumerate(settings.ADMIN_EMAILS):
        found.setdefault(address.casefold(), f"{_CONFIGURED}:{number}")
    for user in with_groups(User.objects.filter(is_active=True).exclude(email="").order_by("pk")):
        role = role_of(user)
        if role and role >= least and role.label in settings.SUPPORT_ALERT_ROLES:
            found.setdefault(user.email.casefold(), f"{_USER}:{user.pk}")
    return list(found.values())


def address_of(reference: str) -> str | None:
    """The address that a reference stands for; None where there is none any more."""
    kind, _, number = reference.partition(":")
    if kind == _CONFIGURED:
        return dict(enumerate(settings.ADMIN_EMAILS)).get(int(number))
    return User.objects.filter(pk=int(number), is_active=True).values_list("email", flat=True).first() or None
