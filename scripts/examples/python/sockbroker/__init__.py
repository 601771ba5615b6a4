"""A client of the sockbroker daemon, which owns the sockets of other processes.

Broker is the blocking client, and sockbroker.aio the one for asyncio. protocol/README.md of the
project describes the requests, replies and events.
"""

from .blocking import Broker, EventObject, Socket
from .calls import Spec, tcp, tcp_listen, udp, unix_listen
from .errors import BrokerGone, OperationTimeout
from .events import (
    Event,
    NetworkEvent,
    ObjectSignalled,
    OtherEvent,
    Promoted,
    Replaced,
    Revoked,
    StandbyEnded,
    Stopping,
    StreamEnded,
)
from .frames import Message
from .inherited import inherited_sockets
from .paths import default_path
from .values import ALL_EVENTS, Address, Addresses, Happened, Opened, OptionValue, Received, Token

__all__ = [
    "ALL_EVENTS",
    "Address",
    "Addresses",
    "Broker",
    "BrokerGone",
    "Event",
    "EventObject",
    "Happened",
    "Message",
    "NetworkEvent",
    "ObjectSignalled",
    "Opened",
    "OperationTimeout",
    "OptionValue",
    "OtherEvent",
    "Promoted",
    "Received",
    "Replaced",
    "Revoked",
    "Socket",
    "Spec",
    "StandbyEnded",
    "Stopping",
    "StreamEnded",
    "Token",
    "default_path",
    "inherited_sockets",
    "tcp",
    "tcp_listen",
    "udp",
    "unix_listen",
]
