"""The groups of the team, with what each may see and do in Django admin (docs/architecture.md, roles)."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

SEEN = {
    "conversations": [
        *("contact", "conversation", "message", "attachment", "homework", "payment", "subscription"),
        *("faqtopic", "bottext", "accountnotice", "gate", "deliveryreport"),
    ],
    "support": ["supportticket", "supportmessage", "ticketchange", "category", "cannedreply", "holiday"],
}
AGENT = {
    "conversations": ["change_contact", "change_message", "change_homework", "change_payment", "change_accountnotice"],
    "support": ["change_supportticket"],
}
SUPERVISOR = {
    "conversations": [
        *("view_inboxitem", "change_inboxitem", "view_unreadablepost", "change_subscription", "change_gate"),
        *("add_faqtopic", "change_faqtopic", "delete_faqtopic", "add_bottext", "change_bottext", "delete_bottext"),
    ],
    "support": [
        *("add_category", "change_category", "delete_category"),
        *("add_cannedreply", "change_cannedreply", "delete_cannedreply"),
        *("add_holiday", "change_holiday", "delete_holiday"),
    ],
}


def make(apps, schema_editor):
    """Make the groups. Permissions are made by Django after all migrations, which is too late for this one."""
    using = schema_editor.connection.alias
    for label in ("conversations", "support"):
        create_permissions(installed.get_app_config(label), verbosity=0, using=using, apps=apps)
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")

    def grant(name, *tables):
        made, _ = group.objects.using(using).get_or_create(name=name)
        for table in tables:
            for label, codenames in table.items():
                found = permission.objects.using(using).filter(content_type__app_label=label, codename__in=codenames)
                made.permissions.add(*found)

    seen = {label: [f"view_{model}" for model in models] for label, models in SEEN.items()}
    grant("agent", seen, AGENT)
    grant("supervisor", seen, AGENT, SUPERVISOR)


class Migration(migrations.Migration):
    """Going back keeps the groups: people are in them."""

    dependencies = [
        ("support", "0001_initial"),
        ("conversations", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
