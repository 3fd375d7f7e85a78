"""What came of a phase: what each student received against what they should have, and what the database holds.

The truth about what was received is the stand-in's log; the database is asked only for what got stuck, for what was
acknowledged and is not there, and for its own proof.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from edubot.storm.doubt import Doubt
from edubot.storm.graph import Accepted, Graph
from edubot.storm.meta import Heard
from edubot.storm.plan import SLOW, Phase, deck
from edubot.storm.school import POISONED, Student
from edubot.storm.service import Death, Service
from edubot.storm.soak import KINDS as IN_THE_LONG_RUN
from edubot.storm.soak import Soak

APPLIED = 1.5  # seconds within which a report that was acknowledged must keep its message from being sent again
TRIES = 4  # sends that ended in the dark, after which the bot's words wait for a person, too
BURST = 0.5  # seconds: what a pause may save up (a fifth of one), and how late a machine at work may start to count
PAIR_BURST, PAIR_EVERY = 45, 6.0  # Meta: so many messages to one person at once, then one every so many seconds

LOST, DUPLICATED, REORDERED, ALIEN = "lost", "duplicated", "reordered", "alien"
REPEATED, UNSTORED, STUCK, FORGED = "repeated against the rules", "acknowledged but not stored", "stuck", "forged taken"
BEHIND, REFUSED, GIVEN_UP = "statuses behind", "answers that nobody should get", "posts never taken"
DEADLOCKS, LEAKED = "deadlocks", "numbers in logs"
MISTOLD, HURRIED = "refusals told wrongly", "sent faster than allowed"
PRESSED, UNEXPLAINED = "sent to one student faster than allowed", "sent twice more often than can be explained"
UNHARMED, UNSTRUCK = "failpoints at which nobody died", "faults that struck nobody"
UNDONE = "background jobs that failed"
KINDS = (
    *(LOST, DUPLICATED, REORDERED, ALIEN, REPEATED, UNSTORED, STUCK, FORGED, BEHIND, REFUSED, GIVEN_UP, DEADLOCKS),
    *(LEAKED, MISTOLD, HURRIED, PRESSED, UNEXPLAINED, UNHARMED, UNSTRUCK, UNDONE, *IN_THE_LONG_RUN),
)

_OPEN = """
SELECT
    (SELECT count(*) FROM conversations_inboxitem WHERE handled_at IS NULL),
    (SELECT count(*) FROM conversations_message WHERE delivery_status IN ('queued', 'sending')
        OR (delivery_status = 'unknown' AND hold_until IS NOT NULL)),
    (SELECT count(*) FROM conversations_deliveryreport WHERE message_id IS NULL)
"""
_FAILED = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"
_UNSTORED = """
SELECT count(*) FROM unnest(%s::text[]) AS said(key)
WHERE NOT EXISTS (SELECT FROM conversations_inboxitem i WHERE i.key = said.key)
"""
_BEHIND = """
SELECT count(*) FROM unnest(%s::uuid[]) AS told(ref) JOIN conversations_message m ON m.client_ref = told.ref
WHERE m.delivery_status NOT IN ('sent', 'delivered', 'read')
OR EXISTS (
    SELECT FROM conversations_deliveryreport r WHERE r.client_ref = told.ref
    AND array_position(ARRAY['sent', 'delivered', 'read'], r.status::text)
        > array_position(ARRAY['sent', 'delivered', 'read'], m.delivery_status::text)
)
"""
# What was said to these students: what became of it, and whether a person decides about sending it again.
_SAID = """
SELECT m.client_ref::text, m.delivery_status, m.error_code, m.policy FROM conversations_message m
JOIN conversations_conversation c ON c.id = m.conversation_id JOIN conversations_contact p ON p.id = c.contact_id
WHERE m.delivery_status IS NOT NULL AND ltrim(p.phone, '+') = ANY(%s)
"""
# Replies whose outcome stayed unknown, and that a person decides about (promise 5): what a person is behind, and what
# was sent in vain time after time.
_LEFT = """
SELECT ltrim(p.phone, '+'), m.client_ref::text FROM conversations_message m
JOIN conversations_conversation c ON c.id = m.conversation_id JOIN conversations_contact p ON p.id = c.contact_id
WHERE m.delivery_status = 'unknown' AND m.hold_until IS NULL AND (m.policy = 'park' OR m.attempts - m.forgiven >= %s)
"""


class Reply(NamedTuple):
    """Something that was to be sent, as the database has it: our reference, the status, Meta's code, and the policy."""

    ref: str
    status: str
    code: int | None
    policy: str


