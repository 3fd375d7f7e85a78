"""The client of Meta's Graph API. Nothing outside this package speaks HTTP to Meta.

transport.py   requests: one call, what came back, and how certain we are when nothing did
guard.py       where the access token may go, and which addresses a file may come from
api.py         what we ask of the API: send, mark as read, look things up
media.py       files: upload once, fetch safely
"""

from whatsapp.client.api import Api
from whatsapp.client.media import Media

__all__ = ["Api", "Media"]
