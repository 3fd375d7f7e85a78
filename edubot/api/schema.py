"""The OpenAPI schema, read off the operations: with the envelope and every error answer, which no endpoint repeats."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from conversations.errors import DomainError
from edubot.api.converters import IN_SCHEMA
from edubot.api.errors import RACE, RULES, RateLimited
from edubot.api.paging import PageFigures
from edubot.api.serializers import BLANK, Words, text_pattern
from edubot.api.webhooks import PATHS

if TYPE_CHECKING:
    from edubot.api.endpoint import Endpoint
    from edubot.api.operations import Operation

Schema = dict[str, Any]

JSON, FORM = "application/json", "multipart/form-data"

BODY_FAILURES = (400, 413, 415)
BUILT_IN: dict[int, str] = {rule.status: f"`{rule.code}`: {rule.message}" for rule in reversed(RULES)} | {
    403: "`FORBIDDEN`: You may not do this. `HTTPS_REQUIRED`: Use https.",  # the latter is the middleware's
    RACE.status: f"`{RACE.code}`: {RACE.message}",
    RateLimited.status: f"`{RateLimited.code}`: too many requests; `Retry-After` says in how many seconds.",
}
HEADERS = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
ERROR: Schema = {
    "type": "object",
    "required": ["status", "message", "data", "error_code"],
    "properties": {
        "status": {"type": "string", "enum": ["error"]},
        "message": {"type": "string", "description": "For people."},
        "data": {"nullable": True, "description": "What helps to go on, where there is something."},
        "error_code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "description": "For programs; stable."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "What is wrong with which field.",
        },
    },
}


class OperationSchema(AutoSchema):
    """How an Endpoint describes itself."""

    view: Endpoint  # type: ignore[override]

    @property
    def operation(self) -> Operation:
        """What the method says of itself."""
        spec = self.view.spec(self.method)
        if spec is None:
            raise TypeError(f"{type(self.view).__name__}.{self.method.lower()} needs @operation.")
        return spec

    def get_operation_id(self) -> str:
        """The method and the path: `get_conversations_by_phone_messages`."""
        path = self.path.strip("/").replace("{", "by_").replace("}", "").replace("-", "_").replace(".", "_")
        return "_".join([self.method.lower(), *path.split("/")[1:]])

    def get_tags(self) -> list[str]:
        """The endpoint's section, or the first word of the path behind `/api/admin/` or `/api/support/`."""
        return [self.view.section or self.path.strip("/").split("/")[2]]

    def get_summary(self) -> str:
        """The first line of the docstring."""
        return self._docstring()[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        """The rest of the docstring, and whose right it is."""
        needed = self.view.access.get(self.method)
        right = f"Needs the right `{needed}`." if needed else ""
        return "\n\n".join(filter(None, ["\n".join(self._docstring()[1:]).strip(), right]))

    def get_override_parameters(self) -> list[Any]:
        """The query's fields, one parameter each, and the headers."""
        spec = self.operation
        headers = [OpenApiParameter(name, str, "header", description=words) for name, words in spec.headers.items()]
        return [*filter(None, [spec.query]), *headers]

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Never: filters and pages stand in the operation's query."""
        return False

    def get_request_serializer(self) -> Any:
        """The body, by media type; of a PATCH nothing is needed."""
        spec, partial = self.operation, self.method == "PATCH"
        return {kind: reader(partial=partial) for kind, reader in ((JSON, spec.body), (FORM, spec.form)) if reader}

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: Any = False) -> Schema | None:  # noqa: FBT002
        schema: Schema | None = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        if schema and direction == "request" and type(field) in {serializers.CharField, Words}:
            schema.setdefault("pattern", text_pattern(field))
        if schema and isinstance(field, serializers.ListField) and not field.allow_empty:
            schema["minItems"] = 1
        return schema

    def _insert_field_validators(self, field: Any, schema: Schema) -> None:
        """The same, without a second alternative for an empty text that our pattern takes: `oneOf` means one alone."""
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]
        if schema.get("oneOf", [{}])[0].get("pattern") == BLANK:
            schema |= schema.pop("oneOf")[0]

    def _get_request_body(self, direction: Any = "request") -> Schema | None:
        body: Schema | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body and self.operation.example:
            body["content"][JSON]["example"] = self.operation.example
        return body

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        labels = {name: label for label, name in re.findall(r"<(\w+):(\w+)>", self.path_regex)}
        ours = [
            {"name": name, "in": "path", "required": True, "schema": IN_SCHEMA[labels[name]]}
            for name in variables
            if labels.get(name) in IN_SCHEMA
        ]
        others = [name for name in variables if labels.get(name) not in IN_SCHEMA]
        return [*ours, *super()._resolve_path_parameters(others)]  # type: ignore[no-untyped-call]

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        spec = self.operation
        found: Schema = {str(status): self._success(status) for status in spec.statuses}
        if spec.etag:
            found["304"] = {"description": "Nothing has changed since the `ETag` in `If-None-Match`."}
        expected = _by_status(spec.errors)
        for status in sorted({*self._built_in(), *expected}):
            found[str(status)] = self._failure(status, expected.get(status, []))
        return found

    def _built_in(self) -> set[int]:
        """The failures that any such operation can have."""
        codes = {403, 422, 429, 503}
        if not self.view.is_public(self.method):
            codes |= {401} if self.method == "GET" else {401, 409}  # whoever writes may lose a race
        if "{" in self.path:
            codes.add(404)
        return codes | set(BODY_FAILURES) if self.operation.body else codes

    def _failure(self, status: int, expected: list[str]) -> Schema:
        if not expected:
            return {"$ref": f"#/components/responses/Failure{status}"}
        return failure(status, "\n".join(f"- {words}" for words in [*expected, *self._usual(status)]))

    def _usual(self, status: int) -> list[str]:
        return [BUILT_IN[status]] if status in self._built_in() else []

    def _success(self, status: int) -> Schema:
        spec = self.operation
        if isinstance(spec.answers, str):
            file: Schema = {"schema": {"type": "string", "format": "binary"}}
            return {"description": HTTPStatus(status).phrase, "content": dict.fromkeys(spec.answers.split(", "), file)}
        properties: Schema = {
            "status": {"type": "string", "enum": ["success"]},
            "message": {"type": "string"},
            "data": self._data(),
        }
        if spec.flat:
            properties |= self._keys(spec.answers) | properties
        if spec.alias:
            properties[spec.alias] = self._data() | {"description": "The same as `data`."}
        properties |= self._keys(PageFigures) if spec.paged else {}
        properties |= self._keys(spec.also)
        envelope = {"type": "object", "properties": properties, "required": list(properties)}
        return {"description": HTTPStatus(status).phrase, "content": {JSON: {"schema": envelope}}}

    def _data(self) -> Schema:
        spec = self.operation
        component = self.resolve_serializer(spec.answers, "response") if spec.answers else None  # type: ignore[arg-type]
        if component is None or component.schema is None:
            return {"nullable": True, "description": "null", "enum": [None]}
        return {"type": "array", "items": component.ref} if spec.many or spec.paged else component.ref

    def _keys(self, serializer: Any) -> Schema:
        if serializer is None:
            return {}
        mapped: Schema = self._map_serializer(serializer(), "response")  # type: ignore[no-untyped-call]
        return dict(mapped["properties"])

    def _docstring(self) -> list[str]:
        return (inspect.getdoc(getattr(self.view, self.method.lower())) or "").splitlines() or [""]


def failure(status: int, description: str) -> Schema:
    """OpenAPI's response object for an error answer."""
    found: Schema = {
        "description": description,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    if header := HEADERS.get(status):
        found["headers"] = {header: {"schema": {"type": "string"}}}
    return found


def add_common_parts(result: Schema, **_: Any) -> Schema:
    """A POSTPROCESSING_HOOK: what all operations refer to, and the addresses that are no endpoints of ours."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR
    components["responses"] = {f"Failure{status}": failure(status, words) for status, words in BUILT_IN.items()}
    result["paths"] |= PATHS
    return result


def _by_status(errors: tuple[type[DomainError], ...]) -> dict[int, list[str]]:
    found = defaultdict(list)
    for error in errors:
        words = (inspect.getdoc(error) or "").splitlines()[0]
        found[error.status].append(f"`{error.code}`: {words}")
    return found
