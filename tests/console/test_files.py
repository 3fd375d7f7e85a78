"""The console's files: what a browser loads at first, every sentence in every language, and the page."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from support.console import first_modules, style_of
from support.figures.table import FIGURES
from tests.processes import CHECKOUT
from whatsapp.inbound.messages import READERS

FOLDER = CHECKOUT / "support" / "static" / "console"
CATALOGUES = sorted(path.parent for path in FOLDER.rglob("words/en.js"))
KEY = re.compile(r'^\s*(?:export default \{ )?"([\w.]+)": ', re.MULTILINE)
USED = re.compile(r'\bt\("([\w.]+)"')
MOST = 60_000  # bytes, compressed
ADDRESSES = (
    *("/login", "/dashboard", "/conversations", "/conversations/+2348012345678", "/conversations/NG.ENT.abc"),
    *("/support-tickets", "/support-tickets/7"),
)


def compressed(name: str) -> int:
    path = finders.find(name)
    assert path, f"{name} is imported, and not there"
    return len(gzip.compress(Path(path).read_bytes()))


@pytest.mark.parametrize("page", ["login", "dashboard", "conversations", "tickets"])
def test_what_the_first_screen_loads_is_small(page: str) -> None:
    common = ("console/theme.js", "console/console.css")
    assert sum(compressed(name) for name in (*common, style_of(page), *first_modules(page))) <= MOST


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_every_sentence_is_there_in_every_language(folder: Path) -> None:
    catalogues = {path.stem: KEY.findall(path.read_text()) for path in folder.glob("*.js")}
    assert catalogues.keys() == {"en", "fr"}
    assert catalogues["en"]
    assert sorted(catalogues["en"]) == sorted(catalogues["fr"])
    assert len(catalogues["en"]) == len(set(catalogues["en"]))


def test_every_sentence_that_a_module_asks_for_is_in_a_catalogue() -> None:
    there = {key for folder in CATALOGUES for key in KEY.findall((folder / "en.js").read_text())}
    asked = {key for path in FOLDER.rglob("*.js") for key in USED.findall(path.read_text())}
    assert asked - there == set()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_of_message_that_can_be_stored_has_a_name(language: str) -> None:
    named = KEY.findall((FOLDER / "pages" / "conversations" / "words" / f"{language}.js").read_text())
    sent = {"text", "interactive", "template"}
    assert {f"kind.{kind}" for kind in {*READERS, *sent, "unknown"}} - set(named) == set()


def test_the_console_defines_each_figure_as_the_api_does() -> None:
    catalogue = (FOLDER / "pages" / "dashboard" / "words" / "en.js").read_text()
    told = {
        key: json.loads(words) for key, words in re.findall(r'^  "figure\.([\w.]+)": (".*"),$', catalogue, re.MULTILINE)
    }
    titles = {figure.name: figure.title for figure in FIGURES}
    assert told == titles | {f"{figure.name}.about": figure.definition for figure in FIGURES}


def test_no_module_makes_markup_or_script_out_of_strings() -> None:
    ways = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|style=")
    assert [path for path in FOLDER.rglob("*.js") if ways.search(path.read_text())] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_answers_with_the_page_under_a_strict_policy(client: Client, address: str) -> None:
    answer = client.get(address)
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not re.search(rb"<script>|<style|\son\w+=|\sstyle=", answer.content)


def test_the_front_door_leads_to_the_dashboard(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/dashboard"
