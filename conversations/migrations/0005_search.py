# Search (conversations.words, conversations.search). The indexes are built while the service runs.

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations
from django.db.models.functions import Upper

import conversations.words

# A message of WhatsApp has at most 4,096 characters; what a hostile sender adds is stored, not searched.
# NFKD parts letters from their accents; all ASCII punctuation becomes a space, or `and/or` would be one word (a path).
FUNCTIONS = r"""
CREATE OR REPLACE FUNCTION search_words(said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector(
    'pg_catalog.simple'::regconfig,
    regexp_replace(
        regexp_replace(lower(normalize(left(said, 5000), NFKD)), '[\u0300-\u036f]+', '', 'g'),
        '[\u0001-\u002f\u003a-\u0060\u007b-\u007f]+', ' ', 'g'
    )
);

CREATE OR REPLACE FUNCTION search_query(typed text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery
    FROM unnest(tsvector_to_array(search_words(typed))) AS word
);
"""


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('conversations', '0004_tombstone'),
    ]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION search_query(text); DROP FUNCTION search_words(text)"),
        AddIndexConcurrently(
            model_name='message',
            index=django.contrib.postgres.indexes.GinIndex(conversations.words.Words('text'), name='message_words'),
        ),
        AddIndexConcurrently(
            model_name='contact',
            index=django.contrib.postgres.indexes.GinIndex(conversations.words.Words(conversations.words.Joined('name', 'profile_name')), name='contact_words'),
        ),
        AddIndexConcurrently(
            model_name='contact',
            index=django.contrib.postgres.indexes.GinIndex(
                *(
                    django.contrib.postgres.indexes.OpClass(Upper(column), name='gin_trgm_ops')
                    for column in ('name', 'profile_name', 'email', 'phone')
                ),
                name='contact_parts',
            ),
        ),
    ]
