"""The pictures of the documentation: the command takes them from a service of its own, and they stay small."""

from __future__ import annotations

import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from edubot.screenshots import camera, take
from edubot.screenshots.service import HOUR, zone_at
from edubot.screenshots.table import PICTURES
from tests.processes import eventually, running

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
DOCUMENTS = [IMAGES.parents[1] / "README.md", *IMAGES.parent.glob("*.md")]


@pytest.mark.browser
@pytest.mark.processes
@pytest.mark.skipif(camera.chromium() is None, reason="no Chromium on this machine")
def test_the_command_photographs_a_page_light_and_dark_on_a_desk_and_on_a_phone(tmp_path: Path) -> None:
    with running("screenshots", "tickets", "--conversations", "2", "--output", str(tmp_path)) as command:
        eventually(lambda: command.process.poll() is not None, 240)
    assert command.process.returncode == 0, command.output
    assert "4 pictures" in command.output
    sizes = {path.name: _opened(path).size for path in tmp_path.iterdir()}
    desk, phone = (1280, 800), (720, 1480)
    assert sizes == {
        **{f"tickets-desk-{scheme}.png": desk for scheme in ("dark", "light")},
        **{f"tickets-phone-{scheme}.png": phone for scheme in ("dark", "light")},
    }
    paper = {scheme: _brightness(tmp_path / f"tickets-desk-{scheme}.png") for scheme in ("dark", "light")}
    assert paper["dark"] < 80
    assert paper["light"] > 200


def _opened(path: Path) -> Image.Image:
    return Image.open(BytesIO(path.read_bytes()))


def _brightness(path: Path) -> int:
    """Of the colour that most of a picture has."""
    counted = _opened(path).convert("L").histogram()
    return counted.index(max(counted))


def test_a_picture_is_made_small_enough_to_keep() -> None:
    noise = Image.frombytes("RGB", (300, 300), os.urandom(300 * 300 * 3))
    into = BytesIO()
    noise.save(into, "PNG")
    small = camera.shrunk(into.getvalue())
    assert len(into.getvalue()) > 3 * camera.LARGEST
    assert len(small) <= camera.LARGEST
    assert Image.open(BytesIO(small)).size == noise.size


@pytest.mark.parametrize("hour", range(24))
def test_the_team_looks_at_the_same_hour_whenever_the_pictures_are_taken(hour: int) -> None:
    east = -int(zone_at(hour).removeprefix("Etc/GMT"))
    assert (hour + east) % 24 == HOUR


def test_what_is_missing_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="No picture is called nothing"):
        call_command("screenshots", "nothing")
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(CommandError, match="need Chromium"):
        call_command("screenshots", "login")


def test_every_picture_is_kept_small_and_shown_in_a_document() -> None:
    kept = {path.name: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert set(kept) == {shot.filename for shot in take.shots(PICTURES)}
    assert max(kept.values()) <= camera.LARGEST
    assert sum(kept.values()) <= 2_500_000
    words = "".join(path.read_text() for path in DOCUMENTS)
    assert [name for name in kept if name not in words] == []
