#!/usr/bin/env python3
"""A client of the sockbroker daemon that uses only Python's standard library.

protocol/README.md describes the messages, and the directory python has a package for programs. Run
as a program, it is a worker that prints its actions and events as JSON lines:

    sockbroker.py serve [HOST:PORT]    open a listener, register for ACCEPT, answer each client;
                                       for each pid on stdin, print a token for that process
    sockbroker.py redeem [TOKEN]       join with a token (an argument, or a line on stdin), set an
                                       option, take over the registration, answer the next client
"""

import argparse
import json
import os
import queue
import socket
import stat
import struct
import sys
import threading

SYSTEM = "/run/sockbroker/broker.sock"
HEADER = struct.Struct(">IHHQQI")  # length, type, flags, request id, descriptor, JSON length
COUNTED = HEADER.size - 4  # the length does not count itself

REQUESTS = (
    "Hello Ping Open Attach Name Bind Listen Connect Accept Send SendMore Receive Shutdown"
    " GetOption SetOption ListOptions AsyncSelect EventSelect EnumNetworkEvents Rearm CreateEvent"
    " SetEvent ResetEvent CloseEvent WaitEvents Duplicate Redeem RevokeToken RevokeDescriptor"
    " Cancel Close GetAddresses ListDescriptors Show ShowBroker Watch"
).split()
EVENTS = (
    "Network ObjectSignalled Replaced Revoked SendReady Stopping Happening RingReady Promoted"
    " StandbyEnded"
).split()
REPLIES = (
    "Error Done Welcome Opened Addresses Sent Received Option Options Registered NetworkEvents"
    " EventObject Signalled Duplicated Listing Shown BrokerInfo"
).split()
GROUPS = (0x0001, REQUESTS), (0x4001, EVENTS), (0x8001, REPLIES)
NAMES = {number: name for first, group in GROUPS for number, name in enumerate(group, first)}
NUMBERS = {name: number for number, name in NAMES.items()}


class Message:
    """One frame: kind, request id, descriptor, JSON fields and payload."""

    def __init__(self, kind, request=0, descriptor=0, fields=None, payload=b""):
        self.kind, self.request, self.descriptor = kind, request, descriptor
        self.fields, self.payload = fields or {}, payload

    def encode(self):
        text = json.dumps(self.fields, separators=(",", ":")).encode() if self.fields else b""
        length, number = COUNTED + len(text) + len(self.payload), NUMBERS[self.kind]
        header = HEADER.pack(length, number, 0, self.request, self.descriptor, len(text))
        return header + text + self.payload

    @staticmethod
    def read(stream):
        """Reads the next frame of a binary stream. Returns None at the end."""
        try:
            length, number, _, request, descriptor, text = HEADER.unpack(stream.read(HEADER.size))
            body = stream.read(length - COUNTED)
        except (ConnectionResetError, struct.error):  # too few bytes for a header
            return None
        if len(body) < length - COUNTED:
            return None
        fields = json.loads(body[:text]) if text else {}
        return Message(NAMES.get(number), request, descriptor, fields, body[text:])


class Broker:
    """A session. A thread reads the messages and queues the events. Thread-safe."""

    def __init__(self, path=None, client="python"):
        self.events = queue.Queue()
        self._replies, self._next, self._lock = {}, 0, threading.Lock()
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = path or default_path()
        self._connection.connect(path)
        check_peer(path, self._connection)
        threading.Thread(target=self._read, daemon=True).start()
        self.session = self.call("Hello", versions=[1], client=client).fields

    def call(self, kind, descriptor=0, payload=b"", **fields):
        """Sends a request and waits for its reply. Raises OSError with the broker's errno."""
        reply = queue.SimpleQueue()
        with self._lock:
            if self._replies is None:
                raise ConnectionError("the broker has gone")
            self._next += 1
            self._replies[self._next] = reply
            request = Message(kind, self._next, descriptor, fields, payload)
            self._connection.sendall(request.encode())
        message = reply.get()
        if message is None:
            raise ConnectionError("the broker has gone")
        if message.kind == "Error":
            raise OSError(message.fields["errno"], message.fields["message"])
        return message

    def close(self):
        self._connection.shutdown(socket.SHUT_RDWR)  # close() alone would not wake the reader

    def _read(self):
        stream = self._connection.makefile("rb")
        for message in iter(lambda: Message.read(stream), None):
            if message.kind in EVENTS:
                self.events.put(message)
            elif message.request in self._replies:
                self._replies.pop(message.request).put(message)
        with self._lock:
            waiting, self._replies = self._replies, None
        for waits in (*waiting.values(), self.events):
            waits.put(None)


def default_path():
    user = os.geteuid()
    runtime = "/run" if user == 0 else os.environ.get("XDG_RUNTIME_DIR", "")
    # XDG: ignore a relative path
    directory = f"{runtime}/sockbroker" if runtime.startswith("/") else f"/tmp/sockbroker-{user}"
    own = directory + "/broker.sock"
    if not os.path.lexists(own) and os.access(SYSTEM, os.W_OK):
        own = SYSTEM  # this user has no own broker
    return os.environ.get("SOCKBROKER_SOCKET") or own


