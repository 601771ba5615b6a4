"""Many worker processes that do at random what workers do, and are killed while they do it.

    storm.py BROKER-SOCKET DIRECTORY WORKERS SECONDS SEED

The parent forks workers, kills one after the other with SIGKILL, puts a new one in its place, and
in the end kills them all. It prints what was done, as one JSON object. A worker sends tokens to
another one by a datagram to the socket DIRECTORY/PID. The module sockbroker is the example client.
"""

import collections
import errno
import json
import os
import random
import signal
import socket
import sys
import threading
import time

import sockbroker

# Errors that are normal in a storm, because another worker was faster or has ended.
EXPECTED = {
    errno.EAGAIN, errno.EINVAL, errno.EBADF, errno.ENOENT, errno.EADDRINUSE, errno.ECANCELED,
    errno.ETIMEDOUT, errno.EALREADY, errno.EISCONN, errno.EINPROGRESS, errno.ECONNREFUSED,
}  # fmt: skip
EVENTS = ["READ", "WRITE", "OOB", "ACCEPT", "CONNECT", "CLOSE"]


class Worker:
    def __init__(self, path, directory, seed):
        self.random = random.Random(seed)
        self.directory = directory
        self.inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.inbox.bind(f"{directory}/{os.getpid()}")
        self.broker = sockbroker.Broker(path, "storm")
        self.held = []
        self.listeners = []
        self.objects = []

    def run(self):
        deeds = [self.open, self.open, self.duplicate, self.duplicate, self.duplicate]
        deeds += [self.redeem, self.redeem, self.redeem, self.close, self.close, self.attach]
        deeds += [self.select, self.object_select, self.wait, self.connect, self.send]
        while True:
            try:
                self.random.choice(deeds)()
            except OSError as refused:
                if refused.errno not in EXPECTED:
                    print(f"worker {os.getpid()}: {refused}", file=sys.stderr, flush=True)
                    os._exit(1)

    def any(self):
        if not self.held:
            self.open()
        return self.random.choice(self.held)

    def hold(self, opened):
        self.held.append(opened.descriptor)
        if len(self.held) > 40:
            self.close()

    def open(self):
        what = self.random.choice(["STREAM", "DGRAM"])
        fields = {"family": "INET", "type": what, "bind": {"host": "127.0.0.1", "port": 0}}
        if what == "STREAM":
            fields["backlog"] = 16
        if self.random.random() < 0.3:
            fields["name"] = f"storm{self.random.randrange(8)}{what}"
        opened = self.broker.call("Open", **fields)
        self.hold(opened)
        if what == "STREAM":
            self.listeners.append(opened.fields["local"])

    def attach(self):
        name = f"storm{self.random.randrange(8)}{self.random.choice(['STREAM', 'DGRAM'])}"
        self.hold(self.broker.call("Attach", name=name))

    def duplicate(self):
        workers = os.listdir(self.directory)
        target = self.random.choice(workers)
        made = self.broker.call("Duplicate", self.any(), pid=int(target))
        if self.random.random() < 0.1:
            self.broker.call("RevokeToken", token=made.fields["token"])
        else:
            self.inbox.sendto(made.fields["token"].encode(), f"{self.directory}/{target}")
        if self.random.random() < 0.5:
            self.close()  # immediately, as in the documented hand-over

    def redeem(self):
        token = self.inbox.recv(100).decode()
        self.hold(self.broker.call("Redeem", token=token))

    def close(self):
        if self.held:
            descriptor = self.held.pop(self.random.randrange(len(self.held)))
            self.broker.call("Close", descriptor)

    def select(self):
        some = self.random.sample(EVENTS, self.random.randrange(len(EVENTS)))
        if some:
            standby = self.random.random() < 0.5
            self.broker.call("AsyncSelect", self.any(), events=some, standby=standby)
        else:
            self.broker.call("AsyncSelect", self.any(), events=[], any=True)

    def object_select(self):
        if len(self.objects) < 4:
            self.objects.append(self.broker.call("CreateEvent").fields["object"])
        self.broker.call(
            "EventSelect",
            self.any(),
            events=EVENTS,
            object=self.random.choice(self.objects),
            standby=True,
        )

    def wait(self):
        """An operation that waits until its descriptor is closed or this worker is killed."""
        descriptor = self.any()
        kind = self.random.choice(["Receive", "Accept"])
        threading.Thread(target=self.ask, args=(kind, descriptor), daemon=True).start()

    def ask(self, kind, descriptor):
        try:
            self.broker.call(kind, descriptor, timeoutMillis=2000)
        except OSError:
            pass  # it ends with its descriptor, one way or another

    def connect(self):
        if self.listeners:
            opened = self.broker.call("Open", family="INET", type="STREAM")
            self.hold(opened)
            address = self.random.choice(self.listeners)
            self.broker.call("Connect", opened.descriptor, address=address, timeoutMillis=0)

    def send(self):
        try:
            self.broker.call(
                "Send", self.any(), b"x" * self.random.randrange(100_000), timeoutMillis=0
            )
        except OSError as refused:
            if refused.errno not in EXPECTED | {errno.EPIPE, errno.ENOTCONN, errno.EDESTADDRREQ,
                                                errno.EMSGSIZE, errno.ECONNRESET}:  # fmt: skip
                raise


def fork(path, directory, seed):
    pid = os.fork()
    if pid == 0:
        try:
            Worker(path, directory, seed).run()
        except ConnectionError as gone:
            print(f"worker {os.getpid()}: {gone}", file=sys.stderr, flush=True)
        os._exit(1)
    return pid


def end(pid, directory):
    """Kills a worker. Returns whether it was still alive."""
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    try:
        os.unlink(f"{directory}/{pid}")
    except FileNotFoundError:
        pass  # killed before it got its socket
    return os.WIFSIGNALED(status)


def main():
    path, directory, count, seconds, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    done = collections.Counter(failed=0, killed=0)
    workers = [fork(path, directory, chance.random()) for _ in range(int(count))]
    deadline = time.monotonic() + float(seconds)
    while time.monotonic() < deadline:
        time.sleep(0.02)
        index = chance.randrange(len(workers))
        done["killed" if end(workers[index], directory) else "failed"] += 1
        workers[index] = fork(path, directory, chance.random())
    for worker in workers:
        done["killed" if end(worker, directory) else "failed"] += 1
    print(json.dumps(done))


main()
