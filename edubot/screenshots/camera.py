"""A browser that photographs pages, on a desk and on a phone, and files that are small enough to keep."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nlargest
from io import BytesIO
from pathlib import Path
from typing import Literal, cast

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars")
LARGEST = 80_000  # bytes of a picture
COLOURS = (256, 128, 96, 64, 48, 32)
PATIENCE = 15_000  # milliseconds until a page stands still

# Inter where it is installed (fonts-inter), whatever a machine's own choice: Chromium asks for no family by name.
_FONTS = """<?xml version="1.0"?>
<fontconfig>
  <match target="pattern"><edit name="family" mode="append_last"><string>sans-serif</string></edit></match>
  <alias binding="same"><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
  <include>{system}</include>
</fontconfig>
"""

Scheme = Literal["light", "dark"]

# Of what is in sight nothing loads and no picture is missing, and nothing moves.
_STILL = """() => {
  const isSeen = (each) => {
    const { top, bottom, height } = each.getBoundingClientRect();
    return height > 0 && bottom > 0 && top < innerHeight;
  };
  return ![...document.querySelectorAll(".loading, .boot, .media-room")].some(isSeen)
    && [...document.images].filter(isSeen).every((each) => each.complete)
    && !document.getAnimations().some((each) => each.playState === "running");
}"""


@dataclass(frozen=True)
class Screen:
    """What somebody looks at: its size in CSS pixels, and how many of the picture's stand for one of them."""

    name: str
    width: int
    height: int
    scale: int = 1
    is_touched: bool = False


DESK = Screen("desk", 1280, 800)
PHONE = Screen("phone", 360, 740, scale=2, is_touched=True)


def chromium() -> str | None:
    """Where this machine has a Chromium, if it has one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def browser(path: str, home: Path) -> Iterator[Browser]:
    """The browser at this path, until the end of the block; what it is told of fonts stands in `home`."""
    fonts = home / "fonts.conf"
    fonts.write_text(_FONTS.format(system=os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")))
    environment: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(FLAGS), env=environment)
        yield opened
        opened.close()


def window(opened: Browser, address: str, zone: str, screen: Screen, scheme: Scheme) -> BrowserContext:
    """A browser of its own for one screen and one colour scheme, in British English, in which nothing is animated."""
    return opened.new_context(
        base_url=address,
        viewport={"width": screen.width, "height": screen.height},
        device_scale_factor=screen.scale,
        has_touch=screen.is_touched,
        is_mobile=screen.is_touched,
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id=zone,
    )


def photograph(page: Page) -> bytes:
    """The page as it stands still, as a small PNG. Raises playwright's TimeoutError where it never does."""
    for frame in page.frames:
        frame.wait_for_function(_STILL, timeout=PATIENCE)
    return shrunk(page.screenshot(animations="disabled", caret="hide"))


def shrunk(png: bytes) -> bytes:
    """A picture with as many colours as fit into LARGEST bytes; with the fewest where none does."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    made = b""
    for colours in COLOURS:
        into = BytesIO()
        palette = _palette(picture, colours)
        picture.quantize(palette=palette, dither=Image.Dither.NONE).save(into, "PNG", optimize=True)
        made = into.getvalue()
        if len(made) <= LARGEST:
            break
    return made


def _palette(picture: Image.Image, colours: int) -> Image.Image:
    """Half of the colours are the commonest as they are, which are the surfaces; the others cover what is left."""
    counted = picture.getcolors(picture.width * picture.height) or []
    commonest = [
        channel for _, colour in nlargest(colours // 2, counted) for channel in cast("tuple[int, ...]", colour)
    ]
    others = picture.quantize(colours // 2, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(commonest + others)
    return palette
