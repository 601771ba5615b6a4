"""A broker that keeps its state is killed, and both clients go on as if nothing had happened."""

from __future__ import annotations

import asyncio
import math
import os
import socket
import tempfile
import threading
import unittest
from typing import List

import sockbroker
from sockbroker import aio

from .broker import DEADLINE, BrokerProcess, host_port


class CrashTest(unittest.TestCase):
    process: BrokerProcess

    def setUp(self) -> None:
        # one broker for each test, because a state with which three brokers have crashed is given up
        self.process = BrokerProcess("--keep=auto")
        self.addCleanup(self.process.stop)

    def test_continues_blocking(self) -> None:
        with sockbroker.Broker(self.process.path) as broker:
            former = broker.call("ShowBroker").fields["pid"]
            listener = broker.open(sockbroker.tcp_listen("127.0.0.1", 0, name="web"))
            number = listener.async_select(["ACCEPT"])
            token = listener.token_for_session(broker.session)
            with socket.create_connection(host_port(listener.opened.local), DEADLINE) as peer:
                broker.next_event(DEADLINE)
                connection = listener.accept()
                got: List[bytes] = []
                receiver = threading.Thread(
                    target=lambda: got.append(connection.receive(timeout=math.inf))
                )
                receiver.start()
                broker.call("Ping")

                self.process.kill()

                self.assertNotEqual(broker.call("ShowBroker").fields["pid"], former)
                peer.sendall(b"to the receive that waits")
                receiver.join(DEADLINE)
                self.assertEqual(got, [b"to the receive that waits"])
                connection.send(b"answer")
                self.assertEqual(peer.recv(100), b"answer")
                self.assertEqual(broker.redeem(token).opened.socket, listener.opened.socket)
                second = socket.create_connection(host_port(listener.opened.local), DEADLINE)
                event = broker.next_event(DEADLINE)
                expected = sockbroker.NetworkEvent(listener.descriptor, "ACCEPT", 0, number)
                self.assertEqual(event, expected)
                listener.accept(DEADLINE).close()
                self.assertEqual(second.recv(1), b"")
                second.close()

    def test_removes_the_file_of_a_unix_listener_that_it_has_continued(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "listener")
            with sockbroker.Broker(self.process.path) as broker:
                listener = broker.open(sockbroker.unix_listen(path))

                self.process.kill()

                with socket.socket(socket.AF_UNIX) as peer:
                    peer.settimeout(DEADLINE)
                    peer.connect(path)
                    listener.accept(DEADLINE).send(b"hello")
                    self.assertEqual(peer.recv(100), b"hello")
                listener.close()
                self.assertFalse(os.path.exists(path))

    def test_continues_with_asyncio(self) -> None:
        asyncio.run(self.continue_with_asyncio())

    async def continue_with_asyncio(self) -> None:
        loop = asyncio.get_running_loop()
        async with await aio.connect(self.process.path) as broker:
            former = (await broker.call("ShowBroker")).fields["pid"]
            listener = await broker.open(sockbroker.tcp_listen("127.0.0.1", 0))
            accepting = asyncio.create_task(listener.accept(timeout=math.inf))
            await broker.call("Ping")

            await loop.run_in_executor(None, self.process.kill)

            self.assertNotEqual((await broker.call("ShowBroker")).fields["pid"], former)
            host, port = host_port(listener.opened.local)
            reader, writer = await asyncio.open_connection(host, port)
            connection = await accepting
            writer.write(b"question")
            self.assertEqual(await connection.receive(timeout=DEADLINE), b"question")
            await connection.send(b"answer")
            self.assertEqual(await reader.readexactly(6), b"answer")
            writer.close()
