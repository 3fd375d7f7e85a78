"""Homework that is being collected: how it lies in `Memory.answers`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

MOST_FILES = 10

TEXT = "text"
IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Draft:
    """What was collected so far: the subject, how it comes (`text`, `image`, "" not chosen), files, and a note."""

    subject: str
    kind: str = ""
    files: tuple[int, ...] = ()
    note: str = ""

    @classmethod
    def read(cls, answers: Mapping[str, object]) -> Draft:
        """The draft in a memory's answers. Whatever is missing or of a wrong type counts as not yet said."""
        files = answers.get("files")
        return cls(
            subject=str(answers.get("subject") or ""),
            kind=str(answers.get("kind") or ""),
            files=tuple(file for file in files if isinstance(file, int)) if isinstance(files, list | tuple) else (),
            note=str(answers.get("note") or ""),
        )

    def answers(self) -> Mapping[str, object]:
        """The draft as answers, ready for JSON."""
        return {"subject": self.subject, "kind": self.kind, "files": list(self.files), "note": self.note}

    @property
    def is_full(self) -> bool:
        """Whether no further file fits."""
        return len(self.files) >= MOST_FILES

    def with_file(self, attachment: int) -> Draft:
        """The draft with one file more; a file that is there already is not taken twice."""
        return self if attachment in self.files else replace(self, files=(*self.files, attachment))

    def without_file(self, attachment: int) -> Draft:
        """The draft without this file."""
        return replace(self, files=tuple(file for file in self.files if file != attachment))

    def with_note(self, words: str) -> Draft:
        """The draft with these words added to its note, each on a line of its own."""
        return replace(self, note="\n".join(filter(None, (self.note, words.strip()))))
