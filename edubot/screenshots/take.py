"""Taking the pictures: for each screen and scheme one browser that is logged in, and one that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from playwright.sync_api import Page

from edubot.screenshots import camera
from edubot.screenshots.camera import Scheme, Screen
from edubot.screenshots.service import Service
from edubot.screenshots.table import Picture

DESK, SIGN_IN = "/simulator/desk", "/simulator/desk/sign-in"


@dataclass(frozen=True)
class Shot:
    """One file to be made."""

    picture: Picture
    screen: Screen
    scheme: Scheme

    @property
    def filename(self) -> str:
        """As the documents name it."""
        return f"{self.picture.name}-{self.screen.name}-{self.scheme}.png"


def shots(pictures: Sequence[Picture]) -> list[Shot]:
    """Every file of these pictures."""
    schemes: tuple[Scheme, ...] = get_args(Scheme)
    return [Shot(picture, screen, scheme) for picture in pictures for screen in picture.screens for scheme in schemes]


def take(wanted: Sequence[Shot], service: Service, path: str, into: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """Make the files, one after the other, with the browser at `path`; each as soon as it is there."""
    into.mkdir(parents=True, exist_ok=True)
    with camera.browser(path, service.home) as opened:
        for number, shot in enumerate(wanted, start=1):
            say(f"[{number}/{len(wanted)}] {shot.filename}")
            window = camera.window(opened, service.address, service.zone, shot.screen, shot.scheme)
            file = into / shot.filename
            file.write_bytes(_photograph(window.new_page(), shot.picture))
            window.close()
            yield file


def _photograph(page: Page, picture: Picture) -> bytes:
    if picture.is_inside:
        with page.expect_response(f"**{SIGN_IN}"):
            page.goto(DESK)
    page.goto(picture.address)
    picture.act(page)
    return camera.photograph(page)
