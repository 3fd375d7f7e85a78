# One index for each filter of the list of tickets. They are built while the service runs.

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

PRESENT = Q(status__in=['OPEN', 'IN_PROGRESS']) | Q(chat_ended_at=None, chat_started_at__isnull=False)
FILTERS = {
    'ticket_by_priority': 'priority',
    'ticket_by_category': 'category',
    'ticket_by_holder': 'assigned_admin',
}


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('support', '0007_ticket_search'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='supportticket',
            index=models.Index(fields=[column, '-created_at', '-id'], name=name),
        )
        for name, column in FILTERS.items()
    ] + [
        AddIndexConcurrently(
            model_name='supportticket',
            index=models.Index(fields=['assigned_admin', 'conversation'], name='ticket_present', condition=PRESENT),
        ),
    ]
