"""The encoder and the decoder, against the frames that the project keeps for authors of clients."""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Dict

from sockbroker.frames import NUMBERS, FrameReader

GOLDEN = Path(__file__).resolve().parents[4] / "protocol/src/test/resources/golden"


def read(file: Path) -> Dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


class FramesTest(unittest.TestCase):
    def test_knows_every_message_by_number_and_name(self) -> None:
        types = {read(file)["type"] for file in GOLDEN.glob("*.txt")}
        self.assertEqual(types, {f"0x{number:04x} {name}" for name, number in NUMBERS.items()})

    def test_reads_every_frame_and_writes_it_again(self) -> None:
        for file in GOLDEN.glob("*.txt"):
            with self.subTest(file.name):
                golden = read(file)
                frame = bytes.fromhex(golden["frame"])
                (message,) = FrameReader().read(frame)
                self.assertEqual(message.request, int(golden["request id"]))
                self.assertEqual(message.descriptor, int(golden["descriptor"]))
                self.assertEqual(message.fields, json.loads(golden["JSON"] or "{}"))
                self.assertEqual(message.payload, bytes.fromhex(golden["payload"]))
                (again,) = FrameReader().read(message.encode())
                self.assertEqual(again, message)

    def test_reads_frames_from_any_pieces(self) -> None:
        frame = bytes.fromhex(read(GOLDEN / "Opened.txt")["frame"])
        reader = FrameReader()
        pieces = [(frame + frame)[at : at + 1] for at in range(2 * len(frame))]
        self.assertEqual([len(list(reader.read(it))) for it in pieces].count(1), 2)
