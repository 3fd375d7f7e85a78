"""The domain: people, their conversations, what comes in and what goes out."""

from __future__ import annotations

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Registers the domain's models and checks."""

    name = "conversations"
    verbose_name = "Conversations"
