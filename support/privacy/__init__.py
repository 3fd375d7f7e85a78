"""A person's own data: all of it in one file, and all of it gone. Both leave a record of who did it, and when."""

from __future__ import annotations

from support.privacy.erase import erase
from support.privacy.export import export
from support.privacy.parts import Person, named
from support.privacy.traces import traces

__all__ = ["Person", "erase", "export", "named", "traces"]
