"""Homework and payments over HTTP: found, counted, answered, decided."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Contact, Conversation, Homework, Payment, Subscription
from support.audit import AuditEntry
from tests.conversations.conftest import Phone
from tests.support.api.conftest import Answer, Api, ClientFor

HOMEWORK, PAYMENTS = "/api/admin/homework", "/api/admin/payments"


@pytest.fixture
def grace(agent: User, client_for: ClientFor) -> Api:
    """The agent's client."""
    return client_for(agent)


@pytest.fixture
def homework(student: Conversation, phone: Phone) -> Homework:
    """What a student has just handed in over WhatsApp."""
    for step in (phone.taps("homework"), phone.says("Chemistry"), phone.taps("text"), phone.says("How many moles?")):
        assert step
    return Homework.objects.get()


@pytest.fixture
def payment(student: Conversation, phone: Phone) -> Payment:
    """What a student asked to pay over WhatsApp."""
    phone.taps("pay")
    phone.taps("confirm")
    return Payment.objects.get()


def code(answer: Answer) -> tuple[int, str]:
    """The status and the error code."""
    return answer.status_code, answer.json()["error_code"]


def ids(answer: Answer) -> list[int]:
    """Which rows a list holds."""
    return [row["id"] for row in answer.json()["data"]]


def queries(api: Api, address: str) -> int:
    """How many queries an answer takes, but for the first of a minute."""
    api.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert api.get(address).status_code == 200
    return len(asked)


