"""What a row is given to measure with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edubot.bench import service
from edubot.bench.service import Service

QUICK = 6  # times shorter


@dataclass(frozen=True)
class Bench:
    """Where and how long to measure.

    `minutes`: of either half of the memory row, 0 for its usual length. `flame`: a directory for flame graphs.
    """

    home: Path
    quick: bool
    say: Callable[[str], None]
    minutes: float = 0.0
    flame: Path | None = None

    def some(self, full: int) -> int:
        """So many, or a sixth of it (at least one) when it has to be quick."""
        return max(1, full // QUICK) if self.quick else full

    def seconds(self, full: float) -> float:
        """So long, or a sixth of it (at least one second) when it has to be quick."""
        return max(1.0, full / QUICK) if self.quick else full

    def service(self, draws: Mapping[str, str] = MappingProxyType({}), **how: Any) -> AbstractContextManager[Service]:
        """The service, as `service.service` starts it, in this bench's home.

        `draws`: process -> name of its flame graph, where they are wanted.
        """
        pictures = {process: self.flame / f"{name}.svg" for process, name in draws.items()} if self.flame else {}
        return service.service(self.home, pictures=pictures, say=self.say, **how)
