"""What a request may hold: JSON's types at their word, known parameters once, ids and phones in paths."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.api.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.edubot.api.desk")]

NAMES = "/api/test/names"


WRONG: dict[str, list[Any]] = {
    "name": [5, 5.5, True, [], {}, None, "", "   ", "x" * 21, "a\0b", "\ud800"],
    "age": ["5", 5.5, True, [], None, 2**63, -(2**64), 10**400],
    "id": [0, -1, "1", 2**63],
    "good": ["true", 1, 0, "yes", [], None],
    "kind": ["c", 1, True, [], {}, None, "x" * 10_000, "\ud800"],
    "marks": ["1", {}, 5, ["1"], [True], [None], [[1]], [2**70]],
    "email": ["ada", "a@b", 5, "a\0@example.com"],
    "price": ["x", [], {}, None],
    "words": ["", "  ", "\u200d\u200b", "\u202e", "x" * 11],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_value_of_another_kind_is_422_and_named(api: Api, field: str, value: Any) -> None:
    answer = api.post(NAMES, {"name": "Chi"} | {field: value})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")
    assert {name.split(".")[0] for name in answer.json()["errors"]} == {field}
    assert len(answer.content) < 1000


@pytest.mark.parametrize("body", [[], "x", 5, None, True, [{"name": "Chi"}]])
def test_a_body_that_is_no_object_is_422(api: Api, body: Any) -> None:
    answer = api.post(NAMES, b"null" if body is None else body)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["non_field_errors"])


def test_unknown_keys_are_ignored(api: Api) -> None:
    answer = api.post(NAMES, {"name": "Chi", "is_staff": True, "__class__": 1})
    assert (answer.status_code, answer.json()["hint"]) == (201, "['name']")


def test_good_values_arrive(api: Api) -> None:
    body = {"name": " Chi ", "age": -3, "id": 2**63 - 1, "good": False, "kind": "a", "marks": [1, 2], "price": 0.5}
    answer = api.post(NAMES, body | {"words": "👩‍🏫", "email": "ada@example.com"})
    assert answer.status_code == 201
    assert answer.json()["data"]["name"] == "Chi"


def test_a_patch_changes_what_it_names(api: Api) -> None:
    assert api.patch(NAMES, {"age": 5}).json()["data"] == {"name": "unchanged"}
    assert api.patch(NAMES, {"name": ""}).status_code == 422


class TestQuery:
    """The part after the question mark."""

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            *(
                (f"limit={value}", "limit")
                for value in ("0", "101", "-1", "abc", "1.0", "1_0", "+5", "", "٥", "9" * 21)
            ),
            *((f"skip={value}", "skip") for value in ("-1", "x", "", "1e3", "9" * 20, "1000000001")),
            *((f"cursor={value}", "cursor") for value in ("", "x", "x" * 3000, "%00", "é")),
            ("skip=1&cursor=x", "cursor"),
            ("limit=5&limit=6", "limit"),
            ("name=%00", "name"),
            ("kind=c", "kind"),
            ("good=maybe", "good"),
            ("from=yesterday", "from"),
            ("from_=2026-01-01", "from_"),
            ("nmae=Ada", "nmae"),
            ("ordering=user__password", "ordering"),
            ("name__startswith=A", "name__startswith"),
            ("_connector=OR", "_connector"),
            ("limit=5&limit=6&x=1", "limit"),
        ],
    )
    def test_what_is_wrong_is_422_and_named(self, api: Api, query: str, field: str) -> None:
        answer = api.get(f"{NAMES}?{query}")
        assert (answer.status_code, answer.json()["error_code"]) == (422, "VALIDATION_ERROR")
        assert field in answer.json()["errors"]

    def test_an_unknown_parameter_is_told_the_known_ones(self, api: Api) -> None:
        (problem,) = api.get(f"{NAMES}?nmae=Ada").json()["errors"]["nmae"]
        assert "limit, skip, cursor, name, good, kind, from" in problem

    def test_an_operation_without_parameters_takes_none(self, api: Api) -> None:
        assert api.get("/api/test/rows/1?x=1").status_code == 422

    def test_an_empty_filter_is_none(self, api: Api) -> None:
        assert api.get(f"{NAMES}?limit=20&name=&good=&kind=&from=").status_code == 200

    def test_good_parameters_are_taken(self, api: Api) -> None:
        assert api.get(f"{NAMES}?limit=100&skip=0&name=Ada&good=true&kind=b&from=2026-01-31").status_code == 200


class TestPaths:
    """Ids and addresses; everything else is 404 before the database hears of it."""

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("+2348012345678", "+2348012345678"),
            ("%2B2348012345678", "+2348012345678"),
            ("2348012345678", "+2348012345678"),
            ("12345", "+12345"),
            ("9" * 20, "+" + "9" * 20),
            ("NG.13491208655302741918", "NG.13491208655302741918"),
            ("NG.ENT.abcDEF123", "NG.ENT.abcDEF123"),
            ("NG." + "a" * 128, "NG." + "a" * 128),
        ],
    )
    def test_a_person_is_known_by_every_way_to_write_the_address(self, api: Api, written: str, meant: str) -> None:
        assert api.get(f"/api/test/people/{written}").json()["data"] == {"address": meant}

    @pytest.mark.parametrize(
        "wrong",
        [
            *("1234", "9" * 21, "++234801234567", "%20234801234567", "234 801", "٢٣٤٨٠١٢٣٤٥", "%00", "..", "%2E%2E%2F"),
            *(
                "ng.123",
                "NG.",
                "NG." + "a" * 129,
                "NG.a-b",
                "NGA.1",
                "NG.ENT.",
                "NG.XXX.1",
                "+NG.1",
                "2348012345678%0A",
            ),
            *("2348012345678/", "+", "0x1234567", "1e10000000"),
        ],
    )
    def test_what_is_no_address_is_404(self, api: Api, wrong: str, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            answer = api.get(f"/api/test/people/{wrong}")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND")

    @pytest.mark.parametrize(("written", "meant"), [("1", 1), (str(2**63 - 1), 2**63 - 1)])
    def test_an_id_is_a_number_of_the_database(self, api: Api, written: str, meant: int) -> None:
        assert api.get(f"/api/test/rows/{written}").json()["data"] == {"row": meant}

    @pytest.mark.parametrize(
        "wrong", ["0", "01", "-1", "1.0", "x", str(2**63), "9" * 19, "9" * 40, "１", "%00", "1%20"]
    )
    def test_what_is_no_id_is_404(self, api: Api, wrong: str) -> None:
        assert api.get(f"/api/test/rows/{wrong}").status_code == 404

    @pytest.mark.parametrize("written", ["41", "msg_41"])
    def test_a_message_id_may_carry_its_prefix(self, api: Api, written: str) -> None:
        assert api.get(f"/api/test/messages/{written}").json()["data"] == {"message": 41}

    @pytest.mark.parametrize("wrong", ["msg_", "MSG_41", "msg_041", "msg_-1", "msg_" + "9" * 19, quote("msg_41 ")])
    def test_what_is_no_message_id_is_404(self, api: Api, wrong: str) -> None:
        assert api.get(f"/api/test/messages/{wrong}").status_code == 404
