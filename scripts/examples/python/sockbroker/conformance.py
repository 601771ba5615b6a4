"""Checks what a client can see of the contract, against the broker at a path:

    python3 -m sockbroker.conformance [SOCKET]

For authors of clients: each test is a short dialog of the wire protocol, so it also shows what to
send and what comes back. It needs no rights and leaves nothing behind. broker/CONTRACT.md has the
rules in full, and the project tests all of them.
"""

from __future__ import annotations

import errno
import mmap
import os
import socket
import struct
import sys
import tempfile
import time
import unittest
from typing import Any, Callable, Dict, List, Tuple

from .frames import COUNTED, HEADER, NUMBERS, FrameReader, Message
from .paths import connect_trusted, default_path
from .session import dial, take_fd

DEADLINE = 30.0
"""Seconds for what must happen."""

ANY_PORT = {"host": "127.0.0.1", "port": 0}
DOUBLE_MAX = 2**53

broker_path = ""


class Wire:
    """A session whose frames come in the order in which the broker writes them."""

    def __init__(self, **hello: Any) -> None:
        self._connection = connect_trusted(broker_path)
        self._connection.settimeout(DEADLINE)
        self._reader = FrameReader()
        self._read: List[Message] = []
        self._last = 0
        self.welcome = self.call("Hello", versions=[1], **hello).fields if hello else {}

    @property
    def id(self) -> int:
        return int(self.welcome["session"])

    def send(self, kind: str, descriptor: int = 0, payload: bytes = b"", **fields: Any) -> int:
        """Sends a request and returns its id."""
        self._last += 1
        self.write(Message(kind, self._last, descriptor, fields, payload).encode())
        return self._last

    def write(self, frames: bytes) -> None:
        self._connection.sendall(frames)

    def next(self) -> Message:
        """The next reply or event."""
        while not self._read:
            data = self._connection.recv(1 << 16)
            if not data:
                raise EOFError("the broker has ended the session")
            self._read += self._reader.read(data)
        return self._read.pop(0)

    def call(self, kind: str, descriptor: int = 0, payload: bytes = b"", **fields: Any) -> Message:
        """Sends a request, and returns the next frame, which must be its reply."""
        request = self.send(kind, descriptor, payload, **fields)
        reply = self.next()
        if reply.request != request:
            raise AssertionError(f"instead of the reply to {kind}: {reply}")
        return reply

    def open(self, type: str = "STREAM", **fields: Any) -> Message:
        return self.call("Open", family="INET", type=type, **fields)

    def close(self) -> None:
        self._connection.close()


class Case(unittest.TestCase):
    def session(self, **hello: Any) -> Wire:
        wire = Wire(client="conformance", **hello)
        self.addCleanup(wire.close)
        return wire

    def setUp(self) -> None:
        self.a = self.session()
        self.b = self.session()

    def refused(self, reply: Message, error: str, timed_out: bool = False) -> None:
        self.assertEqual((reply.kind, reply.fields.get("error")), ("Error", error), reply)
        self.assertEqual(reply.fields.get("timedOut", False), timed_out)

    def listener(self, **fields: Any) -> Message:
        opened = self.a.open(bind=ANY_PORT, backlog=16, **fields)
        self.assertEqual(opened.kind, "Opened", opened)
        return opened

    def connect(self, listener: Message) -> socket.socket:
        local = listener.fields["local"]
        peer = socket.create_connection((local["host"], local["port"]), DEADLINE)
        self.addCleanup(peer.close)
        return peer

    def pair(self) -> Tuple[int, socket.socket]:
        """A's descriptor of a connection, and its other end."""
        listener = self.listener()
        peer = self.connect(listener)
        return self.a.call("Accept", listener.descriptor).descriptor, peer

    def share(self, descriptor: int, **fields: Any) -> Message:
        """Gives B a descriptor of its own of A's socket."""
        made = self.a.call("Duplicate", descriptor, session=self.b.id, **fields)
        return self.b.call("Redeem", token=made.fields["token"])

    def name(self) -> str:
        return f"conformance {os.getpid()} {self.id()}"

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), end, "it did not happen in time")
            time.sleep(0.01)


