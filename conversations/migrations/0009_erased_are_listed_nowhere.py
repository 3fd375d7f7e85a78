"""Who was erased before is left out of the lists of people, like everybody who is erased from now on.

The lists hold who has said something, and students who are registered. Nothing of it is needed backwards.
"""

from django.db import migrations

LEAVE_OUT = """
UPDATE conversations_conversation SET last_message_id = NULL, last_message_at = NULL, last_inbound_at = NULL
    FROM conversations_contact contact WHERE contact.id = contact_id AND starts_with(contact.user_id, 'erased.');
UPDATE conversations_contact SET registered_at = NULL WHERE starts_with(user_id, 'erased.');
"""


class Migration(migrations.Migration):

    dependencies = [("conversations", "0008_fewer_indexes")]
    operations = [migrations.RunSQL(LEAVE_OUT, migrations.RunSQL.noop)]
