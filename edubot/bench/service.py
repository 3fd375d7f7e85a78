"""Starting the service's real processes for a measurement, and ending them however it went."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

from edubot.bench import environment, flame, load
from edubot.bench.graph import Graph
from edubot.bench.webhooks import Webhooks
from edubot.processes import NotReadyError, eventually, running
from edubot.server.run import cores, listen

PATIENCE = 60.0  # seconds until a process is ready


@dataclass
class Service:
    """A running web process and what belongs to it; `pids` are of the processes that were started, web's first."""

    port: int
    graph: Graph
    webhooks: Webhooks
    pids: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str, token: str = "", body: bytes = b"") -> load.Answer:
        """One request on a connection of its own."""
        return load.one_by_one(self.port, [request(method, path, token, body)])[0]


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """A request of a member of the team, as it goes over the wire."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return load.http(method, path, body, Content_Type="application/json", **headers)


@contextmanager
def process(
    arguments: Sequence[str], home: Path, variables: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of this checkout until the end of the block, and no longer than we live; it logs into `home`."""
    environ = environment.process_environment(home, variables or {})
    with running(environment.command(*arguments), environ, home / "bench.log", pass_fds) as started:
        yield started


def run(arguments: Sequence[str], home: Path, seconds: float, **variables: str) -> None:
    """Run a command of this checkout to its end. Raises NotReadyError where it fails or takes longer."""
    with process(arguments, home, variables) as command:
        eventually(lambda: command.poll() is not None, arguments[-1], seconds)
        if command.returncode:
            raise NotReadyError(f"{' '.join(arguments)} failed: see {home / 'bench.log'}")


@contextmanager
def service(
    home: Path,
    *,
    processes: int = 0,
    workers: int = 1,
    delay: float = 0.0,
    pictures: Mapping[str, Path] = MappingProxyType({}),
    say: Callable[[str], None] = print,
    **variables: str,
) -> Iterator[Service]:
    """Web (0 `processes`: one per core) and so many workers; the Graph API answers after `delay` seconds.

    `pictures`: where a flame graph goes of what the block makes `web` or `worker` (the first) do; `say` is told of it.
    """
    with ExitStack() as stack:
        graph = stack.enter_context(closing(Graph(delay)))
        listener = stack.enter_context(closing(listen(load.HOST, 0)))
        variables |= {"WHATSAPP_API_URL": f"http://{load.HOST}:{graph.port}"}
        secret = environment.variables(home)["WHATSAPP_APP_SECRET"]
        one = Service(listener.getsockname()[1], graph, Webhooks(secret))
        web = ("manage.py", "web", "--fd", str(listener.fileno()), "--processes", str(processes or cores()))
        started = [process(web, home, variables, [listener.fileno()])]
        started += [process(("manage.py", "worker"), home, variables) for _ in range(workers)]
        one.pids = [stack.enter_context(each).pid for each in started]
        wanted = b'"worker": "ok"' if workers else b'"status": "ok"'
        eventually(lambda: wanted in one.ask("GET", "/health/ready").body, "the service is ready", PATIENCE)
        for name, pid in zip(("web", "worker"), one.pids, strict=False):
            if name in pictures:
                stack.enter_context(flame.drawn(pid, pictures[name], say))
        yield one


@contextmanager
def bare(home: Path) -> Iterator[int]:
    """The port of the bare reference, served by as many processes as the service is."""
    with closing(listen(load.HOST, 0)) as listener:
        module = ("-m", "edubot.bench.bare", str(listener.fileno()), str(cores()))
        with process(module, home, pass_fds=[listener.fileno()]) as started:
            port = listener.getsockname()[1]
            eventually(lambda: started.poll() is not None or _greets(port), "the bare reference is ready", PATIENCE)
            if started.poll() is not None:
                raise NotReadyError(f"the bare reference ended: see {home / 'bench.log'}")
            yield port


def _greets(port: int) -> bool:
    """Whether an unsigned POST is refused: then the reference is there."""
    return load.one_by_one(port, [load.http("POST", "/")])[0].status == HTTPStatus.UNAUTHORIZED