class TestHomework:
    """/api/admin/homework."""

    @pytest.fixture
    def path(self, homework: Homework) -> str:
        """Where the homework stands."""
        return f"{HOMEWORK}/{homework.pk}"

    def test_it_is_listed_with_whose_it_is(self, grace: Api, homework: Homework) -> None:
        body = grace.get(HOMEWORK).json()
        assert {name: body[name] for name in ("total", "skip", "limit", "count")} == {
            "total": 1,
            "skip": 0,
            "limit": 20,
            "count": 1,
        }
        row = body["data"][0]
        assert (row["reference"], row["student_name"]) == (homework.reference, "Ada Obi")
        assert (row["subject"], row["submission_type"], row["content"]) == ("Chemistry", "TEXT", "How many moles?")
        assert (row["status"], row["attachments"], row["delivery_status"]) == ("PENDING", [], None)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=PENDING", True),
            ("status=SOLVED", False),
            ("submission_type=TEXT", True),
            ("submission_type=IMAGE", False),
            ("subject=chemistry", True),
            ("subject=Chem", False),
            ("student_id=999999", False),
            ("search=moles", True),
            ("search=ada", True),
            ("search=physics", False),
        ],
    )
    def test_filters(self, grace: Api, homework: Homework, query: str, found: bool) -> None:
        assert ids(grace.get(f"{HOMEWORK}?{query}")) == ([homework.pk] if found else [])

    @pytest.mark.parametrize("query", ["status=DONE", "submission_type=text", "student_id=x", "limit=101", "x=1"])
    def test_a_wrong_parameter_is_refused(self, grace: Api, query: str) -> None:
        assert code(grace.get(f"{HOMEWORK}?{query}")) == (422, "VALIDATION_ERROR")

    def test_files_come_with_it(self, grace: Api, student: Conversation, phone: Phone) -> None:
        for step in ("homework", "Chemistry", "image"):
            phone.says(step)
        phone.sends_photo(b"\xff\xd8\xff\xe0 a photo")
        phone.says("done")
        homework = Homework.objects.get()
        files = grace.get(f"{HOMEWORK}/{homework.pk}").json()["data"]["attachments"]
        assert [one["url"] for one in files] == [f"/api/admin/media/{homework.attachments.get().pk}"]

    def test_more_rows_ask_no_more_queries(self, grace: Api, homework: Homework) -> None:
        few = queries(grace, HOMEWORK)
        for number in range(5):
            person = Contact.objects.create(phone=f"+23480999999{number:02}")
            Homework.objects.create(reference=f"R{number}", contact=person, subject="Maths", submission_type="TEXT")
        assert queries(grace, HOMEWORK) == few == 4  # the person, the limit, the rows with their number, their files

    def test_the_stats_count_every_kind(self, grace: Api, homework: Homework, path: str) -> None:
        before = grace.get(f"{HOMEWORK}/stats").json()["data"]
        assert before == {
            "total_submissions": 1,
            "text_submissions": 1,
            "image_submissions": 0,
            "unsolved_homework": 1,
            "solved_homework": 0,
        }
        grace.post(f"{path}/mark-solved")
        after = grace.get(f"{HOMEWORK}/stats").json()["data"]
        assert (after["unsolved_homework"], after["solved_homework"]) == (0, 1)

    def test_it_is_taken_and_given_back(self, grace: Api, path: str, agent: User) -> None:
        data = grace.patch(path, {"status": "IN_PROGRESS", "assigned_admin_id": agent.pk}).json()["data"]
        assert (data["status"], data["assigned_to"]) == ("IN_PROGRESS", "grace")
        data = grace.patch(path, {"status": "PENDING", "assigned_admin_id": None}).json()["data"]
        assert (data["status"], data["assigned_to"]) == ("PENDING", None)

    def test_only_supervisors_give_it_to_others(
        self, grace: Api, supervisor: User, client_for: ClientFor, path: str, other_agent: User
    ) -> None:
        change = {"assigned_admin_id": other_agent.pk}
        assert code(grace.patch(path, change)) == (403, "FORBIDDEN")
        assert client_for(supervisor).patch(path, change).json()["data"]["assigned_to"] == "tunde"

    def test_a_colleagues_is_neither_taken_nor_let_go(
        self, grace: Api, path: str, agent: User, other_agent: User
    ) -> None:
        Homework.objects.update(assigned_admin=other_agent)
        for whom in (agent.pk, None):
            assert code(grace.patch(path, {"assigned_admin_id": whom})) == (409, "ASSIGNED_TO_OTHER")

    def test_nobody_is_given_work_who_could_not_do_it(
        self, supervisor: User, client_for: ClientFor, path: str, reader: User
    ) -> None:
        answer = client_for(supervisor).patch(path, {"assigned_admin_id": reader.pk})
        assert code(answer) == (403, "FORBIDDEN")

    def test_an_illegal_change_changes_nothing(self, grace: Api, path: str, agent: User) -> None:
        grace.patch(path, {"status": "CANCELLED"})
        answer = grace.patch(path, {"status": "SOLVED", "assigned_admin_id": agent.pk})
        assert code(answer) == (409, "INVALID_TRANSITION")
        assert grace.get(path).json()["data"]["assigned_admin_id"] is None

    def test_the_solution_reaches_the_student(self, grace: Api, path: str, phone: Phone) -> None:
        data = grace.post(f"{path}/provide-solution", {"solution_text": " Six moles. "}).json()["data"]
        assert (data["status"], data["solution_text"], data["delivery_status"]) == ("SOLVED", "Six moles.", "queued")
        assert "Six moles." in phone.waits()[-1].text
        assert grace.get(path).json()["data"]["delivery_status"] == "sent"
        assert AuditEntry.objects.filter(verb="homework.answer").exists()

    def test_another_answer_must_be_meant(self, grace: Api, path: str) -> None:
        solving = f"{path}/provide-solution"
        grace.post(solving, {"solution_text": "Six moles."})
        assert code(grace.post(solving, {"solution_text": "Seven moles."})) == (409, "HOMEWORK_SOLVED")
        assert grace.post(solving, {"solution_text": "Seven moles.", "again": True}).status_code == 200

    @pytest.mark.parametrize(
        ("body", "told"), [(None, ""), ({}, ""), ({"delivery_message": "See the photo."}, "See the photo.")]
    )
    def test_marking_it_solved_tells_the_student(
        self, grace: Api, path: str, phone: Phone, body: dict[str, str] | None, told: str
    ) -> None:
        data = grace.post(f"{path}/mark-solved", body).json()["data"]
        assert (data["status"], data["solution_text"]) == ("SOLVED", told)
        assert told in phone.waits()[-1].text

    @pytest.mark.parametrize("words", ["", "   ", "x" * 4001])
    def test_a_solution_has_words(self, grace: Api, path: str, words: str) -> None:
        answer = grace.post(f"{path}/provide-solution", {"solution_text": words})
        assert code(answer) == (422, "VALIDATION_ERROR")

    def test_an_unknown_one_is_404(self, grace: Api) -> None:
        assert code(grace.get(f"{HOMEWORK}/999999")) == (404, "NOT_FOUND")
        assert code(grace.post(f"{HOMEWORK}/999999/mark-solved")) == (404, "NOT_FOUND")


