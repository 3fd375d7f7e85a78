#!/usr/bin/env python
"""Every command of EduBot: `python manage.py help`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one command. What the person at the keyboard can mend is told in one sentence, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edubot.settings")
    if sys.argv[1:2] in (["dev"], ["bench"]):
        os.environ.setdefault("DEBUG", "true")
        os.environ.setdefault("SIMULATOR", "true")

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    from edubot.processes import INTERRUPTED, end_when_asked, follow_parent

    follow_parent()
    end_when_asked()
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except ImproperlyConfigured as error:
        sys.exit(f"EduBot cannot start: {error}")
    except OperationalError as error:
        from edubot.database import explain

        if sentence := explain(error):
            sys.exit(sentence)
        raise


if __name__ == "__main__":
    main()