@dataclass(slots=True)
class Verdict:
    """How a phase went. `found` counts what must not be, by kind; `allowed` the repetitions that promise 5 allows,
    `most` how many there may have been, `left` the replies that nobody could be sure of and that wait for a person, and
    `failed` those that the Graph API refused for good and staff see as failed. `struck` counts what else sends met.
    """

    phase: Phase
    found: Counter[str] = field(default_factory=Counter)
    said: int = 0
    expected: int = 0
    received: int = 0
    allowed: int = 0
    most: int = 0
    left: int = 0
    failed: int = 0
    deaths: int = 0
    restarts: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    soak: Soak | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not +self.found

    def __str__(self) -> str:
        core = [f"{self.found[kind]} {kind}" for kind in (LOST, DUPLICATED, REORDERED)]
        rest = [f"{self.found[kind]} {kind}" for kind in KINDS if kind not in {LOST, DUPLICATED, REORDERED}]
        found = core + [one for one in rest if not one.startswith("0 ")]
        what = f"{self.said:,} messages, {self.expected:,} replies due, {self.received:,} received: {', '.join(found)}"
        allowed = f"{self.allowed} sent twice (at most {self.most:,}) and {self.left} left to staff as promise 5 allows"
        deaths = f"{self.deaths} deaths" + f", {self.restarts} restarts" * bool(self.restarts)
        beside = f"{deaths}, {self._met()}, {self.failed} refused for good, {allowed}"
        soaked = f"; {self.soak}" if self.soak else ""
        return f"{'✓' if self.passed else '✗'} {self.phase.name}: {what} ({beside}, {self.seconds:.0f} s){soaked}"

    def _met(self) -> str:
        """Faults, and apart from them answers that were slow, and sends that met an outage."""
        slow, away = self.struck[SLOW], self.struck[self.phase.outage]
        met = f"{self.struck.total() - slow - away} faults"
        return met + f", {slow} slow answers" * bool(slow) + f", {away} sends turned away" * bool(away)


def judge(
    phase: Phase, students: Sequence[Student], service: Service, *, graph: Graph, heard: Heard, deaths: Sequence[Death]
) -> Verdict:
    """The verdict over one phase whose work is done, as far as it ever will be."""
    verdict = Verdict(phase, said=len(heard.messages), deaths=len(deaths), struck=graph.struck)
    doubt = Doubt(deaths, service.pace, thaws=phase.freezes)
    replies = [Reply(*row) for row in service.ask(_SAID, [student.number for student in students])]
    _compare_all(verdict, students, service, graph, heard)
    careful = {reply.ref for reply in replies if reply.policy == "park"}
    accepted = [graph.accepted[student.number] for student in students]
    _look_for_repetitions(verdict, accepted, careful, heard, doubt)
    verdict.failed = len(graph.refused)
    theirs = {student.number for student in students}  # the bot also answers those who send poison
    refused = {ref: one for ref, one in graph.refused.items() if one.number in theirs}
    in_doubt = {ref for ref, one in refused.items() if doubt.over(one.at, one.sender)}
    verdict.found[MISTOLD] = mistold(replies, {(ref, one.code) for ref, one in refused.items()}, in_doubt)
    if phase.rate:
        verdict.found[HURRIED] = hurried(graph.accepted_at(), phase.rate)
        verdict.found[PRESSED] = sum(pressed(one.at for one in graph.accepted[number]) for number in theirs)
    verdict.found[STUCK] = sum(pending(service))
    verdict.found[UNSTORED] = service.ask(_UNSTORED, sorted(heard.messages | heard.poison))[0][0]
    verdict.found[BEHIND] = service.ask(_BEHIND, sorted(heard.reports))[0][0]
    verdict.found[UNDONE] = service.ask(_FAILED)[0][0]
    verdict.found[FORGED] = heard.forged
    verdict.found[GIVEN_UP] = heard.given_up
    verdict.found[REFUSED] = heard.unforeseen.total()
    verdict.found[UNHARMED] = int(bool(phase.failpoint) and not deaths)
    verdict.found[UNSTRUCK] = unstruck(phase, verdict.expected, graph.struck)
    return verdict


def _compare_all(verdict: Verdict, students: Sequence[Student], service: Service, graph: Graph, heard: Heard) -> None:
    """What each student received, against what they should have; what waits for a person is not lost."""
    left = Counter(number for number, ref in service.ask(_LEFT, TRIES) if not graph.took(ref))
    for student in students:
        due = student.due(heard.said[student.number], heard.replies[student.number])
        got = graph.ended[student.number]
        verdict.expected += len(due)
        verdict.received += sum(graph.took(ref) for ref in got)
        wrong = compare(due, list(got.values()))
        spared = min(wrong[LOST], left[student.number])
        wrong[LOST] -= spared
        verdict.left += spared
        verdict.found += wrong


