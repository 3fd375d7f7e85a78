"""What a conversation's row shows of its ticket is told of the conversation, too: its list hears of nothing else.

Who has it, since when the student waits, and whether anything goes on at all. A turn of the bot's pays nothing for it:
it changes these columns only where a chat begins, ends or is taken up again, and there the conversation is told of
anyway, once in a transaction.
"""

from django.db import migrations

SHOWN = ("conversation_id", "status", "assigned_admin_id", "waiting_since", "chat_started_at", "chat_ended_at")
OLD, NEW = (", ".join(f"{row}.{column}" for column in SHOWN) for row in ("OLD", "NEW"))

CREATE = f"""
CREATE FUNCTION support_ticket_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conversations_note_event('conversation', COALESCE(NEW.conversation_id, OLD.conversation_id));
    RETURN NULL;
END $$;
CREATE TRIGGER ticket_shown_added_or_gone AFTER INSERT OR DELETE ON support_tickets
    FOR EACH ROW EXECUTE FUNCTION support_ticket_of_conversation();
CREATE TRIGGER ticket_shown_changed AFTER UPDATE ON support_tickets
    FOR EACH ROW WHEN (({OLD}) IS DISTINCT FROM ({NEW}))
    EXECUTE FUNCTION support_ticket_of_conversation();
"""

DROP = """
DROP TRIGGER ticket_shown_changed ON support_tickets;
DROP TRIGGER ticket_shown_added_or_gone ON support_tickets;
DROP FUNCTION support_ticket_of_conversation();
"""


class Migration(migrations.Migration):

    dependencies = [("support", "0008_ticket_lists")]
    operations = [migrations.RunSQL(CREATE, DROP)]
