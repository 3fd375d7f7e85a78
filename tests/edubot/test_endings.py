"""Being asked to end before one listens."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.processes import free_port, running

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("asked_by", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("command", ["web", "worker", "dev"])
def test_who_is_asked_to_end_at_a_bad_moment_ends_as_soon_as_they_listen(
    command: str, asked_by: int, code: int, database_url: str, tmp_path: Path
) -> None:
    port, var = str(free_port()), str(tmp_path)
    early = {"DJANGO_SETTINGS_MODULE": "tests.asked_early", "ASKED_BY": str(int(asked_by)), "EDUBOT_VAR_DIR": var}
    with running(command, pass_fds=(), DATABASE_URL=database_url, PORT=port, **early) as asked:
        assert asked.process.wait(30) == code
        asked._reader.join(5)
    assert "Exception ignored" in asked.output
