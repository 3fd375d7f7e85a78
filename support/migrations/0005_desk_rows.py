"""What the new columns say of tickets that were there before, and who may write the new tables in Django admin."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import F, OuterRef, Subquery

SEEN = ("escalationrule", "messagetemplate", "mailedalert")
WRITTEN = ("escalationrule", "messagetemplate")  # by supervisors


def fill(apps, schema_editor):
    """Tickets without an answer wait since they were opened; a live chat belongs to its newest ticket."""
    tickets = apps.get_model("support", "SupportTicket").objects.using(schema_editor.connection.alias)
    unanswered = tickets.filter(status__in=["OPEN", "IN_PROGRESS"], first_response_at=None)
    unanswered.update(waiting_since=F("created_at"))
    open_still = tickets.exclude(status="CLOSED").filter(conversation__state="chat_support_active")
    newest = open_still.filter(conversation=OuterRef("conversation")).order_by("-id").values("pk")[:1]
    live = list(open_still.filter(pk=Subquery(newest)).values_list("pk", flat=True))
    tickets.filter(pk__in=live).update(chat_started_at=F("created_at"))


def grant(apps, schema_editor):
    """Let the team see the new tables, and supervisors write them."""
    using = schema_editor.connection.alias
    create_permissions(installed.get_app_config("support"), verbosity=0, using=using, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(using).filter(content_type__app_label="support")
    groups = apps.get_model("auth", "Group").objects.using(using)
    for name in ("agent", "supervisor"):
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*permissions.filter(codename__in=[f"view_{model}" for model in SEEN]))
    verbs = [f"{verb}_{model}" for verb in ("add", "change", "delete") for model in WRITTEN]
    groups.get(name="supervisor").permissions.add(*permissions.filter(codename__in=verbs))


class Migration(migrations.Migration):

    dependencies = [("support", "0004_desk")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
