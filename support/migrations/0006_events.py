"""Tickets as live events: the ticket, and what is added to its thread (see the conversations' migration 0002)."""

from django.db import migrations

CREATE = """
CREATE TRIGGER ticket_added_or_gone AFTER INSERT OR DELETE ON support_tickets
    FOR EACH ROW EXECUTE FUNCTION conversations_row_changed('ticket');
CREATE TRIGGER ticket_changed AFTER UPDATE ON support_tickets
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW)
    EXECUTE FUNCTION conversations_row_changed('ticket');

-- A note about a person who has no ticket stands in the conversation.
CREATE FUNCTION support_entry_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ticket_id IS NOT NULL THEN
        PERFORM conversations_note_event('ticket', NEW.ticket_id);
    ELSE
        PERFORM conversations_note_event('conversation', NEW.conversation_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_added AFTER INSERT ON support_messages
    FOR EACH ROW EXECUTE FUNCTION support_entry_added();
"""

DROP = """
DROP TRIGGER entry_added ON support_messages;
DROP FUNCTION support_entry_added();
DROP TRIGGER ticket_changed ON support_tickets;
DROP TRIGGER ticket_added_or_gone ON support_tickets;
"""


class Migration(migrations.Migration):

    dependencies = [("support", "0005_desk_rows"), ("conversations", "0002_events")]
    operations = [migrations.RunSQL(CREATE, DROP)]
