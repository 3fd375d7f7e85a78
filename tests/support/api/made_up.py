"""What schemathesis is told about the API, and what it cannot judge."""

from __future__ import annotations

from contextlib import ExitStack
from copy import deepcopy
from typing import Any

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
)

from support.api.tickets import LONGEST
from tests.support.api.desk import PERSON
from tests.support.api.world import WEBHOOKS, World

Case = Any
Schema = dict[str, Any]

# What a schema cannot say: we sign cursors; these exclude each other, or stand in an order; the key is in the body too.
UNSAID = {"cursor", "before", "after", "around", "from", "to", "Idempotency-Key"}
# Fields of a body that it cannot judge: what they name may not be there, and a file be of a kind that nobody takes.
UNJUDGED = {"assigned_admin_id", "student_id", "category", "key", "language", "reply_to", "action", "file"}


def sayable(schema: Schema) -> Schema:
    """The schema without the parameters whose good values it cannot tell."""
    found = deepcopy(schema)
    for item in found["paths"].values():
        for operation in item.values():
            operation["parameters"] = [one for one in operation.get("parameters", []) if one["name"] not in UNSAID]
    return found


def linked(schema: Schema) -> Schema:
    """The schema for sequences: lists are asked for whole, so that their rows can be asked for.

    And with what schemathesis does not infer from names: a conversation's `phone` is its `phone_number`.
    """
    found = deepcopy(schema)
    del found["paths"][f"{PERSON}/presence"]  # a sequence is one transaction, and one transaction tells a thing once
    for operation in (item["get"] for item in found["paths"].values() if "get" in item):
        operation["parameters"] = [one for one in operation["parameters"] if one.get("required")]
    of_one = [item for path, item in found["paths"].items() if path.startswith(PERSON)]
    names = [operation["operationId"] for item in of_one for operation in item.values()]
    phone = {"phone": "$response.body#/data/0/phone_number"}
    links = {name: {"operationId": name, "parameters": phone} for name in names}
    found["paths"]["/api/admin/conversations"]["get"]["responses"]["200"]["links"] = links
    return found


def api_of(schema: Schema, *modes: GenerationMode, app: WSGIHandler) -> Any:
    """What schemathesis makes of the schema. All its checks are on, which is its default."""
    described = schema | {"paths": {path: item for path, item in schema["paths"].items() if path not in WEBHOOKS}}
    api: Any = schemathesis.openapi.from_dict(described)
    api.app = app
    api.config.generation.update(modes=list(modes), allow_x00=True)
    api.config.phases.coverage.generate_duplicate_query_parameters = True
    return api


def real_ids(world: World, path: str) -> dict[str, str]:
    """What stands in this path for something that is there."""
    there = world.ids_in(path)
    return {name: str(there[name]) for name in there if f"{{{name}}}" in path}


def is_about_its_path(case: Case) -> bool:
    """Whether it is the path that this case of the coverage phase tries."""
    return getattr(case.meta.phase.data, "parameter_location", None) is ParameterLocation.PATH


def groundless(case: Case) -> list[CheckFunction]:
    """The checks for which the schema gives this case no ground."""
    body, query = case.body if isinstance(case.body, dict) else {}, case.query or {}
    is_lax = case.media_type == "multipart/form-data" and (
        body.get("client_id") == "" or not isinstance(body.get("take", True), bool)
    )
    # The query says who speaks, and with it how much may be said.
    is_long = query.get("sender_type", "user") == "user" and len(str(body.get("message", ""))) > LONGEST["user"]
    found = {
        response_schema_conformance: case.path.endswith("/events"),  # it is each single event that would be looked at
        positive_data_acceptance: bool(UNJUDGED & body.keys()) or (case.path.endswith("/messages") and is_long),
        # An empty parameter means the same as none. So does a form's empty text; it has only texts, and 0 is false.
        negative_data_rejection: "" in query.values() or is_lax,
    }
    return [check for check, applies in found.items() if applies]


def is_taken(response: Any) -> bool:
    """Whether it was refused because there is one already: a sequence may say the same thing twice."""
    return bool(response.status_code == 422 and "already exists" in response.text)


def asked_as(token: str) -> dict[str, dict[str, str]]:
    """How a request is sent by the one who has this token."""
    return {"headers": {"Authorization": f"Bearer {token}"}}


def sequences(api: Any, token: str) -> Any:
    """The state machine in which one answer gives the next request its ids; each sequence is undone as a whole."""

    class Sequence(api.as_state_machine()):  # type: ignore[misc]  # made at run time, of the schema
        def setup(self) -> None:
            self.whole = ExitStack()
            self.whole.enter_context(transaction.atomic())

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.whole.close()

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return asked_as(token)

        def validate_response(self, response: Any, case: Case, _: Any = None, **sent: Any) -> None:
            # Its own would not say that the token is ours: `ignored_auth` would take it for one that was made up.
            case.validate_response(
                response,
                excluded_checks=[*groundless(case), *[positive_data_acceptance] * is_taken(response)],
                headers=sent["headers"],
                transport_kwargs=sent,
                recorder=self.recorder,
            )

    return Sequence
