"""What crosses the border: frames of JSON with a length before them, and arrays in shared memory. Never pickle.

A frame is four bytes, big-endian, with the length of the JSON text that follows. Arrays are not in the frames: they lie
in a region of shared memory. A frame says of those that go in where they are, as
`{"dtype", "shape", "strides", "offset"}`; those that come out lie one after the other, and a frame says what they are,
as `<f8 2 3`.
What the untrusted side sends is checked before anything is allocated: WireError is the answer to everything else.

Standard library and NumPy only: this module is also loaded by the untrusted side.
"""

import json
import math
import struct
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np

Frame = dict[str, Any]


class NoArray(StrEnum):
    """Why an output does not cross: the `kind` of its description."""

    NONE = "none"
    TOO_LARGE = "too large"
    """There is no room for it: `shape` and `dtype` say what it is."""
    OTHER = "other"
    """It is no array of numbers: `what` says what it is, "a list of 3"."""


MAX_FRAME_BYTES = 4 * 1024 * 1024
"""The longest frame from the untrusted side."""
ALIGN_BYTES = 64
_DESCRIPTION = 1000
"""Characters that describe an array at most."""
DTYPES = {
    f"{order}{kind}": int(kind[1])
    for order, kinds in (
        ("<", ("f2", "f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8")),
        ("|", ("b1", "i1", "u1")),
    )
    for kind in kinds
}
"""The only dtypes that cross, plain little-endian numbers, and how many bytes each number takes."""
_LENGTH = struct.Struct(">I")


class WireError(Exception):
    """The other side sent something that is not of this protocol."""


def encode(frame: Frame) -> bytes:
    """The bytes of a frame."""
    return framed(json_text(frame))


def json_text(frame: Frame) -> bytes:
    """The JSON text of a frame."""
    return json.dumps(frame, separators=(",", ":")).encode()


def framed(text: bytes, number: int | None = None) -> bytes:
    """The bytes of a frame whose text has been made before, with this number as its `id`."""
    body = text if number is None else b'%s,"id":%d}' % (text[:-1], number)
    return _LENGTH.pack(len(body)) + body


class Decoder:
    """Turns received bytes into frames, whatever the pieces they come in."""

    def __init__(self, limit_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._limit_bytes = limit_bytes

    def feed(self, data: bytes) -> list[Frame]:
        """Frames that are complete now.

        Raises:
            WireError: on a frame that is too long, is not JSON or is not an object.
        """
        self._buffer += data
        frames = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > self._limit_bytes:
                raise WireError(f"announced a frame of {length} bytes")
            if len(self._buffer) < _LENGTH.size + length:
                break
            body = bytes(self._buffer[_LENGTH.size : _LENGTH.size + length])
            del self._buffer[: _LENGTH.size + length]
            frames.append(_parse(body))
        return frames

    @property
    def empty(self) -> bool:
        """Whether nothing is left over."""
        return not self._buffer


def _parse(body: bytes) -> Frame:
    try:
        frame = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise WireError("sent a frame that is not JSON") from error
    if not isinstance(frame, dict):
        raise WireError("sent a frame that is not an object")
    return frame


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def receive(read: Callable[[int], bytes]) -> Frame | None:
    """Wait for one frame of any length; None at the end of the stream. For where one at a time is under way.

    Args:
        read: waits for bytes, at most so many, and gives none at the end.

    Raises:
        WireError: as `Decoder.feed`, and where more than one frame came.
    """
    decoder = Decoder(limit_bytes=2**32)
    while data := read(65536):
        frames = decoder.feed(data)
        if len(frames) > 1 or (frames and not decoder.empty):
            raise WireError("sent more than one frame")
        if frames:
            return frames[0]
    return None


def place(region: Any, offset: int, array: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], Frame, int]:
    """Copy an array into the region at `offset`, keeping the order of its axes in memory.

    Returns:
        The copy (a view of the region), its description for a frame, and the next free offset.
    """
    strides = np.empty_like(array, subok=False).strides  # dense, in the array's own axis order
    view: np.ndarray[Any, Any] = np.ndarray(array.shape, array.dtype, region, offset, strides)
    view[...] = array
    frame = {"dtype": array.dtype.str, "shape": array.shape, "strides": strides, "offset": offset}
    return view, frame, aligned(offset + array.nbytes)


