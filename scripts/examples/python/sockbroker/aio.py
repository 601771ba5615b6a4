"""The client for asyncio. All calls belong to one event loop."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from dataclasses import replace
from types import TracebackType
from typing import (
    Any,
    AsyncIterator,
    Callable,
    Deque,
    Dict,
    Generic,
    List,
    Optional,
    Sequence,
    Tuple,
    Type,
    TypeVar,
    Union,
)

from . import calls
from .calls import Call, Spec
from .errors import BrokerGone
from .events import Event
from .frames import RESERVED, Fields, Message
from .paths import connect_trusted, default_path
from .session import Dialog, Parts, dial, result, take_fd
from .values import Address, Addresses, Happened, OptionValue, Opened, Received, Token

T = TypeVar("T")


async def connect(
    path: Optional[str] = None,
    client: str = "python",
    administrator: bool = False,
    lifetime: Optional[str] = None,
) -> "Broker":
    """Begins a session with the broker."""
    loop = asyncio.get_running_loop()
    place = path or default_path()
    connection = await loop.run_in_executor(None, connect_trusted, place)
    wire = _Wire()
    await loop.create_unix_connection(lambda: wire, sock=connection)
    broker = Broker(place, wire)
    try:
        broker.welcome = await broker.run(calls.hello(client, administrator, lifetime))
    except BaseException:
        await broker.close()
        raise
    wire.payload_max = broker.welcome["limits"]["frameBytes"] - RESERVED
    return broker


class _Wire(asyncio.Protocol):
    """The connection: passes bytes on, and knows whether there is room for more."""

    def __init__(self) -> None:
        self.events: "asyncio.Queue[Optional[Event]]" = asyncio.Queue()
        self.dialog = Dialog(self.events.put_nowait)
        self.room = asyncio.Event()
        self.ended = asyncio.Event()
        self.payload_max = 0
        self._transport: Optional[asyncio.Transport] = None

    def write(self, frames: bytes) -> None:
        """Writes at once. At the end of the connection the dialog tells everybody who waits."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frames)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.room.set()

    def data_received(self, data: bytes) -> None:
        self.dialog.receive(data)
        self.write(self.dialog.unwanted())

    def pause_writing(self) -> None:
        self.room.clear()

    def resume_writing(self) -> None:
        self.room.set()

    def connection_lost(self, error: Optional[Exception]) -> None:
        self.dialog.end()
        self.room.set()
        self.ended.set()


