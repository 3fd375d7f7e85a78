"""Where a file may be fetched from, and so where the access token may go.

The address of a file comes from outside. It is believed only if it leads to one of Meta's hosts, by https, and if what
answers there has a public address (a name server can be made to lie). In development files come from the stand-in that
WHATSAPP_API_URL names, and from there only as it is named.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import LocationParseError, NewConnectionError
from urllib3.util import Url, parse_url

META_API_HOST = "graph.facebook.com"
_META_HOSTS = re.compile(r"graph\.facebook\.com|lookaside\.fbsbx\.com|([a-z0-9-]+\.)+(fbcdn|whatsapp)\.net")
_PLAIN = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # visible ASCII without the backslash, which parsers read differently
_PORTS = {"http": 80, "https": 443}


def is_meta(url: str) -> bool:
    """Whether this is an https address at one of Meta's hosts, and nothing tricky about it."""
    parsed = _parse(url)
    if parsed is None or parsed.scheme != "https" or parsed.port not in {None, 443}:
        return False
    return bool(_META_HOSTS.fullmatch(parsed.host or ""))


def is_stand_in(url: str, api_url: str) -> bool:
    """Whether the address is on the server that stands in for Meta; never so when Meta itself is configured."""
    parsed, api = _parse(url), _parse(api_url)
    return parsed is not None and api is not None and not is_meta(api_url) and _origin(parsed) == _origin(api)


def _parse(url: str) -> Url | None:
    """The parts of an address as the HTTP library itself reads them; None for anything unusual."""
    if not _PLAIN.fullmatch(url):
        return None
    try:
        parsed = parse_url(url)
    except LocationParseError:
        return None
    return parsed if parsed.scheme in _PORTS and parsed.host and not parsed.auth else None


def _origin(url: Url) -> tuple[str | None, str | None, int]:
    return url.scheme, url.host, url.port or _PORTS[url.scheme or ""]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet: not loopback, private, link-local, reserved or multicast."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast


class _PublicConnection(HTTPSConnection):
    """A connection that is given up before the first byte when it did not reach a public address."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if is_public(connected.getpeername()[0]):
            return connected
        connected.close()
        raise NewConnectionError(self, "the host name leads to an address that is not public")


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class PublicAdapter(HTTPAdapter):
    """Speaks https, and only with public addresses."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by requests, here and after unpickling."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}
