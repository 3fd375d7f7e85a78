"""How an address is added to the API: with who may use it, or not at all."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, path

from edubot.api import Endpoint
from support.access import Right
from support.accounts.bearer import BearerAuthentication
from support.api.permissions import HasRight

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


def route(address: str, endpoint: type[Endpoint], **access: Right | None) -> URLPattern:
    """An address of the API, with the right that each of its methods needs (PUBLIC: none, not even a token).

    Raises ImproperlyConfigured where the methods named are not the methods there are, or one is no `@operation`.
    """
    there = {method for method in METHODS if hasattr(endpoint, method.lower())}
    if set(access) != there:
        raise ImproperlyConfigured(f"{address}: say who may {', '.join(sorted(there ^ set(access)))}.")
    if bare := [method for method in there if endpoint().spec(method) is None]:
        raise ImproperlyConfigured(f"{address}: {', '.join(sorted(bare))} needs @operation.")
    return path(
        address,
        endpoint.as_view(
            access=access,
            authentication_classes=(BearerAuthentication, *endpoint.also_known_by),
            permission_classes=(HasRight,),
        ),
    )
