"""Workers, one after the other, that move bytes through a stream until they are killed, and write down how far they
have come.

stream-worker.py SOCKET RECORD: each worker, a process of its own, prints its pid and reads a line TOKEN. The byte at
position p of either direction is byte p % 4 of the number p // 4. RECORD is a file of three numbers: how much the
worker has received, and how much it is about to have written and has.
"""

import json
import mmap
import os
import random
import socket
import struct
import sys
import threading

HELLO, REDEEM, ATTACH_STREAM, STREAM_HELLO = 0x01, 0x1B, 0x2D, 0x2E
ERROR = 0x8001
HEADER = struct.Struct(">IHHQQI")
NUMBER = struct.Struct("=q")
MOST = 200_000


def exactly(connection, count):
    received = b""
    while len(received) < count:
        some = connection.recv(count - len(received))
        assert some, "the connection has ended"
        received += some
    return received


def ask(connection, kind, descriptor=0, **fields):
    text = json.dumps(fields).encode()
    connection.sendall(HEADER.pack(24 + len(text), kind, 0, 7, descriptor, len(text)) + text)
    while True:
        length, answer, _, request, descriptor, count = HEADER.unpack(exactly(connection, HEADER.size))
        fields = json.loads(exactly(connection, length - HEADER.size + 4)[:count] or b"{}")
        if request == 7:
            assert answer != ERROR, fields
            return descriptor, fields


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def pattern(position, count):
    first = position // 4
    numbers = struct.pack(">%dI" % (count // 4 + 2), *range(first, first + count // 4 + 2))
    return numbers[position % 4 : position % 4 + count]


def receive(data, record):
    position = 0
    while True:
        received = data.recv(random.randint(1, MOST))
        if received != pattern(position, len(received)) or not received:
            print("wrong bytes at %d" % position, flush=True)
            os._exit(1)
        position += len(received)
        NUMBER.pack_into(record, 0, position)


def write(data, record):
    position = 0
    while True:
        count = random.randint(1, MOST)
        NUMBER.pack_into(record, 8, position + count)
        position += data.send(pattern(position, count))
        NUMBER.pack_into(record, 16, position)


def work(path, record, token):
    session = connect(path)
    ask(session, HELLO, versions=[1], client="stream-worker")
    descriptor, _ = ask(session, REDEEM, token=token)
    _, stream = ask(session, ATTACH_STREAM, descriptor)
    data = connect(path)
    ask(data, STREAM_HELLO, key=stream["key"])
    threading.Thread(target=receive, args=(data, record), daemon=True).start()
    write(data, record)


def main(path, file):
    with open(file, "r+b") as opened:
        record = mmap.mmap(opened.fileno(), 24)
    while True:
        child = os.fork()
        if child == 0:
            print(os.getpid(), flush=True)
            work(path, record, sys.stdin.readline().strip())
        os.waitpid(child, 0)


main(*sys.argv[1:])
