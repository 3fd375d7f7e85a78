"""What a search means by a word, said once: `search_words` and `search_query` in the database (migrations 0005, 0006).

Texts and searches are taken apart by the same function, so they agree whatever it does to them: accents, case and
punctuation do not count. All words of a search must be there, each as the beginning of a word.

The index holds the words, no column does: a stored column would rewrite the table of messages under an exclusive lock
and carry every word a second time. Taking a message apart costs some 25 µs, also when its delivery status changes.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import BooleanField, F, Func, TextField, Value


class Words(Func):
    """The words of a text, as the index of its table holds them; of a message (text and id) each with its stretch."""

    function = "search_words"
    output_field = SearchVectorField()


class Wanted(Func):
    """What somebody typed, as a query. Any text will do; one without a word matches nothing."""

    function = "search_query"
    output_field = SearchQueryField()


class Joined(Func):
    """Two columns with a space between them, in a form that an index can hold."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TextField()

    def __init__(self, one: str, other: str, **extra: Any) -> None:
        super().__init__(F(one), Value(" "), F(other), **extra)


class Matches(Func):
    """Whether these words are among those: a condition for `filter`."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()
