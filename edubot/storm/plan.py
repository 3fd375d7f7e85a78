"""What is to happen in a phase of the storm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

WEB_FAILPOINTS = ("web.before_commit", "web.after_commit")
WORKER_FAILPOINTS = (
    *("proc.before_commit", "proc.after_commit"),
    *("send.after_claim", "send.after_write", "send.after_response", "send.before_record", "reports.before_commit"),
)
FAILPOINTS = WEB_FAILPOINTS + WORKER_FAILPOINTS
# At which pass a process dies there: the sooner, the more messages share one pass; the later, the longer what is in
# doubt after a death is held.
PASSES = {
    **dict.fromkeys(FAILPOINTS, 12),
    **dict.fromkeys(["send.before_record", "reports.before_commit"], 5),
    **dict.fromkeys(WEB_FAILPOINTS, 6),
    **dict.fromkeys(["send.after_claim", "send.after_write"], 20),
}
WEBS, WORKERS = ("web-1", "web-2"), ("worker-1", "worker-2")
NAMES = (*WEBS, *WORKERS)
SPARED = ("web-2", "worker-2")  # by a soak
SLOW = "slow"  # the Graph API takes its time, and answers properly
# How the Graph API can be away; after two of these somebody has to say that the account is in order again.
UNREACHABLE, TOKEN_REFUSED, ACCOUNT_LOCKED = "unreachable", "token_refused", "account_locked"
BY_HAND = {TOKEN_REFUSED, ACCOUNT_LOCKED}

# What the Graph API does instead of answering properly, with the share of sends it does it to (see `deck`). "after":
# the message was taken in truth.
FAULTS: Mapping[str, float] = {
    "error_500": 0.005,
    "error_500_after": 0.005,
    "number_too_fast": 0.001,
    "throttled_429": 0.001,
    "person_too_fast": 0.005,
    "hangs": 0.002,
    "hangs_after": 0.002,
    "resets": 0.01,
    "resets_after": 0.01,
    "malformed_after": 0.01,
    "undeliverable": 0.003,
    "window_closed": 0.003,
}
# Those of them after which nobody can know whether the message was taken.
AMBIGUOUS: Mapping[str, float] = {
    "error_500": 0.03,
    "error_500_after": 0.03,
    "resets": 0.03,
    "resets_after": 0.03,
    "malformed_after": 0.03,
}
ONCE_IN = 200  # in the short storm each fault strikes one send in so many, or more
DECK = 20  # sends that are dealt their fates together, at least
DEATHS, EVERY = 200, 2.0  # without delivery reports: how many processes are killed, and the mean time between two kills


@dataclass(frozen=True, slots=True)
class Phase:
    """One storm. Times in seconds; shares between 0 and 1."""

    name: str
    messages: int = 500
    students: int = 50
    seed: int = 1
    burst: int = 5  # messages of one student in one go, at most
    faults: Mapping[str, float] = field(default_factory=dict)
    kills: float = 0.0  # mean time between two kills of a web or worker process; 0: none
    crashes: float = 0.0  # mean time between two crashes of PostgreSQL; 0: none
    rolling: float = 0.0  # time between two restarts of a deploy that takes one process after the other; 0: none
    killed: Sequence[str] = NAMES  # among these one is drawn for each kill
    spared: Sequence[str] = ()  # processes that go on all the time, and are watched
    pace: float = 0.0  # messages a second that are said at most; 0: as fast as they are answered
    failpoint: str = ""  # where every process dies, again and again
    passes: int = 10  # at which pass it dies
    freezes: bool = False  # one worker is stopped there for far longer than its lease, instead of dying
    outage: str = ""  # how the Graph API is away while everything is said; it comes back afterwards
    outage_lasts: float = 0.0  # at least
    rate: int = 0  # messages a second that may leave (OUTBOX_RATE); 0: the usual pace
    person_rate: int = 10  # where there is a rate, messages a minute to one student (OUTBOX_PERSON_RATE)
    chats: float = 0.0  # share of the students who ask for support, and are answered by staff
    replies: int = 4  # of staff to each of them
    statuses: bool = True
    twice_at_once: float = 0.05
    again_later: float = 0.05
    poison: float = 0.10
    forged: float = 0.02
    lost_statuses: float = 0.03
    longest: float = 600.0  # after which no more is posted, whatever is left
    patience: float = 60.0  # while what is under way becomes no less


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the service holds and leases (OUTBOX_HOLD, OUTBOX_LEASE), how many messages may leave in a second
    (OUTBOX_RATE), and how many sends a worker has under way at most (OUTBOX_SLOTS).
    """

    hold: int = 4
    lease: int = 4
    rate: int = 400
    slots: int = 48


