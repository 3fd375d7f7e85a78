"""People and the one conversation each of them has with us."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from conversations.bot.types import State
from conversations.words import Joined, Words

WINDOW = timedelta(hours=24)  # Meta: free-form messages only within 24 hours of the person's last one
WINDOW_MARGIN = timedelta(minutes=5)  # towards their end WhatsApp has been seen to refuse already
NOBODY = "erased."  # so begins the user id of a row whose person was erased; WhatsApp's begin with a country
KNOWN = ~Q(user_id__startswith=NOBODY)  # the contacts that stand for somebody


class Contact(models.Model):
    """A person who wrote to us: a lead until `registered_at` is set, a student from then on.

    A person is found by phone or by business-scoped user id; Meta may withhold either, so both are nullable and unique
    (see "2026 identity change" in Meta's webhook reference). `name` is what the person gave us, never the profile name.
    """

    phone = models.CharField(max_length=21, null=True, blank=True, unique=True)
    user_id = models.CharField(max_length=140, null=True, blank=True, unique=True)
    parent_user_id = models.CharField(max_length=140, null=True, blank=True)  # noqa: DJ001
    username = models.CharField(max_length=128, blank=True)
    profile_name = models.CharField(max_length=256, blank=True)
    name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    class_grade = models.CharField("class", max_length=40, blank=True)
    language = models.CharField(max_length=8, default="en")
    registered_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=False) | Q(user_id__isnull=False), name="contact_has_an_address"
            ),
        ]
        indexes = [
            models.Index(fields=["-registered_at"], name="contact_registered"),
            GinIndex(Words(Joined("name", "profile_name")), name="contact_words"),
            # For `icontains` and `iendswith`, which compare in upper case: any part of any of these.
            GinIndex(
                *(OpClass(Upper(column), name="gin_trgm_ops") for column in ("name", "profile_name", "email", "phone")),
                name="contact_parts",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """What staff call this person: the registered name, else the profile name, else the address."""
        return self.name or self.profile_name or self.address

    @property
    def address(self) -> str:
        """The phone, or the user id of a person whose phone is withheld."""
        return self.phone or self.user_id or ""

    @property
    def is_registered(self) -> bool:
        """Whether this is a student rather than a lead."""
        return self.registered_at is not None

    @property
    def is_erased(self) -> bool:
        """Whether the person's data is gone, and the row stands for nobody any more (support.privacy)."""
        return (self.user_id or "").startswith(NOBODY)


class Conversation(models.Model):
    """All that one person and we ever said to each other, and where the bot stands in it.

    Its row is the lock: whoever changes the conversation, its messages or its ticket takes it first. The counters and
    the `last_…` columns repeat what the messages say, so that a list of 100,000 conversations needs no join over
    millions of messages; `conversations.thread` alone writes them.
    """

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE)
    state = models.CharField(max_length=32, default=State.INITIAL.value, db_index=True)
    memory = models.JSONField(default=dict, blank=True)
    labels = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    last_message = models.ForeignKey("Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    polite_at = models.DateTimeField(null=True, blank=True)  # when the one polite line about unreadable things was said
    chat_started_at = models.DateTimeField(null=True, blank=True)
    read_up_to = models.BigIntegerField(default=0)  # id of the newest message that staff have read
    message_count = models.PositiveIntegerField(default=0)
    unread_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            # One for each list: all, of a state (live chats among them), unread.
            models.Index(fields=["-last_message_at", "-id"], name="conversation_newest_first"),
            models.Index(fields=["state", "-last_message_at", "-id"], name="conversation_by_state"),
            models.Index(
                fields=["-last_message_at", "-id"], name="conversation_unread", condition=Q(unread_count__gt=0)
            ),
            models.Index(
                fields=["chat_started_at"], name="conversation_live", condition=Q(state="chat_support_active")
            ),
        ]

    def __str__(self) -> str:
        return f"Conversation {self.pk}"

    @property
    def is_chat_support(self) -> bool:
        """Whether a person of the team is asked for, or answering, right now."""
        return self.state == State.CHAT_SUPPORT_ACTIVE

    @property
    def window_expires_at(self) -> datetime | None:
        """Until when WhatsApp lets us write freely; None when the person never wrote."""
        return self.last_inbound_at + WINDOW if self.last_inbound_at else None

    def is_window_open(self, now: datetime) -> bool:
        """Whether words of ours surely reach the person at this moment: for a little less than the 24 hours."""
        until = self.window_expires_at
        return until is not None and now < until - WINDOW_MARGIN
