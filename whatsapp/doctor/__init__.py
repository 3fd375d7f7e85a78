"""The doctor: what keeps WhatsApp from working, in plain words, each with its mend (`manage.py check_whatsapp`).

A check looks at one thing and returns findings; adding one is writing a small function and listing it in `CHECKS`.

    findings.py   what a check says, and what it may look at
    meta.py       what Meta knows: number, account, subscription, secret, clock, version
    webhook.py    whether Meta's calls would reach us and be believed
    service.py    our own side: settings, worker, sending, the last message that came in
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error

from whatsapp.doctor import meta, service, webhook
from whatsapp.doctor.findings import Check, Finding, Level, Patient, fail

CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", service.settings_),
    ("number", meta.number),
    ("app secret", meta.app_secret),
    ("account", meta.account),
    ("subscription", meta.subscription),
    ("callback", meta.callback),
    ("clock", meta.clock),
    ("API version", meta.version),
    ("address", webhook.address),
    ("handshake", webhook.handshake),
    ("signature", webhook.signature),
    ("worker", service.worker),
    ("sending", service.sending),
    ("last message", service.last_message),
)

_DATABASE = "Check DATABASE_URL and the database server, and run `python manage.py migrate`."


def examine(patient: Patient) -> Iterator[tuple[str, Finding]]:
    """Every finding with the name of its check, as soon as it is known."""
    for name, check in CHECKS:
        try:
            yield from ((name, finding) for finding in check(patient))
        except Error:
            yield name, fail("The database does not answer as it should.", _DATABASE)


__all__ = ["CHECKS", "Finding", "Level", "Patient", "examine"]
