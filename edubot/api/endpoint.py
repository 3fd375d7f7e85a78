"""The base of every endpoint: who may come in, how often, and in what form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from edubot.api import errors, limits
from edubot.api.schema import OperationSchema
from edubot.api.wire import JsonOnly, JsonParser, JsonRenderer
from edubot.http import success_body

if TYPE_CHECKING:
    from edubot.api.operations import Operation

PUBLIC: Final = None  # no token is asked for, or looked at


class Endpoint(APIView):
    """An address of the API. Its methods carry `@operation`.

    `access` says for each method who may use it. The route fills it in, with the classes that know what it means
    (`support.api.routes`); an endpoint that is mounted in another way is nobody's.
    """

    renderer_classes = (JsonRenderer,)
    content_negotiation_class = JsonOnly
    schema = OperationSchema()
    access: Mapping[str, str | None] = {}
    section: str = ""  # where the documentation shows it; else the first word of the path
    also_known_by: tuple[type[BaseAuthentication], ...] = ()  # credentials besides the bearer token

    @property
    def user(self) -> User:
        """Who asks. Raises NotAuthenticated on a public endpoint."""
        if isinstance(self.request.user, User):
            return self.request.user
        raise NotAuthenticated

    @property
    def _method(self) -> str | None:
        """The request's method; None while the documentation is made, where there is no request."""
        request: Request | None = self.request
        return request.method if request is not None else None

    def spec(self, method: str | None) -> Operation | None:
        """What `@operation` says about a method of this endpoint."""
        name = "get" if method == "HEAD" else (method or "").lower()
        return getattr(getattr(self, name, None), "operation", None)

    def is_public(self, method: str | None) -> bool:
        """Whether this method is for everybody. So is what tells no more than the documentation: OPTIONS, and 405."""
        if method == "OPTIONS" or method not in self.allowed_methods:
            return True
        return self.access.get("GET" if method == "HEAD" else method, "") is PUBLIC

    def get_authenticators(self) -> list[BaseAuthentication]:
        """None where everybody may come in: an old token must not keep anybody from logging in."""
        return [] if self.is_public(self._method) else super().get_authenticators()

    def get_parsers(self) -> list[BaseParser]:
        """JSON, and forms with files where the operation takes them."""
        spec = self.spec(self._method)
        return [JsonParser(), MultiPartParser()] if spec and spec.takes_files else [JsonParser()]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """The one catcher."""
        return errors.handle

    def check_throttles(self, request: Request) -> None:
        """Count the request for the person, or for the address where nobody is logged in. Raises RateLimited."""
        limits.REQUESTS.hit(request.user.pk or request.META.get("REMOTE_ADDR", ""))

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """Which methods there are: in `Allow`."""
        return Response(success_body(None))
