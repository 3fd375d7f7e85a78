"""The storm sees what it is for: green over the service as it is, red over each seeded defect.

Each defect gets the kind of storm in which it shows, a few seconds long, in one service with a clean database. All of
them take minutes, so the suite plays a sample; EDUBOT_MUTANTS=all (`make chaos`) plays every one.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from edubot.storm import audit, plan, run, school
from edubot.storm.audit import Reply, Verdict, compare, hurried, may_repeat, mistold, pressed, repeated, unstruck
from edubot.storm.doubt import AWAY, LAG, Doubt
from edubot.storm.graph import Accepted, Graph
from edubot.storm.meta import Acknowledged
from edubot.storm.plan import FAULTS, SLOW, TOKEN_REFUSED, UNREACHABLE, Pace, Phase
from edubot.storm.run import Storm
from edubot.storm.service import POSTGRES, Death, is_frozen
from edubot.storm.soak import BLOATED, CROWDED, SLOWED, SWOLLEN, Sample, Soak, Table
from tests.processes import CHECKOUT, home
from tests.storm.mutants import MUTANTS

SAMPLE = ("no_signature_check", "time_out_is_failed")
SENDING = ("send.after_claim", "send.after_write", "send.after_response", "send.before_record")
ALL = os.environ.get("EDUBOT_MUTANTS") == "all"


@dataclass(frozen=True, slots=True)
class Case:
    """What turns red (one of these kinds is enough), and the storm in which it must."""

    kinds: set[str]
    phase: Phase


CALM = Phase("calm", messages=60, students=6, patience=8, again_later=0.3, twice_at_once=0.3, lost_statuses=0)
ROUGH = replace(CALM, name="rough", faults={"resets": 0.05, "resets_after": 0.05}, patience=90)
# Enough conversations at once for more than the rate, and enough messages for more than what a pause saves up.
OUTAGE = replace(
    CALM, name="outage", messages=320, students=64, outage=UNREACHABLE, outage_lasts=5, rate=80, patience=60
)
FROZEN = replace(CALM, name="frozen", failpoint="send.after_claim", passes=2, freezes=True, patience=60)
# Without reports, so that whatever a process leaves unfinished is sent again.
DEPLOY = replace(CALM, name="deploy", messages=150, students=15, pace=15.0, patience=30)
DEPLOY = replace(DEPLOY, faults={SLOW: 0.9}, statuses=False, rolling=0.7)
# Answers hang until the lease of many that were claimed together is over, and reports have both workers look at once.
CROWDED_LEASES = replace(CALM, name="crowded leases", messages=150, students=75, faults={"hangs": 0.4}, patience=60)
CASES = {
    "answer_before_commit": Case({audit.LOST}, replace(CALM, failpoint="web.before_commit", passes=5)),
    "check_then_insert": Case({audit.DUPLICATED, audit.ALIEN}, replace(CALM, twice_at_once=1)),
    "no_conversation_lock": Case({audit.ALIEN, audit.LOST}, replace(CALM, messages=120, students=4)),
    "pop_then_send": Case({audit.LOST}, replace(CALM, failpoint="send.after_claim", passes=8)),
    "time_out_is_failed": Case({audit.LOST}, replace(ROUGH, faults={"resets": 0.2})),
    "time_out_is_retry": Case({audit.REPEATED}, replace(ROUGH, faults={"resets_after": 0.2}, statuses=False)),
    "last_status_wins": Case({audit.BEHIND}, replace(CALM, faults={"resets": 0.01})),
    "one_bad_item_drops_the_post": Case({audit.UNSTORED, audit.LOST}, replace(CALM, poison=0.3)),
    "error_of_an_item_is_503": Case({audit.GIVEN_UP}, replace(CALM, poison=0.3, longest=5, patience=5)),
    "sweeper_without_skip_locked": Case({audit.DEADLOCKS}, CROWDED_LEASES),
    "never_sends_again": Case({audit.LOST}, replace(ROUGH, faults={"resets": 0.2})),
    "an_answer_of_staff_is_an_error_first": Case({audit.REFUSED}, replace(CALM, chats=0.4, replies=2)),
    "no_signature_check": Case({audit.FORGED}, replace(CALM, forged=1)),
    "a_forged_post_is_an_error": Case({audit.REFUSED}, replace(CALM, forged=1)),
    "a_number_in_the_log": Case({audit.LEAKED}, CALM),
    "a_strangers_number_in_the_log": Case({audit.LEAKED}, replace(CALM, poison=1)),
    "herd_after_an_outage": Case({audit.HURRIED}, OUTAGE),
    "refusal_is_retry": Case({audit.MISTOLD}, replace(CALM, faults={"undeliverable": 0.1})),
    "staff_words_are_resent": Case(
        {audit.REPEATED}, replace(CALM, faults={"resets_after": 0.4}, statuses=False, chats=0.6, patience=30)
    ),
    "ends_in_the_middle": Case({audit.REPEATED}, DEPLOY),
    "thawed_sender_goes_on": Case({audit.DUPLICATED, audit.REPEATED}, FROZEN),
}


# A release whose migrations end before conversations.0004 and support.0007, and whose bot says what ours says.
EARLIER = "bccb1ca533cd6a3f4c8ecbd71c9380df9cd93f2b"
# With staff who answer, and trouble of which a job tells them.
TWO_RELEASES = replace(CALM, name="two releases", chats=0.4, replies=2, patience=30)
TWO_RELEASES = replace(TWO_RELEASES, outage=TOKEN_REFUSED, outage_lasts=3)


class Playing:
    """A storm that the tests of this module share, each with a clean database."""

    def __init__(self, runner: asyncio.Runner, storm: Storm) -> None:
        self._runner, self._storm = runner, storm

    def play(self, phase: Phase, checkouts: Mapping[str, Path] | None = None, **variables: str) -> Verdict:
        """Play one phase; the processes are started anew for it, those of `checkouts` out of another release."""
        self._storm.service.stop()
        self._storm.service.reset()
        self._storm.service.checkouts = checkouts or {}
        return self._runner.run(self._storm.play(phase, **variables))

    def mails(self) -> int:
        """How many mails the processes have sent so far: to their logs."""
        return sum(log.count("\nSubject: ") for log in self._storm.service.logs().values())


@pytest.fixture(scope="module")
def playing() -> Iterator[Playing]:
    with home() as directory, asyncio.Runner() as runner:
        storms = run.opened(directory, plan.BRISK)
        try:
            yield Playing(runner, runner.run(storms.__aenter__()))
        finally:
            runner.run(storms.__aexit__(None, None, None))


@pytest.mark.processes
@pytest.mark.parametrize("phase", [CALM, ROUGH] if ALL else [CALM], ids=lambda phase: phase.name)
def test_the_service_as_it_is_comes_through(playing: Playing, phase: Phase) -> None:
    verdict = playing.play(phase)
    assert verdict.passed, str(verdict)


@pytest.mark.processes
def test_what_queued_up_while_whatsapp_was_away_leaves_whole_in_order_and_no_faster_than_allowed(
    playing: Playing,
) -> None:
    verdict = playing.play(OUTAGE)
    assert verdict.passed, str(verdict)
    assert (verdict.received, verdict.left, verdict.failed, verdict.allowed) == (320, 0, 0, 0)


@pytest.mark.processes
@pytest.mark.parametrize("place", SENDING if ALL else SENDING[:1])
def test_a_worker_that_froze_past_its_lease_doubles_and_loses_nothing_after_it_thaws(
    playing: Playing, place: str
) -> None:
    verdict = playing.play(replace(FROZEN, failpoint=place))
    assert verdict.passed, str(verdict)
    assert verdict.deaths, "No worker froze."


@pytest.mark.processes
def test_what_is_refused_to_people_whose_messages_nobody_can_read_is_no_breach(playing: Playing) -> None:
    verdict = playing.play(replace(CALM, name="refused to all", messages=30, poison=1, faults={"undeliverable": 1.0}))
    assert verdict.failed > 30, "Nobody but the students was answered."
    assert verdict.passed, str(verdict)


@pytest.mark.processes
def test_a_deploy_under_load_breaks_no_promise_and_gives_no_excuse(playing: Playing) -> None:
    """Who is asked to end finishes what was begun: nothing is in doubt afterwards, nothing sent twice."""
    verdict = playing.play(DEPLOY)
    assert verdict.passed, str(verdict)
    assert verdict.restarts >= 2, str(verdict)
    assert (verdict.deaths, verdict.allowed, verdict.left) == (0, 0, 0), str(verdict)


@pytest.mark.processes
@pytest.mark.skipif(not ALL, reason="takes half a minute: EDUBOT_MUTANTS=all")
def test_a_soak_watches_the_processes_that_nobody_restarts(playing: Playing) -> None:
    verdict = playing.play(replace(plan.soak(0.5, 10, seed=1), rolling=4.0))
    assert not {audit.LOST, audit.DUPLICATED, audit.REORDERED, audit.STUCK} & set(+verdict.found), str(verdict)
    assert verdict.soak is not None
    assert set(verdict.soak.growth) == set(plan.SPARED)
    assert verdict.restarts >= 2, str(verdict)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the earlier release."""
    git = ["git", "-C", str(CHECKOUT), "archive", "--format=tar", EARLIER]
    try:
        done = subprocess.run(git, capture_output=True, check=False)  # noqa: S603
    except OSError as error:
        pytest.skip(f"The earlier release is in git's history alone: {error}")
    if done.returncode:
        pytest.skip(f"The earlier release is not in this history: {done.stderr.decode(errors='replace').strip()}")
    directory = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(directory, filter="data")
    return directory


