"""The blocking and the asyncio client against a broker."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from typing import Tuple

import sockbroker
from sockbroker import aio, calls

from .broker import DEADLINE, BrokerProcess, host_port

LARGE = os.urandom(3_000_000)

process: BrokerProcess


def setUpModule() -> None:
    global process
    process = BrokerProcess()


def tearDownModule() -> None:
    process.stop()


def read_exactly(peer: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = peer.recv(count - len(data))
        assert more, f"the end after {len(data)} bytes"
        data += more
    return data


class BlockingTest(unittest.TestCase):
    def setUp(self) -> None:
        self.broker = sockbroker.Broker(process.path)
        self.addCleanup(self.broker.close)
        self.listener = self.broker.open(sockbroker.tcp_listen("127.0.0.1", 0))

    def pair(self) -> Tuple[sockbroker.Socket, socket.socket]:
        peer = socket.create_connection(host_port(self.listener.opened.local), DEADLINE)
        self.addCleanup(peer.close)
        return self.listener.accept(DEADLINE), peer

    def directory(self) -> str:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return directory.name

    def test_moves_bytes(self) -> None:
        connection, peer = self.pair()
        peer.sendall(b"question")
        self.assertEqual(connection.receive(), b"question")
        self.assertEqual(connection.send(b"answer"), 6)
        self.assertEqual(peer.recv(100), b"answer")
        peer.close()
        self.assertEqual(connection.receive(timeout=math.inf), b"")

    def test_sends_more_than_a_frame_as_one_operation(self) -> None:
        connection, peer = self.pair()
        sent = []
        sender = threading.Thread(target=lambda: sent.append(connection.send(LARGE)))
        sender.start()
        self.assertEqual(read_exactly(peer, len(LARGE)), LARGE)
        sender.join(DEADLINE)
        self.assertEqual(sent, [len(LARGE)])

    def test_tells_its_own_time_from_other_errors(self) -> None:
        connection, _ = self.pair()
        with self.assertRaises(sockbroker.OperationTimeout):
            connection.receive(timeout=0.01)
        with self.assertRaises(BlockingIOError):
            connection.receive(timeout=0)
        with self.assertRaises(FileNotFoundError):
            self.broker.attach("nothing has this name")

    def test_serves_many_threads(self) -> None:
        pairs = [self.pair() for _ in range(4)]
        got = {}

        def wait(index: int) -> None:
            got[index] = pairs[index][0].receive(timeout=DEADLINE)

        threads = [threading.Thread(target=wait, args=(it,)) for it in range(4)]
        for thread in threads:
            thread.start()
        for index in (3, 1, 0, 2):
            pairs[index][1].sendall(b"%d" % index)
        for thread in threads:
            thread.join(DEADLINE)
        self.assertEqual(got, {it: b"%d" % it for it in range(4)})

    def test_shares_a_socket_by_name_and_token(self) -> None:
        self.listener.name("web", retain=60)
        with sockbroker.Broker(process.path) as other:
            joined = other.attach("web")
            self.assertEqual(joined.opened.socket, self.listener.opened.socket)
            set_to = joined.set_option("SO_RCVBUF", 65536)
            self.assertEqual(self.listener.get_option("SO_RCVBUF"), set_to)
            self.assertEqual(self.listener.options()["SO_RCVBUF"], set_to)
            token = self.listener.token_for_pid(other.pid, rights=["ACCEPT"])
            self.assertEqual(other.redeem(token).opened.rights, {"ACCEPT"})
            with self.assertRaises(OSError):
                other.redeem(token)
        self.listener.name(None)

    def test_gives_a_token_to_another_process(self) -> None:
        program = (
            "import sys, sockbroker; broker = sockbroker.Broker(sys.argv[1]);"
            "print(broker.pid, flush=True); broker.redeem(input()).accept(30).send(b'child')"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", program, process.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(child.kill)
        assert child.stdin is not None and child.stdout is not None
        token = self.listener.token_for_pid(int(child.stdout.readline()))
        child.stdin.write(token.text + "\n")
        child.stdin.close()
        with socket.create_connection(host_port(self.listener.opened.local), DEADLINE) as peer:
            self.assertEqual(peer.recv(100), b"child")
        child.stdout.close()
        self.assertEqual(child.wait(DEADLINE), 0)

    def test_revokes_a_token(self) -> None:
        token = self.listener.token_for_session(self.broker.session, expiry=DEADLINE)
        self.broker.revoke(token)
        with self.assertRaises(OSError):
            self.broker.redeem(token)

    def test_reads_options_by_number(self) -> None:
        value = self.listener.get_raw_option(socket.SOL_SOCKET, socket.SO_TYPE)
        self.assertEqual(int.from_bytes(value, sys.byteorder), socket.SOCK_STREAM)
        self.listener.set_raw_option(socket.SOL_SOCKET, socket.SO_PRIORITY, b"\3\0\0\0")
        self.assertEqual(self.listener.get_option("SO_PRIORITY"), 3)

    def test_gets_events(self) -> None:
        number = self.listener.async_select(["ACCEPT"])
        peer = socket.create_connection(host_port(self.listener.opened.local))
        self.addCleanup(peer.close)
        event = self.broker.next_event(DEADLINE)
        descriptor = self.listener.descriptor
        self.assertEqual(event, sockbroker.NetworkEvent(descriptor, "ACCEPT", 0, number))
        with sockbroker.Broker(process.path) as other:
            token = self.listener.token_for_session(other.session)
            other.redeem(token).async_select(["ACCEPT"])
            replaced = self.broker.next_event(DEADLINE)
            assert isinstance(replaced, sockbroker.Replaced)
            self.assertEqual((replaced.number, replaced.session), (number, other.session))
        self.assertEqual(self.listener.cancel(number), 0)
        with self.assertRaises(TimeoutError):
            self.broker.next_event(0.01)

    def test_waits_for_event_objects(self) -> None:
        objects = [self.broker.create_event() for _ in range(2)]
        self.listener.event_select(["ACCEPT"], objects[1])
        objects[0].set()
        objects[0].reset()
        peer = socket.create_connection(host_port(self.listener.opened.local))
        self.addCleanup(peer.close)
        self.assertEqual(self.broker.wait_events(objects, timeout=DEADLINE), [objects[1]])
        record = self.listener.enumerate_events(objects[1])
        self.assertEqual(record, [sockbroker.Happened("ACCEPT", 0)])
        with self.assertRaises(sockbroker.OperationTimeout):
            self.broker.wait_events(objects, timeout=0)
        for it in objects:
            it.close()

    def test_exports_the_kernels_socket(self) -> None:
        connection, peer = self.pair()
        for _ in range(2):
            with connection.export() as raw:
                self.assertFalse(os.get_inheritable(raw.fileno()))
                raw.sendall(b"raw")
                self.assertEqual(peer.recv(3), b"raw")
        with self.listener.export(non_blocking=True) as raw:
            with self.assertRaises(BlockingIOError):
                raw.accept()

    def test_streams(self) -> None:
        connection, peer = self.pair()
        with connection.stream() as stream:
            stream.sendall(b"there")
            peer.sendall(b"back")
            self.assertEqual((peer.recv(100), stream.recv(100)), (b"there", b"back"))

    def test_opens_every_kind(self) -> None:
        connected = self.broker.open(sockbroker.tcp(*host_port(self.listener.opened.local)))
        self.listener.accept(DEADLINE).send(b"tcp")
        self.assertEqual(connected.receive(), b"tcp")
        here = self.broker.open(sockbroker.udp("127.0.0.1", 0))
        there = self.broker.open(sockbroker.udp("127.0.0.1", 0))
        here.send(b"udp", to=there.opened.local)
        received = there.receive_from(timeout=DEADLINE)
        self.assertEqual((received.data, received.sender), (b"udp", here.opened.local))
        path = os.path.join(self.directory(), "listener")
        local = self.broker.open(sockbroker.unix_listen(path))
        client = self.broker.open(sockbroker.Spec(family="UNIX"))
        client.connect(path)
        local.accept(DEADLINE).send(b"unix")
        self.assertEqual(client.receive(), b"unix")

    def test_says_that_the_session_has_ended(self) -> None:
        with sockbroker.Broker(process.path, administrator=True) as other:
            other.call("EndSession", session=self.broker.session)
        with self.assertRaisesRegex(sockbroker.BrokerGone, "ended by"):
            self.broker.next_event(DEADLINE)
        with self.assertRaises(sockbroker.BrokerGone):
            self.listener.accept()


class AsyncioTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.broker = await aio.connect(process.path)
        self.listener = await self.broker.open(sockbroker.tcp_listen("127.0.0.1", 0))

    async def asyncTearDown(self) -> None:
        await self.broker.close()

    async def pair(self) -> Tuple[aio.Socket, asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = host_port(self.listener.opened.local)
        reader, writer = await asyncio.open_connection(host, port)
        self.addCleanup(writer.close)
        return await self.listener.accept(DEADLINE), reader, writer

    async def test_moves_bytes_of_many_sockets_at_once(self) -> None:
        pairs = [await self.pair() for _ in range(3)]
        waiting = [asyncio.create_task(it.receive(timeout=DEADLINE)) for it, _, _ in pairs]
        for index in (2, 0, 1):
            pairs[index][2].write(b"%d" % index)
        self.assertEqual(await asyncio.gather(*waiting), [b"0", b"1", b"2"])

    async def test_sends_more_than_a_frame_as_one_operation(self) -> None:
        connection, reader, _ = await self.pair()
        reading = asyncio.create_task(reader.readexactly(len(LARGE)))
        self.assertEqual(await connection.send(LARGE), len(LARGE))
        self.assertEqual(await reading, LARGE)

    async def test_cancels_a_request_with_its_task(self) -> None:
        connection, _, writer = await self.pair()
        task = asyncio.create_task(connection.receive(timeout=math.inf))
        await self.broker.call("Ping")
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        # Some of these come before the cancel has arrived, and the cancelled receive takes them.
        for _ in range(20):
            task = asyncio.create_task(connection.receive(timeout=math.inf))
            await self.broker.call("Ping")
            writer.write(b"next")
            task.cancel()
            self.assertEqual(await connection.receive(2, timeout=DEADLINE), b"ne")
            self.assertEqual(await connection.receive(2, timeout=DEADLINE), b"xt")

    async def test_loses_no_connection_with_a_cancelled_task(self) -> None:
        host, port = host_port(self.listener.opened.local)
        for _ in range(20):
            task = asyncio.create_task(self.listener.accept(timeout=math.inf))
            await self.broker.call("Ping")
            peer = socket.create_connection((host, port), DEADLINE)
            task.cancel()
            async with await self.listener.accept(DEADLINE) as connection:
                await connection.send(b"hello")
                self.assertEqual(peer.recv(5), b"hello")
            peer.close()

    async def test_closes_what_a_cancelled_task_has_opened(self) -> None:
        # The requests arrive before the cancel, so they succeed.
        tasks = [asyncio.create_task(self.broker.open(calls.Spec(family="INET"))) for _ in range(5)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.broker.call("Ping")
        await self.broker.call("Ping")
        rows = (await self.broker.call("ListDescriptors", pid=os.getpid())).fields["rows"]
        mine = [it["id"] for it in rows if it["session"] == self.broker.session]
        self.assertEqual(mine, [self.listener.descriptor])

    async def test_gets_events(self) -> None:
        number = await self.listener.async_select(["ACCEPT"])
        connection = await self.pair()
        async for event in self.broker.events():
            self.assertEqual(
                event,
                sockbroker.NetworkEvent(self.listener.descriptor, "ACCEPT", 0, number),
            )
            break
        object = await self.broker.create_event()
        await connection[0].event_select(["READ"], object)
        connection[2].write(b"x")
        self.assertEqual(await self.broker.wait_events([object], timeout=DEADLINE), [object])
        record = await connection[0].enumerate_events(object)
        self.assertEqual(record, [sockbroker.Happened("READ", 0)])

    async def test_shares_exports_and_streams(self) -> None:
        connection, reader, writer = await self.pair()
        async with await aio.connect(process.path) as other:
            token = await connection.token_for_session(other.session)
            shared = await other.redeem(token)
            await shared.send(b"shared")
            self.assertEqual(await reader.readexactly(6), b"shared")
            with await shared.export(non_blocking=True) as raw:
                raw.send(b"raw")
                self.assertEqual(await reader.readexactly(3), b"raw")
        from_broker, to_broker = await connection.stream()
        writer.write(b"in")
        to_broker.write(b"out")
        self.assertEqual(await from_broker.readexactly(2), b"in")
        self.assertEqual(await reader.readexactly(3), b"out")
        to_broker.close()

    async def test_says_that_the_session_has_ended(self) -> None:
        waiting = asyncio.create_task(self.listener.accept(timeout=math.inf))
        async with await aio.connect(process.path, administrator=True) as other:
            await other.call("EndSession", session=self.broker.session)
        with self.assertRaises((sockbroker.BrokerGone, OSError)):
            await waiting
        self.assertEqual([it async for it in self.broker.events()], [])
        with self.assertRaisesRegex(sockbroker.BrokerGone, "ended by"):
            await self.broker.call("Ping")
