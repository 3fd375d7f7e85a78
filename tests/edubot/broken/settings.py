"""The service's settings, with `urls` beside this file."""

from __future__ import annotations

from edubot.settings import *  # noqa: F403

ROOT_URLCONF = "tests.edubot.broken.urls"
