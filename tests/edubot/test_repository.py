"""Promises about the files of the repository themselves."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
import subprocess
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.processes import CHECKOUT

# The oldest versions without a known weakness that concerns us, and what older ones have.
FLOOR = {
    "django": (
        "5.2.19",
        "SQL injection through dict arguments (CVE-2025-57833, -59681, -64459, -13372, CVE-2026-1287)",
    ),
    "djangorestframework-simplejwt": ("5.5.1", "deactivated users kept access (CVE-2024-22513)"),
    "djangorestframework": ("3.15.2", "cross-site scripting in the browsable API (CVE-2024-21520)"),
    "requests": ("2.32.4", "credentials of .netrc sent to other hosts (CVE-2024-47081)"),
    "urllib3": ("2.6.3", "decompression bombs (CVE-2025-66418, CVE-2026-21441)"),
    "pillow": ("11.3.0", "a heap overflow in DDS files (CVE-2025-48379)"),
    "h11": ("0.16.0", "request smuggling through chunked bodies (CVE-2025-43859)"),
    "pyjwt": ("2.10.1", "issuers compared by their beginnings (CVE-2024-53861)"),
    "sqlparse": ("0.5.0", "deep nesting exhausts the stack (CVE-2024-4340)"),
}
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
ENTRY = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^ ;\\]+)(?P<rest>.*(?:\n    .*)*)", re.MULTILINE)
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.name}" for path in sorted((CHECKOUT / "docs").glob("*.md"))),
)
PATH = re.compile(r"\.?[\w*-][\w.*-]*(?:/[\w.*-]+)*/?")
KINDS = (".py", ".js", ".css", ".html", ".md", ".toml", ".txt", ".in", ".sh", ".json", ".service", ".png", "/")
MADE = ("var", ".venv")  # by a checkout, for itself
# Where a build machine or a package registry has no business in a repository (written apart, or this line would count).
FOREIGN = re.compile(r"files\.python" + r"hosted|pypi" + r"\.org|registry\.npm" + r"js|/home/[a-z]+/|/Users/[a-z]+/")


def pinned() -> dict[str, re.Match[str]]:
    texts = [(CHECKOUT / name).read_text() for name in REQUIREMENTS]
    return {found["name"]: found for text in texts for found in ENTRY.finditer(text)}


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := CHECKOUT / name).is_file()]


def variables_read() -> Iterator[str]:
    """The names that settings ask the environment for."""
    tree = ast.parse((CHECKOUT / "edubot" / "settings.py").read_text())
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        first = node.args[0]
        if ast.unparse(node.func.value) in ("env", "os.environ") and isinstance(first, ast.Constant):
            yield str(first.value)


def example() -> list[str]:
    return (CHECKOUT / ".env.example").read_text().splitlines()


def named(text: str) -> set[str]:
    """The files and folders that a document names in backticks, alone or within a command."""
    folders = {path.name for path in CHECKOUT.iterdir() if path.is_dir()} - set(MADE)
    words = {word.partition("::")[0] for quoted in re.findall(r"`([^`\n]+)`", text) for word in quoted.split()}
    paths = {word for word in words if PATH.fullmatch(word) and word.partition("/")[0] not in MADE}
    return {path for path in paths if path.endswith(KINDS) or ("/" in path and path.partition("/")[0] in folders)}


@pytest.mark.parametrize("package", sorted(FLOOR))
def test_no_package_is_older_than_its_last_known_weakness(package: str) -> None:
    floor, weakness = FLOOR[package]
    assert as_numbers(pinned()[package]["version"]) >= as_numbers(floor), weakness


def test_every_requirement_is_pinned_with_hashes() -> None:
    assert len(pinned()) > 50
    assert [name for name, found in pinned().items() if "--hash=sha256:" not in found["rest"]] == []
    lines = [line for name in REQUIREMENTS for line in (CHECKOUT / name).read_text().splitlines()]
    assert [line for line in lines if line and line[0] not in " #" and "==" not in line] == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_what_is_asked_for_is_what_is_pinned(name: str) -> None:
    asked = (CHECKOUT / name).with_suffix(".in").read_text().splitlines()
    names = {re.split(r"[~=<>\[; ]", line)[0].lower() for line in asked if line and line[0] not in "#-"}
    assert names <= pinned().keys()


def test_the_example_lists_every_variable_that_settings_read() -> None:
    listed = {found[1] for line in example() if (found := re.match(r"(?:# )?([A-Z][A-Z0-9_]*)=", line))}
    assert listed == set(variables_read())


def test_every_variable_of_the_example_is_explained() -> None:
    comment = ""
    for line in example():
        if re.match(r"(?:# )?[A-Z][A-Z0-9_]*=", line):
            assert len(comment) > 15, f"{line} has no comment"
        else:
            comment = line  # one comment may explain the several lines that follow it


def test_the_procfile_names_commands_that_exist() -> None:
    lines = (CHECKOUT / "Procfile").read_text().splitlines()
    processes = dict(line.split(": ", 1) for line in lines)
    assert list(processes) == ["release", "web", "worker"]
    for command in processes.values():
        python, manage, name, *_ = command.split()
        assert (python, manage) == ("python", "manage.py")
        assert name in get_commands()


def test_the_units_of_a_machine_name_commands_that_exist() -> None:
    units = {path.name: path.read_text() for path in (CHECKOUT / "deploy").glob("*.service")}
    found = {name: re.findall(r"^ExecStart=.*manage\.py (\w+)", text, re.MULTILINE) for name, text in units.items()}
    assert found == {
        "edubot-web.service": ["web"],
        "edubot-worker.service": ["worker"],
        "edubot-backup.service": ["backup"],
    }
    assert {"web", "worker", "backup"} <= get_commands().keys()
    settings = {line for text in units.values() for line in text.splitlines() if line.startswith("Environment=")}
    assert settings == {"Environment=HOST=127.0.0.1"}  # nobody but the proxy gets at it


def test_nobody_but_backups_holds_the_password_of_the_tables_owner() -> None:
    units = {path.name: path.read_text() for path in (CHECKOUT / "deploy").glob("*.service")}
    read = {name: set(re.findall(r"^EnvironmentFile=(.+)$", text, re.MULTILINE)) for name, text in units.items()}
    assert read == {
        "edubot-web.service": {"/etc/edubot.env"},
        "edubot-worker.service": {"/etc/edubot.env"},
        "edubot-backup.service": {"/etc/edubot.env", "-/etc/edubot-owner.env"},
    }


def test_what_old_and_killed_backups_leave_is_taken_out(tmp_path: Path) -> None:
    unit = (CHECKOUT / "deploy" / "edubot-backup.service").read_text()
    ages = {"new.edubot": 0, "old.edubot": 15, ".new.edubot.part": 0, ".old.edubot.part": 0.1, "else": 15}  # days
    for name, days in ages.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, time.time() - days * 24 * 3600))
    for command in re.findall(r"^ExecStart(?:Pre|Post)=(.+)$", unit, re.MULTILINE):
        subprocess.run(command.replace("/var/backups/edubot", str(tmp_path)).split(), check=True)  # noqa: S603
    assert {path.name for path in tmp_path.iterdir()} == {"new.edubot", ".new.edubot.part", "else"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document: str) -> None:
    """From the top, or by the end of its path where the text says which folder it speaks of."""
    files = [path.relative_to(CHECKOUT) for path in tracked()]
    folders = {folder for path in files for folder in path.parents}
    there = [f"/{path}" for path in files] + [f"/{folder}{end}" for folder in folders for end in ("", "/")]
    paths = named((CHECKOUT / document).read_text())
    assert {path for path in paths if not fnmatch.filter(there, f"*/{path}")} == set()


def test_no_file_names_a_registry_or_somebodys_machine() -> None:
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        assert not FOREIGN.search(text), path


def test_no_secret_was_ever_written_into_a_file() -> None:
    token = re.compile(r"EAA[A-Za-z0-9]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|sk_live_[A-Za-z0-9]+")
    found = [path for path in tracked() if token.search(path.read_bytes().decode("latin-1"))]
    assert [path for path in found if "fixtures" not in path.parts] == []  # a certificate of the tests' own server


def test_nothing_that_a_checkout_makes_for_itself_is_kept() -> None:
    assert [path for path in tracked() if path.relative_to(CHECKOUT).parts[0] in (".env", "var", ".venv")] == []


def test_python_is_the_oldest_one_we_promise() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["mypy"]["python_version"] == "3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"


class TestMake:
    """What `make` says before anything works."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A checkout in a path with a space, with a Python that is not what it should be."""
        folder = tmp_path / "a checkout"
        folder.mkdir()
        for name in ("Makefile", "requirements.txt"):
            (folder / name).write_text((CHECKOUT / name).read_text())
        return folder

    @staticmethod
    def make(folder: Path, python: str) -> str:
        fake = folder / "python"
        fake.write_text(f"#!/bin/sh\n{python}\n")
        fake.chmod(0o755)
        done = subprocess.run(
            ["make", "install", "PYTHON=./python"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert not (folder / ".venv").exists()
        return done.stdout

    def test_a_missing_venv_module_is_named_with_its_package(self, folder: Path) -> None:
        said = self.make(folder, 'case "$1" in -m) mkdir -p .venv; exit 1;; esac')
        assert "apt-get install python3-venv" in said

    def test_an_old_python_is_refused(self, folder: Path) -> None:
        said = self.make(folder, 'case "$1" in -c) exit 1;; --version) echo "Python 3.9.2";; esac')
        assert "EduBot needs Python 3.11 or newer; this is Python 3.9.2." in said