def check_peer(path, connection):
    """Raises PermissionError unless the listening process is trusted (protocol/README.md)."""
    ucred = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("iII"))
    peer = struct.unpack("iII", ucred)[1]
    directory = os.path.dirname(os.path.realpath(path))
    owner, trusted = os.stat(directory).st_uid, {0, os.geteuid()}
    unsafe = [link for link in links(path) if not is_safe(link, owner, trusted)]
    if unsafe:
        why = f"any user could have made the symbolic link {unsafe[0]}"
    elif os.stat(directory).st_mode & 0o022:
        why = f"other users can write to {directory}"
    elif owner not in trusted and not is_safe(directory, owner, trusted):
        why = f"any user could have made the directory {directory}, which belongs to {owner}"
    elif peer not in trusted | {owner}:
        why = f"that is neither this user, nor root, nor the owner of {directory} ({owner})"
    else:
        return
    connection.close()
    raise PermissionError(
        f"what listens at {path} as user {peer} is not trusted: {why};"
        " to use another broker: SOCKBROKER_SOCKET=PATH"
    )


def links(path):
    """The symbolic links that the kernel follows when it opens the path."""
    at, names = "/", os.path.join(os.getcwd(), path).split("/")
    while names:
        step = os.path.normpath(os.path.join(at, names.pop(0)))
        if os.path.islink(step):
            yield step
            target = os.readlink(step)
            at, names = "/" if target.startswith("/") else at, target.split("/") + names
        else:
            at = step


def is_safe(place, owner, trusted):
    """Whether only the owner, root and this user can change a directory on the way to the path."""
    while place != "/":
        found = os.stat(os.path.dirname(place))
        sticky = found.st_mode & stat.S_ISVTX and os.lstat(place).st_uid in trusted
        if found.st_uid not in trusted | {owner} or (found.st_mode & 0o022 and not sticky):
            return False
        place = os.path.dirname(place)
    return True


def say(did, **what):
    print(json.dumps({"did": did, **what}), flush=True)


def register(broker, descriptor, standby):
    reply = broker.call("AsyncSelect", descriptor, events=["ACCEPT"], standby=standby)
    say("registered", descriptor=descriptor, number=reply.fields["number"])


def answer(broker, listener):
    """Accepts one client and answers its request."""
    try:
        opened = broker.call("Accept", listener, timeoutMillis=0)
    except BlockingIOError:  # EAGAIN: another holder was faster
        return
    asked = broker.call("Receive", opened.descriptor, timeoutMillis=5000).payload
    broker.call("Send", opened.descriptor, b"python %d saw: " % os.getpid() + asked)
    broker.call("Close", opened.descriptor)
    say("answered", peer=opened.fields.get("peer"), bytes=len(asked))


def follow(broker, listener):
    """Prints every event until another session has the registration for good."""
    for event in iter(broker.events.get, None):
        say("event", kind=event.kind, descriptor=event.descriptor, **event.fields)
        if event.kind == "Network":
            answer(broker, listener)
        elif event.kind in ("StandbyEnded", "Replaced") and not event.fields.get("standby"):
            return


def make_tokens(broker, listener):
    for line in sys.stdin:
        token = broker.call("Duplicate", listener, pid=int(line)).fields["token"]
        say("duplicated", pid=int(line), token=token)


def serve(broker, address, standby):
    host, _, port = (address or "127.0.0.1:0").rpartition(":")
    bind = {"host": host.strip("[]"), "port": int(port)}
    family = "INET6" if ":" in bind["host"] else "INET"
    opened = broker.call("Open", family=family, type="STREAM", bind=bind, backlog=128)
    say("opened", descriptor=opened.descriptor, local=opened.fields["local"])
    register(broker, opened.descriptor, standby)
    threading.Thread(target=make_tokens, args=(broker, opened.descriptor), daemon=True).start()
    follow(broker, opened.descriptor)


def redeem(broker, token, standby):
    opened = broker.call("Redeem", token=token or sys.stdin.readline().strip())
    say("redeemed", descriptor=opened.descriptor, socket=opened.fields["socket"])
    reply = broker.call("SetOption", opened.descriptor, option="SO_RCVBUF", value=65536)
    say("set", option="SO_RCVBUF", value=reply.fields["value"])  # which every holder reads now
    register(broker, opened.descriptor, standby)
    follow(broker, opened.descriptor)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--socket", help="the broker's socket (default: %s)" % default_path())
    parser.add_argument("--standby", action="store_true", help="get the registration back")
    parser.add_argument("role", choices=("serve", "redeem"))
    parser.add_argument("argument", nargs="?", help="HOST:PORT (default: 127.0.0.1:0), or a token")
    given = parser.parse_args()
    broker = Broker(given.socket, "sockbroker.py " + given.role)
    say("connected", pid=broker.session["pid"], session=broker.session["session"])
    {"serve": serve, "redeem": redeem}[given.role](broker, given.argument, given.standby)


if __name__ == "__main__":
    main()
