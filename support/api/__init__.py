"""The desk's JSON API: one list of routes (`urls.py`), a module per subject, each operation one call of a service."""
