"""`/simulator/`: the page, its JSON API, and the stand-in for the Graph API. No trailing slashes but the page's own."""

from __future__ import annotations

from django.urls import path, re_path

from whatsapp.simulator import graph, graph_media, views
from whatsapp.simulator.graph import answers_like_meta

app_name = "simulator"

VERSION = r"^graph/v[0-9]+\.[0-9]+"
OBJECT = VERSION + r"/(?P<object_id>[0-9]{1,32})"

pages = [
    path("", views.page, name="page"),
    path("api/news", views.news, name="news"),
    path("api/phones", views.phone_list, name="phones"),
    path("api/phones/<int:phone_id>", views.phone_detail, name="phone"),
    path("api/phones/<int:phone_id>/messages", views.thread, name="thread"),
    path("api/phones/<int:phone_id>/time", views.jump, name="time"),
    path("api/phones/<int:phone_id>/faults", views.set_faults, name="phone-faults"),
    path("api/faults", views.fault_options, name="fault-options"),
    path("api/faults/everybody", views.set_faults, name="faults"),
    path("api/media/<slug:media_id>", views.media, name="media"),
]

stand_in = [
    re_path(rf"{OBJECT}/messages$", answers_like_meta(POST=graph.send), name="graph-messages"),
    re_path(rf"{OBJECT}/media$", answers_like_meta(POST=graph_media.upload), name="graph-media"),
    re_path(rf"{OBJECT}/phone_numbers$", answers_like_meta(GET=graph.phone_numbers)),
    re_path(rf"{OBJECT}/subscribed_apps$", answers_like_meta(GET=graph.subscribed_apps, POST=graph.subscribe)),
    re_path(rf"{OBJECT}/message_templates$", answers_like_meta(GET=graph.templates)),
    re_path(rf"{VERSION}/debug_token$", answers_like_meta(GET=graph.debug_token)),
    re_path(rf"{OBJECT}$", answers_like_meta(GET=graph_media.describe, DELETE=graph_media.delete), name="graph-object"),
    path("graph/media/<slug:media_id>/<slug:key>", answers_like_meta(GET=graph_media.download), name="download"),
    path("graph/faults", views.set_faults_by_token, name="faults-by-token"),
]

urlpatterns = pages + stand_in
