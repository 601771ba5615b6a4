"""What the broker reports unasked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from .frames import Message


@dataclass(frozen=True)
class NetworkEvent:
    """A condition of the socket holds. number is of the registration."""

    descriptor: int
    event: str
    error: int
    number: int


@dataclass(frozen=True)
class ObjectSignalled:
    """An event object was set."""

    object: int


@dataclass(frozen=True)
class Replaced:
    """Another descriptor has replaced or cancelled this registration."""

    descriptor: int
    number: int
    pid: int
    session: int
    cancelled: bool
    standby: bool


@dataclass(frozen=True)
class Promoted:
    """The standby is the registrant again, with a new number."""

    descriptor: int
    number: int
    former_number: int


@dataclass(frozen=True)
class StandbyEnded:
    """Somebody has cancelled all registrations and standbys."""

    descriptor: int
    number: int
    pid: int
    session: int


@dataclass(frozen=True)
class Revoked:
    """An administrator has taken the descriptor away."""

    descriptor: int
    pid: int
    session: int


@dataclass(frozen=True)
class StreamEnded:
    """A direction of a stream has ended, with an errno or 0."""

    descriptor: int
    direction: str
    error: int


@dataclass(frozen=True)
class Stopping:
    """The broker ends, and so does this session."""

    reason: str


@dataclass(frozen=True)
class OtherEvent:
    """Any other event, as it came."""

    kind: str
    descriptor: int
    fields: Mapping[str, Any]


Event = Union[
    NetworkEvent,
    ObjectSignalled,
    Replaced,
    Promoted,
    StandbyEnded,
    Revoked,
    StreamEnded,
    Stopping,
    OtherEvent,
]


def event_of(message: Message) -> Optional[Event]:
    """Returns None for an event of a newer broker, which a client ignores."""
    kind, descriptor, fields = message.kind, message.descriptor, message.fields
    number, error = fields.get("number", 0), fields.get("error", 0)
    pid, session = fields.get("pid", 0), fields.get("session", 0)
    if kind == "Network":
        return NetworkEvent(descriptor, fields["event"], error, number)
    if kind == "ObjectSignalled":
        return ObjectSignalled(fields["object"])
    if kind == "Replaced":
        cancelled, standby = fields.get("cancelled", False), fields.get("standby", False)
        return Replaced(descriptor, number, pid, session, cancelled, standby)
    if kind == "Promoted":
        return Promoted(descriptor, number, fields["formerNumber"])
    if kind == "StandbyEnded":
        return StandbyEnded(descriptor, number, pid, session)
    if kind == "Revoked":
        return Revoked(descriptor, pid, session)
    if kind == "StreamEnded":
        return StreamEnded(descriptor, fields["direction"], error)
    if kind == "Stopping":
        return Stopping(fields.get("reason", ""))
    return OtherEvent(kind, descriptor, fields) if kind else None
