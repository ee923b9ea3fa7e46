"""Where the arrays of an answer lie: in the shared memory, or in the child's own while it stands still."""

from collections.abc import Callable
from typing import Any

from grader.records import Array
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Frame, WireError


class SharedArrays:
    """Arrays that the child has put into the shared memory, one after the other."""

    def __init__(self, region: Any, free: int, frame: Frame) -> None:
        """Copy them all, from `free` to where the answer says that they end; raises WireError where that is nowhere."""
        self._memory = wire.copy_out(region, free, frame.get("end"))
        self._start = 0

    def take(self, place: int, description: str) -> Array:
        """As `answers.Arrays`: the next one, a view of the copy."""
        array, self._start = wire.output(self._memory, self._start, description)
        return array


class LentArrays:
    """Arrays of the child's that are copied out of its own memory.

    Args:
        read: reads so many bytes at an address.
        frame: the answer, which says where they are.
        room: bytes that all of them may take.
    """

    def __init__(self, read: Callable[[int, int], bytearray], frame: Frame, room: int) -> None:
        at, outputs = frame.get("at"), frame.get("outputs")
        if not isinstance(at, list) or not isinstance(outputs, list) or len(at) != len(outputs):
            raise WireError("answered in a wrong form")
        self._read = read
        self._at = at
        self._room = room

    def take(self, place: int, description: str) -> Array:
        """As `answers.Arrays`: a copy of its own."""
        size, address = wire.size_of(description), self._at[place]
        self._room -= size
        if self._room < 0:
            raise WireError("sent more than there is room for")
        if type(address) is not int:
            raise WireError("sent the address of nothing")
        array, _ = wire.output(self._read(address, size), 0, description)
        return array
