"""MEDIA_STORAGE_URL, read."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from edubot import media_store


def test_without_it_files_are_in_postgresql() -> None:
    assert media_store.named("")["BACKEND"] == "conversations.storage.PostgresStorage"


def test_an_address_says_where_and_with_which_key() -> None:
    found = media_store.s3("s3://key:se%2Fcret@files.example:9000/homework?region=eu-west-1")
    assert (found["bucket_name"], found["access_key"], found["secret_key"]) == ("homework", "key", "se/cret")
    assert (found["endpoint_url"], found["region_name"]) == ("https://files.example:9000", "eu-west-1")
    assert (found["default_acl"], found["file_overwrite"]) == (None, False)


@pytest.mark.parametrize(
    "url",
    [
        "s3://files.example/bucket",
        "s3://key@files.example/bucket",
        "s3://key:s3cr3t@files.example/",
        "s3://key:s3cr3t@/bucket",
        "s3://key:s3cr3t@files.example/a/b",
        "s3://key:s3cr3t@files.example:port/bucket",
        "https://key:s3cr3t@files.example/bucket",
    ],
)
def test_what_lacks_a_part_is_refused_without_telling_the_secret(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="must look like") as told:
        media_store.s3(url)
    assert "s3cr3t" not in str(told.value)