BRISK = Pace(hold=3, lease=3)  # for storms of seconds


def deck(faults: Mapping[str, float]) -> list[str]:
    """The fates of so many sends as it takes for each fault to strike at least one of them; "" is a proper answer."""
    size = max(DECK, *(round(1 / share) for share in faults.values())) if faults else DECK
    struck = [fault for fault, share in faults.items() for _ in range(max(1, round(share * size)))]
    return struck + [""] * (size - len(struck))


def short(seed: int) -> list[list[Phase]]:
    """What every change has to pass: under two minutes. Two storms, to be played at the same time: most of a failpoint
    is waiting for processes to start and for what is in doubt.
    """
    often = {fault: max(share, 1 / ONCE_IN) for fault, share in FAULTS.items()}
    faulty = Phase("faults and kills", seed=seed, faults=often, kills=1.5, crashes=6.0, chats=0.12, pace=50.0)
    small = Phase("", messages=100, students=25, seed=seed)
    unreported = replace(small, name="no delivery reports", messages=50, faults=AMBIGUOUS, statuses=False)
    refused = replace(small, name="access token refused", outage=TOKEN_REFUSED)
    locked = replace(small, name="account locked", outage=ACCOUNT_LOCKED)
    deploy = replace(
        small, name="rolling restarts", messages=45, faults={SLOW: 0.5}, rolling=1.0, pace=10.0, chats=0.12
    )
    *six, seventh, eighth, ninth = failing(50, seed)
    clean = Phase("clean", seed=seed)
    return [[clean, faulty, unreported, refused, locked, deploy, seventh, eighth, ninth], six]


def failing(messages: int, seed: int) -> list[Phase]:
    """A storm for each failpoint, at which every process that passes it dies again and again."""
    return [
        Phase(name, messages, messages // 10, seed + number, failpoint=name, passes=PASSES[name])
        for number, name in enumerate(FAILPOINTS)
    ]


def long(messages: int, seed: int) -> Phase:
    """A big one, for a release."""
    return Phase(
        f"storm, seed {seed}",
        messages,
        max(10, messages // 100),
        seed,
        faults=FAULTS,
        kills=11.0,
        crashes=90.0,
        rolling=60.0,
        chats=0.04,
        replies=20,
        patience=180.0,
    )


def unreported(messages: int, seed: int, deaths: int = DEATHS) -> Phase:
    """Meta reports nothing, so that only the answers to our sends tell what was taken; so many processes, workers most
    of them, are killed meanwhile (0: as many as it happens to be).
    """
    return replace(
        long(messages, seed),
        name=f"no delivery reports, seed {seed}",
        statuses=False,
        killed=(*WEBS, *3 * WORKERS),
        kills=EVERY,
        rolling=0.0,
        pace=messages / (1.1 * EVERY * deaths) if deaths else 0.0,
    )


def outage(messages: int, seed: int, seconds: float) -> Phase:
    """The Graph API cannot be reached for so long, while as many replies queue up; they leave at Meta's usual
    limits, in all and to each student: a hundred wait for each, which are more than may go to one person at once.
    """
    return replace(
        long(messages, seed),
        name=f"unreachable for {seconds:.0f} s, seed {seed}",
        faults={},
        kills=0.0,
        crashes=0.0,
        rolling=0.0,
        chats=0.0,
        outage=UNREACHABLE,
        outage_lasts=seconds,
        rate=80,
    )


def soak(minutes: float, pace: float, seed: int) -> Phase:
    """So many messages a second for so long, with a restart every minute and a death every five; half of the processes
    are spared, so that it shows what time does to them.
    """
    return replace(
        long(round(pace * 60 * minutes), seed),
        name=f"{minutes:.0f} minutes, seed {seed}",
        kills=300.0,
        crashes=0.0,
        spared=SPARED,
        pace=pace,
        longest=60 * minutes + 300,
    )
