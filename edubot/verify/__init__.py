"""Acceptance, played: what a student, the team and an integrator are promised, tried on the running service.

Everything goes the way it goes in life: in by the signed webhook, out by the stand-in for the Graph API, at the desk by
the JSON API and the pages. `stage.py` has the people who play, `student.py` what a student does and hears, the other
modules a category or two each; `categories.py` lists them.
"""

from __future__ import annotations
