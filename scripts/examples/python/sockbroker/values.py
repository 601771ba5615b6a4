"""What the clients take and return. Times are seconds; a time that is infinite has no end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple, Union

from .frames import Message

Address = Union[Tuple[str, int], str]
"""(host, port), or the path of a Unix socket, as in Python's socket module."""

OptionValue = Union[bool, int, str, Mapping[str, Any]]
"""Of an option: a flag, a number, text, or an object such as {"on": True, "seconds": 5}."""

ALL_EVENTS = ("CONNECT", "ACCEPT", "READ", "OOB", "WRITE", "CLOSE")


@dataclass(frozen=True)
class Opened:
    """A new descriptor and the socket that it belongs to."""

    descriptor: int
    socket: int
    created: bool
    family: str
    type: str
    protocol: int
    rights: FrozenSet[str]
    local: Optional[Address]
    peer: Optional[Address]
    registration: int
    owner_uid: Optional[int]


@dataclass(frozen=True)
class Addresses:
    """Of a socket. Those that it does not have are None."""

    local: Optional[Address]
    peer: Optional[Address]


@dataclass(frozen=True)
class Received:
    """A datagram, or bytes of a stream. size is the datagram's full size if it did not fit."""

    data: bytes
    sender: Optional[Address]
    size: Optional[int]
    control: Mapping[str, Any]


@dataclass(frozen=True)
class Token:
    """A secret that gives its target a descriptor, once. id is for lists and administrators."""

    text: str
    id: str


@dataclass(frozen=True)
class Happened:
    """An event of a record, with an errno or 0."""

    event: str
    error: int


def address_json(address: Optional[Address]) -> Optional[Dict[str, Any]]:
    if address is None:
        return None
    if isinstance(address, str):
        return {"path": address}
    return {"host": address[0], "port": address[1]}


def address_of(value: Optional[Mapping[str, Any]]) -> Optional[Address]:
    if value is None:
        return None
    if "host" in value:
        return value["host"], value.get("port", 0)
    return str(value.get("path", ""))


def millis(seconds: Optional[float]) -> Optional[int]:
    """Rounds up, so that a short time does not become 0, which means not to wait at all."""
    if seconds is None:
        return None
    return -1 if math.isinf(seconds) else math.ceil(seconds * 1000)


def opened(reply: Message) -> Opened:
    fields = reply.fields
    return Opened(
        descriptor=reply.descriptor,
        socket=fields["socket"],
        created=fields.get("created", False),
        family=fields["family"],
        type=fields["type"],
        protocol=fields.get("protocol", 0),
        rights=frozenset(fields.get("rights", ())),
        local=address_of(fields.get("local")),
        peer=address_of(fields.get("peer")),
        registration=fields.get("registration", 0),
        owner_uid=fields.get("ownerUid"),
    )


def addresses(reply: Message) -> Addresses:
    return Addresses(address_of(reply.fields.get("local")), address_of(reply.fields.get("peer")))


def received(reply: Message) -> Received:
    fields = reply.fields
    size = fields.get("size")
    sender = address_of(fields.get("from"))
    return Received(reply.payload, sender, size, fields.get("control", {}))


def happened(reply: Message) -> List[Happened]:
    return [Happened(it["event"], it.get("error", 0)) for it in reply.fields.get("events", ())]


def names(values: Optional[Sequence[str]]) -> Optional[List[str]]:
    return None if values is None else list(values)