class Frames(Case):
    def test_any_request_id_comes_back(self) -> None:
        for request in (1, 2**53 + 1, 2**63, 2**64 - 1):
            self.a.write(Message("Ping", request).encode())
            self.assertEqual(self.a.next(), Message("Done", request))

    def test_flags_and_an_unused_descriptor_are_ignored(self) -> None:
        self.a.write(HEADER.pack(COUNTED, NUMBERS["Ping"], 0xFFFF, 7, 42, 0))
        self.assertEqual(self.a.next(), Message("Done", 7))

    def test_an_unknown_type_and_a_reply_are_enosys_and_the_session_continues(self) -> None:
        for type in (0x0999, NUMBERS["Done"]):
            self.a.write(HEADER.pack(COUNTED, type, 0, 7, 0, 0))
            self.refused(self.a.next(), "ENOSYS")
        self.assertEqual(self.a.call("Ping").kind, "Done")

    def test_an_invalid_field_is_einval_and_the_session_continues(self) -> None:
        twice = b'{"name":"a","name":"b"}'
        header = HEADER.pack(COUNTED + len(twice), NUMBERS["Attach"], 0, 7, 0, len(twice))
        self.a.write(header + twice)
        self.refused(self.a.next(), "EINVAL")
        self.refused(self.a.call("Attach", name=5), "EINVAL")
        self.refused(self.a.call("Attach"), "EINVAL")
        self.assertEqual(self.a.call("Ping", unknown="ignored").kind, "Done")

    def test_request_id_0_ends_the_session_after_one_error(self) -> None:
        self.a.write(Message("Ping", 0).encode())
        end = self.a.next()
        self.refused(end, "EPROTO")
        self.assertEqual(end.request, 0)
        self.assertRaises(EOFError, self.a.next)

    def test_the_first_request_is_hello(self) -> None:
        stranger = Wire()
        self.addCleanup(stranger.close)
        self.refused(stranger.call("Ping"), "EPROTO")
        self.assertRaises(EOFError, stranger.next)

    def test_numbers_can_exceed_those_of_a_double(self) -> None:
        descriptor, _ = self.pair()
        info = self.a.call("GetOption", descriptor, option="TCP_INFO").fields["value"]
        self.assertEqual(info["tcpi_max_pacing_rate"], 2**64 - 1)
        here = self.a.open("DGRAM", bind=ANY_PORT)
        self.a.call("SetOption", here.descriptor, option="SO_TIMESTAMPNS", value=True)
        self.a.call("Send", here.descriptor, b"now", to=here.fields["local"])
        arrived = self.a.call("Receive", here.descriptor).fields["control"]["timestampNanos"]
        self.assertGreater(arrived, DOUBLE_MAX)


class Replies(Case):
    def test_a_reply_overtakes_that_of_a_waiting_request(self) -> None:
        descriptor, peer = self.pair()
        waiting = self.a.send("Receive", descriptor)
        self.assertEqual(self.a.call("Ping").kind, "Done")
        peer.sendall(b"late")
        reply = self.a.next()
        self.assertEqual((reply.request, reply.payload), (waiting, b"late"))

    def test_requests_of_one_direction_take_effect_in_order(self) -> None:
        descriptor, peer = self.pair()
        first = self.a.send("Receive", descriptor, length=1)
        second = self.a.send("Receive", descriptor, length=1)
        peer.sendall(b"12")
        replies = [self.a.next() for _ in range(2)]
        self.assertEqual([it.request for it in replies], [first, second])
        self.assertEqual([it.payload for it in replies], [b"1", b"2"])

    def test_each_request_behind_another_gets_its_reply(self) -> None:
        requests = [self.a.send("Ping") for _ in range(100)]
        self.assertEqual([self.a.next().request for _ in range(100)], requests)

    def test_the_reply_comes_before_the_events_that_it_causes(self) -> None:
        listener = self.listener()
        self.connect(listener)
        self.assertEqual(
            self.a.call("AsyncSelect", listener.descriptor, events=["ACCEPT"]).kind, "Registered"
        )
        event = self.a.next()
        self.assertEqual((event.kind, event.request), ("Network", 0))

    def test_a_cancelled_request_still_gets_its_one_reply(self) -> None:
        descriptor, _ = self.pair()
        waiting = self.a.send("Receive", descriptor)
        cancel = self.a.send("Cancel", request=waiting)
        replies = {it.request: it for it in (self.a.next(), self.a.next())}
        self.refused(replies[waiting], "ECANCELED")
        self.assertEqual(replies[cancel].kind, "Done")
        self.assertEqual(self.a.call("Cancel", request=waiting).kind, "Done")

    def test_a_large_send_is_asked_for_part_by_part(self) -> None:
        descriptor, peer = self.pair()
        data = os.urandom(1 << 20)
        send = self.a.send("Send", descriptor, data[:1000], length=len(data))
        sent, got = 1000, b""
        while len(got) < len(data):
            if sent < len(data):
                ready = self.a.next()
                self.assertEqual((ready.kind, ready.request), ("SendReady", send))
                part = data[sent : sent + ready.fields["length"]]
                self.a.write(Message("SendMore", send, descriptor, payload=part).encode())
                sent += len(part)
            while len(got) < sent:
                got += peer.recv(1 << 20)
        self.assertEqual(got, data)
        self.assertEqual(self.a.next(), Message("Sent", send))


