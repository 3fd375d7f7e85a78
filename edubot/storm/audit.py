"""What came of a phase: what each student received against what they should have, and what the database holds.

The truth about what was received is the stand-in's log; the database is asked only for what got stuck, for what was
acknowledged and is not there, and for its own proof.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from edubot.storm.graph import Accepted, Graph
from edubot.storm.meta import Heard
from edubot.storm.plan import Phase
from edubot.storm.school import Student
from edubot.storm.service import Service
from edubot.storm.soak import KINDS as IN_THE_LONG_RUN
from edubot.storm.soak import Soak

APPLIED = 1.5  # seconds within which a report that was acknowledged must keep its message from being sent again

LOST, DUPLICATED, REORDERED, ALIEN = "lost", "duplicated", "reordered", "alien"
REPEATED, UNSTORED, STUCK, FORGED = "repeated against the rules", "acknowledged but not stored", "stuck", "forged taken"
BEHIND, REFUSED, GIVEN_UP = "statuses behind", "answers other than 200 and 503", "posts never taken"
DEADLOCKS, LEAKED = "deadlocks", "numbers in logs"
MISTOLD, HURRIED = "refusals told wrongly", "sent faster than allowed"
UNHARMED = "failpoints at which nobody died"
KINDS = (
    *(LOST, DUPLICATED, REORDERED, ALIEN, REPEATED, UNSTORED, STUCK, FORGED, BEHIND, REFUSED, GIVEN_UP, DEADLOCKS),
    *(LEAKED, MISTOLD, HURRIED, UNHARMED, *IN_THE_LONG_RUN),
)
BURST = 0.5  # seconds: what a pause may save up (a fifth of one), and how late a machine at work may start to count

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
# What was said to these students: what became of it, and whether a person decides about sending it again.
_SAID = """
SELECT m.client_ref::text, m.delivery_status, m.error_code, m.policy FROM conversations_message m
JOIN conversations_conversation c ON c.id = m.conversation_id JOIN conversations_contact p ON p.id = c.contact_id
WHERE m.delivery_status IS NOT NULL AND ltrim(p.phone, '+') = ANY(%s)
"""
# Replies whose outcome stayed unknown time after time, and that nobody received: staff see them and decide (promise 5).
_LEFT = """
SELECT ltrim(p.phone, '+'), m.client_ref::text FROM conversations_message m
JOIN conversations_conversation c ON c.id = m.conversation_id JOIN conversations_contact p ON p.id = c.contact_id
WHERE m.delivery_status = 'unknown' AND m.hold_until IS NULL
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
    `left` the replies that nobody could be sure of and that wait for a person, and `failed` those that the Graph API
    refused for good and staff see as failed.
    """

    phase: Phase
    found: Counter[str] = field(default_factory=Counter)
    said: int = 0
    expected: int = 0
    received: int = 0
    allowed: int = 0
    left: int = 0
    failed: int = 0
    deaths: int = 0
    restarts: int = 0
    struck: int = 0
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
        allowed = f"{self.allowed} sent twice and {self.left} left to staff as promise 5 allows"
        deaths = f"{self.deaths} deaths" + f", {self.restarts} restarts" * bool(self.restarts)
        beside = f"{deaths}, {self.struck} faults, {self.failed} refused for good, {allowed}"
        soaked = f"; {self.soak}" if self.soak else ""
        return f"{'✓' if self.passed else '✗'} {self.phase.name}: {what} ({beside}, {self.seconds:.0f} s){soaked}"


def judge(phase: Phase, students: Sequence[Student], service: Service, graph: Graph, heard: Heard) -> Verdict:
    """The verdict over one phase whose work is done, as far as it ever will be."""
    verdict = Verdict(phase, said=len(heard.messages))
    left = Counter(number for number, ref in service.ask(_LEFT) if not graph.took(ref))
    replies = [Reply(*row) for row in service.ask(_SAID, [student.number for student in students])]
    careful = {reply.ref for reply in replies if reply.policy == "park"}
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
        again = repeated(graph.accepted[student.number])
        allowed = sum(one.ref not in careful and _may_repeat(first, one, service, heard) for first, one in again)
        verdict.allowed += allowed
        verdict.found[REPEATED] += len(again) - allowed
    verdict.failed = len(graph.refused)
    theirs = {student.number for student in students}  # the bot also answers those who send poison
    refused = {ref: one for ref, one in graph.refused.items() if one.number in theirs}
    in_doubt = {ref for ref, one in refused.items() if any(one.at <= death for death in service.deaths)}
    verdict.found[MISTOLD] = mistold(replies, {(ref, one.code) for ref, one in refused.items()}, in_doubt)
    if phase.rate:
        verdict.found[HURRIED] = hurried(graph.accepted_at(), phase.rate)
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


def repeated(accepted: Sequence[Accepted]) -> list[tuple[Accepted, Accepted]]:
    """What was accepted again, each time with the first time it was."""
    first: dict[str, Accepted] = {}
    pairs = [(first.setdefault(one.ref, one), one) for one in accepted]
    return [(before, one) for before, one in pairs if before is not one]


def _may_repeat(before: Accepted, again: Accepted, service: Service, heard: Heard) -> bool:
    """Promise 5: the send ended ambiguously, the hold is over, and no report had come."""
    ambiguous = before.unheard or any(before.at <= death <= again.at for death in service.deaths)
    held = again.at - before.at > service.pace.hold - 0.5
    reported = heard.reports.get(again.ref)
    return ambiguous and held and not (reported is not None and reported + APPLIED < again.at)


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


def look_around(service: Service, numbers: Collection[str]) -> Counter[str]:
    """What must not be in any log: a deadlock, or a student's number."""
    pattern = re.compile(r"234[67]\d{9}")
    leaked = sum(number in numbers for text in service.logs().values() for number in pattern.findall(text))
    return Counter({DEADLOCKS: service.database_log().count("deadlock detected"), LEAKED: leaked})
