"""The HTTP server: uvicorn, with Django's synchronous views in threads of the same process.

Django's sync views under a plain ASGI handler run two to four times slower than under WSGI, and a thread that waits for
a slow client is a thread less for everybody. So the event loop does the waiting and the threads do the work:

    protocol.py   the head of a request, with limits and a time-out that uvicorn lacks
    bodies.py     the body, read whole on the event loop, with a limit and a time-out
    lanes.py      the threads, one lane per kind of request, and the point at which we say 503 at once
    wsgi.py       the call of Django in a thread, in one hop there and back
    gateway.py    the ASGI application that ties these together
    life.py       the end of a process that has answered its last request
    run.py        uvicorn's settings, processes and sockets

Asynchronous applications (event streams) are dispatched in `edubot.asgi`, before the gateway.
"""
