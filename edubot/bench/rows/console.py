"""How much a browser fetches before the console works."""

from __future__ import annotations

import gzip
import re

from edubot.bench import database, figures
from edubot.bench.bench import Bench
from edubot.bench.figures import Figure
from edubot.bench.service import Service

PAGE = "/conversations"
_PARTS = re.compile(r"""(?:src|href)="([^"]+\.(?:m?js|css))\"""")
_IMPORTS = re.compile(r"""(?:^|[\s;}])(?:import|export)\b[^;'"()]*["']([^"']+)["']""")
_FEW = 200


def first_load(bench: Bench) -> list[Figure]:
    """Script and style of the first page with all that they import at once, compressed."""
    with bench.service(workers=0, processes=1) as one:
        sizes = weighed(one, fetched(one, PAGE, database.agents(1)[0]).decode())
    kilobytes = sum(sizes.values()) / 1000
    return [
        Figure("files", f"{len(sizes)}"),
        figures.at_most("script and style, compressed", kilobytes, 60, "kB", digits=1),
    ]


def fetched(one: Service, path: str, token: str = "") -> bytes:
    """What stands at this address. Raises AssertionError where nothing does: it would weigh next to nothing."""
    answer = one.ask("GET", path, token)
    if answer.status != 200:
        raise AssertionError(f"{path} was answered {answer.status}")
    return answer.body


def weighed(one: Service, page: str) -> dict[str, int]:
    """Address of each file that a page needs -> its compressed bytes."""
    waiting, sizes = _PARTS.findall(page), dict[str, int]()
    while waiting and len(sizes) < _FEW:
        path = waiting.pop()
        if path in sizes:
            continue
        content = fetched(one, path)
        sizes[path] = len(gzip.compress(content, 6))
        if path.endswith("js"):
            named = [name for name in _IMPORTS.findall(content.decode()) if name[0] in "./" and name.endswith("js")]
            waiting += [_resolved(path, name) for name in named]
    return sizes


def _resolved(importer: str, name: str) -> str:
    parts = [] if name.startswith("/") else importer.split("/")[:-1]
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(part for part in parts if part)
