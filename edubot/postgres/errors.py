"""The one error of the embedded PostgreSQL."""

from __future__ import annotations

from django.db import OperationalError


class EmbeddedPostgresError(OperationalError):
    """The embedded server cannot be used; the message is one sentence that says why and what to do.

    An `OperationalError`, because to everybody above it is what an unreachable database always is: health checks name
    it, workers try again later.
    """
