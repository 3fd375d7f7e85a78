"""`manage.py dev` as a person sees it: everything starts, keeps running, and is gone afterwards."""

from __future__ import annotations

import json
import re
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from conversations.models import FaqTopic
from edubot import starter
from edubot.server.run import listen
from tests.processes import Command, eventually, free_port, running

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


class Desk:
    """A running `manage.py dev`."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.tree = psutil.Process(command.process.pid)
        found = re.search(r"http://127\.0\.0\.1:(\d+)/admin/", command.output)
        assert found, command.output
        self.port = int(found[1])

    def child(self, name: str, *, instead_of: psutil.Process | None = None) -> psutil.Process:
        """The process that runs `manage.py NAME`, once it is another one than that."""

        def found() -> list[psutil.Process]:
            with suppress(psutil.Error):  # one that is just ending
                return [child for child in self.tree.children() if child != instead_of and name in child.cmdline()]
            return []

        return eventually(found)[0]

    def get(self, path: str) -> Any:
        """What a JSON address answers."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def is_served(self) -> bool:
        """Whether anybody listens."""
        with closing(socket.socket()) as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def starting(database_url: str, var: Path, port: int) -> Iterator[Command]:
    """`manage.py dev`, just called."""
    # Empty: as on a machine where nobody has configured anything; DEBUG and SIMULATOR are for `dev` itself to set.
    unset = dict.fromkeys(
        [
            *("DEBUG", "SIMULATOR", "SECRET_KEY", "JWT_SIGNING_KEY", "LOG_LEVEL", "WHATSAPP_API_URL"),
            *("WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"),
        ],
        "",
    )
    variables = unset | {"DATABASE_URL": database_url, "EDUBOT_VAR_DIR": str(var), "PORT": str(port)}
    with running("dev", pass_fds=(), **variables) as command:
        yield command


@contextmanager
def dev(database_url: str, var: Path, port: int) -> Iterator[Desk]:
    """`manage.py dev`, ready."""
    with starting(database_url, var, port) as command:
        command.says("Ctrl-C stops everything.")
        yield Desk(command)


def test_it_starts_everything_keeps_it_running_and_stops_it(database_url: str, tmp_path: Path) -> None:
    with dev(database_url, tmp_path, free_port()) as desk:
        assert desk.get("/health/ready")["worker"] == "ok"
        processes = desk.tree.children(recursive=True)
        desk.child("web").kill()
        assert desk.get("/health/live") == {"status": "ok"}  # the caller waits instead of being refused
        worker = desk.child("worker")
        worker.kill()
        desk.child("worker", instead_of=worker)
        assert "worker | ended with code -9; it is started again" in desk.command.output

        processes += desk.tree.children(recursive=True)
        code, seconds = desk.command.stop(signal.SIGINT)
        assert (code, seconds < 12) == (0, True), desk.command.output
        assert not any(process.is_running() for process in processes)
    assert "Traceback" not in desk.command.output


def test_the_first_password_is_shown_once_and_works(database_url: str, tmp_path: Path) -> None:
    with dev(database_url, tmp_path, free_port()) as desk:
        shown = re.search(r"as (\w+) with the password (\S+) ", desk.command.output)
        assert shown
        user = authenticate(username=shown[1], password=shown[2])
        assert isinstance(user, User)
        assert user.is_superuser
        desk.command.stop(signal.SIGTERM)
    with dev(database_url, tmp_path, free_port()) as again:
        assert "password" not in again.command.output


def test_whoever_breaks_off_the_first_start_has_the_password(database_url: str, tmp_path: Path) -> None:
    with starting(database_url, tmp_path, free_port()) as command:
        command.says("with the password")
        code, _ = command.stop(signal.SIGINT)
    assert code in {0, 130}, command.output  # it had begun to start web and worker, or had not
    assert "Ctrl-C stops everything." not in command.output
    shown = re.search(r"as (\w+) with the password (\S+) ", command.output)
    assert shown
    assert authenticate(username=shown[1], password=shown[2])


def test_when_it_is_killed_its_children_do_not_stay(database_url: str, tmp_path: Path) -> None:
    with dev(database_url, tmp_path, free_port()) as desk:
        children = desk.tree.children(recursive=True)
        desk.command.process.kill()
        eventually(lambda: not any(child.is_running() for child in children), seconds=15)
        assert not desk.is_served()


def test_a_taken_port_makes_it_take_the_next_one_and_say_so(database_url: str, tmp_path: Path) -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with dev(database_url, tmp_path, port) as desk:
            assert f"port {port} is taken" in desk.command.output
            assert port < desk.port < port + 20


class TestStarter:
    """What a fresh installation gets, and an old one keeps."""

    def test_the_faq_topics_come_once(self) -> None:
        starter.faq_topics()
        FaqTopic.objects.filter(slug="homework").delete()
        kept = set(FaqTopic.objects.values_list("slug", "language"))
        starter.faq_topics()
        assert set(FaqTopic.objects.values_list("slug", "language")) == kept

    def test_the_faq_topics_fit_whatsapp_in_both_languages(self) -> None:
        starter.faq_topics()
        for topic in FaqTopic.objects.all():
            topic.full_clean()
        slugs = [set(FaqTopic.objects.filter(language=one).values_list("slug", flat=True)) for one in ("en", "fr")]
        assert slugs[0] == slugs[1]
        assert len(slugs[0]) >= 5

    def test_an_installation_with_an_administrator_gets_no_other(self, admin_user: User) -> None:
        assert starter.first_admin() is None
        assert User.objects.count() == 1
