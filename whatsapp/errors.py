"""What Meta's error codes mean for us, as a table. Source: "Error codes" in Meta's Cloud API documentation.

Meta advises to act on the code alone, not on the HTTP status or the title. One thing the status does decide: after a
5xx nobody knows whether the message was taken, unless the code itself says that we were throttled or not let in.

Meta's own words in an answer are never passed on. They quote what was sent: numbers, texts, even the access token.
Those in a delivery report are shown to staff where the code is not in the table, for then nothing else is known.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from conversations.channel import BY_ITSELF, SendError, Verdict

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means: what follows for us, plain words for staff, what to do, and how often to try at most."""

    verdict: Verdict
    message: str
    hint: str = ""
    tries: int | None = None


_RETRY = Verdict.RETRY
_APP = Verdict.RATE_APP
_AUTH = Verdict.AUTH
_ACCOUNT = Verdict.ACCOUNT
_RECIPIENT = Verdict.RECIPIENT
_PERMANENT = Verdict.PERMANENT

_NEW_TOKEN = "Create a new system user token in Meta Business Settings and set WHATSAPP_ACCESS_TOKEN."  # noqa: S105
_PERMISSION = (
    "Give the system user the app, the WhatsApp account and the permissions whatsapp_business_messaging and "
    "whatsapp_business_management, then create a new token."
)
_DEVELOPERS = "Tell the developers: the service sent something that WhatsApp does not take."
_TEMPLATE = "Compare the message with the template in WhatsApp Manager."
_REGISTER = "Look at the number's registration in WhatsApp Manager."
_NOT_OURS = "Nothing to do: this service does not use that part of WhatsApp."

