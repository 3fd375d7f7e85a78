"""Several processes, one server."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.edubot.postgres.members import FORKING_MEMBER, Join, NewMember, is_server, log_of, server_of

pytestmark = pytest.mark.processes


def test_joining_twice_gives_one_server(used: Path, join: Join) -> None:
    first = join(used)
    pid = server_of(used)
    assert join(used) == first
    assert server_of(used) == pid


def test_two_processes_share_the_server_and_the_last_one_out_stops_it(used: Path, member: NewMember) -> None:
    first, second = (member(used).wait_until_joined() for _ in range(2))
    pid = server_of(used)
    assert first.leave() == ""
    assert is_server(pid)
    assert second.leave() == ""
    assert not is_server(pid)


def test_a_server_left_by_a_killed_process_is_joined_and_then_stopped(used: Path, member: NewMember) -> None:
    member(used).wait_until_joined().kill()
    pid = server_of(used)
    assert is_server(pid)
    late = member(used).wait_until_joined()
    assert server_of(used) == pid
    late.leave()
    assert not is_server(pid)


def test_four_first_commands_at_once_start_one_server(directory: Path, member: NewMember) -> None:
    members = [member(directory) for _ in range(4)]
    for one in members:
        one.wait_until_joined()
    for one in members:
        assert one.leave() == ""
    assert log_of(directory).count("LOG:  starting PostgreSQL") == 1
    assert log_of(directory).count("database system is shut down") == 1


def test_members_that_come_and_go_at_once_never_meet_a_missing_server(used: Path, member: NewMember) -> None:
    for _ in range(3):
        leaving, coming = member(used).wait_until_joined(), member(used)
        leaving.leave()
        coming.wait_until_joined()
        assert is_server(server_of(used))
        coming.leave()


def test_a_forked_child_keeps_the_server_that_its_parent_leaves(used: Path, member: NewMember) -> None:
    child = member(used, script=FORKING_MEMBER).wait_until_joined()
    child.process.wait(timeout=20)  # for the parent
    pid = server_of(used)
    assert is_server(pid)
    child.leave()
    assert not is_server(pid)


def test_ctrl_c_in_one_terminal_leaves_the_server_to_the_others(used: Path, member: NewMember) -> None:
    interrupted = member(used).wait_until_joined()
    other = member(used).wait_until_joined()
    interrupted.kill(signal.SIGINT)
    assert is_server(server_of(used))
    other.leave()