class Times(Case):
    def test_0_does_not_wait(self) -> None:
        descriptor, _ = self.pair()
        listener = self.listener()
        receive = self.a.call("Receive", descriptor, timeoutMillis=0)
        self.refused(receive, "EAGAIN")
        self.refused(self.a.call("Accept", listener.descriptor, timeoutMillis=0), "EAGAIN")
        fresh = self.a.open().descriptor
        address = listener.fields["local"]
        connect = self.a.call("Connect", fresh, address=address, timeoutMillis=0)
        self.refused(connect, "EINPROGRESS")
        object = self.a.call("CreateEvent").fields["object"]
        wait = self.a.call("WaitEvents", objects=[object], timeoutMillis=0)
        self.refused(wait, "ETIMEDOUT", timed_out=True)
        opening = self.a.call("Open", type="STREAM", connect=address, timeoutMillis=0)
        self.refused(opening, "EINVAL")
        self.assertEqual(self.a.open(timeoutMillis=0).kind, "Opened")

    def test_0_sends_what_fits(self) -> None:
        descriptor, _ = self.pair()
        data = b"x" * 100_000
        reply = self.a.call("Send", descriptor, data, timeoutMillis=0)
        while reply.kind == "Sent":
            self.assertIn(reply.fields.get("count", len(data)), range(1, len(data) + 1))
            # the other end, which does not read, may still find more room
            reply = self.a.call("Send", descriptor, data, timeoutMillis=0)
        self.refused(reply, "EAGAIN")

    def test_a_time_that_passes_is_marked(self) -> None:
        descriptor, _ = self.pair()
        receive = self.a.call("Receive", descriptor, timeoutMillis=1)
        self.refused(receive, "ETIMEDOUT", timed_out=True)

    def test_no_time_is_below_minus_1(self) -> None:
        descriptor, _ = self.pair()
        for kind in ("Receive", "Send"):
            self.refused(self.a.call(kind, descriptor, timeoutMillis=-2), "EINVAL")

    def test_without_a_time_the_sockets_mode_decides_for_all_holders(self) -> None:
        descriptor, peer = self.pair()
        shared = self.share(descriptor).descriptor
        self.a.call("SetOption", descriptor, option="O_NONBLOCK", value=True)
        self.refused(self.b.call("Receive", shared), "EAGAIN")
        waiting = self.b.send("Receive", shared, timeoutMillis=-1)
        peer.sendall(b"x")
        self.assertEqual(self.b.next(), Message("Received", waiting, payload=b"x"))


class Lengths(Case):
    def test_a_receive_of_0_bytes_of_a_stream_is_einval(self) -> None:
        descriptor, _ = self.pair()
        for length in (0, -1):
            self.refused(self.a.call("Receive", descriptor, length=length), "EINVAL")

    def test_a_receive_of_0_bytes_takes_a_datagram(self) -> None:
        here = self.a.open("DGRAM", bind=ANY_PORT)
        for data in (b"lost", b"", b"kept"):
            self.a.call("Send", here.descriptor, data, to=here.fields["local"])
        replies = [self.a.call("Receive", here.descriptor, length=n) for n in (0, 100, 100)]
        self.assertEqual([it.payload for it in replies], [b"", b"", b"kept"])
        self.assertEqual([it.fields.get("size") for it in replies], [4, None, None])

    def test_sending_nothing_on_a_stream_sends_nothing(self) -> None:
        descriptor, peer = self.pair()
        self.assertEqual(self.a.call("Send", descriptor).kind, "Sent")
        self.assertEqual(self.a.call("Send", descriptor, length=0).kind, "Sent")
        self.a.call("Send", descriptor, b"x")
        self.assertEqual(peer.recv(10), b"x")

    def test_a_send_is_not_shorter_than_its_payload(self) -> None:
        descriptor, _ = self.pair()
        self.refused(self.a.call("Send", descriptor, b"abc", length=2), "EINVAL")

    def test_an_empty_part_ends_a_send(self) -> None:
        descriptor, peer = self.pair()
        send = self.a.send("Send", descriptor, b"abc", length=6)
        self.assertEqual(self.a.next().kind, "SendReady")
        self.a.write(Message("SendMore", send, descriptor).encode())
        self.assertEqual(self.a.next(), Message("Sent", send, fields={"count": 3}))
        self.assertEqual(peer.recv(10), b"abc")
        none = self.a.send("Send", descriptor, length=6)
        self.assertEqual(self.a.next().kind, "SendReady")
        self.a.write(Message("SendMore", none, descriptor).encode())
        self.refused(self.a.next(), "EINVAL")

    def test_length_0_reads_a_whole_option(self) -> None:
        descriptor, _ = self.pair()
        level, number = socket.SOL_SOCKET, socket.SO_TYPE
        whole, part = (
            self.a.call("GetOption", descriptor, level=level, number=number, length=length)
            for length in (0, 2)
        )
        self.assertEqual(len(bytes.fromhex(whole.fields["value"])), 4)
        self.assertEqual(part.fields["value"], whole.fields["value"][:4])

    def test_a_backlog_of_0_listens(self) -> None:
        opened = self.a.open(bind=ANY_PORT, backlog=0)
        self.connect(opened)
        self.assertEqual(self.a.call("Accept", opened.descriptor).kind, "Opened")


