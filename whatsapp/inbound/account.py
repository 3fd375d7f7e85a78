"""What Meta says about the account, a number or a template: notices for staff.

Four account events mean that nothing will be delivered any more, so sending stops until a person looks. The fields are
listed under "Webhooks reference" in Meta's WhatsApp documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conversations.received import Notice, Severity
from whatsapp.inbound.receipts import first_error
from whatsapp.inbound.values import listed, mapping, text

TITLE_LENGTH = 300
STOPPING = frozenset({"ACCOUNT_DELETED", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "DISABLED_UPDATE"})


@dataclass(frozen=True, slots=True)
class Field:
    """How a webhook field is told to staff: a label, the keys whose words complete it, the words that are a warning."""

    label: str
    says: tuple[str, ...] = ()
    warns: frozenset[str] = frozenset()


FIELDS = {
    "account_alerts": Field("Account alert", ("alert_type", "alert_description"), frozenset({"WARNING"})),
    "account_review_update": Field("Account review", ("decision",), frozenset({"REJECTED", "DEFERRED"})),
    "account_settings_update": Field("Account settings changed"),
    "account_update": Field("Account update", ("event",), frozenset({"ACCOUNT_OFFBOARDED", "PARTNER_REMOVED"})),
    "business_capability_update": Field("Messaging limits changed"),
    "business_username_update": Field("Business username", ("username", "status")),
    "business_username_updates": Field("Business username", ("username", "status")),
    "message_template_components_update": Field("Template changed", ("message_template_name",)),
    "message_template_quality_update": Field(
        "Template quality", ("message_template_name", "new_quality_score"), frozenset({"RED", "YELLOW"})
    ),
    "message_template_status_update": Field(
        "Template status",
        ("message_template_name", "event"),
        frozenset({"DISABLED", "FLAGGED", "PAUSED", "PENDING_DELETION", "REJECTED"}),
    ),
    "partner_solutions": Field("Partner solution", ("event",)),
    "payment_configuration_update": Field("Payment configuration", ("configuration_name", "status")),
    "phone_number_name_update": Field(
        "Display name", ("requested_verified_name", "decision"), frozenset({"DEFERRED", "REJECTED"})
    ),
    "phone_number_quality_update": Field(
        "Number quality", ("display_phone_number", "event", "current_limit"), frozenset({"DOWNGRADE", "FLAGGED"})
    ),
    "security": Field("Security", ("event",), frozenset({"PIN_CHANGED", "PIN_RESET_REQUEST", "PIN_RESET_SUCCESS"})),
    "template_category_update": Field("Template category", ("message_template_name", "new_category")),
    "user_preferences": Field("Marketing messages", ("value", "detail")),
}


def notice(field: str, value: dict[str, Any]) -> Notice | None:
    """The notice that one change of `field` is worth; None for a field that concerns nobody here."""
    rule = FIELDS.get(field)
    if rule is None:
        return None
    told = mapping(value.get("alert_info")) | value  # account_alerts nests its words
    words = [text(told.get(key)) for key in rule.says]
    stops = field == "account_update" and _stops_sending(value)
    return Notice(
        kind=field,
        title=": ".join([rule.label, *filter(None, words)])[:TITLE_LENGTH],
        severity=Severity.CRITICAL if stops else _severity(rule, told),
        stops_sending=stops,
        data=value,
    )


def errors(value: dict[str, Any]) -> Notice:
    """Errors that Meta reports beside any message, such as 130429 (our number sends too fast)."""
    error = first_error(value) or {"code": None, "title": "", "details": ""}
    title = f"WhatsApp reports error {error['code']}: {error['details'] or error['title']}"
    return Notice("error", title[:TITLE_LENGTH], Severity.WARNING, data={"errors": listed(value.get("errors"))})


def _stops_sending(value: dict[str, Any]) -> bool:
    """Whether an account update means that messages no longer leave. DISABLED_UPDATE also reports the way back."""
    reinstated = mapping(value.get("ban_info")).get("waba_ban_state") == "REINSTATE"
    return text(value.get("event")) in STOPPING and not reinstated


def _severity(rule: Field, told: dict[str, Any]) -> Severity:
    words = {text(told.get(key)) for key in (*rule.says, "alert_severity")}
    if "CRITICAL" in words:
        return Severity.CRITICAL
    return Severity.WARNING if words & rule.warns else Severity.INFO