@pytest.mark.processes
@pytest.mark.parametrize(
    "old", [("web-1", "web-2"), ("worker-1", "worker-2"), ("web-1", "worker-1")], ids=["web", "worker", "half of each"]
)
def test_an_earlier_release_goes_on_beside_ours_over_our_tables(
    playing: Playing, earlier: Path, old: Sequence[str]
) -> None:
    """A deploy migrates first and replaces process after process (P26): what one stores, the other understands."""
    mails = playing.mails()
    verdict = playing.play(TWO_RELEASES, dict.fromkeys(old, earlier), ADMIN_EMAILS="desk@example.com")
    # A worker fails a job that it knows nothing of, such as one that the clock of the newer release queued.
    assert not set(+verdict.found) - {audit.UNDONE}, str(verdict)
    assert playing.mails() > mails, "No background job was done."


@pytest.mark.processes
@pytest.mark.parametrize("name", [name for name in MUTANTS if ALL or name in SAMPLE])
def test_the_storm_sees_the_defect(playing: Playing, name: str) -> None:
    case = CASES[name]
    verdict = playing.play(case.phase, DJANGO_SETTINGS_MODULE="tests.storm.settings", EDUBOT_MUTANT=name)
    assert case.kinds & set(+verdict.found), str(verdict)


def test_every_defect_has_its_storm() -> None:
    assert CASES.keys() == MUTANTS.keys()