class Checks(Case):
    """form, descriptor, right, arguments, kind, state: the first of them refuses."""

    def test_form_then_descriptor_then_right_then_arguments(self) -> None:
        descriptor, _ = self.pair()
        weak = self.share(descriptor, rights=["SEND"]).descriptor
        self.refused(self.b.call("Receive", 999_999, length="many"), "EINVAL")
        self.refused(self.b.call("Receive", 999_999, length=0), "EBADF")
        self.refused(self.b.call("Receive", weak, length=0), "EPERM")
        self.refused(self.b.call("AsyncSelect", weak, events=[]), "EPERM")
        self.refused(self.a.call("AsyncSelect", descriptor, events=[]), "EINVAL")

    def test_arguments_then_kind_then_state(self) -> None:
        datagram = self.a.open("DGRAM").descriptor
        self.refused(self.a.call("Accept", datagram, timeoutMillis=-2), "EINVAL")
        self.refused(self.a.call("Accept", datagram), "EOPNOTSUPP")
        fresh = self.a.open().descriptor
        self.refused(self.a.call("Accept", fresh), "EINVAL")
        self.refused(self.a.call("Shutdown", fresh, how="BOTH"), "ENOTCONN")

    def test_another_sessions_descriptor_is_unknown(self) -> None:
        descriptor, _ = self.pair()
        self.refused(self.b.call("Receive", descriptor), "EBADF")

    def test_a_refused_request_changes_nothing(self) -> None:
        listener = self.listener().descriptor
        self.a.call("AsyncSelect", listener, events=["ACCEPT"])
        blocking = self.a.call("SetOption", listener, option="O_NONBLOCK", value=False)
        self.refused(blocking, "EINVAL")
        mode = self.a.call("GetOption", listener, option="O_NONBLOCK").fields["value"]
        self.assertIs(mode, True)


class Sharing(Case):
    def test_a_name_leads_to_the_same_socket(self) -> None:
        first = self.listener(name=self.name())
        second = self.b.open(bind=ANY_PORT, backlog=16, name=self.name())
        third = self.b.call("Attach", name=self.name())
        self.assertEqual(
            [it.fields.get("created", False) for it in (first, second, third)],
            [True, False, False],
        )
        self.assertEqual(
            {it.fields["socket"] for it in (first, second, third)}, {first.fields["socket"]}
        )
        self.assertEqual(len({first.descriptor, second.descriptor, third.descriptor}), 3)

    def test_an_option_is_the_same_for_every_holder(self) -> None:
        listener = self.listener().descriptor
        shared = self.share(listener).descriptor
        set_to = self.a.call("SetOption", listener, option="SO_RCVBUF", value=65536).fields
        self.assertEqual(self.b.call("GetOption", shared, option="SO_RCVBUF").fields, set_to)
        self.assertGreaterEqual(set_to["value"], 65536)

    def test_a_socket_closes_with_its_last_descriptor(self) -> None:
        descriptor, peer = self.pair()
        shared = self.share(descriptor).descriptor
        self.a.call("Close", descriptor)
        self.b.call("Send", shared, b"still open")
        self.assertEqual(peer.recv(100), b"still open")
        self.b.call("Close", shared)
        self.assertEqual(peer.recv(100), b"")

    def test_each_byte_goes_to_one_holder(self) -> None:
        descriptor, peer = self.pair()
        shared = self.share(descriptor).descriptor
        self.a.send("Receive", descriptor, length=1)
        self.a.call("Ping")
        self.b.send("Receive", shared, length=1)
        self.b.call("Ping")
        peer.sendall(b"12")
        self.assertEqual((self.a.next().payload, self.b.next().payload), (b"1", b"2"))

    def test_joining_compares_kind_and_address_and_ignores_the_rest(self) -> None:
        name = self.name()
        first = self.listener(
            name=name, retainMillis=1, joinRights=["ACCEPT"], options={"SO_RCVBUF": 10000}
        )
        before = self.a.call("Show", id=name).fields
        joined = self.b.open(
            name=name,
            backlog=1,
            retainMillis=-5,
            joinRights=["SEND"],
            otherRights=["RECV"],
            options={"no such option": 1},
            timeoutMillis=-7,
        )
        self.assertEqual(joined.fields["rights"], ["ACCEPT"])
        after = self.a.call("Show", id=name).fields
        for field in ("retainMillis", "joinRights", "otherRights", "options"):
            self.assertEqual(after[field], before[field])
        local = first.fields["local"]
        self.assertEqual(self.b.open(name=name, bind=local).kind, "Opened")
        for other in (
            {"type": "DGRAM"},
            {"protocol": 132},
            {"bind": {"host": "127.0.0.1", "port": local["port"] % 65535 + 1}},
            {"bind": {"host": "127.0.0.2", "port": 0}},
        ):
            self.refused(self.b.open(name=name, **other), "EADDRINUSE")
        six = self.b.call("Open", family="INET6", type="STREAM", name=name)
        self.refused(six, "EADDRINUSE")

    def test_a_backlog_joins_only_a_listener(self) -> None:
        self.a.open(name=self.name())
        self.refused(self.b.open(name=self.name(), backlog=1), "EINVAL")

    def test_another_connection_of_the_process_is_another_session(self) -> None:
        self.assertNotEqual(self.a.id, self.b.id)
        self.assertEqual(self.a.welcome["pid"], self.b.welcome["pid"])


