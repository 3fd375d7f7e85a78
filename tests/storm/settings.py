"""The service's settings with one seeded defect: EDUBOT_MUTANT names it (`tests.storm.mutants`)."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from edubot.settings import *  # noqa: F403
from edubot.settings import INSTALLED_APPS

if os.environ.get("EDUBOT_TEST") != "1" and "EDUBOT_MUTANT" in os.environ:
    raise ImproperlyConfigured("EDUBOT_MUTANT is for tests alone: it needs EDUBOT_TEST=1.")
INSTALLED_APPS = [*INSTALLED_APPS, "tests.storm.apps.Mutated"]
