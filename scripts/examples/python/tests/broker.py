"""A real broker for a test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Tuple

import sockbroker

LAUNCHER = Path(__file__).resolve().parents[3] / "sockbroker"
DEADLINE = 30.0
START_DEADLINE = 120.0


class BrokerProcess:
    """A broker in a directory of its own. With --keep=auto it continues when it is killed."""

    def __init__(self, *options: str) -> None:
        self._directory = tempfile.mkdtemp(prefix="sockbroker-python")
        self.path = os.path.join(self._directory, "broker.sock")
        line = [str(LAUNCHER), "serve", "--socket", self.path, *options]
        # a file and not a pipe, because the process that keeps the broker's files has it open, too
        self._log = Path(self._directory, "log")
        with open(self._log, "w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(line, stderr=errors)
        self._await_ready(1)

    def _await_ready(self, times: int) -> None:
        end = time.monotonic() + START_DEADLINE
        while self._log.read_text(encoding="utf-8").count(", ready") < times:
            if self._process.poll() is not None or time.monotonic() > end:
                raise AssertionError("it does not start: " + self._log.read_text(encoding="utf-8"))
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9. Waits until the script that has started the broker has started the next one."""
        with sockbroker.Broker(self.path) as asker:
            os.kill(asker.call("ShowBroker").fields["pid"], signal.SIGKILL)
        self._await_ready(2)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(DEADLINE)
        shutil.rmtree(self._directory)


def host_port(address: object) -> Tuple[str, int]:
    """The address of a socket of the internet families."""
    assert isinstance(address, tuple)
    return address[0], address[1]
