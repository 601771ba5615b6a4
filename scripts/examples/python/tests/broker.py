"""A real broker for a test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Tuple

import sockbroker

LAUNCHER = Path(__file__).resolve().parents[3] / "sockbroker"
DEADLINE = 30.0


class BrokerProcess:
    """A broker in a directory of its own. When it is killed, start() continues its sessions."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._directory = tempfile.mkdtemp(prefix="sockbroker-python")
        self.path = os.path.join(self._directory, "broker.sock")
        self.start()

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        line = [str(LAUNCHER), "serve", "--socket", self.path, *self._options]
        self._process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
        said = ""
        assert self._process.stderr is not None
        while ", ready" not in said:
            some = self._process.stderr.readline()
            if not some:
                raise AssertionError("the broker does not start: " + said)
            said += some

    def kill(self) -> None:
        """kill -9, of the broker itself and not of the script that has started it."""
        with sockbroker.Broker(self.path) as asker:
            os.kill(asker.call("ShowBroker").fields["pid"], signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        self._process.terminate()
        self._wait()
        shutil.rmtree(self._directory)

    def _wait(self) -> None:
        assert self._process.stderr is not None
        self._process.stderr.read()
        self._process.stderr.close()
        self._process.wait(DEADLINE)


def host_port(address: object) -> Tuple[str, int]:
    """The address of a socket of the internet families."""
    assert isinstance(address, tuple)
    return address[0], address[1]
