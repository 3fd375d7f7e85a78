"""The OpenAPI schema and its page: every endpoint, every error answer, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import validate
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from edubot.api import docs
from tests.chromium import FLAGS, PATH
from tests.support.api.conftest import Api
from tests.support.api.routes import methods, routes

pytestmark = pytest.mark.django_db

UNDESCRIBED = {"api/schema/", "api/docs/"}  # the description itself


@pytest.fixture
def schema(api: Api) -> Iterator[dict[str, Any]]:
    """What `/api/schema/` answers."""
    docs.described.cache_clear()
    yield api.get("/api/schema/").json()
    docs.described.cache_clear()


def operations(schema: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation by method and path."""
    return {
        (method.upper(), path): operation
        for path, item in schema["paths"].items()
        for method, operation in item.items()
    }


class TestService:
    """The schema of the service as it is."""

    def test_it_is_openapi(self, schema: dict[str, Any]) -> None:
        validate(schema)

    def test_every_route_is_described_and_nothing_else(self, schema: dict[str, Any]) -> None:
        described = set(operations(schema))
        paths = {route: "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route) for route in routes() if route not in UNDESCRIBED}
        there = {(method, paths[route]) for route in paths for method in methods(routes()[route])}
        assert there - described == set()
        assert {path for _, path in described} == set(paths.values())

    def test_every_operation_has_a_name_and_a_sentence(self, schema: dict[str, Any]) -> None:
        found = operations(schema)
        names = [operation["operationId"] for operation in found.values()]
        assert len(names) == len(set(names))
        assert [key for key, operation in found.items() if not operation["summary"]] == []

    def test_every_operation_tells_its_errors(self, schema: dict[str, Any]) -> None:
        for (method, path), operation in operations(schema).items():
            if path.startswith("/api/webhook/"):
                continue
            codes = set(operation["responses"])
            assert {"403", "422", "429", "503"} <= codes, (method, path)
            assert ("401" in codes) >= bool(operation.get("security")), (method, path)
            assert ("409" in codes) >= (bool(operation.get("security")) and method != "GET"), (method, path)
            assert ("404" in codes) >= ("{" in path), (method, path)
            assert ({"400", "413", "415"} <= codes) is ("requestBody" in operation), (method, path)


@pytest.mark.urls("tests.edubot.api.desk")
class TestOperation:
    """What one operation says of itself, without a word too many in the code."""

    @pytest.fixture
    def names(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The operations of `/api/test/names`."""
        found: dict[str, Any] = schema["paths"]["/api/test/names"]
        return found

    def test_the_docstring_is_the_documentation(self, names: dict[str, Any]) -> None:
        assert (names["post"]["summary"], names["post"]["description"]) == ("Keep a name", "The longer story.")

    def test_each_success_is_an_envelope(self, names: dict[str, Any]) -> None:
        for status in ("201", "200"):
            envelope = names["post"]["responses"][status]["content"]["application/json"]["schema"]
            assert list(envelope["properties"]) == ["status", "message", "data", "hint"]
            assert envelope["properties"]["data"] == {"$ref": "#/components/schemas/NameOut"}

    def test_a_list_has_its_figures_and_its_second_name(self, names: dict[str, Any]) -> None:
        envelope = names["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert set(envelope["required"]) == {
            *("status", "message", "data", "names", "count", "total", "next", "skip", "limit"),
        }

    def test_parameters_are_described_one_by_one(self, names: dict[str, Any]) -> None:
        assert [one["name"] for one in names["get"]["parameters"]] == [
            *("limit", "skip", "cursor", "name", "good", "kind", "from"),
        ]
        assert names["get"]["parameters"][3]["description"] == "The name."

    def test_whoever_writes_is_told_of_lost_races(self, schema: dict[str, Any]) -> None:
        found = operations(schema)
        written, read = (
            found[key]["responses"] for key in (("POST", "/api/test/limited"), ("GET", "/api/test/polled"))
        )
        assert written["409"] == {"$ref": "#/components/responses/Failure409"}
        assert "409" not in read
        told = schema["components"]["responses"]["Failure409"]["description"]
        assert told == "`CONFLICT`: Somebody else changed this at the same moment. Look again."

    def test_refusals_of_the_domain_are_named_by_code(self, names: dict[str, Any]) -> None:
        assert "`NAME_TAKEN`: The name is taken by somebody." in names["post"]["responses"]["409"]["description"]

    def test_what_may_be_polled_says_so(self, names: dict[str, Any]) -> None:
        assert "304" in names["get"]["responses"]

    def test_a_body_may_come_as_json_or_as_a_form_and_has_an_example(self, names: dict[str, Any]) -> None:
        content = names["post"]["requestBody"]["content"]
        assert set(content) == {"application/json", "multipart/form-data"}
        assert content["application/json"]["example"] == {"name": "Ada"}

    def test_no_text_fits_two_descriptions_of_one_field(self, schema: dict[str, Any]) -> None:
        """Where a text may be empty, `oneOf` a pattern and an empty text would refuse the empty one, which is both."""
        bodies = {name: shape for name, shape in schema["components"]["schemas"].items() if name.endswith("Request")}
        fields = [field for shape in bodies.values() for field in shape.get("properties", {}).values()]
        choices = [field["oneOf"] for field in fields if "oneOf" in field]
        assert fields
        assert [one for one in choices if sum(bool(re.search(kind.get("pattern", ""), "")) for kind in one) > 1] == []

    def test_headers_that_are_looked_at_are_told(self, names: dict[str, Any]) -> None:
        (header,) = names["post"]["parameters"]
        assert (header["in"], header["name"]) == ("header", "Idempotency-Key")

    def test_files_have_their_own_type(self, schema: dict[str, Any]) -> None:
        found = schema["paths"]["/api/test/file"]["get"]["responses"]["200"]
        assert list(found["content"]) == ["text/csv"]

    def test_rights_are_told(self, schema: dict[str, Any]) -> None:
        found = schema["paths"]["/api/test/polled"]["get"]
        assert found["description"] == "Needs the right `read`."
        assert found["security"] == [{"bearer": []}]

    def test_a_path_says_what_fits_into_it(self, schema: dict[str, Any]) -> None:
        (parameter,) = schema["paths"]["/api/test/people/{address}"]["get"]["parameters"]
        assert re.match(parameter["schema"]["pattern"], "+2348012345678")


class TestPage:
    """`/api/docs/`: our policy allows no inline script, and nothing from elsewhere."""

    def test_it_holds_no_inline_script_and_no_address_of_others(self, api: Api) -> None:
        page = api.get("/api/docs/").content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=|style=", page) == []
        assert re.findall(r"(?:src|href)=\"(?!/)", page) == []

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    @pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/"])
    def test_it_is_read_only(self, method: str, path: str) -> None:
        api = Api(http=Client(enforce_csrf_checks=True))
        answer = api.send(method, path)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert answer.json()["error_code"] == "METHOD_NOT_ALLOWED"

    @pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/"])
    def test_it_says_which_methods_there_are(self, api: Api, path: str) -> None:
        answer = api.send("OPTIONS", path)
        assert (answer.status_code, answer["Allow"], answer.json()["data"]) == (200, "GET, HEAD, OPTIONS", None)
        assert api.send("HEAD", path).status_code == 200

    @pytest.mark.browser
    @pytest.mark.skipif(PATH is None, reason="no Chromium on this machine")
    @pytest.mark.django_db(transaction=True)
    def test_it_works_in_a_browser_without_the_internet(self, live_server: LiveServer) -> None:
        docs.described.cache_clear()
        complaints: list[str] = []
        asked: list[str] = []
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=PATH, args=FLAGS)
            page: Page = browser.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(f"{live_server.url}/api/docs/")
            page.get_by_role("link", name="accounts", exact=True).click()
            page.get_by_text("/api/admin/login", exact=True).click()
            expect(page.get_by_text("INVALID_CREDENTIALS", exact=False).first).to_be_visible()
            browser.close()
        assert complaints == []
        assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
