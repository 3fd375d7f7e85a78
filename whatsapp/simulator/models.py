"""What the stand-in remembers, in PostgreSQL: several web processes share it and a restart loses nothing.

The row of a `Phone` is the lock for everything about that phone. Whoever changes what the page shows raises
`Phone.version` in the same transaction, so a page that asks "what is newer than n" misses nothing.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from whatsapp.simulator import faults, payloads


class Phone(models.Model):
    """A person's phone. `number` is digits without `+`; `user_id` is Meta's business-scoped id of the person.

    `online` is whether it reaches the network; `reading` whether our chat is open on it. `last_inbound_at` is Meta's
    own idea of the 24-hour window, `pair_free_at` of the limit on messages to one person (see `network`).
    """

    number = models.CharField(max_length=15, unique=True)
    user_id = models.CharField(max_length=140, unique=True)
    name = models.CharField(max_length=120)
    username = models.CharField(max_length=60, blank=True)
    hides_number = models.BooleanField(default=False)
    online = models.BooleanField(default=True)
    reading = models.BooleanField(default=False)
    faults = models.JSONField(default=dict, blank=True)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    pair_free_at = models.DateTimeField(null=True, blank=True)
    typing_until = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=200, blank=True)  # why our own webhook does not take what this phone sent
    version = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"Phone {self.pk}"

    @property
    def sender(self) -> payloads.Sender:
        """The person as webhooks present them."""
        return payloads.Sender(self.number, self.user_id, self.name, self.username, self.hides_number)


class Bubble(models.Model):
    """A message in a phone's thread: from the person to us, or from us to the person as Meta accepted it.

    `content` is the object that Meta's JSON carries under the type's name. `ref` is the sender's own reference
    (`biz_opaque_callback_data`): the audit of a storm counts by it. `status` of our messages: accepted, sent,
    delivered, read, played, failed; of the person's: waiting (phone offline), sent, delivered (our webhook took it),
    read.
    """

    phone = models.ForeignKey(Phone, on_delete=models.CASCADE, related_name="bubbles")
    wamid = models.CharField(max_length=200, unique=True)
    from_person = models.BooleanField()
    kind = models.CharField(max_length=32)
    content = models.JSONField()
    quotes = models.CharField(max_length=200, blank=True)
    ref = models.CharField(max_length=512, blank=True)
    status = models.CharField(max_length=12)
    our_reaction = models.CharField(max_length=32, blank=True)
    their_reaction = models.CharField(max_length=32, blank=True)
    revoked = models.BooleanField(default=False)
    edited = models.BooleanField(default=False)
    version = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["phone", "version"], name="bubble_news")]

    def __str__(self) -> str:
        return f"Bubble {self.pk}"


class MediaFile(models.Model):
    """A file that Meta keeps: sent by a phone, or uploaded by us. `key` protects its short-lived download address."""

    media_id = models.CharField(max_length=32, unique=True)
    phone = models.ForeignKey(Phone, null=True, blank=True, on_delete=models.CASCADE, related_name="files")
    mime_type = models.CharField(max_length=128)
    filename = models.CharField(max_length=240, blank=True)
    data = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    key = models.CharField(max_length=64, blank=True)
    key_expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"Media {self.media_id}"


class Callback(models.Model):
    """A webhook on its way to us: posted until it is answered 200, as Meta does, then deleted.

    Callbacks of one `lane` go one after the other; those of different lanes overtake each other. Without `due_at` it is
    held back (the phone is offline). `bubble` is the person's message it carries, if any.
    """

    phone = models.ForeignKey(Phone, on_delete=models.CASCADE, related_name="callbacks")
    bubble = models.ForeignKey(Bubble, null=True, blank=True, on_delete=models.CASCADE, related_name="callbacks")
    lane = models.CharField(max_length=64)
    body = models.TextField()
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)  # while somebody posts it
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="callback_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["lane", "id"], name="callback_lane"),
        ]

    def __str__(self) -> str:
        return f"Callback {self.pk}"


class Switchboard(models.Model):
    """The fault switches for everybody: one row."""

    faults = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return "Switchboard"


def lock(phone_id: int) -> Phone:
    """The phone's row, locked until the transaction ends, its version raised. Raises Phone.DoesNotExist."""
    Phone.objects.filter(pk=phone_id).update(version=F("version") + 1)
    return Phone.objects.get(pk=phone_id)


def everybodys_faults() -> dict[str, object]:
    """The switches that count for all phones."""
    return Switchboard.objects.filter(pk=1).values_list("faults", flat=True).first() or {}


def faults_of(phone: Phone) -> faults.Faults:
    """The switches that count for this phone now."""
    return faults.merge(everybodys_faults(), phone.faults)