@pytest.mark.parametrize(
    ("got", "wrong"),
    [
        (["a", "b", "c"], {}),
        (["a", "c"], {"lost": 1}),
        (["a", "b", "b", "c"], {"duplicated": 1}),
        (["b", "a", "c"], {"reordered": 2}),
        (["a", "x", "b", "c"], {"alien": 1}),
        (["a", "x", "c"], {"lost": 1, "alien": 1}),
        ([], {"lost": 3}),
    ],
)
def test_the_audit_tells_apart_what_can_go_wrong(got: list[str], wrong: dict[str, int]) -> None:
    assert compare(["a", "b", "c"], got) == wrong


@pytest.mark.parametrize(
    ("replies", "refused", "wrong"),
    [
        ([Reply("a", "failed", 131026, "resend"), Reply("b", "sent", None, "resend")], {("a", 131026)}, 0),
        ([Reply("a", "failed", 131047, "resend")], {("a", 131026)}, 2),  # failed for another reason
        ([Reply("a", "failed", None, "resend")], set(), 1),  # nobody refused it
        ([Reply("a", "sent", None, "resend")], {("a", 131026)}, 1),
        ([Reply("a", "unknown", None, "park")], {("a", 131026)}, 1),
        ([Reply("b", "unknown", None, "park")], {("b", 131026)}, 0),  # the sender died over the answer
    ],
)
def test_what_was_refused_for_good_and_nothing_else_must_be_failed(
    replies: list[Reply], refused: set[tuple[str, int | None]], wrong: int
) -> None:
    assert mistold(replies, refused, in_doubt={"b"}) == wrong


