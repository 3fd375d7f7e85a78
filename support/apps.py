"""The support desk."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class SupportConfig(AppConfig):
    """Registers how the desk fulfils the bot's wishes and what it does when two persons turn out to be one."""

    name = "support"
    verbose_name = "Support desk"

    def ready(self) -> None:
        """Import the registrations."""
        from support import checks, effects, merging  # noqa: F401
        from support.accounts import signals  # noqa: F401
        from support.alerts import at_once  # noqa: F401


class DeskAdminConfig(admin.AdminConfig):
    """Django admin with our site (settings.INSTALLED_APPS)."""

    default = False  # "support" means the other one
    default_site = "support.site.DeskSite"
