"""Who may use what: decided here a second time, by hand, so that a slip in the routes is seen.

Every route of the URLconf under `/api/` stands here with each of its methods. `public`: no token is asked for; `own`:
the request brings another credential of its own (a signature, a refresh token).
"""

from __future__ import annotations

TABLE = """
    GET    api/schema/                                          public
    GET    api/docs/                                            public
    GET    api/webhook/whatsapp                                 own
    POST   api/webhook/whatsapp                                 own
    POST   api/webhook/payments/paystack                        own

    POST   api/admin/login                                      public
    POST   api/admin/token/refresh                              own
    POST   api/admin/logout                                     own
    GET    api/admin/me                                         reader
    GET    api/admin/me/preferences                             reader
    PUT    api/admin/me/preferences                             reader
    GET    api/admin/staff                                      reader

    GET    api/admin/conversations                              reader
    GET    api/admin/conversations/<phone:phone>                reader
    PATCH  api/admin/conversations/<phone:phone>                agent

    POST   api/admin/conversations/<phone:phone>/chat-support/start   agent
    POST   api/admin/conversations/<phone:phone>/chat-support/send    agent
    POST   api/admin/conversations/<phone:phone>/chat-support/end     agent
    POST   api/admin/conversations/<phone:phone>/templates      supervisor
    GET    api/admin/conversations/<phone:phone>/notes          reader
    POST   api/admin/conversations/<phone:phone>/notes          agent
    POST   api/admin/conversations/<phone:phone>/typing         agent
    POST   api/admin/conversations/<phone:phone>/presence       reader
    GET    api/admin/conversations/<phone:phone>/messages       reader
    GET    api/admin/templates                                  reader
    GET    api/admin/media/<id:media_id>                        reader
    POST   api/admin/media/<id:media_id>/link                   reader
    POST   api/admin/messages/<message:message_id>/retry        agent

    GET    api/admin/search                                     reader

    GET    api/support/tickets                                  reader
    POST   api/support/tickets                                  agent
    POST   api/support/tickets/bulk                             supervisor
    GET    api/support/tickets/<id:ticket_id>                   reader
    PATCH  api/support/tickets/<id:ticket_id>                   agent
    POST   api/support/tickets/<id:ticket_id>/messages          agent
    GET    api/support/open-tickets                             reader
    GET    api/support/notifications                            reader

    GET    api/admin/homework                                   reader
    GET    api/admin/homework/stats                             reader
    GET    api/admin/homework/<id:homework_id>                  reader
    PATCH  api/admin/homework/<id:homework_id>                  agent
    POST   api/admin/homework/<id:homework_id>/provide-solution agent
    POST   api/admin/homework/<id:homework_id>/mark-solved      agent
    GET    api/admin/payments                                   reader
    GET    api/admin/payments/stats                             reader
    GET    api/admin/payments/<id:payment_id>                   reader
    PUT    api/admin/payments/<id:payment_id>/status            agent

    GET    api/admin/students                                   reader
    GET    api/admin/students/search                            reader
    GET    api/admin/students/<id:student_id>                   reader
    GET    api/admin/students/<id:student_id>/stats             reader
    GET    api/admin/leads                                      reader
    GET    api/admin/leads/stats                                reader
    GET    api/admin/leads/<id:lead_id>                         reader
    GET    api/admin/subscriptions                              reader
    GET    api/admin/subscriptions/stats                        reader
    POST   api/admin/subscriptions/<id:subscription_id>/extend  supervisor

    GET    api/admin/canned-replies                             reader
    POST   api/admin/canned-replies                             supervisor
    PATCH  api/admin/canned-replies/<id:row_id>                 supervisor
    DELETE api/admin/canned-replies/<id:row_id>                 supervisor
    GET    api/admin/categories                                 reader
    POST   api/admin/categories                                 supervisor
    PATCH  api/admin/categories/<id:row_id>                     supervisor
    DELETE api/admin/categories/<id:row_id>                     supervisor
    GET    api/admin/faqs                                       reader
    POST   api/admin/faqs                                       supervisor
    PATCH  api/admin/faqs/<id:row_id>                           supervisor
    DELETE api/admin/faqs/<id:row_id>                           supervisor
    GET    api/admin/bot-texts                                  reader
    POST   api/admin/bot-texts                                  supervisor
    PATCH  api/admin/bot-texts/<id:row_id>                      supervisor
    DELETE api/admin/bot-texts/<id:row_id>                      supervisor

    GET    api/admin/dashboard/stats                            reader
    GET    api/admin/reports/<report:report>                    reader
    GET    api/admin/exports/<export:export>.csv                supervisor

    GET    api/admin/events                                     reader

    GET    api/admin/status/whatsapp                            reader
    GET    api/admin/status/database                            reader
"""

ROWS = [(method, route, least) for method, route, least in map(str.split, filter(str.strip, TABLE.splitlines()))]
