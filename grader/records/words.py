"""Words that the sandbox says of a call, and that judging and messages tell apart."""

from enum import StrEnum


class Kind(StrEnum):
    """What came back as an output."""

    ARRAY = "array"
    NONE = "none"
    TOO_LARGE = "too large"
    """An array for which there is no room; its shape and dtype are known."""
    NO_TUPLE = "no tuple"
    """The function returned one thing in place of the tuple that its outputs would be in."""
    OTHER = "other"
    """Something that is no array of numbers."""


class End(StrEnum):
    """What `StudentError.type` is of an end that is neither an exception nor a signal."""

    EXIT = "Exit"
    BREACH = "ProtocolError"
    UNTRIED = "Untried"
    """The call was not made."""
    HURRIED = "Hurried"
    """The call was not given all the time that a call may take."""
