"""Static files: compressed for whoever takes that, and under addresses that name the release, to be kept for good.

WhiteNoise finds and serves them (settings.MIDDLEWARE); what is here stands before it. Nothing else is ever compressed:
an answer with a secret and a stranger's words in it would give the secret away by its length (BREACH, CVE-2013-3587).
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator
from copy import copy
from functools import cache
from typing import IO, cast

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import parse_http_date

from edubot.middleware import GetResponse

TEXTS = (".js", ".css", ".svg", ".json", ".map", ".txt")
FOR_GOOD = "max-age=31536000, public, immutable"
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_RELEASE = re.compile(rf"^{re.escape(settings.STATIC_URL)}@([0-9a-f]+)/")
_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


class ReleaseStorage(StaticFilesStorage):
    """Addresses with the release in them: `/static/@1f0c…/console/main.js`. A module's own imports inherit it."""

    def url(self, name: str | None) -> str:
        """The address of this file: the plain one where files are looked for anew, for somebody works on them."""
        return super().url(name if settings.WHITENOISE_AUTOREFRESH else f"@{release()}/{name}")


@cache
def release() -> str:
    """What names this version of all static files: a digest of their contents."""
    digest = hashlib.sha256()
    for name, content in sorted(_files()):
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:12]


def _files() -> Iterator[tuple[str, bytes]]:
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            with storage.open(name) as file:
                yield name, file.read()


class StaticMiddleware:
    """Compresses texts, each once per process; stands right before WhiteNoise."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._packed: dict[str, tuple[str, bytes]] = {}  # address -> tag of the file as it was, compressed

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The file; other paths go on."""
        if not request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        named = _RELEASE.match(request.path_info)
        if named:
            request.path_info = settings.STATIC_URL + request.path_info[named.end() :]
        response = self._serve(request)
        if named and named[1] == release() and response.status_code in (200, 206, 304):
            response.headers["Cache-Control"] = FOR_GOOD
        return response

    def _serve(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.endswith(TEXTS):
            return self.get_response(request)
        response = self._pack(request) if _may_be_packed(request) else self.get_response(request)
        patch_vary_headers(response, ["Accept-Encoding"])
        return response

    def _pack(self, request: HttpRequest) -> HttpResponseBase:
        """The compressed file under a tag of its own: another representation is another thing to compare with."""
        whole = copy(request)
        whole.method = "GET"
        whole.META = {name: value for name, value in request.META.items() if name not in _CONDITIONS}
        found = self.get_response(whole)
        if found.status_code != 200:
            return found
        file: IO[bytes] = found.file_to_stream  # type: ignore[attr-defined]  # WhiteNoise answers with a FileResponse
        body = self._compressed(request.path_info, found.headers["ETag"], file)
        tag = found.headers["ETag"].removesuffix('"') + '-gz"'
        about = {"Content-Encoding": "gzip", "Content-Length": str(len(body)), "ETag": tag}
        answer = HttpResponse(body if request.method == "GET" else b"", headers=dict(found.items()) | about)
        changed = parse_http_date(found.headers["Last-Modified"])
        return cast("HttpResponseBase", get_conditional_response(request, tag, changed, answer))

    def _compressed(self, address: str, tag: str, file: IO[bytes]) -> bytes:
        known, body = self._packed.get(address, ("", b""))
        with file:  # closing the response instead would tell Django that the request is over
            if known != tag:
                body = gzip.compress(file.read(), mtime=0)
                self._packed[address] = tag, body
        return body


def _may_be_packed(request: HttpRequest) -> bool:
    takes = _TAKES_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    return request.method in ("GET", "HEAD") and bool(takes) and "HTTP_RANGE" not in request.META
