"""What a ticket's row shows of its person is told of the ticket, too: the list of tickets hears of nothing else.

Of the present ticket alone: the archive of a person may be long, and is read anew with its page.
"""

from django.db import migrations

SHOWN = ("name", "profile_name", "phone", "user_id", "registered_at")
OLD, NEW = (", ".join(f"{row}.{column}" for column in SHOWN) for row in ("OLD", "NEW"))

CREATE = f"""
CREATE FUNCTION support_person_of_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM conversations_note_event('ticket', ticket.id)
    FROM support_tickets AS ticket JOIN conversations_conversation AS conversation
        ON conversation.id = ticket.conversation_id
    WHERE conversation.contact_id = NEW.id AND (
        ticket.status IN ('OPEN', 'IN_PROGRESS')
        OR (ticket.chat_started_at IS NOT NULL AND ticket.chat_ended_at IS NULL)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER person_of_ticket_changed AFTER UPDATE ON conversations_contact
    FOR EACH ROW WHEN (({OLD}) IS DISTINCT FROM ({NEW}))
    EXECUTE FUNCTION support_person_of_ticket();
"""

DROP = """
DROP TRIGGER person_of_ticket_changed ON conversations_contact;
DROP FUNCTION support_person_of_ticket();
"""


class Migration(migrations.Migration):

    dependencies = [("support", "0009_ticket_tells_conversation"), ("conversations", "0009_erased_are_listed_nowhere")]
    operations = [migrations.RunSQL(CREATE, DROP)]
