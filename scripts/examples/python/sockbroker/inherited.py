"""Sockets that this process has inherited, from `sockbroker exec` or from systemd."""

from __future__ import annotations

import os
import socket
from typing import List, Tuple

FIRST = 3


def inherited_sockets() -> List[Tuple[str, socket.socket]]:
    """Returns the inherited sockets with their names, in order; none if there are none.

    A second call returns none, and children of this process inherit none.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    del os.environ["LISTEN_PID"]
    count = os.environ.pop("LISTEN_FDS", "0")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    return [_inherit(index, names) for index in range(int(count))]


def _inherit(index: int, names: List[str]) -> Tuple[str, socket.socket]:
    fd = FIRST + index
    os.set_inheritable(fd, False)
    return names[index] if index < len(names) else "", socket.socket(fileno=fd)
