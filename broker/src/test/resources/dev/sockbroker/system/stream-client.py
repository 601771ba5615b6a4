"""A client of streams that is a process of its own, and does what it should not do.

stream-client.py SOCKET reads commands, one a line, and answers each with one line:

attach TOKEN     redeems the token and attaches a stream; says its key
show KEY         shows the key on a new connection; says the type of the reply
fork KEY         the same in a child process
connect KEY      like show, and keeps the connection as the stream's
fds TEXT         writes the text with three file descriptors
urgent TEXT      writes the text, whose last byte is urgent
write TEXT       writes the text
many PORT COUNT  opens that many connections to the port, each with a stream and three bytes written
"""

import json
import os
import socket
import struct
import sys

HELLO, OPEN, CONNECT, REDEEM, ATTACH_STREAM, STREAM_HELLO = 0x01, 0x03, 0x08, 0x1B, 0x2D, 0x2E
ERROR, DONE = 0x8001, 0x8002
HEADER = struct.Struct(">IHHQQI")


def send(connection, kind, descriptor, fields):
    text = json.dumps(fields).encode()
    connection.sendall(HEADER.pack(24 + len(text), kind, 0, 7, descriptor, len(text)) + text)


def exactly(connection, count):
    received = b""
    while len(received) < count:
        some = connection.recv(count - len(received))
        assert some, "the connection has ended"
        received += some
    return received


def ask(connection, kind, descriptor=0, **fields):
    send(connection, kind, descriptor, fields)
    while True:
        length, answer, _, request, descriptor, count = HEADER.unpack(exactly(connection, HEADER.size))
        text = exactly(connection, length - HEADER.size + 4)[:count]
        if request == 7:
            return answer, descriptor, json.loads(text or b"{}")


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def show(path, key):
    connection = connect(path)
    answer, _, fields = ask(connection, STREAM_HELLO, key=key)
    return connection, "Done" if answer == DONE else fields["error"]


def forked(path, key):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, show(path, key)[1].encode())
        os._exit(0)
    os.close(writer)
    os.wait()
    return os.read(reader, 100).decode()


def many(path, session, port, count):
    connections = []
    for _ in range(count):
        peer = {"host": "127.0.0.1", "port": port}
        answer, descriptor, fields = ask(session, OPEN, family="INET", type="STREAM")
        assert answer != ERROR, fields
        answer, _, fields = ask(session, CONNECT, descriptor, address=peer)
        assert answer != ERROR, fields
        answer, _, fields = ask(session, ATTACH_STREAM, descriptor)
        assert answer != ERROR, fields
        connection, answer = show(path, fields["key"])
        assert answer == "Done", answer
        connection.sendall(b"abc")
        connections.append(connection)
    return connections


def main(path):
    session = connect(path)
    answer, _, fields = ask(session, HELLO, versions=[1], client="stream-client")
    assert answer != ERROR, fields
    data = kept = None
    for line in sys.stdin:
        words = line.split()
        said = "ok"
        if words[0] == "attach":
            _, descriptor, _ = ask(session, REDEEM, token=words[1])
            said = ask(session, ATTACH_STREAM, descriptor)[2]["key"]
        elif words[0] == "show":
            said = show(path, words[1])[1]
        elif words[0] == "fork":
            said = forked(path, words[1])
        elif words[0] == "connect":
            data, said = show(path, words[1])
        elif words[0] == "fds":
            socket.send_fds(data, [words[1].encode()], [0, 1, 2])
        elif words[0] == "urgent":
            data.send(words[1].encode(), socket.MSG_OOB)
        elif words[0] == "write":
            data.sendall(words[1].encode())
        elif words[0] == "many":
            kept = many(path, session, int(words[1]), int(words[2]))
            said = "%d streams" % len(kept)
        print(said, flush=True)


main(sys.argv[1])
