# The search for a part of a name or an issue. The index is built while the service runs.

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.models.functions import Upper


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0005_search'),
        ('support', '0006_events'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='supportticket',
            index=GinIndex(
                *(OpClass(Upper(column), name='gin_trgm_ops') for column in ('sender_name', 'issue_description')),
                name='ticket_parts',
            ),
        ),
    ]
