# One index for each list of the desk. They are built while the service runs.

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0006_search_by_stretch'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(fields=['state', '-last_message_at', '-id'], name='conversation_by_state'),
        ),
        AddIndexConcurrently(
            model_name='conversation',
            index=models.Index(
                fields=['-last_message_at', '-id'], name='conversation_unread', condition=Q(unread_count__gt=0)
            ),
        ),
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(
                fields=['conversation'],
                name='message_troubles',
                condition=Q(delivery_status__in=['failed', 'unknown'], hold_until=None),
            ),
        ),
        AddIndexConcurrently(
            model_name='homework',
            index=models.Index(fields=['-created_at', '-id'], name='homework_newest_first'),
        ),
    ]
