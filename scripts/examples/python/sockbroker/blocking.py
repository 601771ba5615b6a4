"""The blocking client. A thread reads the connection, so any number of threads may call."""

from __future__ import annotations

import queue
import socket
import threading
from types import TracebackType
from typing import Any, Dict, List, Optional, Sequence, Type, TypeVar, Union

from . import calls
from .calls import Call, Spec
from .events import Event
from .frames import RESERVED, Fields, Message
from .paths import connect_trusted, default_path
from .session import Dialog, Parts, dial, result, take_fd
from .values import Address, Addresses, Happened, OptionValue, Opened, Received, Token

T = TypeVar("T")
READ_BYTES = 256 << 10


class Broker:
    """A session with the broker. Thread-safe.

    A time is in seconds: 0 does not wait, math.inf waits without a limit, and None leaves it to
    the socket's O_NONBLOCK. Calls raise OSError with the broker's errno, OperationTimeout when
    their own time has passed, and BrokerGone when the session has ended.
    """

    def __init__(
        self,
        path: Optional[str] = None,
        client: str = "python",
        administrator: bool = False,
        lifetime: Optional[str] = None,
    ) -> None:
        self._path = path or default_path()
        self._events: "queue.SimpleQueue[Optional[Event]]" = queue.SimpleQueue()
        self._dialog = Dialog(self._events.put)
        self._writing = threading.Lock()
        self._fds: Optional[socket.socket] = None
        self._exporting = threading.Lock()
        self._payload_max = 0
        self._connection = connect_trusted(self._path)
        self._reader = threading.Thread(target=self._read, name="sockbroker", daemon=True)
        self._reader.start()
        try:
            self.welcome: Fields = self.run(calls.hello(client, administrator, lifetime))
        except BaseException:
            self.close()
            raise
        self._payload_max = self.welcome["limits"]["frameBytes"] - RESERVED

    def __enter__(self) -> "Broker":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    @property
    def session(self) -> int:
        """The session's id, for tokens."""
        return int(self.welcome["session"])

    @property
    def pid(self) -> int:
        """This process as the broker sees it; 0 from another pid namespace."""
        return int(self.welcome.get("pid", 0))

    def close(self) -> None:
        """Ends the session, and with it all its descriptors and registrations."""
        try:
            # wakes the reader, which close() alone would not do
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the broker has ended it already
        self._reader.join()
        self._connection.close()
        if self._fds is not None:
            self._fds.close()

    # ---- sockets

    def open(self, spec: Spec) -> "Socket":
        """Opens a socket, or joins the one that has the name in the spec."""
        return Socket(self, self.run(calls.open_(spec)))

    def attach(self, name: str, join_others: bool = False) -> "Socket":
        """Joins the socket with that name."""
        return Socket(self, self.run(calls.attach(name, join_others)))

    def redeem(self, token: Union[Token, str]) -> "Socket":
        """Turns a token into a descriptor, once."""
        return Socket(self, self.run(calls.redeem(token)))

    def revoke(self, token: Union[Token, str]) -> None:
        """Ends a token that nobody has redeemed."""
        self.run(calls.revoke(token))

    # ---- events

    def next_event(self, timeout: Optional[float] = None) -> Event:
        """Waits for the next event of the session. Raises TimeoutError after that many seconds."""
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no event within {timeout} s") from None
        if event is None:
            self._events.put(None)  # for the next caller
            raise self._dialog.gone
        return event

    def create_event(self) -> "EventObject":
        """Makes an event object, which is not set at first."""
        return EventObject(self, self.run(calls.create_event()))

    def wait_events(
        self,
        objects: "Sequence[EventObject]",
        all: bool = False,
        timeout: Optional[float] = None,
    ) -> "List[EventObject]":
        """Waits until one of the objects, or all, are set. Returns those that are."""
        found = self.run(calls.wait_events([it.id for it in objects], all, timeout))
        return [it for it in objects if it.id in found]

    # ---- any request

    def call(
        self, kind: str, descriptor: int = 0, payload: bytes = b"", **fields: Any
    ) -> Message:
        """Sends any request of the protocol and returns its reply."""
        return self.run(calls.message(kind, descriptor, fields, payload))

    def run(self, call: Call[T]) -> T:
        """Sends a request and waits for its reply."""
        inbox: "queue.SimpleQueue[Optional[Message]]" = queue.SimpleQueue()
        with self._writing:
            request, frame = self._dialog.begin(call, inbox.put)
            self._write(frame)
        parts = Parts(call, request)
        try:
            while True:
                reply = inbox.get()
                if reply is None:
                    raise self._dialog.gone
                if reply.kind != "SendReady":
                    value: T = result(call, reply)
                    return value
                with self._writing:
                    self._write(parts.next(reply))
        except KeyboardInterrupt:
            with self._writing:
                self._write(self._dialog.abandon(request))
            raise

    def send_max(self) -> int:
        """How many bytes always fit into one frame."""
        return self._payload_max

    def export(self, descriptor: int, non_blocking: bool) -> socket.socket:
        with self._exporting:
            if self._fds is None:
                self._fds = dial(self._path, "FdHello", self.run(calls.key("NewFdKey")))
            fields = {"nonBlocking": non_blocking}
            reply = self.run(calls.message("Export", descriptor, fields))
            raw = socket.socket(fileno=take_fd(self._fds, reply.request))
        raw.setblocking(not non_blocking)
        return raw

    def stream(self, descriptor: int) -> socket.socket:
        return dial(self._path, "StreamHello", self.run(calls.key("AttachStream", descriptor)))

    def _write(self, frame: bytes) -> None:
        try:
            self._connection.sendall(frame)
        except OSError:
            pass  # the reader sees the end as well, and tells everybody who waits
        except BaseException:
            # part of the frame may be sent, so nothing can follow it
            self._connection.shutdown(socket.SHUT_RDWR)
            raise

    def _read(self) -> None:
        try:
            while True:
                data = self._connection.recv(READ_BYTES)
                if not data:
                    return
                self._dialog.receive(data)
        except ConnectionResetError:
            return  # the broker was killed while requests waited to be read
        finally:
            self._dialog.end()


