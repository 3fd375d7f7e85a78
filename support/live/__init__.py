"""Live events: what happens reaches every console within a second, and a dropped connection loses nothing.

    conversations.events   what happened, by row, written by triggers in the causing transaction
    shapes.py              how a row looks to a console: the event's data, and the bytes of a Server-Sent Event
    hub.py                 one thread per web process reads what is new, once, and hands it to every console
    follower.py            one console: what it still has to get, and when its stream ends
    door.py                how a view lets a request become a stream (the server's side: edubot.server.streams)

The address itself is an endpoint like any other (`support.api.events`): log-in, rights, limits, CORS and errors are the
API's own. What it answers is already an event stream, the past; on our server the same answer then goes on, live.
"""
