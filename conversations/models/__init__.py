"""The domain's tables. One module per subject; import them from here."""

from conversations.models.content import BotText, FaqTopic
from conversations.models.events import LiveEvent
from conversations.models.files import MediaChunk, MediaFile
from conversations.models.learning import Homework, HomeworkStatus, Payment, PaymentStatus, Subscription
from conversations.models.mailbox import (
    AccountNotice,
    DeliveryReport,
    Gate,
    Heartbeat,
    InboxItem,
    Tombstone,
    UnreadablePost,
)
from conversations.models.people import Contact, Conversation
from conversations.models.thread import Attachment, AttachmentStatus, DeliveryStatus, Message, Policy, Sender

__all__ = [
    "AccountNotice",
    "Attachment",
    "AttachmentStatus",
    "BotText",
    "Contact",
    "Conversation",
    "DeliveryReport",
    "DeliveryStatus",
    "FaqTopic",
    "Gate",
    "Heartbeat",
    "Homework",
    "HomeworkStatus",
    "InboxItem",
    "LiveEvent",
    "MediaChunk",
    "MediaFile",
    "Message",
    "Payment",
    "PaymentStatus",
    "Policy",
    "Sender",
    "Subscription",
    "Tombstone",
    "UnreadablePost",
]