class Socket:
    """A descriptor on a socket of the broker."""

    def __init__(self, broker: Broker, opened: Opened) -> None:
        self._broker = broker
        self.opened = opened
        """What the broker said about it when it was opened."""
        self.descriptor = opened.descriptor

    def __enter__(self) -> "Socket":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            self.close()
        except ConnectionError:
            pass  # the session has ended, and the descriptor with it

    def close(self) -> None:
        """Frees the descriptor. The socket closes with its last one."""
        self._broker.run(calls.done("Close", self.descriptor))

    def name(
        self,
        text: Optional[str],
        retain: float = 0,
        join_rights: Optional[Sequence[str]] = None,
        other_rights: Optional[Sequence[str]] = None,
    ) -> None:
        """Names the socket, or removes its name. retain: seconds without a holder."""
        self._broker.run(calls.name(self.descriptor, text, retain, join_rights, other_rights))

    def addresses(self) -> Addresses:
        return self._broker.run(calls.addresses(self.descriptor))

    def bind(self, address: Address) -> Addresses:
        return self._broker.run(calls.bind(self.descriptor, address))

    def listen(self, backlog: int = 128) -> Addresses:
        return self._broker.run(calls.listen(self.descriptor, backlog))

    def connect(self, address: Address, timeout: Optional[float] = None) -> Addresses:
        return self._broker.run(calls.connect(self.descriptor, address, timeout))

    def accept(self, timeout: Optional[float] = None) -> "Socket":
        return Socket(self._broker, self._broker.run(calls.accept(self.descriptor, timeout)))

    def shutdown(self, how: str) -> None:
        """how: RECEIVE, SEND or BOTH; for all holders."""
        self._broker.run(calls.done("Shutdown", self.descriptor, how=how))

    # ---- data

    def send(
        self,
        data: bytes,
        to: Optional[Address] = None,
        oob: bool = False,
        timeout: Optional[float] = None,
    ) -> int:
        """Sends all bytes as one operation. Returns fewer if its time or the other end says so."""
        payload_max = self._broker.send_max()
        call = calls.send(self.descriptor, data, to, oob, timeout, payload_max)
        return self._broker.run(call)

    def receive(
        self,
        length: int = 65536,
        timeout: Optional[float] = None,
        peek: bool = False,
        oob: bool = False,
    ) -> bytes:
        """Returns up to that many bytes; none at the end of a stream."""
        return self.receive_from(length, timeout, peek, oob).data

    def receive_from(
        self,
        length: int = 65536,
        timeout: Optional[float] = None,
        peek: bool = False,
        oob: bool = False,
    ) -> Received:
        """The same, with the sender of a datagram and its control data."""
        return self._broker.run(calls.receive(self.descriptor, length, timeout, peek, oob))

    # ---- options

    def get_option(self, option: str) -> OptionValue:
        return self._broker.run(calls.get_option(self.descriptor, option))

    def set_option(self, option: str, value: OptionValue) -> OptionValue:
        """Returns the value that the kernel uses."""
        return self._broker.run(calls.set_option(self.descriptor, option, value))

    def get_raw_option(self, level: int, number: int, length: int = 0) -> bytes:
        """Any option by number; 0 reads all its bytes."""
        return self._broker.run(calls.get_raw_option(self.descriptor, level, number, length))

    def set_raw_option(self, level: int, number: int, value: bytes) -> bytes:
        return self._broker.run(calls.set_raw_option(self.descriptor, level, number, value))

    def options(self) -> Dict[str, OptionValue]:
        """All options of this kind of socket."""
        return self._broker.run(calls.options(self.descriptor))

    # ---- events

    def async_select(self, events: Sequence[str], standby: bool = False) -> int:
        """Registers for events as messages, and replaces any other registration.

        Returns the number of the registration, which its events carry.
        """
        return self._broker.run(calls.async_select(self.descriptor, events, standby))

    def event_select(
        self, events: Sequence[str], object: "EventObject", standby: bool = False
    ) -> int:
        """Registers for events that are recorded and set the object."""
        call = calls.event_select(self.descriptor, events, object.id, standby)
        return self._broker.run(call)

    def cancel(self, number: int) -> int:
        """Cancels this descriptor's own registration. Returns its number, or 0 if it has ended."""
        return self._broker.run(calls.cancel(self.descriptor, number))

    def cancel_any(self) -> int:
        """Cancels any registration of the socket, and all standbys."""
        return self._broker.run(calls.cancel(self.descriptor, None))

    def enumerate_events(self, object: "Optional[EventObject]" = None) -> List[Happened]:
        """Reads and clears the record, and resets the object."""
        id = object.id if object else 0
        return self._broker.run(calls.enumerate_events(self.descriptor, id))

    def rearm(self, events: Sequence[str]) -> None:
        """Enables events again, after a read on the raw socket has found nothing."""
        self._broker.run(calls.done("Rearm", self.descriptor, events=list(events)))

    # ---- sharing

    def token_for_pid(
        self, pid: int, rights: Optional[Sequence[str]] = None, expiry: Optional[float] = None
    ) -> Token:
        """A token for a process."""
        return self._broker.run(calls.duplicate(self.descriptor, "pid", pid, rights, expiry))

    def token_for_session(
        self, session: int, rights: Optional[Sequence[str]] = None, expiry: Optional[float] = None
    ) -> Token:
        """A token for a session of another pid namespace."""
        call = calls.duplicate(self.descriptor, "session", session, rights, expiry)
        return self._broker.run(call)

    def token_for_user(
        self, uid: int, expiry: float, rights: Optional[Sequence[str]] = None
    ) -> Token:
        """A token for any process of a user, for some seconds."""
        return self._broker.run(calls.duplicate(self.descriptor, "uid", uid, rights, expiry))

    def export(self, non_blocking: bool = False) -> socket.socket:
        """Returns the kernel's socket itself. Keep this descriptor as long as you use it."""
        return self._broker.export(self.descriptor, non_blocking)

    def stream(self) -> socket.socket:
        """Returns a Unix connection that carries the socket's bytes, for any event loop."""
        return self._broker.stream(self.descriptor)


class EventObject:
    """An event object of this session: set or not, for any number of sockets."""

    def __init__(self, broker: Broker, id: int) -> None:
        self._broker = broker
        self.id = id

    def set(self) -> None:
        self._broker.run(calls.done("SetEvent", object=self.id))

    def reset(self) -> None:
        self._broker.run(calls.done("ResetEvent", object=self.id))

    def close(self) -> None:
        """Drops the registrations that use it, and ends the waits for it."""
        self._broker.run(calls.done("CloseEvent", object=self.id))
