"""System checks that name the setting with which the desk cannot work."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (Django's name)

from support import hours
from support.access import Role
from support.alerts import quiet

PRINTED = "django.core.mail.backends.console.EmailBackend"


@register()
def check_settings(**_: Any) -> list[CheckMessage]:
    """Opening hours, quiet hours and roles must be readable: a chat would fail at the first look at them."""
    found: list[CheckMessage] = []
    try:
        hours.parse(settings.SUPPORT_HOURS, settings.TIME_ZONE)
    except ValueError as error:
        found.append(Error(str(error), id="support.E001"))
    try:
        quiet.parse(settings.SUPPORT_ALERT_QUIET)
    except ValueError as error:
        found.append(Error(str(error), id="support.E002"))
    labels = {role.label for role in Role}
    if unknown := sorted(set(settings.SUPPORT_ALERT_ROLES) - labels):
        hint = f"Use some of {', '.join(sorted(labels))}."
        found.append(Error(f"SUPPORT_ALERT_ROLES names no role: {', '.join(unknown)}.", hint=hint, id="support.E003"))
    return found


@register(deploy=True)
def check_mail(**_: Any) -> list[CheckMessage]:
    """Alerts that nobody gets, or whose links lead nowhere, are easily overlooked."""
    found: list[CheckMessage] = []
    if not settings.ADMIN_EMAILS:
        hint = "Without it only staff with an e-mail address and a role of SUPPORT_ALERT_ROLES are told of trouble."
        found.append(Warning("ADMIN_EMAILS is not set.", hint=hint, id="support.W001"))
    if not settings.PUBLIC_URL:
        found.append(Warning("PUBLIC_URL is not set: mails carry no links.", id="support.W002"))
    if settings.EMAIL_BACKEND == PRINTED and not settings.DEBUG:
        hint = "Set EMAIL_URL to a mail server, e.g. smtp+tls://user:password@host:587."
        found.append(
            Warning("EMAIL_URL is not set: mails are printed, and nobody gets them.", hint=hint, id="support.W003")
        )
    return found
