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
        page = one.ask("GET", PAGE, database.agents(1)[0])
        if page.status == 404:
            return [Figure("there is no console yet", "")]
        sizes = _sizes(one, page.body.decode())
    kilobytes = sum(sizes.values()) / 1000
    return [
        Figure("files", f"{len(sizes)}"),
        figures.at_most("script and style, compressed", kilobytes, 60, "kB", digits=1),
    ]


def _sizes(one: Service, page: str) -> dict[str, int]:
    """Address of each file -> its compressed bytes."""
    waiting, sizes = _PARTS.findall(page), dict[str, int]()
    while waiting and len(sizes) < _FEW:
        path = waiting.pop()
        if path in sizes:
            continue
        content = one.ask("GET", path).body
        sizes[path] = len(gzip.compress(content, 6))
        if path.endswith("js"):
            waiting += [_resolved(path, name) for name in _IMPORTS.findall(content.decode()) if name[0] in "./"]
    return sizes


def _resolved(importer: str, name: str) -> str:
    parts = [] if name.startswith("/") else importer.split("/")[:-1]
    for part in name.split("/"):
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(part for part in parts if part)
