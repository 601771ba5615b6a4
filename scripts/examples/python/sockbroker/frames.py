"""Frames of the wire protocol: their header, their numbers, and a reader for a stream of them."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, Mapping

HEADER = struct.Struct(">IHHQQI")
"""length, type, flags, request id, descriptor, JSON length"""

COUNTED = HEADER.size - 4
"""The part of the header that the length counts, because it does not count itself."""

RESERVED = 1024
"""How many bytes of a frame are kept free for header and JSON. The payload gets the others."""

REQUESTS = (
    "Hello Ping Open Attach Name Bind Listen Connect Accept Send SendMore Receive Shutdown"
    " GetOption SetOption ListOptions AsyncSelect EventSelect EnumNetworkEvents Rearm CreateEvent"
    " SetEvent ResetEvent CloseEvent WaitEvents Duplicate Redeem RevokeToken RevokeDescriptor"
    " Cancel Close GetAddresses ListDescriptors Show ShowBroker Watch NewFdKey FdHello Export"
    " AttachRing DetachRing ListSessions EndSession Upgrade AttachStream StreamHello DetachStream"
    " Reload TestPolicy ShowPolicy ListViolations ListNames ReadReport StartRecording"
).split()
EVENTS = (
    "Network ObjectSignalled Replaced Revoked SendReady Stopping Happening RingReady Promoted"
    " StandbyEnded StreamEnded"
).split()
REPLIES = (
    "Error Done Welcome Opened Addresses Sent Received Option Options Registered NetworkEvents"
    " EventObject Signalled Duplicated Listing Shown BrokerInfo FdKey Ring Sessions Upgraded"
    " Stream Reloaded Decision Rules Violations Names ReportPart"
).split()

NUMBERS: Dict[str, int] = {
    name: number
    for first, group in ((0x0001, REQUESTS), (0x4001, EVENTS), (0x8001, REPLIES))
    for number, name in enumerate(group, first)
}
NAMES: Dict[int, str] = {number: name for name, number in NUMBERS.items()}

Fields = Mapping[str, Any]
"""The JSON of a message."""


@dataclass(frozen=True)
class Message:
    """One frame. Its kind is the name of the message, or empty if this client does not know it."""

    kind: str
    request: int = 0
    descriptor: int = 0
    fields: Fields = field(default_factory=dict)
    payload: bytes = b""

    @property
    def is_event(self) -> bool:
        """Whether it comes unasked. A kind that is unknown can only be a new event."""
        return self.kind in EVENTS or not self.kind

    def encode(self) -> bytes:
        """Returns the frame. Fields that are None are left out; zero and false are written."""
        fields = {name: value for name, value in self.fields.items() if value is not None}
        text = json.dumps(fields, separators=(",", ":")).encode() if fields else b""
        length, number = COUNTED + len(text) + len(self.payload), NUMBERS[self.kind]
        header = HEADER.pack(length, number, 0, self.request, self.descriptor, len(text))
        return b"".join((header, text, self.payload))


class FrameReader:
    """Cuts the bytes of a connection into messages. Has no limit, because it trusts the broker."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def read(self, data: bytes) -> Iterator[Message]:
        """Takes the next bytes of the connection and returns the messages that they complete."""
        self._rest += data
        while len(self._rest) >= HEADER.size:
            length, number, _, request, descriptor, text = HEADER.unpack_from(self._rest)
            end = HEADER.size - COUNTED + length
            if len(self._rest) < end:
                return
            body = bytes(self._rest[HEADER.size : end])
            del self._rest[:end]
            fields = json.loads(body[:text]) if text else {}
            yield Message(NAMES.get(number, ""), request, descriptor, fields, body[text:])
