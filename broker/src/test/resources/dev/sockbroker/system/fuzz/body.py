"""One process of the fuzzer: does with its session, fds and rings what it reads from stdin.

Commands are a letter, a length of 4 bytes and that many bytes. What the broker sends comes out on
stdout in the same form: D and bytes, and E at the end of the connection.
"""
import array, fcntl, mmap, os, random, select, socket, struct, sys, time

path = sys.argv[1]
session = socket.socket(socket.AF_UNIX)
session.connect(path)
session.setblocking(False)
fd_connection = None
fds, memory, bell = [], None, None
ring_bytes = 0
unsent, commands = bytearray(), bytearray()
deaf_until = unread_until = 0.0


def out(kind, data=b""):
    whole = memoryview(kind + struct.pack(">I", len(data)) + data)
    while whole:
        whole = whole[os.write(1, whole):]


def word(offset, value=None):
    if value is None:
        return struct.unpack_from("=Q", memory, offset)[0]
    struct.pack_into("=Q", memory, offset, value & (2 ** 64 - 1))


def ring(value=1):
    # in blocking mode a full one would block this process forever
    blocking = os.get_blocking(bell)
    os.set_blocking(bell, False)
    try:
        os.write(bell, struct.pack("=Q", value))
    except OSError:
        pass  # full, or no longer an eventfd of a living ring
    os.set_blocking(bell, blocking)


def take_fd():
    """One message of the fd connection; the two fds of a ring are mapped at once."""
    global fd_connection, memory, bell, ring_bytes
    try:
        data, ancillary, _, _ = fd_connection.recvmsg(4096, socket.CMSG_SPACE(16))
    except BlockingIOError:
        return
    except OSError:
        data, ancillary = b"", []
    for _, _, raw in ancillary:
        received = array.array("i")
        received.frombytes(raw[:len(raw) - len(raw) % 4])
        fds.extend(received)
    if not data:
        fd_connection.close()
        fd_connection = None
    if fds and "memfd" in name(fds[-1]) and os.fstat(fds[-1]).st_size > 4096:
        if memory is not None:
            memory.close()
        memory = mmap.mmap(fds[-1], os.fstat(fds[-1]).st_size)
        ring_bytes = (len(memory) - 4096) // 2
    elif fds and "eventfd" in name(fds[-1]):
        bell = fds[-1]
        os.set_blocking(bell, False)
    while len(fds) > 40:
        fd = fds.pop(0)
        if fd != bell:
            os.close(fd)


def name(fd):
    return os.readlink("/proc/self/fd/%d" % fd)


def do(letter, data):
    global deaf_until, unread_until, fd_connection
    if letter == "S":
        unsent.extend(data)
    elif letter == "P":
        deaf_until = time.monotonic() + int(data) / 1000
    elif letter == "U":
        unread_until = time.monotonic() + int(data) / 1000
    elif letter == "W":
        session.shutdown(socket.SHUT_WR)
    elif letter == "X":
        os._exit(0)
    elif letter == "K":
        if fd_connection is not None:
            fd_connection.close()
        fd_connection = socket.socket(socket.AF_UNIX)
        fd_connection.connect(path)
        fd_connection.sendall(data)
        fd_connection.setblocking(False)
    elif letter == "J" and fd_connection is not None:
        try:
            fd_connection.sendall(data)
        except OSError:
            pass  # the broker has closed it
    elif letter == "C" and fd_connection is not None:
        fd_connection.close()
        fd_connection = None
    elif letter == "R":
        do_ring(data.decode().split())


def do_ring(what):
    """Uses a ring correctly or wrongly. Does nothing without a ring."""
    if memory is None or bell is None:
        return
    action, value = what[0], int(what[1])
    if action == "put":
        word(192, word(192) + min(value, ring_bytes - (word(192) - word(256))))
    elif action == "take":
        word(128, min(word(64), word(128) + value))
    elif action == "word":
        word(int(what[2]), value)
    elif action == "scribble":
        scribble = random.Random(value)
        for _ in range(64):
            word(8 * scribble.randrange(0, len(memory) // 8), scribble.getrandbits(64))
    elif action == "bell":
        ring(value)
        return
    elif action == "blocking":
        os.set_blocking(bell, value == 0)
        return
    ring()


def read_session():
    try:
        data = session.recv(1 << 16)
    except BlockingIOError:
        return True
    except OSError:
        data = b""
    out(b"D" if data else b"E", data)
    return bool(data)


def write_session():
    try:
        del unsent[:session.send(memoryview(unsent)[:1 << 18])]
    except BlockingIOError:
        pass
    except OSError:
        unsent.clear()


def run_commands():
    """All that have come; what is not sending waits until all is sent."""
    while len(commands) >= 5 and len(unsent) < 1 << 18:
        length = struct.unpack_from(">I", commands, 1)[0]
        letter = chr(commands[0])
        if len(commands) < 5 + length or unsent and letter != "S":
            return
        data = bytes(commands[5:5 + length])
        del commands[:5 + length]
        do(letter, data)


alive = True
while True:
    now = time.monotonic()
    readers = [] if unsent else [0]
    if alive and now >= deaf_until:
        readers.append(session)
    if fd_connection is not None and now >= unread_until:
        readers.append(fd_connection)
    ready, writable, _ = select.select(readers, [session] if unsent else [], [], .05)
    if writable:
        write_session()
    if session in ready:
        alive = read_session()
    if fd_connection is not None and fd_connection in ready:
        take_fd()
    if 0 in ready:
        more = os.read(0, 1 << 18)
        if not more:
            os._exit(0)
        commands.extend(more)
    run_commands()
