"""The API's description: the schema for programs, a page for people. Both are public, as the code is."""

from __future__ import annotations

from django.urls import path

from edubot.api import docs

urlpatterns = [
    path("schema/", docs.schema, name="schema"),
    path("docs/", docs.page, name="docs"),
]
