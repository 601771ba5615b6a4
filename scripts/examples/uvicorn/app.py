"""An ASGI application. uvicorn serves it on the broker's socket, fd 3."""

import os


async def app(scope, receive, send):
    if scope["type"] == "http":
        body = f"hello from uvicorn {os.getpid()}\n".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": body})