class Names(Case):
    def test_what_a_name_may_be(self) -> None:
        good = ["é", "s", "S1", "s1 ", "s-1", "x" * 255, "\U0001f600" * 127]
        bad = ["", "s1", "d42", "t7", "e9", "x" * 256, "\U0001f600" * 128, "a\nb", "a\x85b"]
        for name in good:
            opened = self.a.open(name=name)
            self.assertEqual(opened.kind, "Opened", name)
            self.a.call("Close", opened.descriptor)
        for name in bad:
            self.refused(self.a.open(name=name), "EINVAL")

    def test_a_socket_has_one_name_and_a_name_one_socket(self) -> None:
        first = self.a.open(name=self.name()).descriptor
        other = self.a.open().descriptor
        self.refused(self.a.call("Name", other, name=self.name()), "EADDRINUSE")
        self.a.call("Name", first, name=self.name() + " new")
        self.refused(self.b.call("Attach", name=self.name()), "ENOENT")
        self.assertEqual(self.b.call("Attach", name=self.name() + " new").kind, "Opened")
        self.a.call("Name", first)
        self.refused(self.b.call("Attach", name=self.name() + " new"), "ENOENT")

    def test_joining_gives_the_rights_that_the_name_says(self) -> None:
        self.a.open(name=self.name(), joinRights=[])
        self.refused(self.b.call("Attach", name=self.name()), "EPERM")

    def test_an_id_is_not_a_name(self) -> None:
        id = self.a.open().fields["socket"]
        self.refused(self.b.call("Attach", name=f"s{id}"), "ENOENT")

    def test_a_name_ends_with_its_socket(self) -> None:
        self.a.call("Close", self.a.open(name=self.name()).descriptor)
        self.refused(self.b.call("Attach", name=self.name()), "ENOENT")


class Tokens(Case):
    def test_a_token_works_once(self) -> None:
        descriptor = self.a.open().descriptor
        token = self.a.call("Duplicate", descriptor, pid=os.getpid()).fields["token"]
        self.assertEqual(self.b.call("Redeem", token=token).kind, "Opened")
        self.refused(self.b.call("Redeem", token=token), "EINVAL")

    def test_a_token_works_for_its_target_only_and_stays_valid(self) -> None:
        descriptor = self.a.open().descriptor
        token = self.a.call("Duplicate", descriptor, session=self.b.id).fields["token"]
        self.refused(self.a.call("Redeem", token=token), "EINVAL")
        self.assertEqual(self.b.call("Redeem", token=token).kind, "Opened")

    def test_a_token_keeps_the_socket_open(self) -> None:
        descriptor, peer = self.pair()
        token = self.a.call("Duplicate", descriptor, session=self.b.id).fields["token"]
        self.a.close()
        redeemed = self.b.call("Redeem", token=token).descriptor
        self.b.call("Send", redeemed, b"kept")
        self.assertEqual(peer.recv(100), b"kept")

    def test_a_token_has_no_more_rights_than_its_source(self) -> None:
        descriptor, _ = self.pair()
        weak = self.share(descriptor, rights=["RECV", "DUPLICATE"])
        self.assertEqual(set(weak.fields["rights"]), {"RECV", "DUPLICATE"})
        more = self.b.call("Duplicate", weak.descriptor, session=self.a.id, rights=["SEND"])
        self.refused(more, "EPERM")
        self.refused(self.b.call("Send", weak.descriptor, b"x"), "EPERM")

    def test_a_revoked_token_is_unknown(self) -> None:
        descriptor = self.a.open().descriptor
        token = self.a.call("Duplicate", descriptor, session=self.b.id).fields["token"]
        self.refused(self.b.call("RevokeToken", token=token), "EINVAL")
        self.assertEqual(self.a.call("RevokeToken", token=token).kind, "Done")
        self.refused(self.b.call("Redeem", token=token), "EINVAL")

    def test_a_token_has_one_target(self) -> None:
        descriptor = self.a.open().descriptor
        wrong: List[Dict[str, Any]] = [
            {},
            {"pid": 0},
            {"pid": os.getpid(), "session": self.b.id},
            {"uid": os.getuid()},
        ]
        for targets in wrong:
            self.refused(self.a.call("Duplicate", descriptor, **targets), "EINVAL")


