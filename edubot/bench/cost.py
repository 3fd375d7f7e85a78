"""What turns cost: time that each process computes, and what PostgreSQL writes down for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from edubot.bench import database, figures, machine
from edubot.bench.figures import Figure
from edubot.bench.service import Service

# Table -> what becomes of its rows.
KEPT = {"conversations_message": "for good", "conversations_inboxitem": "for `INBOX_KEPT_DAYS`"}


class Meter:
    """Runs from when it is made, over a service and the database in `home`."""

    def __init__(self, one: Service, home: Path) -> None:
        web, *workers = (machine.family(pid) for pid in one.pids)
        self._processes: Mapping[str, set[int]] = {
            "worker": set().union(*workers),
            "web": web,
            "PostgreSQL": machine.server_of(home / "postgres" / "data"),
        }
        self._began = self._computed()
        self._sizes, self._written = database.sizes(), database.written()

    def _computed(self) -> dict[str, float]:
        return {name: machine.cpu(pids) for name, pids in self._processes.items()}

    def figures(self, turns: int) -> list[Figure]:
        """What one turn cost, of so many since the meter was made."""
        written, computed, sizes = database.written(), self._computed(), database.sizes()
        log = (written.log - self._written.log) / turns / 1000
        times = {name: 1000 * (computed[name] - self._began[name]) / turns for name in self._processes}
        rows = {table: (sizes[table] - self._sizes[table]) / turns / 1000 for table in KEPT}
        return [
            *(figures.plain(f"CPU a turn, {name}", [spent], "ms", digits=1) for name, spent in times.items()),
            figures.plain("commits a turn", [(written.commits - self._written.commits) / turns], "", digits=1),
            figures.plain("write-ahead log a turn", [log], "kB", digits=1),
            *(
                figures.plain(f"rows a turn {kept} (`{table}`)", [rows[table]], "kB", digits=1)
                for table, kept in KEPT.items()
            ),
        ]
