"""The requests of the protocol, as data: what to send and how to read the reply.

The blocking and the asyncio client make the same calls and differ only in how they wait.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Generic, List, Mapping, Optional, Sequence, TypeVar, Union

from . import values
from .frames import Fields, Message
from .values import Address, Addresses, Happened, Opened, OptionValue, Received, Token

T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request. rest is what follows its payload in parts, each when the broker has room."""

    kind: str
    read: Callable[[Message], T]
    descriptor: int = 0
    fields: Fields = field(default_factory=dict)
    payload: bytes = b""
    rest: bytes = b""


def message(kind: str, descriptor: int, fields: Fields, payload: bytes = b"") -> Call[Message]:
    """Any request, with its reply as it comes."""
    return Call(kind, lambda reply: reply, descriptor, fields, payload)


def done(kind: str, descriptor: int = 0, **fields: Any) -> Call[None]:
    """A request whose reply says nothing more."""
    return Call(kind, lambda reply: None, descriptor, fields)


def hello(client: str, administrator: bool, lifetime: Optional[str]) -> Call[Fields]:
    asked: Dict[str, Any] = {"versions": [1], "client": client, "lifetime": lifetime}
    if administrator:
        asked["administrator"] = True
    return Call("Hello", lambda reply: reply.fields, fields=asked)


# ---- sockets and names


@dataclass(frozen=True)
class Spec:
    """What to open. Without a family it is that of the address.

    bind: makes the socket listen if there is a backlog as well. connect: the host may be a name.
    retain: seconds that a named socket outlives its last holder; math.inf for ever.
    """

    type: str = "STREAM"
    family: Optional[str] = None
    protocol: int = 0
    bind: Optional[Address] = None
    backlog: Optional[int] = None
    connect: Optional[Address] = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    name: Optional[str] = None
    retain: float = 0
    join_rights: Optional[Sequence[str]] = None
    other_rights: Optional[Sequence[str]] = None
    join_others: bool = False
    timeout: Optional[float] = None

    def fields(self) -> Dict[str, Any]:
        return {
            "family": self.family or _family(self.bind),
            "type": self.type,
            "protocol": self.protocol,
            "bind": values.address_json(self.bind),
            "backlog": self.backlog,
            "connect": values.address_json(self.connect),
            "options": dict(self.options) or None,
            "name": self.name,
            "retainMillis": values.millis(self.retain),
            "joinRights": values.names(self.join_rights),
            "otherRights": values.names(self.other_rights),
            "joinOthers": self.join_others,
            "timeoutMillis": values.millis(self.timeout),
        }


def _family(address: Optional[Address]) -> Optional[str]:
    if address is None:
        return None
    if isinstance(address, str):
        return "UNIX"
    return "INET6" if ":" in address[0] else "INET"


def tcp_listen(host: str, port: int, backlog: int = 128, **others: Any) -> Spec:
    """A TCP listener. others are fields of Spec."""
    return Spec(bind=(host, port), backlog=backlog, **others)


def tcp(host: str, port: int, **others: Any) -> Spec:
    """A TCP connection to an address or a host name."""
    return Spec(connect=(host, port), **others)


def udp(host: str, port: int, **others: Any) -> Spec:
    """A UDP socket that is bound to an address."""
    return Spec(type="DGRAM", bind=(host, port), **others)


def unix_listen(path: str, backlog: int = 128, **others: Any) -> Spec:
    """A listener of Unix streams."""
    return Spec(bind=path, backlog=backlog, **others)


def open_(spec: Spec) -> Call[Opened]:
    return Call("Open", values.opened, fields=spec.fields())


def attach(name: str, join_others: bool) -> Call[Opened]:
    return Call("Attach", values.opened, fields={"name": name, "joinOthers": join_others})


def name(
    descriptor: int,
    text: Optional[str],
    retain: float,
    join_rights: Optional[Sequence[str]],
    other_rights: Optional[Sequence[str]],
) -> Call[None]:
    return done(
        "Name",
        descriptor,
        name=text,
        retainMillis=values.millis(retain),
        joinRights=values.names(join_rights),
        otherRights=values.names(other_rights),
    )


def bind(descriptor: int, address: Address) -> Call[Addresses]:
    fields = {"address": values.address_json(address)}
    return Call("Bind", values.addresses, descriptor, fields)


def listen(descriptor: int, backlog: int) -> Call[Addresses]:
    return Call("Listen", values.addresses, descriptor, {"backlog": backlog})


def connect(descriptor: int, address: Address, timeout: Optional[float]) -> Call[Addresses]:
    fields = {
        "address": values.address_json(address),
        "timeoutMillis": values.millis(timeout),
    }
    return Call("Connect", values.addresses, descriptor, fields)


def accept(descriptor: int, timeout: Optional[float]) -> Call[Opened]:
    return Call("Accept", values.opened, descriptor, {"timeoutMillis": values.millis(timeout)})


