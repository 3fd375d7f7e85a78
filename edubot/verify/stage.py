"""The people who play, made for the occasion and gone without a trace afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.models import AccountNotice, Contact, Conversation, InboxItem, Message, UnreadablePost
from conversations.models.thread import ON_ITS_WAY
from edubot.removal import remove_people
from edubot.verify.service import Client, Service
from edubot.verify.student import Student, UnansweredError, eventually
from support.audit import AuditEntry
from support.models import SupportTicket
from whatsapp.simulator.models import Callback, Phone

COUNTRY = "2349990"  # no operator has these numbers
FAMILY_NAME = "Ofverify"  # one word that the search can find, and nobody is called
ATTEMPTS = 5
_READERS = 4  # each may ask 300 times a minute


@dataclass
class Stage:
    """Where the play goes on: the service, its students and staff."""

    service: Service
    students: list[Student] = field(default_factory=list)
    staff: list[User] = field(default_factory=list)
    posts: list[bytes] = field(default_factory=list)  # unreadable bodies that were posted on purpose
    _readers: list[Client] = field(default_factory=list)

    def student(self) -> Student:
        """A phone that has never written."""
        digits = COUNTRY + "".join(secrets.choice("0123456789") for _ in range(6))
        phone = Phone.objects.create(
            number=digits, user_id=f"NG.{digits}VERIFY", name="Vera", last_inbound_at=timezone.now()
        )
        self.students.append(Student(self.service, phone, self._reader()))
        return self.students[-1]

    def registered(self, name: str = "Vera") -> Student:
        """A student who has registered as `name` and the play's family name."""
        student = self.student()
        student.registers(f"{name} {FAMILY_NAME}")
        return student

    def colleague(self, *groups: str) -> Client:
        """Somebody of the team in these groups (none: may read), logged in by the real log-in."""
        name, password = f"verify-{secrets.token_hex(4)}", secrets.token_urlsafe(18)
        user = User.objects.create_user(name, password=password, is_staff=True)
        user.groups.set(Group.objects.filter(name__in=groups))
        self.staff.append(user)
        client = Client(self.service, account={"username": name, "password": password})
        client.log_in()
        return client

    def _reader(self) -> Client:
        if len(self._readers) < _READERS:
            self._readers.append(self.colleague())
        return self._readers[len(self.students) % len(self._readers)]

    def clear(self) -> None:
        """Take out everybody who played, and all that came of it, once nothing of it is under way any more."""
        phones = [student.phone.pk for student in self.students]
        self._wait_until_quiet(phones)
        for attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    self._remove(phones)
            except IntegrityError:  # a late report, or a webhook that the stand-in still had in hand
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                return

    def _wait_until_quiet(self, phones: list[int]) -> None:
        under_way = Message.objects.filter(ON_ITS_WAY, conversation__contact__in=self._people())
        with suppress(UnansweredError):
            eventually(
                lambda: not (under_way.exists() or Callback.objects.filter(phone__in=phones).exists()), "all is quiet"
            )

    def _people(self) -> QuerySet[Contact]:
        numbers = [student.number for student in self.students]
        ids = [student.phone.user_id for student in self.students]
        return Contact.objects.filter(Q(phone__in=numbers) | Q(user_id__in=ids))

    def _remove(self, phones: list[int]) -> None:
        people = list(self._people().values_list("pk", flat=True))
        locked = Conversation.objects.filter(contact__in=people).order_by("pk").select_for_update()
        threads = list(locked.values_list("pk", flat=True))
        _remove_jobs(threads)
        remove_people(people, threads)
        self._remove_mail()
        staff = [user.pk for user in self.staff]
        about = Q(object_type=User._meta.label_lower, object_id__in=[str(pk) for pk in staff])  # noqa: SLF001
        AuditEntry.objects.filter(Q(actor__in=staff) | about).delete()
        User.objects.filter(pk__in=staff).delete()
        Phone.objects.filter(pk__in=phones).delete()

    def _remove_mail(self) -> None:
        """What came in, then what staff were told of it: an item that is being handled goes when that is done."""
        items = InboxItem.objects.filter(key__in=[key for student in self.students for key in student.keys])
        posts = UnreadablePost.objects.filter(body__in=self.posts)
        told = Q(data__item__in=list(items.values_list("pk", flat=True)))
        told |= Q(data__post__in=list(posts.values_list("pk", flat=True)))
        items.delete()
        posts.delete()
        AccountNotice.objects.filter(told).delete()

    def traces(self) -> list[str]:
        """Where the play still shows: table and column of every text in the database that names a phone of ours."""
        return [place for place in _text_columns() if self._stands_in(*place.split("."))]

    def remaining_staff(self, ids: list[int]) -> int:
        """How many of these users are still there."""
        return User.objects.filter(pk__in=ids).count()

    def _stands_in(self, table: str, column: str) -> bool:
        patterns = [f"%{student.phone.number}%" for student in self.students]
        patterns += [f"%{user.username}%" for user in self.staff] + [f"%{FAMILY_NAME}%"]
        name = connection.ops.quote_name
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT EXISTS (SELECT 1 FROM {name(table)} WHERE {name(column)}::text LIKE ANY(%s))",  # noqa: S608
                [patterns],
            )
            return bool(cursor.fetchone()[0])


def _remove_jobs(threads: list[int]) -> None:
    """Nobody is asked half a minute later how their chat went."""
    tickets = list(SupportTicket.objects.filter(conversation__in=threads).values_list("pk", flat=True))
    jobs = ProcrastinateJob.objects.filter(task_name="ask_rating", status="todo", args__ticket_id__in=tickets)
    jobs._raw_delete("default")  # noqa: SLF001  (its model is read-only, its table is ours to clean)


def _text_columns() -> list[str]:
    """Every column of ours that can hold words. Live events are left out: they name rows, and are gone in an hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('text', 'character varying', 'jsonb', 'json')"
            " AND table_name ~ '^(auth_user|conversations|support|simulator|procrastinate)' ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def stage(service: Service) -> Iterator[Stage]:
    """A stage that is empty again at the end, whatever happened on it."""
    play = Stage(service)
    try:
        yield play
    finally:
        play.clear()
