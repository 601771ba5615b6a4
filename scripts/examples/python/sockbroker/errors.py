"""Errors. The broker's are the built-in ones of Python, found by their errno."""

from __future__ import annotations

from .frames import Message


class BrokerGone(ConnectionError):
    """The session has ended: the broker has stopped or was killed, or it has ended this session."""


class OperationTimeout(TimeoutError):
    """The operation's own time has passed. A connection that failed is another TimeoutError."""


def error_of(reply: Message) -> OSError:
    """Returns the exception for an Error, such as PermissionError for EPERM."""
    number, text = reply.fields["errno"], reply.fields["message"]
    if reply.fields.get("timedOut"):
        return OperationTimeout(number, text)
    return OSError(number, text)
