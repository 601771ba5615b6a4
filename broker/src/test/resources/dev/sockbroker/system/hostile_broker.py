"""A broker that misuses the fd connection. The name of a socket selects the misuse:

    good two none plain pipe wrong-id half closed flood

It serves one client at PATH, until that ends:  hostile_broker.py PATH
"""

import os
import socket
import struct
import sys
import threading

from sockbroker import Message, NAMES, NUMBERS

NUMBERS.update(NewFdKey=0x25, FdHello=0x26, Export=0x27, FdKey=0x8012)
NAMES.update((number, name) for name, number in NUMBERS.items())
LIMITS = {
    "frameBytes": 1 << 20, "descriptors": 9, "tokens": 9, "eventObjects": 9,
    "waitingOperations": 9, "bufferedBytes": 1 << 20, "ringBytes": 1 << 20,
}
RIGHTS = "RECV SEND ACCEPT BIND LISTEN CONNECT SHUTDOWN GETOPT SETOPT EVENT DUPLICATE EXPORT"


def message(request):
    return b"\0" + struct.pack(">Q", request)


def misbehave(how, request, fds, connection):
    if how == "good":
        socket.send_fds(connection, [message(request)], fds[:1])
    elif how == "two":
        socket.send_fds(connection, [message(request)], fds)
    elif how == "plain":
        connection.sendall(b"x" * 5000)
    elif how == "pipe":
        reader, writer = os.pipe()
        socket.send_fds(connection, [message(request)], [reader])
        os.close(reader)
        os.close(writer)
    elif how == "wrong-id":
        socket.send_fds(connection, [message(request + 1)], fds[:1])
    elif how == "half":
        socket.send_fds(connection, [message(request)[:4]], fds[:1])
    elif how == "closed":
        connection.close()
    elif how == "flood":
        connection.setblocking(False)
        try:
            for _ in range(10_000):
                socket.send_fds(connection, [message(request + 7)], fds[:1])
        except BlockingIOError:
            pass


class Session:
    def __init__(self, listener, control):
        self.listener, self.control = listener, control
        self.sockets, self.connection = {}, None

    def serve(self):
        stream = self.control.makefile("rb")
        for request in iter(lambda: Message.read(stream), None):
            reply = getattr(self, "on_" + request.kind.lower())(request)
            if reply is not None:
                reply.request = request.request
                self.control.sendall(reply.encode())

    def on_hello(self, request):
        return Message("Welcome", fields={"version": 1, "session": 1, "limits": LIMITS})

    def on_open(self, request):
        descriptor = len(self.sockets) + 1
        self.sockets[descriptor] = request.fields["name"]
        about = {"socket": 1, "family": "INET", "type": "STREAM", "rights": RIGHTS.split()}
        return Message("Opened", 0, descriptor, about)

    def on_newfdkey(self, request):
        threading.Thread(target=self.accept_fd_connection).start()
        return Message("FdKey", fields={"key": "secret"})

    def accept_fd_connection(self):
        self.connection, _ = self.listener.accept()
        hello = Message.read(self.connection.makefile("rb", buffering=0))
        self.connection.sendall(Message("Done", hello.request).encode())

    def on_export(self, request):
        with socket.socket() as one, socket.socket() as two:
            fds = [one.fileno(), two.fileno()]
            misbehave(self.sockets[request.descriptor], request.request, fds, self.connection)
        return Message("Done")

    def on_ping(self, request):
        return Message("Done")


def main(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    print("ready", flush=True)
    control, _ = listener.accept()
    Session(listener, control).serve()


if __name__ == "__main__":
    main(sys.argv[1])
