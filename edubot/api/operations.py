"""`@operation`: what a method of an endpoint takes and answers, said once, for requests and for the documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from conversations.errors import DomainError
from edubot.api import etags
from edubot.api.limits import Limit
from edubot.api.paging import Page
from edubot.api.schema import FORM
from edubot.api.serializers import Body, ModelBody, Query
from edubot.http import success_body

if TYPE_CHECKING:
    from edubot.api.endpoint import Endpoint

AnySerializer = type[BaseSerializer[Any]]
BodyType = type[Body] | type[ModelBody]
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Success:
    """An answer with more to say than its data.

    `message` and `status` override the operation's; `more` stands beside `data` (what `also` describes); `finish` gets
    the response before it leaves, for cookies and headers.
    """

    data: Any = None
    message: str | None = None
    status: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    finish: Callable[[Response], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """See `operation`."""

    query: type[Query] | None
    body: BodyType | None
    form: BodyType | None
    answers: AnySerializer | str | None
    many: bool
    paged: bool
    flat: bool
    also: AnySerializer | None
    example: Mapping[str, Any] | None
    headers: Mapping[str, str]
    alias: str
    message: str
    statuses: tuple[int, ...]
    errors: tuple[type[DomainError], ...]
    limits: tuple[Limit, ...]
    etag: bool

    @property
    def takes_files(self) -> bool:
        """Whether a form is read besides JSON."""
        return self.form is not None

    def read(self, request: Request) -> dict[str, Any]:
        """The validated query and body, for those that the method asks for."""
        query = (self.query or Query).read(request)
        given = {"query": query} if self.query else {}
        return given | ({"body": self._body(request)} if self.body else {})

    def _body(self, request: Request) -> dict[str, Any]:
        is_form = bool(self.form) and (request.content_type or "").startswith(FORM)
        reader = self.form if is_form and self.form else self.body
        assert reader  # noqa: S101  (read() asks only where there is one)
        partial = request.method == "PATCH"
        serializer = reader(data=request.data if _has_body(request) else {}, partial=partial)
        if not (_has_body(request) or partial) and any(one.required for one in serializer.fields.values()):
            raise ParseError  # nothing is not JSON; where nothing is needed, nothing may be sent
        with timezone.override(UTC):
            serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, endpoint: Endpoint, result: Any) -> HttpResponseBase:
        """The response to what the method returned: data, a Success, a Page, or a response of its own."""
        if isinstance(result, HttpResponseBase):
            return result
        found = _success(result)
        data = self._shown(found.data)
        body = success_body(data, self.message if found.message is None else found.message)
        body |= self._beside(data, found.more)
        response = Response(body, status=found.status or self.statuses[0])
        if self.etag:
            etags.of_content(endpoint.request._request, response)  # noqa: SLF001  (DRF has no other way to it)
        if found.finish:
            found.finish(response)
        return response

    def _shown(self, data: Any) -> Any:
        if data is None or self.answers is None or isinstance(self.answers, str):
            return data
        with timezone.override(UTC):
            return self.answers(data, many=self.many or self.paged).data

    def _beside(self, data: Any, more: Mapping[str, Any]) -> dict[str, Any]:
        """What stands beside `data`: its own keys once more (flat), its list under another name, figures."""
        found = dict(data) if self.flat else {}
        if self.alias:
            found[self.alias] = data
        with timezone.override(UTC):
            return found | dict(more) | (self.also(more).data if self.also else {})


def operation(
    *,
    query: type[Query] | None = None,
    body: BodyType | None = None,
    form: BodyType | None = None,
    answers: AnySerializer | str | None = None,
    many: bool = False,
    paged: bool = False,
    flat: bool = False,
    also: AnySerializer | None = None,
    example: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    alias: str = "",
    message: str = "",
    status: int | tuple[int, ...] = 200,
    errors: tuple[type[DomainError], ...] = (),
    limits: tuple[Limit, ...] = (),
    etag: bool = False,
) -> Callable[[Method], Method]:
    """Make a method of an Endpoint an operation of the API.

    The method gets `query` and `body`, the validated values of these serializers, as keyword arguments (`form` reads
    the body where it came as multipart). What it returns is written by `answers` into `data`: one thing, a list
    (`many`), or the Page of `paging.page` (`paged`). `flat` repeats the keys of `data` at the top of the envelope,
    `alias` repeats the list under a second name, `also` describes further keys there (`Success.more`).

    `status` is the code of success, or several of which the first is meant unless the Success names another; `errors`
    are the domain's refusals to expect. `etag` lets clients poll. Media types as `answers` ("text/csv", or several with
    commas) document a method that returns a response of its own (a file, a stream). The docstring is the documentation,
    `example` a body for it, `headers` tells what request headers mean that the method looks at.
    """
    spec = Operation(
        query=query,
        body=body,
        form=form,
        answers=answers,
        many=many,
        paged=paged,
        flat=flat,
        also=also,
        example=example,
        headers=headers or {},
        alias=alias,
        message=message,
        statuses=status if isinstance(status, tuple) else (status,),
        errors=errors,
        limits=limits,
        etag=etag,
    )

    def decorate(method: Method) -> Method:
        @wraps(method)
        def run(self: Endpoint, request: Request, **found: Any) -> HttpResponseBase:
            for limit in spec.limits:
                limit.hit(self.user.pk)
            return spec.answer(self, method(self, request, **found, **spec.read(request)))

        run.operation = spec  # type: ignore[attr-defined]
        return run  # type: ignore[return-value]

    return decorate


def _success(result: Any) -> Success:
    if isinstance(result, Page):
        return Success(result.rows, more=result.figures)
    if isinstance(result, Success) and isinstance(result.data, Page):
        return replace(result, data=result.data.rows, more=result.data.figures | dict(result.more))
    return result if isinstance(result, Success) else Success(result)


def _has_body(request: Request) -> bool:
    return request.META.get("CONTENT_LENGTH") not in (None, "", "0", 0)
