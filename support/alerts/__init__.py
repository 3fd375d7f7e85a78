"""Mail about what waits or has gone wrong, to those who can do something about it.

    kinds      what is told, how often at most, and to whom: a table
    memory     what was told when: nothing is told twice within its period
    letters    the words: short, with links, without a word of a student's or a whole phone number
    recipients who gets them
    quiet      the hours in which only the critical is told

`run` decides what to tell and queues the mail in the same transaction (support.tasks); nothing is sent inside one.
"""

from support.alerts.kinds import BY_NAME, KINDS, Kind
from support.alerts.letters import Letter, send
from support.alerts.run import Told, run

__all__ = ["BY_NAME", "KINDS", "Kind", "Letter", "Told", "run", "send"]
