"""Live events, and the triggers that write them.

A trigger misses nothing: `QuerySet.update`, `bulk_update`, SQL, Django admin and the previous release write events like
everybody else, in their own transaction and without another round trip. Measured: conversations.events.
"""

from django.db import migrations, models

import conversations.models.events

CREATE = """
CREATE FUNCTION conversations_note_event(kind text, subject bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('edubot.quiet', true) = 'on' THEN RETURN; END IF;
    INSERT INTO conversations_liveevent (kind, subject) VALUES (kind, subject) ON CONFLICT DO NOTHING;
END $$;

-- The kind is the trigger's argument, the subject is the row.
CREATE FUNCTION conversations_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conversations_note_event(TG_ARGV[0], COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END $$;

CREATE TRIGGER message_added AFTER INSERT ON conversations_message
    FOR EACH ROW EXECUTE FUNCTION conversations_row_changed('message');
CREATE TRIGGER message_revoked AFTER UPDATE ON conversations_message
    FOR EACH ROW WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at)
    EXECUTE FUNCTION conversations_row_changed('message');

-- Not `sending`: for people it is the same as queued, and every message is at it for a moment.
CREATE TRIGGER message_delivery AFTER UPDATE ON conversations_message
    FOR EACH ROW WHEN (
        (OLD.delivery_status, OLD.hold_until IS NULL) IS DISTINCT FROM (NEW.delivery_status, NEW.hold_until IS NULL)
        AND NEW.delivery_status <> 'sending'
    )
    EXECUTE FUNCTION conversations_row_changed('delivery');

CREATE TRIGGER conversation_added_or_gone AFTER INSERT OR DELETE ON conversations_conversation
    FOR EACH ROW EXECUTE FUNCTION conversations_row_changed('conversation');
CREATE TRIGGER conversation_changed AFTER UPDATE ON conversations_conversation
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION conversations_row_changed('conversation');

CREATE FUNCTION conversations_file_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conversations_note_event('message', NEW.message_id);
    RETURN NULL;
END $$;
CREATE TRIGGER file_fetched AFTER UPDATE ON conversations_attachment
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION conversations_file_changed();

CREATE FUNCTION conversations_contact_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conversations_note_event('conversation', id) FROM conversations_conversation WHERE contact_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_changed AFTER UPDATE ON conversations_contact
    FOR EACH ROW WHEN (
        (OLD.name, OLD.profile_name, OLD.phone, OLD.user_id, OLD.registered_at)
        IS DISTINCT FROM (NEW.name, NEW.profile_name, NEW.phone, NEW.user_id, NEW.registered_at)
    )
    EXECUTE FUNCTION conversations_contact_changed();
"""

DROP = """
DROP TRIGGER contact_changed ON conversations_contact;
DROP TRIGGER file_fetched ON conversations_attachment;
DROP TRIGGER conversation_changed ON conversations_conversation;
DROP TRIGGER conversation_added_or_gone ON conversations_conversation;
DROP TRIGGER message_delivery ON conversations_message;
DROP TRIGGER message_revoked ON conversations_message;
DROP TRIGGER message_added ON conversations_message;
DROP FUNCTION conversations_contact_changed();
DROP FUNCTION conversations_file_changed();
DROP FUNCTION conversations_row_changed();
DROP FUNCTION conversations_note_event(text, bigint);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='LiveEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('subject', models.BigIntegerField()),
                ('data', models.JSONField(null=True)),
                ('xact', conversations.models.events.TransactionId(db_default=conversations.models.events.CurrentTransaction())),
                ('created_at', models.DateTimeField(db_default=conversations.models.events.ClockTime(), db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('xact', 'kind', 'subject'), name='event_once_per_transaction')],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
