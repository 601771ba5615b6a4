"""Where the broker listens, and whether what listens there can be trusted."""

from __future__ import annotations

import os
import socket
import stat
import struct
from typing import AbstractSet, Iterator

SYSTEM = "/run/sockbroker/broker.sock"
UCRED = struct.Struct("iII")


def default_path() -> str:
    """Returns $SOCKBROKER_SOCKET, else this user's own path, else that of the system's broker."""
    user = os.geteuid()
    runtime = "/run" if user == 0 else os.environ.get("XDG_RUNTIME_DIR", "")
    # XDG: ignore a relative path
    directory = f"{runtime}/sockbroker" if runtime.startswith("/") else f"/tmp/sockbroker-{user}"
    own = directory + "/broker.sock"
    if not os.path.lexists(own) and os.access(SYSTEM, os.W_OK):
        own = SYSTEM
    return os.environ.get("SOCKBROKER_SOCKET") or own


def connect_trusted(path: str) -> socket.socket:
    """Connects to the broker. Raises PermissionError if another user may listen at its path."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
        check_peer(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def check_peer(path: str, connection: socket.socket) -> None:
    """Raises PermissionError unless the listening process is trusted (protocol/README.md)."""
    ucred = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size)
    peer = UCRED.unpack(ucred)[1]
    directory = os.path.dirname(os.path.realpath(path))
    owner, trusted = os.stat(directory).st_uid, {0, os.geteuid()}
    unsafe = [link for link in _links(path) if not _is_safe(link, owner, trusted)]
    if unsafe:
        why = f"any user could have made the symbolic link {unsafe[0]}"
    elif os.stat(directory).st_mode & 0o022:
        why = f"other users can write to {directory}"
    elif owner not in trusted and not _is_safe(directory, owner, trusted):
        why = f"any user could have made the directory {directory}, which belongs to {owner}"
    elif peer not in trusted | {owner}:
        why = f"that is neither this user, nor root, nor the owner of {directory} ({owner})"
    else:
        return
    raise PermissionError(f"what listens at {path} as user {peer} is not trusted: {why}")


def _links(path: str) -> Iterator[str]:
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


def _is_safe(place: str, owner: int, trusted: AbstractSet[int]) -> bool:
    """Whether only the owner, root and this user can change a directory on the way to the path."""
    while place != "/":
        parent = os.path.dirname(place)
        found = os.stat(parent)
        sticky = found.st_mode & stat.S_ISVTX and os.lstat(place).st_uid in trusted
        if found.st_uid not in trusted | {owner} or (found.st_mode & 0o022 and not sticky):
            return False
        place = parent
    return True
