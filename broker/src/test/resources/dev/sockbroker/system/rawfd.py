"""A plain program that holds a socket of the broker's by its raw fd: in Python, with blocking calls.

    rawfd.py SOCKET accept NAME      joins that listener and answers each client
    rawfd.py SOCKET orphan NAME      leaves that to a child, which lives on for one client
    rawfd.py SOCKET receive NAME     says what a blocking recv of that connection answers, to its end
    rawfd.py SOCKET hold NAME        does nothing with it
    rawfd.py SOCKET late NAME        asks for it twice, takes both fds after a line of input, and receives
    rawfd.py SOCKET key KEY          tries a key for an fd connection that is another process's
"""

import os
import signal
import socket
import sys
import threading

from sockbroker import Broker, Message, NAMES, NUMBERS, say

NUMBERS.update(NewFdKey=0x25, FdHello=0x26, Export=0x27, FdKey=0x8012)
NAMES.update((number, name) for name, number in NUMBERS.items())


def open_fd_connection(path, key):
    """Returns the broker's answer to the key, and the connection."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)
    connection.sendall(Message("FdHello", 1, 0, {"key": key}).encode())
    return Message.read(connection.makefile("rb", buffering=0)), connection


def take_fd(connection):
    _, fds, _, _ = socket.recv_fds(connection, 9, 1)
    return socket.socket(fileno=fds[0])


def take(path, name):
    broker = Broker(path, "rawfd.py")
    _, connection = open_fd_connection(path, broker.call("NewFdKey").fields["key"])
    descriptor = broker.call("Attach", name=name).descriptor
    broker.call("Export", descriptor)
    return take_fd(connection), descriptor


def tell(raw, descriptor):
    say("exported", descriptor=descriptor, pid=os.getpid(), blocking=os.get_blocking(raw.fileno()))


def export(path, name):
    raw, descriptor = take(path, name)
    tell(raw, descriptor)
    return raw


def accept(path, name):
    raw = export(path, name)
    while True:
        client, _ = raw.accept()
        with client:
            client.sendall(b"python\n")


def orphan(path, name):
    raw, descriptor = take(path, name)
    if os.fork() == 0:
        signal.alarm(60)
        client, _ = raw.accept()
        client.sendall(b"python\n")
        os._exit(0)
    tell(raw, descriptor)
    sys.stdin.read()


def receive(path, name):
    raw = export(path, name)
    while True:
        data = raw.recv(1000)
        say("received", text=data.decode())
        if not data:
            return


def hold(path, name):
    raw = export(path, name)
    sys.stdin.read()
    raw.close()


def late(path, name):
    broker = Broker(path, "rawfd.py")
    _, connection = open_fd_connection(path, broker.call("NewFdKey").fields["key"])
    descriptor = broker.call("Attach", name=name).descriptor
    broker.call("Export", descriptor)
    second = threading.Thread(target=broker.call, args=("Export", descriptor))
    second.start()
    broker.call("Ping")
    say("asked", waits=second.is_alive())
    sys.stdin.readline()
    sockets = [take_fd(connection), take_fd(connection)]
    second.join()
    texts = [sockets[0].recv(2), b""]
    while len(texts[1]) < 3:
        texts[1] += sockets[1].recv(3)
    say("received", first=texts[0].decode(), second=texts[1].decode())


def try_key(path, key):
    reply, _ = open_fd_connection(path, key)
    say("answered", kind=reply.kind, error=reply.fields.get("error"))


if __name__ == "__main__":
    roles = {"accept": accept, "orphan": orphan, "receive": receive}
    roles |= {"hold": hold, "late": late, "key": try_key}
    roles[sys.argv[2]](sys.argv[1], sys.argv[3])