def test_a_rate_is_kept_from_the_first_message_on_and_a_small_start_is_forgiven() -> None:
    even = [number / 80 for number in range(800)]
    assert hurried(even, 80) == 0
    assert hurried([0.0] * 16 + even, 80) == 0
    assert hurried([0.0] * 100, 80) == 59
    assert hurried([number / 160 for number in range(800)], 80) > 600


def test_each_fault_strikes_once_the_deck_is_dealt_whatever_the_dice_say(tmp_path: Path) -> None:
    async def dealt(seed: int) -> set[str]:
        graph = Graph(tmp_path / "graph.jsonl", report=_nobody_hears)
        graph.begin(Phase("", seed=seed, faults=FAULTS))
        graph._refs = {str(number) for number in range(500)}  # they were taken: nothing refuses them for good any more
        fates = {graph._fate(str(number)) for number in range(500 + len(plan.deck(FAULTS)))}
        await graph.stop()
        return fates

    assert all(asyncio.run(dealt(seed)) == {"", *FAULTS} for seed in range(20))


async def _nobody_hears(_accepted: Accepted) -> None:
    """A report that goes nowhere."""


def test_the_short_storm_is_long_enough_for_every_fault() -> None:
    phases = [phase for storm in plan.short(1) for phase in storm if phase.faults]
    assert all(0.9 * phase.messages >= len(plan.deck(phase.faults)) for phase in phases)
    assert set(FAULTS) <= {fault for phase in phases for fault in phase.faults}


def test_a_fault_that_struck_nobody_counts_once_enough_was_sent() -> None:
    phase = Phase("", faults={"resets": 0.05, "hangs": 0.01})
    assert unstruck(phase, 100, {"resets": 4, "hangs": 1}) == 0
    assert unstruck(phase, 100, {"resets": 4, SLOW: 9}) == 1
    assert unstruck(phase, 99, {"resets": 4}) == 0


LEASE = Pace(hold=4, lease=4, slots=10)


@pytest.mark.parametrize(
    ("deaths", "in_doubt"),
    [
        ([("worker-1", 100.2)], True),
        ([("worker-1", 100 - LAG / 2)], True),  # what it had written was read after its death
        ([("worker-1", 107.9)], True),  # before it could note an answer that took as long as may be
        ([("worker-1", 108.1)], False),
        ([("worker-1", 100 - 2 * LAG)], False),
        ([("worker-2", 100.2)], False),  # which had not sent it
        ([("web-1", 100.2)], False),
        ([(POSTGRES, 100.2)], False),  # the worker notes it later
        ([(POSTGRES, 100.2), ("worker-1", 108 + AWAY / 2)], True),  # which died while it still could not
        ([(POSTGRES, 120.0), ("worker-1", 118.0)], False),
    ],
)
def test_a_death_is_an_excuse_only_for_what_a_worker_had_not_noted(
    deaths: list[tuple[str, float]], in_doubt: bool
) -> None:
    assert Doubt([Death(at, name) for name, at in deaths], LEASE).over(100.0, "worker-1") is in_doubt


def test_each_death_of_a_worker_explains_as_many_sends_as_it_had_under_way() -> None:
    deaths = [Death(0.0, name) for name in ("worker-1", "web-1", "worker-1", POSTGRES)]
    assert Doubt(deaths, LEASE).most(ambiguous=3) == 3 + 2 * 10


def _accepted(at: float, fault: str = "", ref: str = "a") -> Accepted:
    return Accepted("2347", f"wamid.{at}", ref, "Hello", at, fault, "worker-1")


def test_a_repetition_is_compared_with_the_send_before_it() -> None:
    first, other, again, third = _accepted(0, "resets_after"), _accepted(1, ref="b"), _accepted(9), _accepted(20)
    assert repeated([first, other, again, third]) == [(first, again), (again, third)]
    nobody_died = Doubt([], LEASE)
    assert may_repeat(first, again, nobody_died, reported=None)
    assert not may_repeat(again, third, nobody_died, reported=None)  # it was answered, and sent again all the same


@pytest.mark.parametrize(
    ("fault", "at", "reported", "allowed"),
    [
        ("resets_after", 9.0, None, True),
        ("", 9.0, None, False),
        ("resets_after", 3.0, None, False),  # within the hold
        ("resets_after", 9.0, 5.0, False),
        ("resets_after", 9.0, 8.9, True),  # a report that came too late to be applied
    ],
)
def test_what_ended_in_the_dark_may_come_twice_after_the_hold_while_no_report_is_known(
    fault: str, at: float, reported: float | None, allowed: bool
) -> None:
    assert may_repeat(_accepted(0.0, fault), _accepted(at), Doubt([], LEASE), reported) is allowed


