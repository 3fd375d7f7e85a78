"""Which recordings make one person's conversation, so that it has just so many messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

from edubot.demo.beats import Recording
from edubot.demo.calendar import ALIVE
from edubot.demo.names import FRENCH_EVERY
from edubot.demo.scripts import Place

LEAST = 2  # messages: a greeting and its answer
LONGEST_OPENING = 12  # messages of an opening that every ending may follow
_TRIES = 6
_OPEN = 0.12  # of all conversations leave something open


@dataclass(slots=True)
class _Shelf:
    """Recordings of one kind, with their weights."""

    recordings: list[Recording] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)

    def choose(self, random: Random) -> Recording:
        return random.choices(self.recordings, cum_weights=self.weights)[0]


class Library:
    """All recordings, sorted by where they fit."""

    def __init__(self, recordings: tuple[Recording, ...]) -> None:
        self._all = recordings
        self._middle = {
            (language, registered): self._shelf(Place.MIDDLE, language, registered=registered)
            for language in ("en", "fr")
            for registered in (False, True)
        }
        self._endings = {language: self._endings_in(language) for language in ("en", "fr")}

    def choose(self, number: int, language: str, length: int, age: float, random: Random) -> list[Recording]:
        """The recordings of the conversation of person `number`, `length` messages in all. `age` is in seconds.

        Raises ValueError for less than LEAST messages.
        """
        if length < LEAST:
            raise ValueError(f"A conversation has at least {LEAST} messages.")
        last = self._ending(number, language, age, length, random)
        room = length - (last.length if last else 0)
        first = self._opening(language, last.registered if last else None, room, random)
        room -= first.length
        if first.state != "idle":  # no more than a hello
            return [first, *self._fillers("reacts", language, room)]
        registered = first.registers
        between = list(self._between(language, room, random, registered=registered))
        return [first, *between, *([last] if last else [])]

    def _ending(self, number: int, language: str, age: float, length: int, random: Random) -> Recording | None:
        whole = number < ALIVE
        if not whole and random.random() > _OPEN:
            return None
        endings = self._endings[language]
        # The first people show every ending once, the freshest first; the others any.
        rank = number // FRENCH_EVERY if language == "fr" else number - number // FRENCH_EVERY
        weights = [same[0].script.weight for same in endings]
        start = rank if whole else random.choices(range(len(endings)), weights)[0]
        turned = (endings[(start + step) % len(endings)] for step in range(len(endings)))
        alternatives = next(
            (same for same in turned if age <= same[0].script.within and same[0].length + LONGEST_OPENING <= length),
            None,
        )
        return random.choice(alternatives) if alternatives else None

    def _opening(self, language: str, registered: bool | None, room: int, random: Random) -> Recording:  # noqa: FBT001
        fitting = [
            one
            for one in self._of(Place.FIRST)
            if one.script.weight and one.script.language == language and one.length <= room
        ]
        wanted = random.random() < 0.75 if registered is None else registered
        same = [one for one in fitting if one.registers == wanted]
        if same or (fitting and registered is None):
            return random.choice(same or fitting)
        return next(one for one in self._of(Place.FIRST) if one.state != "idle" and one.script.language == language)

    def _between(self, language: str, room: int, random: Random, *, registered: bool) -> Iterator[Recording]:
        shelf = self._middle[language, registered]
        missed = 0
        while room >= 3 and missed < _TRIES:
            chosen = shelf.choose(random)
            if chosen.length <= room:
                room -= chosen.length
                yield chosen
            else:
                missed += 1
        while room >= 2:
            (thanks,) = self._fillers("thanks", language, 1, registered=registered)
            room -= thanks.length
            yield thanks
        yield from self._fillers("reacts", language, room, registered=registered)

    def _fillers(self, name: str, language: str, times: int, *, registered: bool = False) -> list[Recording]:
        found = (
            one
            for one in self._of(Place.MIDDLE)
            if (one.script.name, one.script.language, one.registered) == (name, language, registered)
        )
        return [next(found)] * times if times else []

    def _of(self, place: Place) -> list[Recording]:
        return [one for one in self._all if one.script.place is place]

    def _endings_in(self, language: str) -> list[list[Recording]]:
        """For each script its recordings (of a lead, of a student), those first that must be fresh."""
        found = [one for one in self._of(Place.LAST) if one.script.language == language]
        scripts = sorted(dict.fromkeys(one.script for one in found), key=lambda script: script.within)
        return [[one for one in found if one.script is script] for script in scripts]

    def _shelf(self, place: Place, language: str, *, registered: bool) -> _Shelf:
        found = [
            one
            for one in self._of(place)
            if one.script.weight and one.script.language == language and one.registered == registered
        ]
        return _Shelf(found, list(accumulate(one.script.weight for one in found)))


def lengths(conversations: int, messages: int, random: Random) -> list[int]:
    """How many messages each conversation has: few have many. They add up to `messages`.

    Raises ValueError where there is not enough for everybody.
    """
    least = min(20, messages // conversations) if conversations else 0
    if conversations and least < LEAST:
        raise ValueError(f"{conversations} conversations need at least {conversations * LEAST} messages.")
    weights = list(accumulate(random.lognormvariate(0, 0.8) for _ in range(conversations)))
    spare = messages - least * conversations
    ends = [round(spare * weight / weights[-1]) for weight in weights]
    return [least + end - start for start, end in zip([0, *ends], ends, strict=False)]