class Retention(Case):
    def test_a_retained_socket_outlives_its_session(self) -> None:
        listener = self.listener(name=self.name(), retainMillis=60_000)
        self.a.close()
        peer = self.connect(listener)
        joined = self.b.call("Attach", name=self.name())
        self.assertEqual(joined.fields["socket"], listener.fields["socket"])
        accepted = self.b.call("Accept", joined.descriptor).descriptor
        self.b.call("Send", accepted, b"hello")
        self.assertEqual(peer.recv(100), b"hello")
        self.b.call("Name", joined.descriptor)

    def test_it_ends_after_its_time(self) -> None:
        self.listener(name=self.name(), retainMillis=50)
        self.a.close()
        self.until(lambda: self.b.call("Show", id=self.name()).kind == "Error")

    def test_it_needs_a_name(self) -> None:
        self.refused(self.a.open(retainMillis=1000), "EINVAL")


class Registrations(Case):
    def test_there_is_one_and_another_holder_takes_it_over(self) -> None:
        listener = self.listener()
        shared = self.share(listener.descriptor).descriptor
        first = self.a.call("AsyncSelect", listener.descriptor, events=["ACCEPT"]).fields["number"]
        self.connect(listener)
        event = Message("Network", 0, listener.descriptor, {"event": "ACCEPT", "number": first})
        self.assertEqual(self.a.next(), event)
        second = self.b.call("AsyncSelect", shared, events=["ACCEPT"]).fields["number"]
        self.assertGreater(second, first)
        replaced = self.a.next()
        self.assertEqual((replaced.kind, replaced.descriptor), ("Replaced", listener.descriptor))
        self.assertEqual(replaced.fields["number"], first)
        self.assertEqual(replaced.fields["session"], self.b.id)
        # the new one is told what holds already, and the old one nothing more
        self.assertEqual(self.b.next().fields, {"event": "ACCEPT", "number": second})
        self.connect(listener)
        self.assertEqual(self.a.call("Ping").kind, "Done")

    def test_an_event_is_told_once_until_its_operation_enables_it(self) -> None:
        descriptor, peer = self.pair()
        number = self.a.call("AsyncSelect", descriptor, events=["READ"]).fields["number"]
        read = Message("Network", 0, descriptor, {"event": "READ", "number": number})
        peer.sendall(b"1")
        self.assertEqual(self.a.next(), read)
        peer.sendall(b"2")
        self.until(lambda: self.queued(descriptor) == 2)
        self.a.send("Receive", descriptor, length=1)
        self.assertEqual([self.a.next().kind for _ in range(2)], ["Received", "Network"])

    def queued(self, descriptor: int) -> int:
        """The bytes that wait to be received. Asking is no receive, unlike a peek."""
        rows = self.a.call("ListDescriptors", pid=os.getpid()).fields["rows"]
        return next(int(it.get("queuedIn", 0)) for it in rows if it["id"] == descriptor)

    def test_registering_makes_the_socket_non_blocking(self) -> None:
        listener = self.listener().descriptor
        self.a.call("AsyncSelect", listener, events=["ACCEPT"])
        self.refused(self.a.call("Accept", listener), "EAGAIN")

    def test_a_standby_is_promoted_when_its_successor_ends(self) -> None:
        listener = self.listener().descriptor
        shared = self.share(listener).descriptor
        first = self.a.call("AsyncSelect", listener, events=["ACCEPT"], standby=True).fields
        self.b.call("AsyncSelect", shared, events=["ACCEPT"])
        self.assertTrue(self.a.next().fields["standby"])
        self.b.close()
        promoted = self.a.next()
        self.assertEqual(promoted.kind, "Promoted")
        self.assertEqual(promoted.fields["formerNumber"], first["number"])

    def test_a_cancel_names_its_target(self) -> None:
        listener = self.listener().descriptor
        shared = self.share(listener).descriptor
        number = self.a.call("AsyncSelect", listener, events=["ACCEPT"]).fields["number"]
        self.refused(self.a.call("AsyncSelect", listener, events=[]), "EINVAL")
        both = self.a.call("AsyncSelect", listener, events=[], number=number, any=True)
        self.refused(both, "EINVAL")
        others = self.b.call("AsyncSelect", shared, events=[], number=number)
        self.assertEqual(others.fields.get("cancelled", 0), 0)
        own = self.a.call("AsyncSelect", listener, events=[], number=number)
        self.assertEqual(own.fields["cancelled"], number)

    def test_the_event_form_records(self) -> None:
        listener = self.listener()
        object = self.a.call("CreateEvent").fields["object"]
        select = self.a.call
        self.refused(select("EventSelect", listener.descriptor, events=["ACCEPT"]), "EINVAL")
        select("EventSelect", listener.descriptor, events=["ACCEPT"], object=object)
        waiting = self.a.send("WaitEvents", objects=[object])
        self.connect(listener)
        replies = {it.request: it for it in (self.a.next(), self.a.next())}
        self.assertEqual(replies[waiting].fields, {"objects": [object]})
        self.assertEqual(replies[0], Message("ObjectSignalled", fields={"object": object}))
        record = self.a.call("EnumNetworkEvents", listener.descriptor, object=object).fields
        self.assertEqual(record, {"events": [{"event": "ACCEPT"}]})
        again = self.a.call("EnumNetworkEvents", listener.descriptor, object=object).fields
        self.assertEqual(again.get("events", []), [])


