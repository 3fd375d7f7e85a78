"""Who is at the other end of a request, as far as one can tell."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest
from rest_framework.request import Request

IPV6_HOME = 64  # bits: what one customer gets, so all of it counts as one address


@dataclass(frozen=True, slots=True)
class Client:
    """An address (of IPv6 the network, for the rest is the client's to choose) and a browser's name for itself."""

    address: str
    agent: str

    @classmethod
    def of(cls, request: HttpRequest | Request) -> Self:
        """The client of a request. REMOTE_ADDR is the truth: edubot.middleware.ProxyMiddleware has seen to it."""
        return cls(network(request.META.get("REMOTE_ADDR", "")), request.META.get("HTTP_USER_AGENT", "")[:200])


def network(address: str) -> str:
    """The address, or its /64 in IPv6; "" for what is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, IPV6_HOME), strict=False))
    return str(found)