class TestPayments:
    """/api/admin/payments."""

    @pytest.fixture
    def path(self, payment: Payment) -> str:
        """Where the payment stands."""
        return f"{PAYMENTS}/{payment.pk}"

    def test_it_is_listed_with_whose_it_is(self, grace: Api, payment: Payment, path: str) -> None:
        row = grace.get(PAYMENTS).json()["data"][0]
        assert (row["reference"], row["student_name"], row["student_id"]) == (
            payment.reference,
            "Ada Obi",
            payment.contact_id,
        )
        assert (row["amount"], row["currency"], row["status"], row["is_subscription"]) == (5000, "NGN", "PENDING", True)
        assert grace.get(path).json()["data"] == row

    @pytest.mark.parametrize(
        ("query", "found"),
        [("status=PENDING", True), ("status=SUCCESS", False), ("search=ada", True), ("search=5678", True)],
    )
    def test_filters(self, grace: Api, payment: Payment, query: str, found: bool) -> None:
        assert ids(grace.get(f"{PAYMENTS}?{query}")) == ([payment.pk] if found else [])

    def test_more_rows_ask_no_more_queries(self, grace: Api, payment: Payment) -> None:
        few = queries(grace, PAYMENTS)
        for number in range(5):
            person = Contact.objects.create(phone=f"+23480999999{number:02}")
            Payment.objects.create(
                reference=f"R{number}", contact=person, amount=1, currency="NGN", plan="Monthly", days=30
            )
        assert queries(grace, PAYMENTS) == few == 3  # the person, the limit, the rows with their number

    def test_success_activates_the_subscription_and_tells_the_student(
        self, grace: Api, payment: Payment, path: str, phone: Phone
    ) -> None:
        data = grace.put(f"{path}/status", {"status": "SUCCESS"}).json()["data"]
        assert data["status"] == "SUCCESS"
        assert Subscription.objects.get(contact=payment.contact).is_active
        assert payment.reference in phone.waits()[-1].text
        assert AuditEntry.objects.get(verb="payment.decide").details == {"status": "SUCCESS"}

    def test_what_has_arrived_stays(self, grace: Api, path: str) -> None:
        grace.put(f"{path}/status", {"status": "SUCCESS"})
        assert code(grace.put(f"{path}/status", {"status": "FAILED"})) == (409, "INVALID_TRANSITION")

    @pytest.mark.parametrize("body", [{}, {"status": "PENDING"}, {"status": "success"}, {"status": None}])
    def test_a_wrong_status_is_refused(self, grace: Api, path: str, body: dict[str, object]) -> None:
        assert code(grace.put(f"{path}/status", body)) == (422, "VALIDATION_ERROR")

    def test_the_stats_add_up_what_arrived(self, grace: Api, path: str) -> None:
        before = grace.get(f"{PAYMENTS}/stats").json()["data"]
        assert before == {
            "total_payments": 1,
            "successful": 0,
            "pending": 1,
            "failed": 0,
            "total_revenue": 0,
            "monthly_revenue": 0,
        }
        grace.put(f"{path}/status", {"status": "SUCCESS"})
        after = grace.get(f"{PAYMENTS}/stats").json()["data"]
        assert (after["successful"], after["total_revenue"], after["monthly_revenue"]) == (1, 5000, 5000)

    def test_an_unknown_one_is_404(self, grace: Api) -> None:
        assert code(grace.put(f"{PAYMENTS}/999999/status", {"status": "SUCCESS"})) == (404, "NOT_FOUND")
