# The words of messages, a stretch of messages at a time (conversations.search). Built while the service runs.

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations

import conversations.words

# A word of message 41,000 stands in the index as `2/word`: whoever looks for it in the newest stretch finds that part of
# the index alone. \x01 is in no word: it is one of the characters that become a space.
FUNCTIONS = r"""
CREATE OR REPLACE FUNCTION search_stretch(message bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN message / 20000;

CREATE OR REPLACE FUNCTION search_words(said text, message bigint) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_to_tsvector(string_to_array(
    search_stretch(message) || '/' || array_to_string(
        tsvector_to_array(search_words(said)), E'\x01' || search_stretch(message) || '/'
    ),
    E'\x01'
));

CREATE OR REPLACE FUNCTION search_query(words text[], stretch bigint) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(quote_literal(stretch || '/' || word) || ':*', ' & ')::tsquery FROM unnest(words) AS word
);
"""

GONE = """
DROP FUNCTION search_query(text[], bigint);
DROP FUNCTION search_words(text, bigint);
DROP FUNCTION search_stretch(bigint);
"""


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0005_search'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, GONE),
        AddIndexConcurrently(
            model_name='message',
            index=GinIndex(conversations.words.Words('text', 'id'), name='message_search'),
        ),
        RemoveIndexConcurrently(model_name='message', name='message_words'),
    ]