class FdConnections(Case):
    def fds(self, wire: Wire) -> socket.socket:
        connection = dial(broker_path, "FdHello", wire.call("NewFdKey").fields["key"])
        connection.settimeout(DEADLINE)
        self.addCleanup(connection.close)
        return connection

    def test_the_fd_comes_before_the_reply(self) -> None:
        descriptor, peer = self.pair()
        self.refused(self.a.call("Export", descriptor), "ENOTCONN")
        fds = self.fds(self.a)
        fds.settimeout(0)
        reply = self.a.call("Export", descriptor)
        self.assertEqual(reply.kind, "Done")
        with socket.socket(fileno=take_fd(fds, reply.request)) as raw:
            raw.sendall(b"raw")
        self.assertEqual(peer.recv(100), b"raw")

    def test_a_second_one_replaces_the_first(self) -> None:
        descriptor, _ = self.pair()
        first = self.fds(self.a)
        second = self.fds(self.a)
        self.assertEqual(first.recv(1), b"")
        reply = self.a.call("Export", descriptor)
        os.close(take_fd(second, reply.request))

    def test_a_key_works_once_and_a_new_one_ends_it(self) -> None:
        old = self.a.call("NewFdKey").fields["key"]
        new = self.a.call("NewFdKey").fields["key"]
        with self.assertRaises(OSError):
            dial(broker_path, "FdHello", old)
        dial(broker_path, "FdHello", new).close()
        with self.assertRaises(OSError):
            dial(broker_path, "FdHello", new)

    def test_a_session_cannot_become_one(self) -> None:
        key = self.a.call("NewFdKey").fields["key"]
        self.refused(self.b.call("FdHello", key=key), "EINVAL")
        self.assertEqual(self.b.call("Ping").kind, "Done")

    def test_bytes_on_it_close_it_and_the_session_continues(self) -> None:
        fds = self.fds(self.a)
        fds.sendall(b"x")
        self.assertEqual(fds.recv(1), b"")
        descriptor, _ = self.pair()
        self.refused(self.a.call("Export", descriptor), "ENOTCONN")

    def test_a_ring_brings_its_memory_and_then_its_doorbell(self) -> None:
        descriptor, _ = self.pair()
        memory, doorbell = self.ring(descriptor)
        self.assertIn("memfd:", os.readlink(f"/proc/self/fd/{memory}"))
        self.assertIn("eventfd", os.readlink(f"/proc/self/fd/{doorbell}"))

    def ring(self, descriptor: int) -> Tuple[int, int]:
        fds = self.fds(self.a)
        reply = self.a.call("AttachRing", descriptor, bytes=4096)
        self.assertEqual(reply.kind, "Ring", reply)
        memory, doorbell = (take_fd(fds, reply.request) for _ in range(2))
        self.addCleanup(os.close, memory)
        self.addCleanup(os.close, doorbell)
        return memory, doorbell

    def test_events_next_to_a_ring(self) -> None:
        descriptor, peer = self.pair()
        memory, _ = self.ring(descriptor)
        self.a.call("AsyncSelect", descriptor, events=["READ", "CLOSE"])
        peer.sendall(b"abc")
        self.assertEqual(self.a.next().fields["event"], "READ")
        self.refused(self.a.call("Receive", descriptor), "EBUSY")
        peer.close()
        # CLOSE comes when the bytes before it are taken, here by the receiver after the ring
        self.a.call("Ping")
        self.a.call("DetachRing", descriptor)
        reply = self.a.call("Receive", descriptor)
        self.assertEqual(reply.payload, b"abc")
        self.assertEqual(self.a.next().fields["event"], "CLOSE")


    def test_a_shutdown_sets_the_send_end_of_a_ring(self) -> None:
        descriptor, peer = self.pair()
        memory, _ = self.ring(descriptor)
        with mmap.mmap(memory, 4096 + 2 * 4096) as words:
            self.assertEqual(struct.unpack_from("=Q", words, 264), (0,))
            self.assertEqual(self.a.call("Shutdown", descriptor, how="SEND").kind, "Done")
            self.until(lambda: struct.unpack_from("=Q", words, 264) == (errno.EPIPE,))
        self.assertEqual(peer.recv(1), b"")

    def test_the_urgent_byte_is_received_next_to_a_ring(self) -> None:
        descriptor, peer = self.pair()
        self.ring(descriptor)
        self.a.call("AsyncSelect", descriptor, events=["OOB"])
        peer.send(b"!", socket.MSG_OOB)
        self.assertEqual(self.a.next().fields["event"], "OOB")
        self.assertEqual(self.a.call("Receive", descriptor, oob=True).payload, b"!")
        self.refused(self.a.call("Receive", descriptor), "EBUSY")


