"""What both clients do alike: request ids, who waits for which reply, and the session's end."""

from __future__ import annotations

import os
import socket
import struct
import threading
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from . import errors
from .calls import Call
from .errors import BrokerGone
from .events import Event, event_of
from .frames import COUNTED, HEADER, FrameReader, Message
from .paths import connect_trusted

Inbox = Callable[[Optional[Message]], None]
"""Takes each message that answers one request, and None when the session has ended."""

FD = struct.Struct(">xQ")
"""What comes with a file descriptor: a zero byte and the request id."""

INT = struct.Struct("i")


class Dialog:
    """The state of a session, without its connection. Thread-safe.

    events takes every event, and None at the end.
    """

    def __init__(self, events: Callable[[Optional[Event]], None]) -> None:
        self._events = events
        self._lock = threading.Lock()
        self._reader = FrameReader()
        self._next = 0
        self._waiting: Dict[int, Inbox] = {}
        self._abandoned: Set[int] = set()
        self._unwanted: List[int] = []
        self._end: Optional[BrokerGone] = None

    def begin(self, call: Call[Any], inbox: Inbox) -> Tuple[int, bytes]:
        """Returns the id and the frame of a request. Raises BrokerGone after the end."""
        with self._lock:
            if self._end is not None:
                raise self._end
            request = self._new(inbox)
            frame = Message(call.kind, request, call.descriptor, call.fields, call.payload)
            try:
                return request, self._closing() + frame.encode()
            except BaseException:
                del self._waiting[request]
                raise

    def abandon(self, request: int) -> bytes:
        """Nobody waits for this reply any more. Returns the frames that cancel the request.

        If it has succeeded meanwhile, its new descriptor is closed by the next frames.
        """
        with self._lock:
            if self._waiting.pop(request, None) is None:
                return b""
            self._abandoned.add(request)
            return self._cancel(request)

    def cancel(self, request: int) -> bytes:
        """Returns the frame that asks to end a request, whose reply is still waited for."""
        with self._lock:
            return self._cancel(request)

    def receive(self, data: bytes) -> None:
        """Takes bytes of the connection and passes on the messages in them, in order."""
        for message in self._reader.read(data):
            if message.is_event and message.kind != "SendReady":
                event = event_of(message)
                if event is not None:
                    self._events(event)
            else:
                self._answer(message)

    def discard(self, opened: Message) -> bytes:
        """Returns the frame that closes a descriptor which nobody has taken."""
        with self._lock:
            self._unwanted.append(opened.descriptor)
            return self._closing()

    def unwanted(self) -> bytes:
        """Returns the frames that close what abandoned requests have opened."""
        with self._lock:
            return self._closing()

    def end(self) -> None:
        """The connection has ended."""
        with self._lock:
            self._end = self._end or BrokerGone("the broker has ended the connection")
            waiting, self._waiting = self._waiting, {}
        for inbox in waiting.values():
            inbox(None)
        self._events(None)

    @property
    def gone(self) -> BrokerGone:
        """Why the session has ended."""
        return self._end or BrokerGone("this client has closed the session")

    def _answer(self, message: Message) -> None:
        with self._lock:
            if message.request == 0:
                # the broker says why it ends the session
                self._end = BrokerGone(message.fields.get("message", ""))
                return
            if message.request in self._abandoned:
                self._drop(message)
                return
            inbox = self._waiting.get(message.request)
            if message.kind != "SendReady":
                self._waiting.pop(message.request, None)
        if inbox is not None:
            inbox(message)

    def _drop(self, message: Message) -> None:
        if message.kind == "SendReady":
            return
        self._abandoned.discard(message.request)
        if message.kind == "Opened":
            self._unwanted.append(message.descriptor)

    def _closing(self) -> bytes:
        unwanted, self._unwanted = self._unwanted, []
        return b"".join(Message("Close", self._new(_ignore), it).encode() for it in unwanted)

    def _cancel(self, request: int) -> bytes:
        return Message("Cancel", self._new(_ignore), fields={"request": request}).encode()

    def _new(self, inbox: Inbox) -> int:
        self._next += 1
        self._waiting[self._next] = inbox
        return self._next


def _ignore(message: Optional[Message]) -> None:
    """A reply that says nothing."""


class Parts:
    """The rest of a large send, which follows as the broker has room for it."""

    def __init__(self, call: Call[Any], request: int) -> None:
        self._rest = memoryview(call.rest)
        self._descriptor = call.descriptor
        self._request = request

    def next(self, ready: Message) -> bytes:
        """Returns the frame that answers a SendReady."""
        length = ready.fields["length"]
        part, self._rest = bytes(self._rest[:length]), self._rest[length:]
        return Message("SendMore", self._request, self._descriptor, payload=part).encode()


def result(call: Call[Any], reply: Message) -> Any:
    """Returns what the reply says. Raises OSError for an Error."""
    if reply.kind == "Error":
        raise errors.error_of(reply)
    return call.read(reply)


def dial(path: str, kind: str, key: str) -> socket.socket:
    """Makes a connection for file descriptors or for a stream."""
    connection = connect_trusted(path)
    try:
        _greet(connection, kind, key)
    except BaseException:
        connection.close()
        raise
    return connection


def _greet(connection: socket.socket, kind: str, key: str) -> None:
    """Sends the only request of such a connection, and waits for its Done."""
    connection.sendall(Message(kind, 1, fields={"key": key}).encode())
    # Nothing may be read after Done, because a stream's bytes follow it.
    header = _exactly(connection, HEADER.size)
    body = _exactly(connection, HEADER.unpack(header)[0] - COUNTED)
    reply = next(FrameReader().read(header + body))
    if reply.kind == "Error":
        raise errors.error_of(reply)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise BrokerGone("the broker has ended the connection")
        data += more
    return data


def take_fd(connection: socket.socket, request: int) -> int:
    """Reads the file descriptor of that request, which has arrived before the reply."""
    # not socket.recv_fds, which ignores its flags
    flags = socket.MSG_CMSG_CLOEXEC | socket.MSG_WAITALL
    while True:
        data, control, _, _ = connection.recvmsg(FD.size, socket.CMSG_SPACE(INT.size), flags)
        if len(data) != FD.size or not control:
            raise BrokerGone("the fd connection has ended")
        fd = int(INT.unpack(control[0][2])[0])
        if FD.unpack(data)[0] == request:
            return fd
        os.close(fd)  # of a request that was abandoned