def view(region: Any, frame: Frame) -> np.ndarray[Any, Any]:
    """The array that a trusted frame describes, as a view of the region."""
    return np.ndarray(frame["shape"], frame["dtype"], region, frame["offset"], frame["strides"])


def parameters(frame: Frame) -> dict[str, Any]:
    """The parameter dict that a trusted frame describes; its few arrays are lists of numbers there.

    Words are the same objects as in the submission's text, so that `mode is "max"` says what it says in a notebook.
    """
    return {name: _parameter(value) for name, value in frame.items()}


def _parameter(value: Any) -> Any:
    if isinstance(value, dict):
        return np.array(value["values"], value["dtype"])
    return sys.intern(value) if isinstance(value, str) else value


def copy_out(region: Any, first: int, end: Any) -> bytes:
    """A copy of the region from `first` to where the other side says that its outputs end.

    Raises:
        WireError: unless that is inside the region.
    """
    if type(end) is not int or not first <= end <= len(region):
        raise WireError("sent an array outside the shared memory")
    return bytes(region[first:end])


def described(dtype: str, shape: tuple[int, ...]) -> str:
    """An array in words, for a frame: outputs lie one after the other, so that no more need be said.

    >>> described("<f8", (2, 3))
    '<f8 2 3'
    """
    return " ".join([dtype, *map(str, shape)])


@lru_cache(maxsize=4096)
def _understood(text: str) -> tuple[str, tuple[int, ...], int]:
    """Dtype, shape and bytes of a described array; for a class most are the same."""
    if len(text) > _DESCRIPTION:
        raise WireError("sent something that is not a shape")
    dtype, *sizes = text.split(" ")
    if dtype not in DTYPES:
        raise WireError("sent an array of a dtype that does not cross")
    if not all(size.isascii() and size.isdecimal() for size in sizes):
        raise WireError("sent something that is not a shape")
    shape = checked_shape(list(map(int, sizes)))
    if math.prod(size for size in shape if size) * DTYPES[dtype] >= 2**63:  # NumPy has no such array, empty or not
        raise WireError("sent something that is not a shape")
    return dtype, shape, math.prod(shape) * DTYPES[dtype]


def size_of(description: str) -> int:
    """How many bytes an array takes that the untrusted side has described; raises WireError as `output`."""
    return _understood(description)[2]


def output(memory: bytes | bytearray, start: int, description: str) -> tuple[np.ndarray[Any, Any], int]:
    """An array in C order that the untrusted side has described, and where the next one starts.

    Args:
        memory: what `copy_out` has copied, of which the array is a view.
        start: where the array begins in it.
        description: as `described` makes it.

    Raises:
        WireError: unless dtype and shape are of the protocol and the array is inside the memory.
    """
    dtype, shape, size = _understood(description)
    if start + size > len(memory):
        raise WireError("sent an array outside the shared memory")
    return np.ndarray(shape, dtype, memory, start), aligned(start + size)


def checked_shape(shape: Any) -> tuple[int, ...]:
    """The shape as a tuple.

    Raises:
        WireError: unless it is a list of at most 32 ints from 0 to 2**62.
    """
    if not isinstance(shape, list) or len(shape) > 32:
        raise WireError("sent something that is not a shape")
    for size in shape:
        if type(size) is not int or not 0 <= size < 2**62:
            raise WireError("sent something that is not a shape")
    return tuple(shape)


def aligned(offset: int) -> int:
    """The next offset at which an array may begin."""
    return -(-offset // ALIGN_BYTES) * ALIGN_BYTES