class Lives(Case):
    """Sessions that live as long as their process, and the files of Unix listeners."""

    def test_a_process_session_loses_only_its_connection(self) -> None:
        wire = Wire(client="conformance", lifetime="PROCESS")
        self.addCleanup(self.b.call, "EndSession", session=wire.id)
        opened = wire.open(bind=ANY_PORT, backlog=1, name=self.name())
        wire.call("AsyncSelect", opened.descriptor, events=["ACCEPT"])
        waiting = wire.call("Duplicate", opened.descriptor, pid=os.getpid()).fields["token"]
        wire.send("Accept", opened.descriptor, timeoutMillis=-1)
        wire.call("Ping")
        wire.close()
        self.until(lambda: self.state(wire.id)["waitingOperations"] == 0)
        # its descriptor and its registration live on, and no other session can use them
        row = self.b.call("ListDescriptors", name=self.name()).fields["rows"][0]
        self.assertEqual((row["id"], row["session"]), (opened.descriptor, wire.id))
        self.assertEqual(row["registration"]["events"], ["ACCEPT"])
        self.refused(self.b.call("Accept", opened.descriptor), "EBADF")
        self.assertEqual(self.b.call("Redeem", token=waiting).kind, "Opened")
        self.assertEqual(self.b.call("Attach", name=self.name()).kind, "Opened")

    def state(self, session: int) -> Dict[str, Any]:
        rows = self.b.call("ListSessions", afterSession=session - 1).fields["rows"]
        return {"waitingOperations": 0, **rows[0]}

    def test_the_file_of_a_unix_listener_goes_with_its_socket(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = directory + "/listener"
            opened = self.unix(path)
            shared = self.share(opened.descriptor).descriptor
            self.refused(self.unix(path), "EADDRINUSE")
            self.a.call("Close", opened.descriptor)
            self.assertTrue(os.path.exists(path))
            self.b.call("Close", shared)
            self.assertFalse(os.path.exists(path))

    def test_another_file_at_its_path_stays(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = directory + "/listener"
            opened = self.unix(path)
            os.rename(path, path + " moved")
            with open(path, "w", encoding="ascii") as file:
                file.write("not the broker's")
            self.a.call("Close", opened.descriptor)
            self.assertTrue(os.path.exists(path))
            self.assertTrue(os.path.exists(path + " moved"))

    def unix(self, path: str) -> Message:
        fields: Dict[str, Any] = {"bind": {"path": path}, "backlog": 1}
        return self.a.call("Open", family="UNIX", type="STREAM", **fields)


def main() -> None:
    """Runs the tests against the broker at a path, by default at the usual one."""
    global broker_path
    given = sys.argv[1:]
    if len(given) > 1 or given and given[0].startswith("-"):
        sys.exit(__doc__)
    broker_path = given[0] if given else default_path()
    unittest.main(module=__name__, argv=["conformance"], verbosity=2)


if __name__ == "__main__":
    main()
