"""Signed links to one file: what they open, for how long, and that no log tells them."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from conversations import media
from conversations.downloads import part
from conversations.models import Attachment, Conversation
from edubot.logs import JsonFormatter
from tests.conversations.admin.conftest import PNG
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Api, ClientFor, log_in


@pytest.fixture
def photos(lead: Conversation, phone: Phone) -> list[Attachment]:
    """Two photos of the thread."""
    for _ in range(2):
        phone.sends_photo(PNG, "image/png")
    found = list(Attachment.objects.order_by("pk"))
    for one in found:
        media.fetch(one.pk)
    return found


@pytest.fixture
def desk(reader: User, client_for: ClientFor) -> Api:
    """Somebody who may read."""
    return client_for(reader)


def link(desk: Api, photo: Attachment) -> str:
    """A link to this photo."""
    answer = desk.post(f"/api/admin/media/{photo.pk}/link")
    assert answer.status_code == 200, answer.content
    return str(answer.json()["data"]["url"])


def test_it_shows_the_file_without_a_header_also_on_another_origin(
    desk: Api, api: Api, photos: list[Attachment]
) -> None:
    answer = api.get(link(desk, photos[0]))
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, PNG, "image/png")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_it_counts_for_five_minutes(desk: Api, api: Api, photos: list[Attachment]) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        made = desk.post(f"/api/admin/media/{photos[0].pk}/link").json()["data"]
        assert datetime.fromisoformat(made["expires_at"]) == now + timedelta(minutes=5)
        clock.shift(timedelta(minutes=4, seconds=59))
        assert api.get(made["url"]).status_code == 200
        clock.shift(timedelta(seconds=3))
        assert api.get(made["url"]).status_code == 401


def test_it_opens_one_file_and_nothing_else(desk: Api, api: Api, photos: list[Attachment]) -> None:
    query = urlsplit(link(desk, photos[0])).query
    assert api.get(f"/api/admin/media/{photos[1].pk}?{query}").status_code == 401
    assert api.post(f"/api/admin/media/{photos[0].pk}/link?{query}").status_code == 401
    assert api.get(f"/api/admin/me?{query}").status_code == 401


@pytest.mark.parametrize("wrong", ["", "x", "x" * 5000, "a:b:c", "%00", "WzFd:1:1"])
def test_a_made_up_signature_is_401(api: Api, photos: list[Attachment], wrong: str) -> None:
    assert api.get(f"/api/admin/media/{photos[0].pk}?signature={wrong}").status_code == 401


def test_it_ends_with_the_log_in(api: Api, photos: list[Attachment], reader: User) -> None:
    given = log_in(reader.username).json()
    url = link(Api(given["access"]), photos[0])
    assert api.get(url).status_code == 200
    api.post("/api/admin/logout", {"refresh": given["refresh"]})
    assert api.get(url).status_code == 401


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"password": "another"}])
def test_it_ends_with_the_rights_of_its_person(
    desk: Api, api: Api, photos: list[Attachment], reader: User, change: dict[str, object]
) -> None:
    url = link(desk, photos[0])
    User.objects.filter(pk=reader.pk).update(**change)
    assert api.get(url).status_code == 401


def test_no_log_tells_it(desk: Api, api: Api, photos: list[Attachment], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    url = link(desk, photos[0])
    api.get(url)
    api.get(f"{url}x")
    api.get(url.replace(f"/{photos[0].pk}?", "/999999?"))
    (signature,) = parse_qs(urlsplit(url).query)["signature"]
    lines = [JsonFormatter().format(record) for record in caplog.records if not record.name.startswith("django.db")]
    assert [line for line in lines if "api/admin/media/<id:media_id>" in line]
    assert [line for line in lines if signature[:12] in line] == []


def test_a_player_gets_the_part_it_asks_for(desk: Api, api: Api, photos: list[Attachment]) -> None:
    url = link(desk, photos[0])
    answer = api.get(url, range="bytes=8-15")
    assert (answer.status_code, answer.content) == (206, PNG[8:16])
    assert (answer["Content-Range"], answer["Accept-Ranges"]) == (f"bytes 8-15/{len(PNG)}", "bytes")
    assert api.get(url, range="bytes=99999-").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("bytes=0-", range(10)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=2-99", range(2, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        *(
            (wrong, None)
            for wrong in ("", "bytes=-", "bytes=-0", "bytes=10-", "bytes=4-2", "bytes=0-1,3-4", "pages=1-2")
        ),
    ],
)
def test_one_part_is_cut_and_any_other_wish_is_passed_over(wanted: str, found: range | None) -> None:
    assert part(wanted, 10) == found
