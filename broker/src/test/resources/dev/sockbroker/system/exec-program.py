"""The processes of ExecTest: callers of exec, and programs that exec becomes.

    exec-program.py caller LINE...   a caller with a state of its own, which becomes that line
    exec-program.py state            prints what it inherited, one fact a line
    exec-program.py sockets          prints the sockets that it has, and LISTEN_*
    exec-program.py inetd            accepts on stdin, and answers there
    exec-program.py serve            answers each client of fd 3 with its pid; SIGTERM ends it after the last
    exec-program.py closed           closes what it can, says so and waits
    exec-program.py child            leaves a child behind that has the sockets
"""

import os
import resource
import select
import signal
import socket
import sys
import time


def caller(*line):
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE, signal.SIGUSR2, signal.SIGXFSZ, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGINT, signal.SIGWINCH):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGUSR1, signal.SIGUSR2, signal.SIGBUS, signal.SIGRTMAX})
    os.dup2(os.open("/etc/passwd", os.O_RDONLY), 11)
    os.dup2(os.open("/etc/group", os.O_RDONLY), 12, inheritable=False)
    os.dup2(os.open("/etc/hosts", os.O_RDONLY), 255)
    resource.setrlimit(resource.RLIMIT_NOFILE, (700, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096))
    with open("/proc/self/coredump_filter", "w") as file:
        file.write("0x11")
    os.umask(0o027)
    environment = {key: value for key, value in os.environb.items() if key in kept}
    environment[b"ODD"] = b"\xff\xfe = \n"
    environment[b"dotted.name"] = b"x"
    environment[b"LISTEN_FDS"] = b"5"
    environment[b"LISTEN_ADDRESS"] = b"mine"
    os.execve(line[0], list(map(os.fsencode, line)) + [b"\xff\x80", b"", b"--open", b"a b"], environment)


kept = {b"PATH", b"SOCKBROKER_SOCKET", b"SOCKBROKER_JAVA_HOME"}


def state():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(("Sig", "Shd", "Threads", "Umask")) and not line.startswith(("SigQ", "SigCgt")):
                print(line.strip())
    with open("/proc/self/limits") as limits:
        print(limits.read())
    with open("/proc/self/coredump_filter") as file:
        print("coredump_filter", file.read().strip())
    for fd in open_files():
        if not is_socket(fd):
            print("fd", fd, os.readlink(f"/proc/self/fd/{fd}") if fd > 2 else "", os.get_inheritable(fd))
    for variable in sorted(os.environb.items()):
        print("variable", *variable)
    print("arguments", *map(os.fsencode, sys.argv))
    print("children", os.listdir("/proc/self/task"), open(f"/proc/self/task/{os.getpid()}/children").read())


def open_files():
    listed = sorted(map(int, os.listdir("/proc/self/fd")))
    return [fd for fd in listed if os.path.exists(f"/proc/self/fd/{fd}")]


def is_socket(fd):
    return os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")


def sockets():
    print("pid", os.getpid())
    for name in sorted(os.environ):
        if name.startswith("LISTEN_") or name.endswith("_FD"):
            print(name, os.environ[name])
    for fd in filter(is_socket, open_files()):
        with socket.socket(fileno=os.dup(fd)) as it:
            print("fd", fd, it.getsockname()[1], "blocking" if os.get_blocking(fd) else "non-blocking")


def inetd():
    client, _ = socket.socket(fileno=0).accept()
    client.sendall(b"inetd\n")


def serve():
    """Polls first. Only one of several processes that share a listener gets the client, so the listener needs --nonblock.
    Otherwise the others block in accept()."""
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    listener = socket.socket(fileno=3)
    say("serving")
    while not ended:
        if select.select([listener], [], [], 0.02)[0]:
            try:
                client, _ = listener.accept()
            except BlockingIOError:
                continue
            client.sendall(b"%d\n" % os.getpid())
            client.close()


def closed():
    os.closerange(3, 700)
    say("closed")
    time.sleep(1000)


def child():
    pid = os.fork()
    if pid == 0:
        time.sleep(1000)
    say(pid)
    sys.stdin.read()


def say(what):
    print(what, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "caller":
        caller(*sys.argv[2:])
    roles = {it.__name__: it for it in (state, sockets, inetd, serve, closed, child)}
    roles[sys.argv[1]]()
