"""Files at the stand-in: upload, description, download. Ids live as Meta's do; download addresses for five minutes."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone

from whatsapp.simulator import graph, limits, phones
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.faults import merge
from whatsapp.simulator.models import MediaFile, everybodys_faults

ADDRESS_LIVES = timedelta(minutes=5)
FILE_LIVES = timedelta(days=7)  # of a file that a person sent; uploads live 30 days


@graph.ours
def upload(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`POST /{phone_number_id}/media`: multipart with `messaging_product` and `file`; answers `{"id"}`."""
    if request.POST.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    file = request.FILES.get("file")
    if file is None:
        raise GraphError(100, "The parameter file is required.")
    mime_type = file.content_type or request.POST.get("type", "")
    limits.check_upload(limits.kind_of_upload(mime_type), file.size or 0, mime_type)
    data = file.read()
    stored = MediaFile.objects.create(
        media_id=phones.new_media_id(),
        mime_type=mime_type,
        filename=phones.clean(file.name or "")[:240],
        data=data,
        sha256=hashlib.sha256(data).digest(),
    )
    return JsonResponse({"id": stored.media_id})


def describe(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`GET /{id}`: a media file, or else our number or account."""
    file = MediaFile.objects.filter(media_id=object_id).first()
    if file is None:
        return graph.describe(request, object_id)
    if _fault(file) == "missing" or timezone.now() - file.created_at > FILE_LIVES:
        raise graph.unknown_object(object_id)
    file.key, file.key_expires_at = secrets.token_urlsafe(24), timezone.now() + ADDRESS_LIVES
    file.save(update_fields=["key", "key_expires_at"])
    return JsonResponse(
        {
            "messaging_product": "whatsapp",
            "url": request.build_absolute_uri(reverse("simulator:download", args=[object_id, file.key])),
            "mime_type": file.mime_type,
            "sha256": bytes(file.sha256).hex(),
            "file_size": str(len(file.data)),
            "id": object_id,
        }
    )


def delete(_request: HttpRequest, object_id: str) -> HttpResponseBase:
    """`DELETE /{media_id}`."""
    if not MediaFile.objects.filter(media_id=object_id).delete()[0]:
        raise graph.unknown_object(object_id)
    return JsonResponse({"success": True})


def download(_request: HttpRequest, media_id: str, key: str) -> HttpResponseBase:
    """The bytes; 404 once the address has expired."""
    file = MediaFile.objects.filter(media_id=media_id, key=key, key_expires_at__gt=timezone.now()).first()
    fault = _fault(file) if file else "expired"
    if file is None or fault == "expired":
        return HttpResponse(status=404)
    if fault == "redirect":
        return HttpResponseRedirect("http://169.254.169.254/latest/meta-data/")
    data = bytes(file.data)
    if fault == "corrupt":
        data = data[:-1] + bytes([data[-1] ^ 0xFF])
    return HttpResponse(data, content_type=file.mime_type, headers={"X-Content-Type-Options": "nosniff"})


def _fault(file: MediaFile) -> str:
    return merge(everybodys_faults(), file.phone.faults if file.phone else {}).files
