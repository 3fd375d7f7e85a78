"""What came of a phase: what each student received against what they should have, and what the database holds.

The truth about what was received is the stand-in's log; the database is asked only for what got stuck, for what was
acknowledged and is not there, and for its own proof.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from edubot.storm.graph import Accepted, Graph
from edubot.storm.meta import Heard
from edubot.storm.plan import Phase
from edubot.storm.school import Student
from edubot.storm.service import Service

APPLIED = 1.5  # seconds within which a report that was acknowledged must keep its message from being sent again

LOST, DUPLICATED, REORDERED, ALIEN = "lost", "duplicated", "reordered", "alien"
REPEATED, UNSTORED, STUCK, FORGED = "repeated against the rules", "acknowledged but not stored", "stuck", "forged taken"
BEHIND, REFUSED, GIVEN_UP = "statuses behind", "answers other than 200 and 503", "posts never taken"
DEADLOCKS, LEAKED = "deadlocks", "numbers in logs"
KINDS = (
    *(LOST, DUPLICATED, REORDERED, ALIEN, REPEATED, UNSTORED, STUCK, FORGED, BEHIND, REFUSED, GIVEN_UP, DEADLOCKS),
    LEAKED,
)

_OPEN = """
SELECT
    (SELECT count(*) FROM conversations_inboxitem WHERE handled_at IS NULL),
    (SELECT count(*) FROM conversations_message WHERE delivery_status IN ('queued', 'sending')
        OR (delivery_status = 'unknown' AND hold_until IS NOT NULL)),
    (SELECT count(*) FROM conversations_deliveryreport WHERE message_id IS NULL)
"""
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
# Replies whose outcome stayed unknown time after time, and that nobody received: staff see them and decide (promise 5).
_LEFT = """
SELECT ltrim(p.phone, '+'), m.client_ref::text FROM conversations_message m
JOIN conversations_conversation c ON c.id = m.conversation_id JOIN conversations_contact p ON p.id = c.contact_id
WHERE m.delivery_status = 'unknown' AND m.hold_until IS NULL
"""


@dataclass(slots=True)
class Verdict:
    """How a phase went. `found` counts what must not be, by kind; `allowed` the repetitions that promise 5 allows, and
    `left` the replies that nobody could be sure of and that wait for a person.
    """

    phase: Phase
    found: Counter[str] = field(default_factory=Counter)
    said: int = 0
    expected: int = 0
    received: int = 0
    allowed: int = 0
    left: int = 0
    deaths: int = 0
    struck: int = 0
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not +self.found

    def __str__(self) -> str:
        core = [f"{self.found[kind]} {kind}" for kind in (LOST, DUPLICATED, REORDERED)]
        rest = [f"{self.found[kind]} {kind}" for kind in KINDS if kind not in {LOST, DUPLICATED, REORDERED}]
        found = core + [one for one in rest if not one.startswith("0 ")]
        what = f"{self.said:,} messages, {self.expected:,} replies due, {self.received:,} received: {', '.join(found)}"
        allowed = f"{self.allowed} sent twice and {self.left} left to staff as promise 5 allows"
        beside = f"{self.deaths} deaths, {self.struck} faults, {allowed}"
        return f"{'✓' if self.passed else '✗'} {self.phase.name}: {what} ({beside}, {self.seconds:.0f} s)"


def judge(phase: Phase, students: Sequence[Student], service: Service, graph: Graph, heard: Heard) -> Verdict:
    """The verdict over one phase whose work is done, as far as it ever will be."""
    verdict = Verdict(phase, said=len(heard.messages))
    left = Counter(number for number, ref in service.ask(_LEFT) if not graph.took(ref))
    for student in students:
        due = list(itertools.chain.from_iterable(student.answers[: heard.said[student.number]]))
        got = list(graph.received(student.number))
        verdict.expected += len(due)
        verdict.received += len(got)
        wrong = compare(due, [one.said for one in got])
        spared = min(wrong[LOST], left[student.number])
        wrong[LOST] -= spared
        verdict.left += spared
        verdict.found += wrong
        verdict.allowed += _repeated(graph.accepted.get(student.number, ()), service, heard, verdict.found)
    verdict.found[STUCK] = sum(pending(service))
    verdict.found[UNSTORED] = service.ask(_UNSTORED, sorted(heard.messages | heard.poison))[0][0]
    verdict.found[BEHIND] = service.ask(_BEHIND, sorted(heard.reports))[0][0]
    verdict.found[FORGED] = heard.forged
    verdict.found[GIVEN_UP] = heard.given_up
    verdict.found[REFUSED] = sum(count for status, count in heard.answers.items() if status not in {0, 200, 503})
    return verdict


def pending(service: Service) -> tuple[int, int, int]:
    """Items that wait, messages on their way, and reports without a message."""
    items, messages, reports = service.ask(_OPEN)[0]
    return items, messages, reports


def compare(due: Sequence[str], got: Sequence[str]) -> Counter[str]:
    """What is wrong with what a student received."""
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


def _repeated(accepted: Sequence[Accepted], service: Service, heard: Heard, found: Counter[str]) -> int:
    """How many times something was accepted again as promise 5 allows; what it does not allow goes into `found`."""
    first: dict[str, Accepted] = {}
    allowed = 0
    for one in accepted:
        before = first.setdefault(one.ref, one)
        if before is one:
            continue
        if _may_repeat(before, one, service, heard.reports.get(one.ref)):
            allowed += 1
        else:
            found[REPEATED] += 1
    return allowed


def _may_repeat(before: Accepted, again: Accepted, service: Service, reported: float | None) -> bool:
    """Promise 5: the send ended ambiguously, the hold is over, and no report had come."""
    ambiguous = before.unheard or any(before.at <= death <= again.at for death in service.deaths)
    held = again.at - before.at > service.pace.hold - 0.5
    known = reported is not None and reported + APPLIED < again.at
    return ambiguous and held and not known


def look_around(service: Service, numbers: Collection[str]) -> Counter[str]:
    """What must not be in any log: a deadlock, or a student's number."""
    pattern = re.compile(r"234[67]\d{9}")
    leaked = sum(number in numbers for text in service.logs().values() for number in pattern.findall(text))
    return Counter({DEADLOCKS: service.database_log().count("deadlock detected"), LEAKED: leaked})
