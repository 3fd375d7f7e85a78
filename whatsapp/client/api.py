"""What we ask of the Graph API. Thread-safe.

Every failure becomes a SendError whose verdict says what follows, and whose text holds nothing secret or personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from django.conf import settings

from conversations.channel import Accepted, SendError, Verdict
from conversations.received import Person
from whatsapp import addresses, errors
from whatsapp.client.transport import TOTAL, Answer, BadToken, Call, NotSent, Timeouts, Transport, TransportError

COURTESY = Timeouts(connect=2.0, read=3.0, total=4.0)  # nobody waits long for blue ticks and typing dots


@dataclass(frozen=True, slots=True)
class Api:
    """One business number at one version of the API."""

    url: str  # without the version
    version: str
    token: str = field(repr=False)  # a traceback may show what stands here
    phone_number_id: str
    transport: Transport
    timeouts: Timeouts = field(default_factory=Timeouts)

    @classmethod
    def from_settings(cls) -> Api:
        """The API as settings describe it, with one connection kept for each sender."""
        return cls(
            url=settings.WHATSAPP_API_URL,
            version=settings.WHATSAPP_API_VERSION,
            token=settings.WHATSAPP_ACCESS_TOKEN,
            phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID,
            transport=Transport(settings.OUTBOX_SLOTS),
            timeouts=Timeouts(total=min(TOTAL, settings.OUTBOX_LEASE)),
        )

    def send(self, body: Mapping[str, Any], *, until: float = inf) -> Accepted:
        """`POST /{phone_number_id}/messages`; nothing is written after `until` (time.monotonic()).

        Raises SendError; UNKNOWN where Meta may have taken the message.
        """
        call = Call("POST", self.of_number("messages"), json=body)
        return _accepted(self.ask(call, replace(self.timeouts, until=until)).json())

    def mark_read(self, provider_id: str, *, typing: bool) -> None:
        """Two blue ticks up to this message; `typing` shows for at most 25 seconds. Raises SendError."""
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": provider_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        self.ask(Call("POST", self.of_number("messages"), json=body), COURTESY)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """JSON to `/{phone_number_id}/{path}`; the answer's JSON ({} where it cannot be read). Raises SendError."""
        return self.ask(Call("POST", self.of_number(path), json=body)).json()

    def get(self, path: str, **params: str) -> Answer:
        """`GET /{path}`. Raises SendError."""
        return self.ask(Call("GET", f"{self.url}/{self.version}/{path}", params=params))

    def ask(self, call: Call, timeouts: Timeouts | None = None) -> Answer:
        """One call with the token and a successful answer. Raises SendError."""
        try:
            answer = self.transport.call(call, token=self.token, timeouts=timeouts or self.timeouts)
        except TransportError as error:
            raise _failure(error) from None
        if 200 <= answer.status < 300:
            return answer
        raise errors.refusal(answer.status, answer.json())

    def of_number(self, path: str) -> str:
        """The address of something that belongs to our number. Raises SendError while no number is configured."""
        if not self.phone_number_id:
            raise SendError(Verdict.ACCOUNT, "No phone number id is configured.", hint="Set WHATSAPP_PHONE_NUMBER_ID.")
        return f"{self.url}/{self.version}/{self.phone_number_id}/{path}"


def _failure(error: TransportError) -> SendError:
    if isinstance(error, BadToken):
        return SendError(Verdict.AUTH, "No usable access token is configured.", hint="Set WHATSAPP_ACCESS_TOKEN.")
    if isinstance(error, NotSent):
        return SendError(Verdict.UNREACHABLE, f"WhatsApp cannot be reached. {error}")
    return SendError(Verdict.UNKNOWN, f"WhatsApp did not answer properly. {error}")


def _accepted(body: Mapping[str, Any]) -> Accepted:
    """Raises SendError(UNKNOWN) for a success that does not name the message: it may be on its way all the same."""
    message, contact = _first(body, "messages"), _first(body, "contacts")
    provider_id = message.get("id")
    if not isinstance(provider_id, str) or not provider_id:
        raise SendError(Verdict.UNKNOWN, "WhatsApp's answer could not be read.")
    phone, user_id = addresses.phone(contact.get("wa_id")), addresses.user_id(contact.get("user_id"))
    return Accepted(provider_id, Person(phone=phone, user_id=user_id) if phone or user_id else None)


def _first(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    items = body.get(name)
    first = items[0] if isinstance(items, list) and items else None
    return first if isinstance(first, dict) else {}