class Broker:
    """A session with the broker.

    A time is in seconds: 0 does not wait, math.inf waits without a limit, and None leaves it to
    the socket's O_NONBLOCK. Calls raise OSError with the broker's errno, OperationTimeout when
    their own time has passed, and BrokerGone when the session has ended.

    Cancelling a task cancels its request. If the request has succeeded at that moment, nothing is
    lost: the next receive of that Socket gets the bytes, and its next accept the connection. What
    any other request has opened is closed.
    """

    def __init__(self, path: str, wire: _Wire) -> None:
        """For connect()."""
        self._path = path
        self._wire = wire
        self._fds: Optional[socket.socket] = None
        self._exporting = asyncio.Lock()
        self.welcome: Fields = {}

    async def __aenter__(self) -> "Broker":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    @property
    def session(self) -> int:
        """The session's id, for tokens."""
        return int(self.welcome["session"])

    @property
    def pid(self) -> int:
        """This process as the broker sees it; 0 from another pid namespace."""
        return int(self.welcome.get("pid", 0))

    async def close(self) -> None:
        """Ends the session, and with it all its descriptors and registrations."""
        self._wire.abort()
        if self._fds is not None:
            self._fds.close()
        await self._wire.ended.wait()

    # ---- sockets

    async def open(self, spec: Spec) -> "Socket":
        """Opens a socket, or joins the one that has the name in the spec."""
        return Socket(self, await self.run(calls.open_(spec)))

    async def attach(self, name: str, join_others: bool = False) -> "Socket":
        """Joins the socket with that name."""
        return Socket(self, await self.run(calls.attach(name, join_others)))

    async def redeem(self, token: Union[Token, str]) -> "Socket":
        """Turns a token into a descriptor, once."""
        return Socket(self, await self.run(calls.redeem(token)))

    async def revoke(self, token: Union[Token, str]) -> None:
        """Ends a token that nobody has redeemed."""
        await self.run(calls.revoke(token))

    # ---- events

    async def next_event(self) -> Event:
        """Waits for the next event of the session."""
        event = await self._wire.events.get()
        if event is None:
            self._wire.events.put_nowait(None)  # for the next caller
            raise self._wire.dialog.gone
        return event

    async def events(self) -> AsyncIterator[Event]:
        """The events until the session ends."""
        while True:
            try:
                event = await self.next_event()
            except BrokerGone:
                return
            yield event

    async def create_event(self) -> "EventObject":
        """Makes an event object, which is not set at first."""
        return EventObject(self, await self.run(calls.create_event()))

    async def wait_events(
        self,
        objects: "Sequence[EventObject]",
        all: bool = False,
        timeout: Optional[float] = None,
    ) -> "List[EventObject]":
        """Waits until one of the objects, or all, are set. Returns those that are."""
        found = await self.run(calls.wait_events([it.id for it in objects], all, timeout))
        return [it for it in objects if it.id in found]

    # ---- any request

    async def call(
        self, kind: str, descriptor: int = 0, payload: bytes = b"", **fields: Any
    ) -> Message:
        """Sends any request of the protocol and returns its reply."""
        return await self.run(calls.message(kind, descriptor, fields, payload))

    async def run(self, call: Call[T], begun: Callable[[int], None] = lambda request: None) -> T:
        """Sends a request and waits for its reply. begun gets the request's id."""
        await self._wire.room.wait()
        inbox: "asyncio.Queue[Optional[Message]]" = asyncio.Queue()
        request, frame = self._wire.dialog.begin(call, inbox.put_nowait)
        self._wire.write(frame)
        begun(request)
        parts = Parts(call, request)
        try:
            while True:
                reply = await inbox.get()
                if reply is None:
                    raise self._wire.dialog.gone
                if reply.kind != "SendReady":
                    value: T = result(call, reply)
                    return value
                self._wire.write(parts.next(reply))
        except asyncio.CancelledError:
            self._give_up(request, inbox)
            raise

    def _give_up(self, request: int, inbox: "asyncio.Queue[Optional[Message]]") -> None:
        self._wire.write(self._wire.dialog.abandon(request))
        # the reply may have come since the task was woken
        while not inbox.empty():
            reply = inbox.get_nowait()
            if reply is not None and reply.kind == "Opened":
                self._wire.write(self._wire.dialog.discard(reply))

    def cancel(self, request: int) -> None:
        """Asks to end a request, whose reply says whether it was in time."""
        self._wire.write(self._wire.dialog.cancel(request))

    def send_max(self) -> int:
        """How many bytes always fit into one frame."""
        return self._wire.payload_max

    async def export(self, descriptor: int, non_blocking: bool) -> socket.socket:
        async with self._exporting:
            if self._fds is None:
                self._fds = await self._dial("FdHello", await self.run(calls.key("NewFdKey")))
            fields = {"nonBlocking": non_blocking}
            reply = await self.run(calls.message("Export", descriptor, fields))
            raw = socket.socket(fileno=take_fd(self._fds, reply.request))
        raw.setblocking(not non_blocking)
        return raw

    async def stream(
        self, descriptor: int
    ) -> Tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        key = await self.run(calls.key("AttachStream", descriptor))
        connection = await self._dial("StreamHello", key)
        return await asyncio.open_unix_connection(sock=connection)

    async def _dial(self, kind: str, key: str) -> socket.socket:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, dial, self._path, kind, key)


