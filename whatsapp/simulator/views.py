"""The page, and the small JSON API behind it. Thin: read the request, call one verb of `phones`, answer.

An error is `{"error": sentence}`: 404 for what is not there, 422 for what cannot be done. CSRF protection stays on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from whatsapp.simulator import clock, faults, graph, phones, state
from whatsapp.simulator.errors import KNOWN, GraphError
from whatsapp.simulator.models import MediaFile, Phone, Switchboard, everybodys_faults, lock

Body = Mapping[str, Any]
LONGEST_JUMP = timedelta(days=400).total_seconds()
SHOWN_INLINE = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "audio/ogg", "audio/mpeg", "audio/mp4", "video/mp4"}
)


def reads_json(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Hands the request's JSON object to a view as its second argument; turns a PhoneError into its answer."""

    @wraps(view)
    def endpoint(request: HttpRequest, **from_url: object) -> HttpResponseBase:
        try:
            return view(request, _body(request), **from_url)
        except phones.PhoneError as error:
            return JsonResponse({"error": str(error)}, status=422)
        except Phone.DoesNotExist:
            return JsonResponse({"error": "This phone is gone."}, status=404)

    return endpoint


def _body(request: HttpRequest) -> Body:
    if request.content_type == "multipart/form-data":
        return request.POST.dict()
    if request.method == "GET" or not request.body:
        return {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise phones.PhoneError("The request is not readable JSON.") from error
    if not isinstance(body, dict):
        raise phones.PhoneError("The request must be a JSON object.")
    return body


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise phones.PhoneError(f"{name} must be a text.")
    return value


def _flag(body: Body, name: str) -> bool | None:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise phones.PhoneError(f"{name} must be true or false.")
    return value


# --- the page ---------------------------------------------------------------------------------------------------------


@require_GET
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The phones, side by side."""
    return render(request, "simulator/page.html", {"brand": settings.BOT_NAME, "zone": settings.TIME_ZONE})


@require_GET
def media(request: HttpRequest, media_id: str) -> HttpResponse:
    """A file of a thread, for the page. What a browser might run is handed out as a download."""
    file = MediaFile.objects.filter(media_id=media_id).first()
    if file is None:
        return HttpResponse(status=404)
    kind = file.mime_type.partition(";")[0].strip().lower()
    inline = kind in SHOWN_INLINE
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    if not inline:
        headers["Content-Disposition"] = "attachment"
    return HttpResponse(bytes(file.data), content_type=kind if inline else "application/octet-stream", headers=headers)


# --- phones -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@reads_json
def phone_list(request: HttpRequest, body: Body) -> HttpResponseBase:
    """GET: all phones without their threads. POST `{number, name}`: a new one."""
    if request.method == "POST":
        phone = phones.add(_text(body, "number"), _text(body, "name"))
        return JsonResponse(state.of_phone(phone), status=201)
    return JsonResponse({"phones": [state.of_phone(phone) for phone in Phone.objects.order_by("pk")]})


@require_http_methods(["PATCH", "DELETE"])
@reads_json
def phone_detail(request: HttpRequest, body: Body, phone_id: int) -> HttpResponseBase:
    """PATCH any of `{name, hides_number, number, online, reading}`; DELETE throws the phone away."""
    if request.method == "DELETE":
        Phone.objects.filter(pk=phone_id).delete()
        return JsonResponse({})
    if "name" in body or "hides_number" in body:
        name = _text(body, "name") if "name" in body else None
        phones.set_profile(phone_id, name=name, hides_number=_flag(body, "hides_number"))
    if "online" in body or "reading" in body:
        phones.set_presence(phone_id, online=_flag(body, "online"), reading=_flag(body, "reading"))
    if "number" in body:
        phones.change_number(phone_id, _text(body, "number"))
    return JsonResponse(state.of_phone(Phone.objects.get(pk=phone_id)))


@require_GET
def news(request: HttpRequest) -> HttpResponseBase:
    """`?phone=<id>:<version>` once per phone: what is newer. One cheap query when nothing is."""
    seen: dict[int, int] = {}
    for pair in request.GET.getlist("phone"):
        phone, _, version = pair.partition(":")
        if not (phone.isdecimal() and version.isdecimal() and len(phone) < 10 and len(version) < 18):
            return JsonResponse({"error": "phone must look like 3:17."}, status=422)
        seen[int(phone)] = int(version)
    return JsonResponse({"phones": state.news(seen)})


@require_POST
@reads_json
def jump(request: HttpRequest, body: Body, phone_id: int) -> HttpResponseBase:
    """`{seconds}`: let time go by for a phone."""
    seconds = body.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_JUMP:
        raise phones.PhoneError("seconds must be a number above 0 and at most 400 days.")
    return JsonResponse(state.of_phone(clock.pass_time(phone_id, timedelta(seconds=seconds))))


# --- what a person says -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@reads_json
def thread(request: HttpRequest, body: Body, phone_id: int) -> HttpResponseBase:
    """GET `?before=<place>`: earlier messages. POST: send from the phone; `type` is one of `_VERBS`."""
    if request.method == "GET":
        before = request.GET.get("before", "")
        if not (before.isdecimal() and len(before) < 18):
            raise phones.PhoneError("before must be the place of a message.")
        return JsonResponse({"messages": state.earlier(Phone.objects.get(pk=phone_id), int(before))})
    verb = _VERBS.get(_text(body, "type"))
    if verb is None:
        raise phones.PhoneError(f"type must be one of {', '.join(sorted(_VERBS))}.")
    verb(request, body, phone_id)
    return JsonResponse({}, status=201)


def _say_text(_request: HttpRequest, body: Body, phone_id: int) -> None:
    phones.say_text(phone_id, _text(body, "text"), quotes=_text(body, "quotes"))


def _tap(_request: HttpRequest, body: Body, phone_id: int) -> None:
    phones.tap(phone_id, _text(body, "wamid"), _text(body, "id"))


def _react(_request: HttpRequest, body: Body, phone_id: int) -> None:
    phones.react(phone_id, _text(body, "wamid"), _text(body, "emoji"))


def _revoke(_request: HttpRequest, body: Body, phone_id: int) -> None:
    phones.revoke(phone_id, _text(body, "wamid"))


def _edit(_request: HttpRequest, body: Body, phone_id: int) -> None:
    phones.edit(phone_id, _text(body, "wamid"), _text(body, "text"))


def _played(_request: HttpRequest, body: Body, phone_id: int) -> None:
    phones.played(phone_id, _text(body, "wamid"))


def _say_location(_request: HttpRequest, _body: Body, phone_id: int) -> None:
    place = {"latitude": 6.5244, "longitude": 3.3792, "name": "University of Lagos", "address": "Akoka, Lagos"}
    phones.say(phone_id, "location", place)


def _say_contact(_request: HttpRequest, _body: Body, phone_id: int) -> None:
    card = {
        "name": {"formatted_name": "Tunde Bello", "first_name": "Tunde"},
        "phones": [{"phone": "+234 803 000 0099"}],
    }
    phones.say(phone_id, "contacts", [card])


def _say_unsupported(_request: HttpRequest, _body: Body, phone_id: int) -> None:
    phones.say(phone_id, "unsupported", {"type": "poll_creation"})


def _send_file(request: HttpRequest, body: Body, phone_id: int) -> None:
    file = request.FILES.get("file")
    kind = _text(body, "kind")
    if file is None or kind not in {"image", "video", "audio", "document", "sticker"}:
        raise phones.PhoneError("A file needs its kind: image, video, audio, document or sticker.")
    upload = phones.Upload(
        kind, file.read(), file.content_type or "", file.name or "", _text(body, "caption"), voice=kind == "audio"
    )
    phones.send_file(phone_id, upload, quotes=_text(body, "quotes"))


_VERBS: dict[str, Callable[[HttpRequest, Body, int], None]] = {
    "text": _say_text,
    "tap": _tap,
    "reaction": _react,
    "revoke": _revoke,
    "edit": _edit,
    "played": _played,
    "location": _say_location,
    "contact": _say_contact,
    "unsupported": _say_unsupported,
    "file": _send_file,
}


# --- fault switches ---------------------------------------------------------------------------------------------------


@require_GET
def fault_options(request: HttpRequest) -> HttpResponseBase:
    """What the switches can be set to, in words, and how they stand for everybody."""
    codes = {str(code): f"{code} {title}" for code, (_, title) in KNOWN.items()}
    answers = {name: answer.label for name, answer in faults.ANSWERS.items()}
    options = {"answer": answers, "code": codes, "statuses": faults.STATUSES, "files": faults.FILES}
    return JsonResponse({"options": options, "everybody": everybodys_faults()})


@require_http_methods(["PUT"])
@reads_json
def set_faults(request: HttpRequest, body: Body, phone_id: int | None = None) -> HttpResponseBase:
    """Replace the switches of a phone, or those for everybody; `{}` heals everything."""
    switches = _switches(body)
    if phone_id is None:
        Switchboard.objects.update_or_create(pk=1, defaults={"faults": switches})
    else:
        phone = lock(phone_id)
        Phone.objects.filter(pk=phone.pk).update(faults=switches)
    return JsonResponse({"faults": switches})


def _switches(body: Body) -> dict[str, Any]:
    try:
        return faults.parse(body)
    except ValueError as error:
        raise phones.PhoneError(str(error)) from error


@csrf_exempt
@require_http_methods(["PUT"])
def set_faults_by_token(request: HttpRequest) -> HttpResponseBase:
    """`PUT /simulator/graph/faults` for programs: the switches for everybody, with the access token, not a cookie."""
    try:
        graph.check_token(request)
    except GraphError as error:
        return JsonResponse(error.body(), status=error.status)
    return set_faults(request)