def _look_for_repetitions(
    verdict: Verdict, accepted: Sequence[Sequence[Accepted]], careful: set[str], heard: Heard, doubt: Doubt
) -> None:
    """Which sends were repeated, each judged by itself (promise 5), and all of them together (T4)."""
    again = [pair for ones in accepted for pair in repeated(ones)]
    verdict.allowed = sum(
        one.ref not in careful and may_repeat(before, one, doubt, heard.reports.get(one.ref)) for before, one in again
    )
    verdict.most = doubt.most(sum(one.unheard for ones in accepted for one in ones))
    verdict.found[REPEATED] = len(again) - verdict.allowed
    verdict.found[UNEXPLAINED] = max(0, len(again) - verdict.most)


def pending(service: Service) -> tuple[int, int, int]:
    """Items that wait, messages on their way, and reports without a message."""
    items, messages, reports = service.ask(_OPEN)[0]
    return items, messages, reports


def compare(due: Sequence[str], got: Sequence[str]) -> Counter[str]:
    """What is wrong with what a student received, each of our references counted once."""
    missing, surplus = Counter(due) - Counter(got), Counter(got) - Counter(due)
    again = sum(count for words, count in surplus.items() if words in due)
    left, right = _without(due, missing), _without(got, surplus)
    return +Counter(
        {
            LOST: missing.total(),
            DUPLICATED: again,
            ALIEN: surplus.total() - again,
            REORDERED: sum(one != other for one, other in zip(left, right, strict=True)),
        }
    )


def _without(words: Sequence[str], surplus: Counter[str]) -> list[str]:
    """The words but for the last ones of each kind that are too many."""
    rest, left = Counter(surplus), []
    for word in reversed(words):
        if rest[word] > 0:
            rest[word] -= 1
        else:
            left.append(word)
    return left[::-1]


def repeated(accepted: Sequence[Accepted]) -> list[tuple[Accepted, Accepted]]:
    """What was accepted again, each time with the time before.

    The same message is what carries the same reference of ours, the id of its row in the outbox. The same words under
    another reference are never allowed to come twice: `compare` finds them.
    """
    last: dict[str, Accepted] = {}
    pairs = []
    for one in accepted:
        if one.ref in last:
            pairs.append((last[one.ref], one))
        last[one.ref] = one
    return pairs


def may_repeat(before: Accepted, again: Accepted, doubt: Doubt, reported: float | None) -> bool:
    """Promise 5: the send before ended ambiguously, the hold is over, and no report had come (or when: `reported`)."""
    held = again.at - before.at > doubt.pace.hold - 0.5
    told = reported is not None and reported + APPLIED < again.at
    return (before.unheard or doubt.over(before.at, before.sender)) and held and not told


def mistold(
    replies: Sequence[Reply], refused: Collection[tuple[str, int | None]], in_doubt: Collection[str] = ()
) -> int:
    """How many replies are not `failed` with the code they were refused with, or `failed` without having been refused.

    Where the sender may have died over the refusal (`in_doubt`) nobody knows: such a reply may wait for a person.
    """
    failed = {(reply.ref, reply.code) for reply in replies if reply.status == "failed"}
    waiting = {reply.ref for reply in replies if reply.status == "unknown" and reply.ref in in_doubt}
    return len(failed ^ {(ref, code) for ref, code in refused if ref not in waiting})


def hurried(times: Iterable[float], rate: int) -> int:
    """How many of these moments came sooner than `rate` a second allows, counted from the first one."""
    in_order = sorted(times)
    return sum(number > (at - in_order[0] + BURST) * rate for number, at in enumerate(in_order))


def pressed(times: Iterable[float]) -> int:
    """How many of these messages to one person came sooner than Meta lets them: a burst, which later ones pay for.

    Half a message is forgiven: who paces at the sender's end cannot know how long each is on its way.
    """
    room = most = PAIR_BURST + 0.5
    before, count = 0.0, 0
    for at in sorted(times):
        room, before = min(most, room + (at - before) / PAIR_EVERY), at
        if room >= 1:
            room -= 1
        else:
            count += 1
    return count


def unstruck(phase: Phase, sends: int, struck: Mapping[str, int]) -> int:
    """How many faults of a phase struck nobody, though there were sends enough for each to be dealt."""
    return sum(not struck.get(fault) for fault in phase.faults) if sends >= len(deck(phase.faults)) else 0


def look_around(service: Service, numbers: Collection[str]) -> Counter[str]:
    """What must not be in any log: a deadlock, or the number of a student, or of somebody whom nobody can read."""
    ours, pattern = {*numbers, *POISONED}, re.compile(r"234[67]\d{9}")
    database = service.database_log()
    leaked = sum(number in ours for text in [*service.logs().values(), database] for number in pattern.findall(text))
    return Counter({DEADLOCKS: database.count("deadlock detected"), LEAKED: leaked})
