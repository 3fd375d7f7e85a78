"""Homework: what students handed in, and the answers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request

from conversations import homework as desk
from conversations.errors import HomeworkSolved, HomeworkTaken, InvalidTransition
from conversations.models import Attachment, Homework, HomeworkStatus
from conversations.records import lock_owner
from edubot.api import Body, Endpoint, Id, Page, PageQuery, Words, operation, page
from support.access import Right, may
from support.api.desk_fields import StaffId, matching
from support.audit import audit
from support.errors import Forbidden

TYPES = [Homework.TEXT, Homework.IMAGE]
OF_HOMEWORK = ("reference", "subject", "content", "contact__name")
UNSOLVED = (HomeworkStatus.PENDING, HomeworkStatus.IN_PROGRESS)


class FileOut(serializers.Serializer[Attachment]):
    """A file that was handed in."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    mime_type = serializers.CharField()
    size = serializers.IntegerField(allow_null=True)
    status = serializers.CharField(help_text="pending, stored or refused.")

    def get_url(self, file: Attachment) -> str:
        """Where the file is, for staff."""
        return f"/api/admin/media/{file.pk}"


class HomeworkOut(serializers.Serializer[Homework]):
    """A submission."""

    id = serializers.IntegerField()
    reference = serializers.CharField()
    student_id = serializers.IntegerField(source="contact_id")
    student_name = serializers.CharField(source="contact.display_name")
    subject = serializers.CharField()
    submission_type = serializers.ChoiceField(choices=TYPES)
    content = serializers.CharField()
    attachments = FileOut(many=True)
    status = serializers.ChoiceField(choices=HomeworkStatus.choices)
    assigned_admin_id = serializers.IntegerField(allow_null=True)
    assigned_to = serializers.SerializerMethodField()
    solution_text = serializers.CharField()
    delivery_status = serializers.SerializerMethodField(help_text="How far the answer has come.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    solved_at = serializers.DateTimeField(allow_null=True)

    def get_assigned_to(self, homework: Homework) -> str | None:
        """The user name of whoever works on it."""
        return homework.assigned_admin.get_username() if homework.assigned_admin else None

    def get_delivery_status(self, homework: Homework) -> str | None:
        """The answer's, where there is one."""
        return homework.solution_message.delivery_status if homework.solution_message else None


class HomeworkStatsOut(serializers.Serializer[Any]):
    """How much was handed in."""

    total_submissions = serializers.IntegerField()
    text_submissions = serializers.IntegerField()
    image_submissions = serializers.IntegerField()
    unsolved_homework = serializers.IntegerField(help_text="Pending or in progress.")
    solved_homework = serializers.IntegerField()


class HomeworkQuery(PageQuery):
    """Which submissions."""

    status = serializers.ChoiceField(choices=HomeworkStatus.choices, required=False)
    submission_type = serializers.ChoiceField(choices=TYPES, required=False)
    subject = serializers.CharField(max_length=120, required=False, help_text="The subject, whatever its case.")
    student_id = Id(required=False)
    search = serializers.CharField(
        max_length=100, required=False, help_text="A part of the reference, the subject, the text or the name."
    )


class HomeworkList(Endpoint):
    """All submissions."""

    @operation(query=HomeworkQuery, answers=HomeworkOut, paged=True, etag=True)
    def get(self, request: Request, query: dict[str, Any]) -> Page:
        """What was handed in, newest first."""
        columns = {
            "status": "status",
            "submission_type": "submission_type",
            "subject": "subject__iexact",
            "student_id": "contact",
        }
        given = {column: query[name] for name, column in columns.items() if name in query}
        return page(_rows().filter(matching(query.get("search"), OF_HOMEWORK), **given), query, by="-created_at")


class HomeworkStats(Endpoint):
    """Figures."""

    @operation(answers=HomeworkStatsOut, etag=True)
    def get(self, request: Request) -> dict[str, int]:
        """How much was handed in, and how much of it is answered."""
        return Homework.objects.aggregate(
            total_submissions=Count("pk"),
            text_submissions=Count("pk", filter=Q(submission_type=Homework.TEXT)),
            image_submissions=Count("pk", filter=Q(submission_type=Homework.IMAGE)),
            unsolved_homework=Count("pk", filter=Q(status__in=UNSOLVED)),
            solved_homework=Count("pk", filter=Q(status=HomeworkStatus.SOLVED)),
        )


class HomeworkBody(Body):
    """What to change about a submission."""

    status = serializers.ChoiceField(choices=HomeworkStatus.choices, required=False)
    assigned_admin_id = StaffId(required=False, allow_null=True, help_text="null: nobody.")


class OneHomework(Endpoint):
    """One submission."""

    @operation(answers=HomeworkOut, etag=True)
    def get(self, request: Request, homework_id: int) -> Homework:
        """A submission with its files and its answer."""
        return _one(homework_id)

    @operation(
        body=HomeworkBody,
        answers=HomeworkOut,
        message="Homework changed",
        errors=(InvalidTransition, HomeworkTaken, Forbidden),
        example={"status": "IN_PROGRESS"},
    )
    def patch(self, request: Request, homework_id: int, body: dict[str, Any]) -> Homework:
        """Change a submission: all that is named, or nothing. SOLVED tells the student."""
        homework = _one(homework_id)
        with transaction.atomic():
            if "assigned_admin_id" in body:
                _check_assign(homework, body["assigned_admin_id"], self.user)
                desk.assign(homework, body["assigned_admin_id"], by=self.user)
            if "status" in body:
                desk.change_status(homework, body["status"], self.user)
            if body:
                audit(request, "homework.change", homework, fields=sorted(body))
        return _one(homework_id)


class SolutionBody(Body):
    """The answer."""

    solution_text = Words(max_length=desk.LONGEST_ANSWER)
    again = serializers.BooleanField(default=False, help_text="Correct an answer that the student has already.")


class ProvideSolution(Endpoint):
    """Answering."""

    @operation(
        body=SolutionBody,
        answers=HomeworkOut,
        message="Solution sent",
        errors=(HomeworkSolved, InvalidTransition),
        example={"solution_text": "Six moles: 12 g / 2 g per mole."},
    )
    def post(self, request: Request, homework_id: int, body: dict[str, Any]) -> Homework:
        """Send the student the answer on WhatsApp; the homework is solved."""
        homework = _one(homework_id)
        with transaction.atomic():
            desk.answer(homework, self.user, body["solution_text"], again=body["again"])
            audit(request, "homework.answer", homework)
        return _one(homework_id)


class SolvedBody(Body):
    """What to tell the student."""

    delivery_message = Words(max_length=desk.LONGEST_ANSWER, required=False, help_text="Else a short line is sent.")


class MarkSolved(Endpoint):
    """Saying that it is done."""

    @operation(
        body=SolvedBody,
        answers=HomeworkOut,
        message="Homework solved",
        errors=(HomeworkSolved, InvalidTransition),
    )
    def post(self, request: Request, homework_id: int, body: dict[str, Any]) -> Homework:
        """Mark a submission as solved, and tell the student."""
        homework = _one(homework_id)
        with transaction.atomic():
            desk.mark_solved(homework, self.user, body.get("delivery_message", ""))
            audit(request, "homework.solve", homework)
        return _one(homework_id)


def _check_assign(homework: Homework, to: User | None, by: User) -> None:
    """Raise unless somebody may give homework to `to`: agents take what is nobody's, and let go of their own."""
    if to is not None and not may(to, Right.ANSWER):
        raise Forbidden(f"{to.username} cannot answer homework.")
    if may(by, Right.ASSIGN):
        return
    if to is not None and to.pk != by.pk:
        raise Forbidden("Only supervisors give homework to others.")
    lock_owner(contact__homework=homework.pk)  # from here on nobody else takes it
    holder = _one(homework.pk).assigned_admin
    if holder and holder.pk != by.pk:
        raise HomeworkTaken(homework.reference, holder.username)


def _rows() -> QuerySet[Homework]:
    """Submissions with all that is shown of each. Two queries, however many they are."""
    files = Prefetch("attachments", Attachment.objects.order_by("pk"))
    return Homework.objects.select_related("contact", "assigned_admin", "solution_message").prefetch_related(files)


def _one(homework_id: int) -> Homework:
    return get_object_or_404(_rows(), pk=homework_id)
