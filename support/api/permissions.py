"""Whether a request may come in. `support.access` has the rules; which right is needed stands in the routes."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from edubot.api import Endpoint
from support.access import may


class HasRight(BasePermission):
    """The permission class of every route."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the person has the right that the route names for this method."""
        if not isinstance(view, Endpoint):
            return False
        if view.is_public(request.method):
            return True
        return may(request.user, view.access.get("GET" if request.method == "HEAD" else str(request.method)))
