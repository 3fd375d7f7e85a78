"""Meta's webhook JSON turned into our words, in two steps.

`split` runs inside the web request: it cuts a POST into items that can be stored, each under a key that a second
delivery repeats, and understands only what it must (whose mailbox, delivery reports). `read` runs in the worker: it
says what one stored item means. What we do not understand today is on disk and can be read again tomorrow.

Both are pure and total: whatever they are given, they answer. Nothing Meta signed is ever refused or dropped; what
cannot be used is kept and shown to staff. The fixtures in tests/whatsapp/fixtures/inbound are the specification.

    body.py      bytes -> JSON values that PostgreSQL can hold
    values.py    looking into values of unknown shape
    envelope.py  split: every entry, change, message and status
    people.py    who an item is about
    receipts.py  delivery reports
    reading.py   read: one stored item -> Received, Echo, IdentityChange, Notice or Ignored
    messages.py  one small function per message type
    identity.py  new numbers and new user ids
    account.py   what Meta says about the account, a number or a template
"""

from whatsapp.inbound.envelope import split
from whatsapp.inbound.reading import read

__all__ = ["read", "split"]
