"""A small API made of the frame alone, served at real URLs: what the tests of the frame speak to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ModelError
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request

from conversations.errors import DomainError
from conversations.models import Contact
from edubot import http
from edubot.api import PUBLIC, Body, Endpoint, Id, Page, PageQuery, Success, Words, operation, page
from edubot.api.errors import RateLimited
from edubot.api.limits import Limit
from support.access import Right
from support.api.routes import route
from support.errors import Forbidden


class Taken(DomainError):
    """The name is taken by somebody."""

    code = "NAME_TAKEN"
    data = {"free": ["Bola"]}


class NameOut(serializers.Serializer[Any]):
    """A name, and since when."""

    name = serializers.CharField()
    created_at = serializers.DateTimeField(required=False)


class NameBody(Body):
    """One field of each JSON type."""

    name = serializers.CharField(max_length=20)
    words = Words(max_length=10, required=False)
    age = serializers.IntegerField(required=False)
    id = Id(required=False)
    good = serializers.BooleanField(required=False)
    kind = serializers.ChoiceField(choices=["a", "b"], required=False)
    marks = serializers.ListField(child=serializers.IntegerField(), required=False)
    email = serializers.EmailField(required=False)
    price = serializers.FloatField(required=False)


class NameForm(Body):
    """The same as a form."""

    name = serializers.CharField(max_length=20)
    file = serializers.FileField()


class NamesQuery(PageQuery):
    """A filter of each kind."""

    name = serializers.CharField(required=False, help_text="The name.")
    good = serializers.BooleanField(required=False)
    kind = serializers.ChoiceField(choices=["a", "b"], required=False)
    from_ = serializers.DateField(required=False)


class Extra(serializers.Serializer[Any]):
    """What stands beside the data."""

    hint = serializers.CharField()


class Names(Endpoint):
    """Contacts by age."""

    @operation(query=NamesQuery, answers=NameOut, paged=True, alias="names", etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """All names, newest first."""
        found = Contact.objects.all()
        return page(found.filter(name=query["name"]) if "name" in query else found, query, by="-created_at")

    @operation(
        body=NameBody,
        form=NameForm,
        answers=NameOut,
        status=(201, 200),
        errors=(Taken,),
        message="Kept",
        also=Extra,
        example={"name": "Ada"},
        headers={"Idempotency-Key": "Makes it safe to send the same again."},
    )
    def post(self, request: Request, body: dict[str, Any]) -> Success:
        """Keep a name.

        The longer story.
        """
        if body["name"] == "Ada":
            raise Taken("This name is taken.")
        known = body["name"] == "Bola"
        hint = body["file"].name if "file" in body else str(sorted(body))
        return Success(body, status=200 if known else None, message="Known" if known else None, more={"hint": hint})

    @operation(body=NameBody, answers=NameOut, flat=True)
    def patch(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        """Change a name."""
        return {"name": "unchanged"} | body


class ByAge(Endpoint):
    """The same list, upside down, and by name."""

    @operation(query=PageQuery, answers=NameOut, paged=True)
    def get(self, request: Request, query: dict[str, Any], by: str) -> Page:
        """Names in another order."""
        return page(Contact.objects.all(), query, by=by)


class Address(Endpoint):
    """What stands in a path."""

    @operation(answers=None)
    def get(self, request: Request, **found: Any) -> dict[str, Any]:
        """The path's parts."""
        return found


class Polled(Endpoint):
    """Something that is for whoever may read, and is asked for again and again."""

    @operation(answers=NameOut, etag=True)
    def get(self, request: Request) -> dict[str, Any]:
        """A name."""
        return {"name": "Ada"}


SENDS = Limit("test-send", "API_SENDS_PER_MINUTE")


class Limited(Endpoint):
    """Few a minute."""

    @operation(limits=(SENDS,))
    def post(self, request: Request) -> None:
        """Do something dear."""


class File(Endpoint):
    """An answer that is no envelope."""

    @operation(answers="text/csv")
    def get(self, request: Request) -> HttpResponse:
        """A table."""
        return HttpResponse("a,b\r\n", content_type="text/csv; charset=utf-8")


RAISED: dict[str, Exception] = {
    "domain": Taken("Taken."),
    "limit": RateLimited(retry_after=7),
    "right": Forbidden(),
    "missing": Http404(),
    "forbidden": PermissionDenied(),
    "bad": BadRequest(),
    "large": RequestDataTooBig(),
    "field": serializers.ValidationError({"a": [{}, {"b": ["Wrong."]}]}),
    "model": ModelError({"name": ["Too short."]}),
    "model as a whole": ModelError("Makes no sense."),
    "value": DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes, said of +2348012345678"),
    "surrogate": UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    "away": OperationalError("connection to server at 10.0.0.5 failed"),
    "gone": InterfaceError("connection is closed"),
    "bug": ZeroDivisionError("division by zero"),
}


class Raising(Endpoint):
    """Everything that can go wrong."""

    @operation()
    def get(self, request: Request, what: str) -> None:
        """Raise it."""
        raise RAISED[what]


class Twice(Endpoint):
    """Two of what there may be one of, or a row that breaks another rule."""

    @operation()
    def post(self, request: Request, what: str) -> None:
        """Write it."""
        phone = "+2348012345678" if what == "twin" else None
        for _ in range(2):
            Contact.objects.create(phone=phone)


class Echo(Endpoint):
    """What may be in an answer."""

    @operation()
    def get(self, request: Request) -> dict[str, Any]:
        """Half a surrogate pair, and line ends that JavaScript once fell over."""
        return {"text": "\ud83d and \u2028 and é"}


endpoints = [
    route("test/names", Names, GET=PUBLIC, POST=PUBLIC, PATCH=PUBLIC),
    route("test/by/<str:by>", ByAge, GET=PUBLIC),
    route("test/people/<phone:address>", Address, GET=PUBLIC),
    route("test/rows/<id:row>", Address, GET=PUBLIC),
    route("test/messages/<message:message>", Address, GET=PUBLIC),
    route("test/polled", Polled, GET=Right.READ),
    route("test/limited", Limited, POST=Right.READ),
    route("test/file", File, GET=PUBLIC),
    route("test/raising/<str:what>", Raising, GET=PUBLIC),
    route("test/twice/<str:what>", Twice, POST=PUBLIC),
    route("test/echo", Echo, GET=PUBLIC),
    path("test/unrouted", Names.as_view()),
]
urlpatterns = [path("api/", include(endpoints)), path("", include("edubot.urls"))]
handler400, handler403, handler404, handler500 = http.bad_request, http.forbidden, http.not_found, http.server_error
