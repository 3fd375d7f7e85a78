"""The versions of the Graph API and when Meta switches them off. Source: "Versions" in Meta's Graph API changelog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

OLDEST: Final = "v22.0"  # the oldest that may be configured without a warning
ENDS: Final[Mapping[str, date]] = MappingProxyType(
    {
        "v20.0": date(2026, 9, 24),
        "v21.0": date(2027, 1, 21),
        "v22.0": date(2027, 5, 20),
        "v23.0": date(2027, 10, 8),
        "v24.0": date(2028, 2, 18),
        "v25.0": date(2028, 7, 29),
    }
)
_FORM = re.compile(r"v([0-9]{1,3})\.([0-9]{1,2})")


def parse(version: str) -> tuple[int, int] | None:
    """`v25.0` as numbers that can be compared; None for anything else."""
    match = _FORM.fullmatch(version)
    return (int(match[1]), int(match[2])) if match else None


def is_old(version: str) -> bool:
    """Whether a well-formed version is older than the oldest that this service was made for."""
    numbers, oldest = parse(version), parse(OLDEST)
    return numbers is not None and oldest is not None and numbers < oldest
