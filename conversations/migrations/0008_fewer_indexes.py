# Indexes that each webhook and each message paid for and nobody read. Nothing of ours looks for the beginning of a key
# or of a wamid (`_like`), and `message_thread` begins with the conversation. They go while the service runs.

from django.db import migrations, models
from django.db.models import deletion

UNREAD = {
    "conversations_inboxitem_key_e3d6b078_like": "conversations_inboxitem (key varchar_pattern_ops)",
    "conversations_message_provider_id_249db6b5_like": "conversations_message (provider_id varchar_pattern_ops)",
}
COVERED = {"conversations_message_conversation_id_f1a2d5e9": "conversations_message (conversation_id)"}


def gone(indexes):
    return [
        migrations.RunSQL(
            f"DROP INDEX CONCURRENTLY IF EXISTS {name};", f"CREATE INDEX CONCURRENTLY {name} ON {columns};"
        )
        for name, columns in indexes.items()
    ]


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0007_list_indexes'),
    ]

    operations = [
        *gone(UNREAD),
        migrations.SeparateDatabaseAndState(
            database_operations=gone(COVERED),
            state_operations=[
                migrations.AlterField(
                    model_name='message',
                    name='conversation',
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=deletion.CASCADE,
                        related_name='messages',
                        to='conversations.conversation',
                    ),
                ),
            ],
        ),
    ]
