"""Workers, one after the other, that move bytes through a ring until they are killed, and write down how far they
have come.

ring-worker.py SOCKET RECORD: each worker, a process of its own, prints its pid and reads a line TOKEN RECEIVED SENT. The
byte at position p of either direction is byte p % 4 of the number p // 4; RECEIVED and SENT say where this worker
goes on. RECORD is a file of four numbers: what it is about to have received and has, what it is about to have sent and
has.
"""

import ctypes
import json
import mmap
import os
import random
import signal
import socket
import struct
import sys
import time

HELLO, REDEEM, NEW_FD_KEY, FD_HELLO, ATTACH_RING = 0x01, 0x1B, 0x25, 0x26, 0x28
ERROR = 0x8001
EBUSY = 16
HEADER = struct.Struct(">IHHQQI")
SIZE = 16384
WORDS = 4096


def ask(connection, kind, descriptor=0, **fields):
    text = json.dumps(fields).encode()
    connection.sendall(HEADER.pack(24 + len(text), kind, 0, 7, descriptor, len(text)) + text)
    while True:
        header = b""
        while len(header) < HEADER.size:
            header += connection.recv(HEADER.size - len(header))
        length, answer, _, request, descriptor, count = HEADER.unpack(header)
        body = connection.recv(count, socket.MSG_WAITALL) if count else b"{}"
        if request == 7:
            return answer, descriptor, json.loads(body)


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def take_fd(connection):
    message, fds, _, _ = socket.recv_fds(connection, 9, 1)
    assert len(message) == 9 and len(fds) == 1, (message, fds)
    return fds[0]


def pattern(position, count):
    first = position // 4
    numbers = struct.pack(">%dI" % (count // 4 + 2), *range(first, first + count // 4 + 2))
    return numbers[position % 4 : position % 4 + count]


class Memory:
    """Reads and writes words atomically, which struct does not guarantee."""

    def __init__(self, fd, size):
        self.bytes = mmap.mmap(fd, size)
        self.words = (ctypes.c_uint64 * (min(size, WORDS) // 8)).from_buffer(self.bytes)

    def get(self, offset):
        return self.words[offset // 8]

    def set(self, offset, value):
        self.words[offset // 8] = value

    def read(self, area, position, count):
        at = position % SIZE
        first = min(count, SIZE - at)
        return self.bytes[area + at : area + at + first] + self.bytes[area : area + count - first]

    def write(self, area, position, data):
        at = position % SIZE
        first = min(len(data), SIZE - at)
        self.bytes[area + at : area + at + first] = data[:first]
        self.bytes[area : area + len(data) - first] = data[first:]


def attach(path, token):
    session = connect(path)
    ask(session, HELLO, versions=[1])
    _, descriptor, _ = ask(session, REDEEM, token=token)
    fds = connect(path)
    ask(fds, FD_HELLO, key=ask(session, NEW_FD_KEY)[2]["key"])
    answer, _, reply = ask(session, ATTACH_RING, descriptor, bytes=SIZE)
    while answer == ERROR and reply["errno"] == EBUSY:  # the previous worker's bytes are still being sent
        time.sleep(0.001)
        answer, _, reply = ask(session, ATTACH_RING, descriptor, bytes=SIZE)
    assert answer != ERROR, reply
    return session, Memory(take_fd(fds), WORDS + 2 * SIZE), take_fd(fds)


def work(path, record_path):
    print(os.getpid(), flush=True)
    # not with sys.stdin, which would buffer more input
    token, received, sent = os.read(0, 4096).split()
    token, received, sent = token.decode(), int(received), int(sent)
    random.seed(received)
    with open(record_path, "r+b") as file:
        record = Memory(file.fileno(), 32)
    session, ring, doorbell = attach(path, token)
    head = tail = 0
    while True:
        count = min(ring.get(64) - head, random.randint(1, SIZE))
        if count:
            seen = ring.read(WORDS, head, count)
            assert seen == pattern(received + head, count), "wrong bytes at %d" % (received + head)
            record.set(0, received + head + count)
            ring.set(128, head + count)
            head += count
            record.set(8, received + head)
        room = min(SIZE - (tail - ring.get(256)), random.randint(1, SIZE))
        if room:
            ring.write(WORDS + SIZE, tail, pattern(sent + tail, room))
            record.set(16, sent + tail + room)
            ring.set(192, tail + room)
            tail += room
            record.set(24, sent + tail)
        os.write(doorbell, (1).to_bytes(8, sys.byteorder))
        if not count and not room:
            time.sleep(0.0002)


def main():
    # workers are forked, because starting Python takes longer than a worker's life
    while True:
        worker = os.fork()
        if worker == 0:
            work(*sys.argv[1:3])
        _, status = os.waitpid(worker, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            sys.exit("the worker has ended by itself: %d" % status)


main()
