"""A program that a broker starts for an upgrade, and that is no broker: it misbehaves.

    fake-broker.py MODE
"""

import os
import socket
import sys
import time

NAME = "\0" + os.environ["SOCKBROKER_TAKE_OVER"]


def connect():
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(NAME)
    return connection


def offer(needed, **changed):
    """What the broker needs, with some changes."""
    lines = dict(needed)
    lines["open-files"] = 1_000_000
    lines.update(changed)
    return "\n".join(f"{name}={value}" for name, value in lines.items()).encode()


def stranger():
    """Another process than the one that the broker has started connects first."""
    child = os.fork()
    if child == 0:
        heard = connect().recv(1 << 16)
        os._exit(1 if heard else 0)
    _, status = os.waitpid(child, 0)
    sys.exit(5 if status == 0 else 6)


def main(mode):
    if mode == "exits":
        sys.exit(3)
    elif mode == "stranger":
        stranger()
    connection = connect()
    text = connection.recv(1 << 16).decode()
    needed = dict(line.split("=", 1) for line in text.split("\n"))
    early = {
        "garbage": b"hello",
        "refuses": b"refused it is Tuesday",
        "older": offer(needed, **{"state": 0, "state-oldest": 0}),
        "newer": offer(needed, **{"state": 99, "state-oldest": 99}),
        "files": offer(needed, **{"open-files": 20}),
        "limit": offer(needed, **{"limit.sockets": 1}),
    }
    if mode in early:
        connection.send(early[mode])
        time.sleep(600)
    elif mode == "ends":
        sys.exit(0)
    connection.send(offer(needed))
    _, fds, _, _ = socket.recv_fds(connection, 1 << 16, 253)
    if mode == "silent":
        time.sleep(600)
    elif mode == "cannot":
        connection.send(b"refused it cannot read it")
        time.sleep(600)
    elif mode == "lies":
        connection.send(b"owned")
        time.sleep(600)


main(sys.argv[1])
