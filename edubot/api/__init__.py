"""The frame of the JSON API: what every endpoint shares, so that an endpoint is its own few lines.

    class Reply(Endpoint):
        @operation(body=ReplyBody, answers=MessageOut, status=201, errors=(TicketClosed,), message="Message sent")
        def post(self, request, ticket_id, body):
            "Answer the student."
            return services.reply(get_object_or_404(SupportTicket, pk=ticket_id), self.user, **body)

`operation` reads the request, answers in the envelope and documents both; whatever is raised on the way becomes an
answer in one place (`edubot.api.errors`). Who may come in stands beside the address, in the list of routes.
"""

from edubot.api.endpoint import PUBLIC, Endpoint
from edubot.api.operations import Success, operation
from edubot.api.paging import Page, PageQuery, page
from edubot.api.serializers import Body, Id, ModelBody, Query, Words

__all__ = [
    "PUBLIC",
    "Body",
    "Endpoint",
    "Id",
    "ModelBody",
    "Page",
    "PageQuery",
    "Query",
    "Success",
    "Words",
    "operation",
    "page",
]