class _Lossless(Generic[T]):
    """Makes calls of one kind on a socket. The next call gets what comes for a cancelled task."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._waiting: List[asyncio.Future[T]] = []
        self._left: Deque[T] = deque()

    async def run(self, call: Call[T]) -> T:
        if self._left:
            return self._left.popleft()
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        requests: List[int] = []
        task = asyncio.ensure_future(self._broker.run(call, requests.append))
        task.add_done_callback(lambda it: self._on_reply(waiter, it))
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled() and waiter.exception() is None:
                self.put_back(waiter.result())
            raise
        finally:
            self._waiting.remove(waiter)
            if not task.done():
                for request in requests:
                    self._broker.cancel(request)

    def _on_reply(self, waiter: "asyncio.Future[T]", task: "asyncio.Task[T]") -> None:
        error = BrokerGone("the loop ends") if task.cancelled() else task.exception()
        if error is None:
            if not self._hand(task.result(), [waiter, *self._waiting]):
                self._left.append(task.result())
        elif not waiter.done():
            waiter.set_exception(error)

    def put_back(self, value: T) -> None:
        """For the caller that has waited longest, or the next one."""
        if not self._hand(value, self._waiting):
            self._left.appendleft(value)

    @staticmethod
    def _hand(value: T, waiters: "Sequence[asyncio.Future[T]]") -> bool:
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(value)
                return True
        return False


class Socket:
    """A descriptor on a socket of the broker."""

    def __init__(self, broker: Broker, opened: Opened) -> None:
        self._broker = broker
        self.opened = opened
        """What the broker said about it when it was opened."""
        self.descriptor = opened.descriptor
        self._accepting: _Lossless[Opened] = _Lossless(broker)
        self._receiving: _Lossless[Received] = _Lossless(broker)

    async def __aenter__(self) -> "Socket":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            await self.close()
        except ConnectionError:
            pass  # the session has ended, and the descriptor with it

    async def close(self) -> None:
        """Frees the descriptor. The socket closes with its last one."""
        await self._broker.run(calls.done("Close", self.descriptor))

    async def name(
        self,
        text: Optional[str],
        retain: float = 0,
        join_rights: Optional[Sequence[str]] = None,
        other_rights: Optional[Sequence[str]] = None,
    ) -> None:
        """Names the socket, or removes its name. retain: seconds without a holder."""
        await self._broker.run(calls.name(self.descriptor, text, retain, join_rights, other_rights))

    async def addresses(self) -> Addresses:
        return await self._broker.run(calls.addresses(self.descriptor))

    async def bind(self, address: Address) -> Addresses:
        return await self._broker.run(calls.bind(self.descriptor, address))

    async def listen(self, backlog: int = 128) -> Addresses:
        return await self._broker.run(calls.listen(self.descriptor, backlog))

    async def connect(self, address: Address, timeout: Optional[float] = None) -> Addresses:
        return await self._broker.run(calls.connect(self.descriptor, address, timeout))

    async def accept(self, timeout: Optional[float] = None) -> "Socket":
        opened = await self._accepting.run(calls.accept(self.descriptor, timeout))
        return Socket(self._broker, opened)

    async def shutdown(self, how: str) -> None:
        """how: RECEIVE, SEND or BOTH; for all holders."""
        await self._broker.run(calls.done("Shutdown", self.descriptor, how=how))

    # ---- data

    async def send(
        self,
        data: bytes,
        to: Optional[Address] = None,
        oob: bool = False,
        timeout: Optional[float] = None,
    ) -> int:
        """Sends all bytes as one operation. Returns fewer if its time or the other end says so."""
        payload_max = self._broker.send_max()
        call = calls.send(self.descriptor, data, to, oob, timeout, payload_max)
        return await self._broker.run(call)

    async def receive(
        self,
        length: int = 65536,
        timeout: Optional[float] = None,
        peek: bool = False,
        oob: bool = False,
    ) -> bytes:
        """Returns up to that many bytes; none at the end of a stream."""
        return (await self.receive_from(length, timeout, peek, oob)).data

    async def receive_from(
        self,
        length: int = 65536,
        timeout: Optional[float] = None,
        peek: bool = False,
        oob: bool = False,
    ) -> Received:
        """The same, with the sender of a datagram and its control data."""
        call = calls.receive(self.descriptor, length, timeout, peek, oob)
        if peek or oob:
            return await self._broker.run(call)
        received = await self._receiving.run(call)
        rest = received.data[length:]
        if rest and self.opened.type == "STREAM":
            self._receiving.put_back(replace(received, data=rest))
        return replace(received, data=received.data[:length]) if rest else received

    # ---- options

    async def get_option(self, option: str) -> OptionValue:
        return await self._broker.run(calls.get_option(self.descriptor, option))

    async def set_option(self, option: str, value: OptionValue) -> OptionValue:
        """Returns the value that the kernel uses."""
        return await self._broker.run(calls.set_option(self.descriptor, option, value))

    async def get_raw_option(self, level: int, number: int, length: int = 0) -> bytes:
        """Any option by number; 0 reads all its bytes."""
        return await self._broker.run(calls.get_raw_option(self.descriptor, level, number, length))

    async def set_raw_option(self, level: int, number: int, value: bytes) -> bytes:
        return await self._broker.run(calls.set_raw_option(self.descriptor, level, number, value))

    async def options(self) -> Dict[str, OptionValue]:
        """All options of this kind of socket."""
        return await self._broker.run(calls.options(self.descriptor))

    # ---- events

    async def async_select(self, events: Sequence[str], standby: bool = False) -> int:
        """Registers for events as messages, and replaces any other registration.

        Returns the number of the registration, which its events carry.
        """
        return await self._broker.run(calls.async_select(self.descriptor, events, standby))

    async def event_select(
        self, events: Sequence[str], object: "EventObject", standby: bool = False
    ) -> int:
        """Registers for events that are recorded and set the object."""
        call = calls.event_select(self.descriptor, events, object.id, standby)
        return await self._broker.run(call)

    async def cancel(self, number: int) -> int:
        """Cancels this descriptor's own registration. Returns its number, or 0 if it has ended."""
        return await self._broker.run(calls.cancel(self.descriptor, number))

    async def cancel_any(self) -> int:
        """Cancels any registration of the socket, and all standbys."""
        return await self._broker.run(calls.cancel(self.descriptor, None))

    async def enumerate_events(self, object: "Optional[EventObject]" = None) -> List[Happened]:
        """Reads and clears the record, and resets the object."""
        id = object.id if object else 0
        return await self._broker.run(calls.enumerate_events(self.descriptor, id))

    async def rearm(self, events: Sequence[str]) -> None:
        """Enables events again, after a read on the raw socket has found nothing."""
        await self._broker.run(calls.done("Rearm", self.descriptor, events=list(events)))

    # ---- sharing

    async def token_for_pid(
        self, pid: int, rights: Optional[Sequence[str]] = None, expiry: Optional[float] = None
    ) -> Token:
        """A token for a process."""
        return await self._broker.run(calls.duplicate(self.descriptor, "pid", pid, rights, expiry))

    async def token_for_session(
        self, session: int, rights: Optional[Sequence[str]] = None, expiry: Optional[float] = None
    ) -> Token:
        """A token for a session of another pid namespace."""
        call = calls.duplicate(self.descriptor, "session", session, rights, expiry)
        return await self._broker.run(call)

    async def token_for_user(
        self, uid: int, expiry: float, rights: Optional[Sequence[str]] = None
    ) -> Token:
        """A token for any process of a user, for some seconds."""
        return await self._broker.run(calls.duplicate(self.descriptor, "uid", uid, rights, expiry))

    async def export(self, non_blocking: bool = False) -> socket.socket:
        """Returns the kernel's socket itself. Keep this descriptor as long as you use it."""
        return await self._broker.export(self.descriptor, non_blocking)

    async def stream(self) -> Tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Returns asyncio's streams, which carry the socket's bytes over a Unix connection."""
        return await self._broker.stream(self.descriptor)


class EventObject:
    """An event object of this session: set or not, for any number of sockets."""

    def __init__(self, broker: Broker, id: int) -> None:
        self._broker = broker
        self.id = id

    async def set(self) -> None:
        await self._broker.run(calls.done("SetEvent", object=self.id))

    async def reset(self) -> None:
        await self._broker.run(calls.done("ResetEvent", object=self.id))

    async def close(self) -> None:
        """Drops the registrations that use it, and ends the waits for it."""
        await self._broker.run(calls.done("CloseEvent", object=self.id))