CODES: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        # our token and permissions
        0: Meaning(_AUTH, "WhatsApp does not accept our access token.", _NEW_TOKEN),
        3: Meaning(_AUTH, "Our app may not do this on WhatsApp.", _PERMISSION),
        10: Meaning(_AUTH, "Our app lacks a permission on WhatsApp.", _PERMISSION),
        190: Meaning(_AUTH, "Our access token has expired or was withdrawn.", _NEW_TOKEN),
        131005: Meaning(_AUTH, "WhatsApp denies our app access.", _PERMISSION),
        # trouble at Meta
        1: Meaning(_RETRY, "WhatsApp could not handle the request.", BY_ITSELF, tries=3),
        2: Meaning(_RETRY, "WhatsApp is down or overloaded at the moment.", BY_ITSELF),
        131000: Meaning(_RETRY, "Something went wrong at WhatsApp.", BY_ITSELF, tries=5),
        131014: Meaning(_RETRY, "WhatsApp could not fetch the file.", "Send the file again.", tries=2),
        131016: Meaning(_RETRY, "A part of WhatsApp is unavailable at the moment.", BY_ITSELF),
        131057: Meaning(_RETRY, "Our WhatsApp account is being upgraded; that takes about a minute.", BY_ITSELF),
        132069: Meaning(_RETRY, "This flow may be sent only ten times an hour at present.", "Try again later."),
        133004: Meaning(_RETRY, "WhatsApp's server is unavailable at the moment.", BY_ITSELF),
        # too much, too fast
        4: Meaning(_APP, "Our app has made too many requests to WhatsApp.", BY_ITSELF),
        613: Meaning(_APP, "Our app has reached a request limit of WhatsApp.", BY_ITSELF),
        80007: Meaning(_APP, "Our WhatsApp account has reached a request limit.", BY_ITSELF),
        130429: Meaning(Verdict.RATE_NUMBER, "Our number sends faster than WhatsApp allows.", BY_ITSELF),
        131048: Meaning(
            _APP,
            "WhatsApp limits our number because people blocked or reported it.",
            "Look at the number's quality rating in WhatsApp Manager and send less that was not asked for.",
        ),
        131056: Meaning(
            Verdict.RATE_RECIPIENT, "This person got too many messages from us in a short time.", BY_ITSELF
        ),
        131064: Meaning(
            _APP,
            "WhatsApp limits our account because templates were filed under the wrong category.",
            "Correct the categories in WhatsApp Manager.",
        ),
        # our account or number
        33: Meaning(
            _ACCOUNT,
            "WhatsApp does not know our phone number id, or the number was deleted.",
            "Compare WHATSAPP_PHONE_NUMBER_ID with the number's id in WhatsApp Manager.",
        ),
        368: Meaning(
            _ACCOUNT,
            "WhatsApp has blocked our account for a breach of its policies.",
            "Read the decision in Business Support Home at Meta and ask for a review.",
        ),
        131031: Meaning(
            _ACCOUNT, "Our WhatsApp account is locked.", "Read why in Business Support Home at Meta, ask for a review."
        ),
        131037: Meaning(
            _ACCOUNT, "Our number's display name is not approved yet.", "Have the name approved in WhatsApp Manager."
        ),
        131042: Meaning(
            _ACCOUNT,
            "WhatsApp could not charge us: there is a problem with the payment method.",
            "Check payment method and credit line in the WhatsApp account's billing settings at Meta.",
        ),
        131044: Meaning(
            _ACCOUNT,
            "WhatsApp could not charge us for a call: there is a problem with the payment method.",
            "Check the payment method in the WhatsApp account's billing settings at Meta.",
        ),
        131045: Meaning(_ACCOUNT, "Our number's registration at WhatsApp is faulty.", _REGISTER),
        133000: Meaning(_ACCOUNT, "An earlier removal of our number from WhatsApp did not finish.", _REGISTER),
        133005: Meaning(_ACCOUNT, "The two-step PIN of our number is wrong.", _REGISTER),
        133006: Meaning(_ACCOUNT, "Our number must be verified before it is registered.", _REGISTER),
        133008: Meaning(_ACCOUNT, "The two-step PIN of our number was entered wrongly too often.", _REGISTER),
        133009: Meaning(_ACCOUNT, "The two-step PIN of our number was entered too fast.", _REGISTER),
        133010: Meaning(_ACCOUNT, "Our number is not registered for the Cloud API.", _REGISTER),
        133015: Meaning(_ACCOUNT, "Our number was deleted a moment ago; WhatsApp wants five minutes.", _REGISTER),
        133016: Meaning(_ACCOUNT, "Our number was registered and removed too often.", _REGISTER),
        # the person
        131047: Meaning(
            Verdict.WINDOW_CLOSED,
            "More than 24 hours have passed since this person wrote to us.",
            "Send an approved template; once the person answers, ordinary messages are possible again.",
        ),
        130403: Meaning(_RECIPIENT, "Our business has blocked this person.", "Unblock the person in WhatsApp Manager."),
        130472: Meaning(
            _RECIPIENT,
            "WhatsApp keeps marketing messages from this person at present, for an experiment.",
            "Wait until the person writes.",
        ),
        130497: Meaning(
            _RECIPIENT, "Our account may not write to people in this country.", "Reach the person in another way."
        ),
        131026: Meaning(
            _RECIPIENT,
            "The message cannot be delivered: the number may not be on WhatsApp, or its app is too old.",
            "Check the number; ask the person to update WhatsApp and to write to us.",
        ),
        131030: Meaning(
            _RECIPIENT,
            "Our test number may only write to numbers on its list.",
            "Add the number under API Setup in the app at Meta, or use a real business number.",
        ),
        131049: Meaning(
            _RECIPIENT,
            "WhatsApp held the message back: this person gets many marketing messages.",
            "Do not send the same template again within 24 hours.",
        ),
        131050: Meaning(
            _RECIPIENT, "This person does not want marketing messages from us.", "Answer only what the person asks."
        ),
        131062: Meaning(
            _RECIPIENT,
            "This kind of message needs the person's phone number, and we know only a user id.",
            "Ask the person for the phone number.",
        ),
        137000: Meaning(
            _RECIPIENT,
            "The person behind this number may have changed.",
            "Make sure who it is before you go on.",
        ),
        # the message
        100: Meaning(_PERMANENT, "WhatsApp does not understand the request.", _DEVELOPERS),
        131008: Meaning(_PERMANENT, "The message lacks something that WhatsApp needs.", _DEVELOPERS),
        131009: Meaning(
            _PERMANENT, "WhatsApp does not take a value in the message.", f"Check the phone number. {_DEVELOPERS}"
        ),
        131021: Meaning(_PERMANENT, "The message was addressed to our own number.", "Check the phone number."),
        131051: Meaning(_PERMANENT, "WhatsApp does not support this type of message.", _DEVELOPERS),
        131052: Meaning(
            _PERMANENT, "WhatsApp could not load the file that was sent to us.", "Ask the person to send it again."
        ),
        131053: Meaning(
            _PERMANENT, "WhatsApp does not take this file.", "Send it in another format, or smaller, or as a document."
        ),
        131060: Meaning(_PERMANENT, "The message that arrived cannot be shown.", "Ask the person to send it again."),
        131063: Meaning(
            _PERMANENT,
            "Marketing messages are switched off for our account on this API.",
            "Switch them on in WhatsApp Manager, or send a utility template.",
        ),
        134011: Meaning(
            _PERMANENT, "The terms of WhatsApp payments have not been accepted.", "Accept them in WhatsApp Manager."
        ),
        135000: Meaning(_RETRY, "WhatsApp could not use something in the message.", _DEVELOPERS, tries=2),
        # templates and flows
        132000: Meaning(_PERMANENT, "The template takes another number of values.", _TEMPLATE),
        132001: Meaning(
            _PERMANENT,
            "The template does not exist in this language, or is not approved.",
            "Check name, language and status in WhatsApp Manager; a new approval takes up to ten minutes to work.",
        ),
        132005: Meaning(_PERMANENT, "The template's text is too long with these values.", "Shorten the values."),
        132007: Meaning(_PERMANENT, "The template's content breaks a rule of WhatsApp.", _TEMPLATE),
        132008: Meaning(_PERMANENT, "A value does not have the form that the template wants.", _TEMPLATE),
        132012: Meaning(_PERMANENT, "A value does not have the form that the template wants.", _TEMPLATE),
        132015: Meaning(
            _PERMANENT,
            "WhatsApp has paused the template for its low quality.",
            "Use another template, improve this one.",
        ),
        132016: Meaning(_PERMANENT, "WhatsApp has switched the template off for good.", "Use another template."),
        132018: Meaning(_PERMANENT, "A value is not allowed in the template.", _TEMPLATE),
        132068: Meaning(_PERMANENT, "WhatsApp has blocked this flow.", "Look at the flow in WhatsApp Manager."),
        # groups, which this service does not use
        131020: Meaning(_PERMANENT, "The group cannot be used.", _NOT_OURS),
        131041: Meaning(_PERMANENT, "The group cannot be used.", _NOT_OURS),
    }
)