def test_one_person_gets_a_burst_and_pays_for_it() -> None:
    at_once = [100.0] * 45
    assert pressed(at_once) == 0
    assert pressed([100.0] * 100) == 55
    assert pressed([*at_once, *(106.0 + 6 * number for number in range(55))]) == 0
    assert pressed([*at_once, *(101.0 + number for number in range(55))]) > 40
    assert pressed([*at_once, *(370.0 for _ in range(45))]) == 0  # all of it is paid back in 270 seconds


HOUR = [60.0 * minute for minute in range(61)]


def _soak(
    took: Callable[[float], float],
    connections: Callable[[float], int],
    held: Callable[[float], float],
    dead: Callable[[float], int] = lambda _: 0,
) -> Soak:
    """An hour in which these depend on the time (seconds)."""

    def tables(at: float) -> dict[str, Table]:
        return {"messages": Table(100 * int(at), dead(at), 0), "jobs": Table(3, min(dead(at), 4000), 0)}

    return Soak(
        len(HOUR),
        [Acknowledged(at, took(at)) for at in HOUR],
        [Sample(at, connections(at), int(at), 10 * int(at), {"web-2": held(at)}, tables(at)) for at in HOUR],
    )


@pytest.mark.parametrize(
    ("soak", "found"),
    [
        (_soak(lambda _: 0.02, lambda _: 30, lambda _: 80.0), set()),
        (_soak(lambda at: 0.02 + at / 10**6, lambda at: 30 + (at > 600), lambda at: 80 + 0.9 * at / 3600), set()),
        (_soak(lambda at: 0.02 + at / 10**5, lambda _: 30, lambda _: 80.0), {SLOWED}),
        (_soak(lambda _: 0.02, lambda at: 30 + int(at / 600), lambda _: 80.0), {CROWDED}),
        (_soak(lambda _: 0.02, lambda _: 30, lambda at: 80 + 1.1 * at / 3600), {SWOLLEN}),
        (_soak(lambda _: 0.02, lambda _: 30, lambda at: 80 + at // 300 / 10), {SWOLLEN}),  # now and then
        (_soak(lambda _: 0.02, lambda _: 30, lambda at: 80 + min(at, 1000) / 100), set()),  # until it was warm
        (_soak(lambda _: 0.02, lambda _: 30, lambda at: 80 + at / 12_000 + (at > 2800) / 2), set()),  # once
        (_soak(lambda _: 0.02, lambda _: 30, lambda _: 80.0, lambda at: 100 * int(at % 1200)), set()),  # vacuum came
        (_soak(lambda _: 0.02, lambda _: 30, lambda _: 80.0, lambda at: 60 * int(at)), {BLOATED}),
    ],
)
def test_an_hour_may_change_nothing_but_a_little(soak: Soak, found: set[str]) -> None:
    assert set(+soak.breaches()) == found


def test_a_child_that_has_just_died_is_not_taken_for_a_frozen_one() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and nobody has looked yet
        assert not is_frozen(child.pid)


def test_a_storm_ends_with_the_error_of_what_goes_on_beside_it() -> None:
    async def breaks() -> None:
        await asyncio.sleep(0)
        raise ChildProcessError

    async def storm() -> None:
        async with run.beside(breaks()):
            await asyncio.Event().wait()

    with pytest.raises(ChildProcessError):
        asyncio.run(storm())


def test_the_same_seed_says_the_same() -> None:
    one, again, other = (Phase("", messages=40, students=5, seed=seed, chats=0.2) for seed in (7, 7, 8))
    assert school.enrol(one) == school.enrol(again) != school.enrol(other)


def test_one_lost_line_changes_what_is_answered_afterwards() -> None:
    (student,) = school.enrol(Phase("", messages=24, students=1))
    without = [*student.lines[:6], *student.lines[7:]]
    answers = list(school.answers_to(student.number, without))
    assert sum(one != other for one, other in zip(answers[6:], student.answers[7:], strict=True)) >= 5


def test_the_storm_is_refused_in_production(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="development tool"):
        call_command("chaos", "--short")
