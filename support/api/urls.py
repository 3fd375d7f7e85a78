"""Every address of the desk's API on one screen, and who may use which method (`support.access` has the rights).

Below `/api/`. Without a trailing slash: a redirect would lose the body of a POST.
"""

from __future__ import annotations

from edubot.api import PUBLIC
from support.access import Right
from support.api import (
    accounts,
    beside,
    bulk,
    chats,
    conversations,
    dashboard,
    events,
    exports,
    homework,
    messages,
    payments,
    search,
    staff,
    status,
    students,
    tickets,
    words,
)
from support.api.routes import route

urlpatterns = [
    # Accounts
    route("admin/login", accounts.LogIn, POST=PUBLIC),
    route("admin/token/refresh", accounts.RefreshToken, POST=PUBLIC),
    route("admin/logout", accounts.LogOut, POST=PUBLIC),
    route("admin/me", accounts.Me, GET=Right.READ),
    route("admin/me/preferences", accounts.Preferences, GET=Right.READ, PUT=Right.READ),
    route("admin/staff", staff.Staff, GET=Right.READ),
    # Conversations
    route("admin/conversations", conversations.Conversations, GET=Right.READ),
    route(
        "admin/conversations/<phone:phone>",
        conversations.ConversationOfPhone,
        GET=Right.READ,
        PATCH=Right.ANSWER,
    ),
    route("admin/conversations/<phone:phone>/chat-support/start", chats.Start, POST=Right.ANSWER),
    route("admin/conversations/<phone:phone>/chat-support/send", chats.Send, POST=Right.ANSWER),
    route("admin/conversations/<phone:phone>/chat-support/end", chats.End, POST=Right.ANSWER),
    route("admin/conversations/<phone:phone>/templates", chats.Templates, POST=Right.TEMPLATES),
    route("admin/conversations/<phone:phone>/notes", beside.Notes, GET=Right.READ, POST=Right.ANSWER),
    route("admin/conversations/<phone:phone>/typing", beside.Typing, POST=Right.ANSWER),
    route("admin/conversations/<phone:phone>/presence", beside.Presence, POST=Right.READ),
    route("admin/templates", chats.AllTemplates, GET=Right.READ),
    # Messages
    route("admin/conversations/<phone:phone>/messages", messages.Thread, GET=Right.READ),
    route("admin/media/<id:media_id>", messages.Media, GET=Right.READ),
    route("admin/media/<id:media_id>/link", messages.MediaLink, POST=Right.READ),
    route("admin/messages/<message:message_id>/retry", messages.Retry, POST=Right.ANSWER),
    route("admin/search", search.Search, GET=Right.READ),
    # Tickets
    route("support/tickets", tickets.Tickets, GET=Right.READ, POST=Right.ANSWER),
    route("support/tickets/bulk", bulk.Bulk, POST=Right.BULK),
    route("support/tickets/<id:ticket_id>", tickets.Ticket, GET=Right.READ, PATCH=Right.ANSWER),
    route("support/tickets/<id:ticket_id>/messages", tickets.TicketMessages, POST=Right.ANSWER),
    route("support/open-tickets", tickets.OpenTickets, GET=Right.READ),
    route("support/notifications", tickets.Notifications, GET=Right.READ),
    # Homework and payments
    route("admin/homework", homework.HomeworkList, GET=Right.READ),
    route("admin/homework/stats", homework.HomeworkStats, GET=Right.READ),
    route("admin/homework/<id:homework_id>", homework.OneHomework, GET=Right.READ, PATCH=Right.ANSWER),
    route("admin/homework/<id:homework_id>/provide-solution", homework.ProvideSolution, POST=Right.ANSWER),
    route("admin/homework/<id:homework_id>/mark-solved", homework.MarkSolved, POST=Right.ANSWER),
    route("admin/payments", payments.Payments, GET=Right.READ),
    route("admin/payments/stats", payments.PaymentStats, GET=Right.READ),
    route("admin/payments/<id:payment_id>", payments.OnePayment, GET=Right.READ),
    route("admin/payments/<id:payment_id>/status", payments.Decision, PUT=Right.ANSWER),
    # Students, leads and subscriptions
    route("admin/students", students.Students, GET=Right.READ),
    route("admin/students/search", students.StudentSearch, GET=Right.READ),
    route("admin/students/<id:student_id>", students.Student, GET=Right.READ),
    route("admin/students/<id:student_id>/stats", students.StudentStats, GET=Right.READ),
    route("admin/leads", students.Leads, GET=Right.READ),
    route("admin/leads/stats", students.LeadStats, GET=Right.READ),
    route("admin/leads/<id:lead_id>", students.Lead, GET=Right.READ),
    route("admin/subscriptions", students.Subscriptions, GET=Right.READ),
    route("admin/subscriptions/stats", students.SubscriptionStats, GET=Right.READ),
    route("admin/subscriptions/<id:subscription_id>/extend", students.Extend, POST=Right.GIVE),
    # What the team writes
    route("admin/canned-replies", words.CannedReplies, GET=Right.READ, POST=Right.CONTENT),
    route("admin/canned-replies/<id:row_id>", words.OneCannedReply, PATCH=Right.CONTENT, DELETE=Right.CONTENT),
    route("admin/categories", words.Categories, GET=Right.READ, POST=Right.CONTENT),
    route("admin/categories/<id:row_id>", words.OneCategory, PATCH=Right.CONTENT, DELETE=Right.CONTENT),
    route("admin/faqs", words.Faqs, GET=Right.READ, POST=Right.CONTENT),
    route("admin/faqs/<id:row_id>", words.OneFaq, PATCH=Right.CONTENT, DELETE=Right.CONTENT),
    route("admin/bot-texts", words.BotTexts, GET=Right.READ, POST=Right.CONTENT),
    route("admin/bot-texts/<id:row_id>", words.OneBotText, PATCH=Right.CONTENT, DELETE=Right.CONTENT),
    # What the team is steered by
    route("admin/dashboard/stats", dashboard.Dashboard, GET=Right.READ),
    route("admin/reports/<report:report>", dashboard.Report, GET=Right.READ),
    route("admin/exports/<export:export>.csv", exports.Exports, GET=Right.EXPORT),
    # Live events
    route("admin/events", events.Events, GET=Right.READ),
    # The service
    route("admin/status/whatsapp", status.WhatsAppStatus, GET=Right.READ),
    route("admin/status/database", status.DatabaseStatus, GET=Right.READ),
]