RANGES: Final[tuple[tuple[range, Meaning], ...]] = (
    (range(200, 300), Meaning(_AUTH, "Our app lacks a permission on WhatsApp.", _PERMISSION)),
    (range(131200, 131300), Meaning(_PERMANENT, "The group cannot be used.", _NOT_OURS)),
    (range(138000, 139000), Meaning(_PERMANENT, "The call cannot be made.", _NOT_OURS)),
    (range(147001, 147006), Meaning(_PERMANENT, "The business user name cannot be used.", _NOT_OURS)),
)

_WITHOUT_A_CODE: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        401: Meaning(_AUTH, "WhatsApp does not accept our access token.", _NEW_TOKEN),
        408: Meaning(Verdict.UNKNOWN, "The request took too long."),
        429: Meaning(Verdict.RATE_NUMBER, "We send faster than WhatsApp allows.", BY_ITSELF),
    }
)
# Code 33 as the Graph API says it at an address: the id in it, our number's or a file's, leads to nothing.
UNKNOWN_OBJECT: Final = (100, 33)
# What a 5xx leaves certain: Meta refused before it looked at the message.
_CERTAIN_AT_5XX: Final = frozenset({_AUTH, _APP, Verdict.RATE_NUMBER, Verdict.RATE_RECIPIENT})


def meaning(code: int | None) -> Meaning | None:
    """The table's row for a code; None where the table has none."""
    if code is None:
        return None
    return CODES.get(code) or next((found for codes, found in RANGES if code in codes), None)


def refusal(status: int, body: Mapping[str, Any]) -> SendError:
    """The error for an answer of the Graph API that is no success.

    `status` is the HTTP status, `body` the answer's JSON ({} where it was none). Whatever it gets, it answers.
    """
    error = body.get("error")
    error = error if isinstance(error, dict) else {}
    code = error.get("code")
    code = code if isinstance(code, int) and not isinstance(code, bool) else None
    if (code, error.get("error_subcode")) == UNKNOWN_OBJECT:
        code = 33
    found = meaning(code)
    if found is None:
        found = _unlisted(status, code, transient=error.get("is_transient") is True)
        if found.verdict not in {Verdict.UNKNOWN, Verdict.RATE_NUMBER}:
            log.error("WhatsApp gave an answer that we do not know.", extra={**_trace(error), "status": status})
    verdict = found.verdict
    if status >= 500 and verdict not in _CERTAIN_AT_5XX:
        verdict = Verdict.UNKNOWN
    return SendError(verdict, found.message, code=code, hint=found.hint, tries=found.tries)


def _unlisted(status: int, code: int | None, *, transient: bool) -> Meaning:
    if status in _WITHOUT_A_CODE:
        return _WITHOUT_A_CODE[status]
    if status >= 500:
        return Meaning(Verdict.UNKNOWN, "WhatsApp had trouble and did not say whether it took the message.")
    if 300 <= status < 400:
        return Meaning(_ACCOUNT, "The address of WhatsApp's API leads elsewhere.", "Check WHATSAPP_API_URL.")
    if transient:
        return Meaning(_RETRY, "WhatsApp could not take the message at the moment.", BY_ITSELF)
    name = f"error {code}" if code is not None else f"HTTP status {status}"
    return Meaning(_PERMANENT, f"WhatsApp refused the request with an unknown {name}.", "Tell the developers.")


def _trace(error: Mapping[str, Any]) -> dict[str, object]:
    """What a log may hold of Meta's error: numbers, and the id by which Meta finds the request."""
    trace = error.get("fbtrace_id")
    numbers = {name: error.get(name) for name in ("code", "error_subcode") if isinstance(error.get(name), int)}
    return {**numbers, "fbtrace_id": trace[:64] if isinstance(trace, str) else ""}
