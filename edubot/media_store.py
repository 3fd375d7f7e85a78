"""MEDIA_STORAGE_URL: where the files of the thread are kept, as Django's STORAGES wants to hear it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

POSTGRES: dict[str, Any] = {"BACKEND": "conversations.storage.PostgresStorage"}
NEEDED = ("storages", "boto3")


def named(url: str) -> dict[str, Any]:
    """The entry of STORAGES for `s3://KEY:SECRET@HOST/BUCKET?region=…`; PostgreSQL for "".

    Raises ImproperlyConfigured, without the secret, for any other address and where the packages are missing.
    """
    if not url:
        return POSTGRES
    options = s3(url)
    if any(find_spec(package) is None for package in NEEDED):
        raise ImproperlyConfigured(
            'MEDIA_STORAGE_URL names an S3 store, which needs packages on top: pip install "django-storages[s3]".'
        )
    return {"BACKEND": "edubot.s3_store.S3Store", "OPTIONS": options}


def s3(url: str) -> dict[str, Any]:
    """The options of django-storages for an address. Nothing in the bucket is public; a name is never used twice."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        raise _unlike() from None
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not (host and bucket and parts.username and parts.password) or "/" in bucket:
        raise _unlike()
    return {
        "bucket_name": bucket,
        "access_key": unquote(parts.username),
        "secret_key": unquote(parts.password),
        "endpoint_url": f"https://{host}",
        "region_name": parse_qs(parts.query).get("region", [None])[0],
        "default_acl": None,
        "file_overwrite": False,
    }


def _unlike() -> ImproperlyConfigured:
    return ImproperlyConfigured("MEDIA_STORAGE_URL must look like s3://KEY:SECRET@HOST/BUCKET?region=…")
