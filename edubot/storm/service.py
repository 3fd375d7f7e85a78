"""The service under the storm: two web and two worker processes over a PostgreSQL of their own.

Every process is ours alone and is killed by its number; whichever dies, by us or by a failpoint, is started again at
once. Nothing of the environment is handed on but what a process needs to run, so no setting of a developer's is seen.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.contrib.auth.hashers import make_password
from psycopg import sql

from edubot import postgres
from edubot.postgres import server
from edubot.postgres.place import prepare
from edubot.processes import LEASH, manage
from edubot.server.run import listen
from edubot.storm import meta
from edubot.storm.plan import NAMES, WEB_FAILPOINTS, WORKERS, Pace, Phase
from edubot.storm.wire import BrokenError, Client

DATABASE, CLEAN = "edubot", "clean"
POSTGRES = "postgres"
FREEZES, FROZEN = "worker-2", 2.0  # who does, and for how many seconds longer than lease and hold together
COLLEAGUES, PASSWORD = [f"colleague{number}" for number in range(20)], "storm-password"
_HIRE = """
WITH hired AS (
    INSERT INTO auth_user
        (password, username, is_superuser, is_staff, is_active, first_name, last_name, email, date_joined)
    VALUES (%s, %s, false, true, true, '', '', '', now()) RETURNING id
)
INSERT INTO auth_user_groups (user_id, group_id) SELECT hired.id, g.id FROM hired, auth_group g WHERE g.name = 'agent'
RETURNING id
"""
_HANDED_ON = "PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "DJANGO_SETTINGS_MODULE", "EDUBOT_MUTANT"
# glibc keeps up to seven freed pieces of each small size for each thread (malloc(3), "tcache"). It takes dozens of
# threads hours to have met every size, which looks like a leak and would hide one.
_MALLOC = "glibc.malloc.tcache_count=0"
_END = 30.0  # seconds that a process has for ending, as a platform gives it
_START = 60.0  # seconds that the service may take to start


class Death(NamedTuple):
    """A process or PostgreSQL that died without being asked to, or froze: when it was seen, and which."""

    at: float  # seconds, time.monotonic()
    name: str


@dataclass
class Service:
    """A service in `directory`, which is empty at first. `graph_port` is where it finds the Graph API."""

    directory: Path
    graph_port: int
    pace: Pace = field(default_factory=Pace)
    deaths: list[Death] = field(default_factory=list)
    restarts: int = 0  # of processes that were asked to end, and did
    checkouts: Mapping[str, Path] = field(default_factory=dict)  # of processes that run another release, by name
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _variables: dict[str, dict[str, str]] = field(default_factory=dict)
    _asked: set[int] = field(default_factory=set)  # to end, by pid

    def __post_init__(self) -> None:
        self.listener: socket.socket = listen("127.0.0.1", 0)
        self.port: int = self.listener.getsockname()[1]
        # While somebody holds the writing end, the processes live: they end with us, however we end.
        self._leash, self._ours = os.pipe()
        self._place = self.directory / "postgres"

    # --- the database -------------------------------------------------------------------------------------------------

    def migrate(self) -> None:
        """Make the database, and keep a clean copy of it."""
        postgres.join(self._place)
        self._manage("migrate", "--noinput", "--skip-checks", check=True)
        password = make_password(PASSWORD)
        for name in COLLEAGUES:
            self.ask(_HIRE, password, name)
        self._copy(DATABASE, CLEAN)

    def reset(self) -> None:
        """A clean database. No process of the service may run."""
        self._copy(CLEAN, DATABASE)

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(**postgres.join(self._place), autocommit=True) as connection:
            names = sql.Identifier(target), sql.Identifier(source)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(names[0]))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database answers; it is started first where it is down."""
        address: dict[str, Any] = {**postgres.join(self._place), "dbname": DATABASE}
        with psycopg.connect(**address, autocommit=True) as connection:
            return connection.execute(question.encode(), values or None).fetchall()

    def open_gates(self) -> None:
        """What an operator does once the account is in order again."""
        self._manage("shell", "-c", "from conversations import gates; gates.open_by_hand(gates.ACCOUNT)", check=True)

    def proves(self) -> tuple[bool, str]:
        """Whether `manage.py prove` finds every promise kept, and what it says."""
        done = self._manage("prove", "--grace", "20")
        return done.returncode == 0, done.stdout.strip() or done.stderr.strip()

    def _manage(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  (our own)
            manage(*arguments),
            env=self._environment(),
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=check,
        )

    def crash(self) -> None:
        """PostgreSQL dies without a word, unless it is still coming back. Whoever needs it next starts it again."""
        place = prepare(self._place)
        with suppress(OSError, ValueError):
            if server.is_ready(place):
                os.kill(int((place.data / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
                self._note_death(POSTGRES)

    def database_log(self) -> str:
        """Everything PostgreSQL wrote down."""
        return "".join(path.read_text(errors="replace") for path in prepare(self._place).logs.glob("*.log"))

    # --- the processes ------------------------------------------------------------------------------------------------

    def arm(self, phase: Phase, **variables: str) -> None:
        """Start what is to die at the phase's failpoint anew, with these variables besides; everything else goes on."""
        if phase.rate:
            variables |= {"OUTBOX_RATE": str(phase.rate), "OUTBOX_PERSON_RATE": str(phase.person_rate)}
        for name in NAMES:
            wanted = {"EDUBOT_TEST": "1", "EDUBOT_FAILPOINTS": _trap(phase, name)} | variables
            if self._variables.get(name) != wanted or name not in self._processes:
                self._variables[name] = wanted
                self._kill(name)
                self._start(name)

    async def ready(self) -> None:
        """Wait until both halves are up. Raises TimeoutError."""
        deadline = time.monotonic() + _START
        probe = ["SELECT count(*) FROM conversations_heartbeat WHERE seen_at > now() - interval '5 seconds'"]
        while True:
            with suppress(psycopg.Error):
                alive = (await asyncio.to_thread(self.ask, *probe))[0][0]
                if alive >= len(WORKERS) and await self._answers():
                    return
            if time.monotonic() > deadline:
                raise TimeoutError(f"The service does not start: see the logs in {self.directory}.")
            await asyncio.sleep(0.1)

    async def _answers(self) -> bool:
        client = Client(self.port, timeout=5)
        try:
            return await client.post(meta.PATH, b"{}", {}) < 500
        except BrokenError:
            return False
        finally:
            client.close()

    async def keep_alive(self) -> None:
        """Start again whatever died, for ever."""
        while True:
            for name, process in list(self._processes.items()):
                if process.poll() is not None:
                    if process.pid in self._asked:
                        self._asked.discard(process.pid)  # which another process may get one day
                        self.restarts += 1
                    else:
                        self._note_death(name)
                    self._start(name)
                elif is_frozen(process.pid):
                    self._note_death(name)
                    thaw = asyncio.get_running_loop().call_later
                    thaw(self.pace.lease + self.pace.hold + FROZEN, os.kill, process.pid, signal.SIGCONT)
            await asyncio.sleep(0.05)

    async def trouble(self, phase: Phase) -> None:
        """Kill processes, crash PostgreSQL and deploy at times that the seed decides, for ever."""
        random = Random(phase.seed)  # noqa: S311  (a schedule, no secret)
        names = [name for name in NAMES if name not in phase.spared]
        killed = [name for name in phase.killed if name not in phase.spared]
        await asyncio.gather(
            _every(phase.kills, random, lambda: self._kill(random.choice(killed))),
            _every(phase.crashes, random, self.crash),
            self._deploy(phase.rolling, names),
        )

    async def _deploy(self, pause: float, names: Sequence[str]) -> None:
        """Replace one process after the other as a deploy does: asked to end, waited for, started anew."""
        for name in itertools.cycle(names) if pause else ():
            await asyncio.sleep(pause)
            process, deadline = self._processes[name], time.monotonic() + _END
            self._asked.add(process.pid)
            process.terminate()
            while self._processes[name] is process:
                await asyncio.sleep(0.05)
                if time.monotonic() > deadline:
                    self._kill(name)

    def _note_death(self, name: str) -> None:
        self.deaths.append(Death(time.monotonic(), name))

    def stop(self) -> None:
        """Kill all processes of ours and wait for their end."""
        for name in NAMES:
            self._kill(name)
        self._processes.clear()

    def close(self) -> None:
        """End everything, PostgreSQL included."""
        self.stop()
        self.listener.close()
        os.close(self._ours)
        os.close(self._leash)
        postgres.leave(self._place)

    def _kill(self, name: str) -> None:
        if (process := self._processes.get(name)) and process.poll() is None:
            self._asked.discard(process.pid)  # it did not get to end by itself
            process.kill()
            process.wait()

    def _start(self, name: str) -> None:
        web = ("web", "--fd", str(self.listener.fileno()), "--processes", "1")
        checkout = self.checkouts.get(name, settings.BASE_DIR)
        with (self.directory / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603  (our own commands)
                manage(*(web if name.startswith("web") else ("worker",)), "--skip-checks", checkout=checkout),
                env=self._environment(name) | self._variables[name] | {LEASH: str(self._leash)},
                cwd=checkout,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[self.listener.fileno(), self._leash],
                start_new_session=True,
            )

    def pid(self, name: str) -> int:
        """Of the process that goes by this name now."""
        return self._processes[name].pid

    def logs(self) -> Mapping[str, str]:
        """What the processes wrote, by name."""
        return {path.stem: path.read_text(errors="replace") for path in self.directory.glob("*.log")}

    def _environment(self, name: str = "") -> dict[str, str]:
        """Of a process; whoever has a name tells it to the Graph API (`graph.sender`)."""
        ours = {name: value for name in _HANDED_ON if (value := os.environ.get(name))}
        return ours | {
            "EDUBOT_READ_DOTENV": "false",
            "EDUBOT_VAR_DIR": str(self.directory),
            "DEBUG": "true",
            "LOG_FORMAT": "json",
            "GLIBC_TUNABLES": _MALLOC,
            "WHATSAPP_API_URL": f"http://127.0.0.1:{self.graph_port}/{name}".rstrip("/"),
            "WHATSAPP_ACCESS_TOKEN": "storm-token",
            "WHATSAPP_APP_SECRET": meta.SECRET,
            "WHATSAPP_PHONE_NUMBER_ID": meta.LINE.number_id,
            "WHATSAPP_BUSINESS_ACCOUNT_ID": meta.LINE.account_id,
            "OUTBOX_HOLD": str(self.pace.hold),
            "OUTBOX_LEASE": str(self.pace.lease),
            "OUTBOX_RATE": str(self.pace.rate),
            "OUTBOX_PERSON_RATE": "1000000",  # few students say much
            "OUTBOX_SLOTS": str(self.pace.slots),
            "BOT_MARK_READ": "false",
            "BOT_MESSAGES_PER_MINUTE": "1000000",  # every message of a burst is answered by itself
        }


def _trap(phase: Phase, name: str) -> str:
    """EDUBOT_FAILPOINTS of the process `name`. Where one is to freeze, the others of its kind must go on."""
    concerned = name.startswith("web") == (phase.failpoint in WEB_FAILPOINTS)
    if not phase.failpoint or not concerned or (phase.freezes and name != FREEZES):
        return ""
    return f"{phase.failpoint}={phase.passes}" + ":freeze" * phase.freezes


def is_frozen(pid: int) -> bool:
    """Whether a child of ours was stopped since this was last asked; never one that has died meanwhile."""
    with suppress(ChildProcessError):  # Linux knows no child where it is dead and only stops are asked for
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG) is not None
    return False


async def _every(mean: float, random: Random, strike: Any) -> None:
    while mean:
        await asyncio.sleep(random.uniform(0.5, 1.5) * mean)
        strike()