def addresses(descriptor: int) -> Call[Addresses]:
    return Call("GetAddresses", values.addresses, descriptor)


# ---- data


def send(
    descriptor: int,
    data: bytes,
    to: Optional[Address],
    oob: bool,
    timeout: Optional[float],
    payload_max: int,
) -> Call[int]:
    """Reads the number of bytes that were taken. One operation, however long the data is."""
    fields: Dict[str, Any] = {
        "to": values.address_json(to),
        "oob": oob,
        "timeoutMillis": values.millis(timeout),
    }
    if len(data) > payload_max:
        fields["length"] = len(data)
    count = len(data)
    return Call(
        "Send",
        lambda reply: int(reply.fields.get("count", count)),
        descriptor,
        fields,
        data[:payload_max],
        data[payload_max:],
    )


def receive(
    descriptor: int, length: int, timeout: Optional[float], peek: bool, oob: bool
) -> Call[Received]:
    fields = {
        "length": length,
        "timeoutMillis": values.millis(timeout),
        "peek": peek,
        "oob": oob,
    }
    return Call("Receive", values.received, descriptor, fields)


# ---- options


def get_option(descriptor: int, option: str) -> Call[OptionValue]:
    return Call("GetOption", _value, descriptor, {"option": option})


def set_option(descriptor: int, option: str, value: OptionValue) -> Call[OptionValue]:
    return Call("SetOption", _value, descriptor, {"option": option, "value": value})


def get_raw_option(descriptor: int, level: int, number: int, length: int) -> Call[bytes]:
    fields = {"level": level, "number": number, "length": length}
    return Call("GetOption", _bytes, descriptor, fields)


def set_raw_option(descriptor: int, level: int, number: int, value: bytes) -> Call[bytes]:
    fields = {"level": level, "number": number, "value": value.hex()}
    return Call("SetOption", _bytes, descriptor, fields)


def options(descriptor: int) -> Call[Dict[str, OptionValue]]:
    return Call("ListOptions", lambda reply: dict(reply.fields.get("options", {})), descriptor)


def _value(reply: Message) -> OptionValue:
    """A value that is false or 0 may be left out, as every field."""
    value: OptionValue = reply.fields.get("value", 0)
    return value


def _bytes(reply: Message) -> bytes:
    return bytes.fromhex(reply.fields.get("value", ""))


# ---- events


def async_select(descriptor: int, events: Sequence[str], standby: bool) -> Call[int]:
    fields = {"events": list(events), "standby": standby}
    return Call("AsyncSelect", _number, descriptor, fields)


def event_select(
    descriptor: int, events: Sequence[str], object_: int, standby: bool
) -> Call[int]:
    fields = {"events": list(events), "object": object_, "standby": standby}
    return Call("EventSelect", _number, descriptor, fields)


def cancel(descriptor: int, number: Optional[int]) -> Call[int]:
    """Reads the number of the registration that it ended, or 0."""
    which: Dict[str, Any] = {"any": True} if number is None else {"number": number}
    read = lambda reply: int(reply.fields.get("cancelled", 0))  # noqa: E731
    return Call("AsyncSelect", read, descriptor, {"events": [], **which})


def enumerate_events(descriptor: int, object_: int) -> Call[List[Happened]]:
    return Call("EnumNetworkEvents", values.happened, descriptor, {"object": object_})


def create_event() -> Call[int]:
    return Call("CreateEvent", lambda reply: int(reply.fields["object"]))


def wait_events(
    objects: Sequence[int], all_: bool, timeout: Optional[float]
) -> Call[List[int]]:
    fields = {"objects": list(objects), "all": all_, "timeoutMillis": values.millis(timeout)}
    return Call("WaitEvents", lambda reply: list(reply.fields.get("objects", ())), fields=fields)


def _number(reply: Message) -> int:
    return int(reply.fields.get("number", 0))


# ---- tokens


def duplicate(
    descriptor: int,
    target: str,
    number: int,
    rights: Optional[Sequence[str]],
    expiry: Optional[float],
) -> Call[Token]:
    fields = {
        target: number,
        "rights": values.names(rights),
        "expiryMillis": values.millis(expiry),
    }
    return Call("Duplicate", _token, descriptor, fields)


def redeem(token: Union[Token, str]) -> Call[Opened]:
    return Call("Redeem", values.opened, fields={"token": _text(token)})


def revoke(token: Union[Token, str]) -> Call[None]:
    return done("RevokeToken", token=_text(token))


def _token(reply: Message) -> Token:
    return Token(reply.fields["token"], reply.fields["id"])


def _text(token: Union[Token, str]) -> str:
    return token.text if isinstance(token, Token) else token


def key(kind: str, descriptor: int = 0) -> Call[str]:
    """A key for one more connection."""
    return Call(kind, lambda reply: str(reply.fields["key"]), descriptor)
