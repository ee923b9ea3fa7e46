"""What is in a tar archive, compressed or not. It has to be read from its beginning for whatever is in it."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import IO, Any

from grader.sources.archives import MAX_ARCHIVE_BYTES, MAX_MEMBERS, Damaged, Member, Open
from grader.sources.tree import MAX_READ_BYTES, is_code

_COMPRESSED: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda data: gzip.GzipFile(fileobj=data),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
"""By their first bytes, how streams are unfolded."""


class _Bounded(io.RawIOBase):
    """A stream that ends with an error where it goes on for too long, or is asked for more once it has ended."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, MAX_ARCHIVE_BYTES
        self._has_ended = False

    def read(self, size: int = -1) -> bytes:
        """As of any stream; raises Damaged where there is more than an archive may hold, or less than it says.

        To skip a member `tarfile` reads on for as long as its size says, which may be an exabyte, whether or not
        there is anything left to read. At the end of a whole archive it finds nothing at most once.
        """
        if self._has_ended:
            raise Damaged("it is cut off")
        data: bytes = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._has_ended = not data
        self._left -= len(data)
        if self._left < 0:
            raise Damaged(f"it holds more than {MAX_ARCHIVE_BYTES} bytes")
        return data


def members(open_bytes: Open) -> Iterator[Member]:
    """Its members, in their order."""
    archive = _Archive(open_bytes)
    with _opened(open_bytes) as opened:
        for info in islice(opened, MAX_MEMBERS + 1):
            yield Member(info.name, info.isdir(), info.isreg(), partial(archive.read, info.name))


class _Archive:
    """Reads members. All code is read on one way through, however many files it is in."""

    def __init__(self, open_bytes: Open) -> None:
        self._open = open_bytes
        self._code: dict[str, bytes] | None = None

    def read(self, name: str, limit: int) -> bytes:
        """A member, up to so many bytes."""
        if not is_code(name) or limit > MAX_READ_BYTES:
            found = self._found(lambda other: other == name, limit)
        else:
            self._code = found = self._found(is_code, MAX_READ_BYTES) if self._code is None else self._code
        if name not in found:
            raise Damaged(f"{name} is no longer in it")
        return found[name][:limit]

    def _found(self, is_wanted: Callable[[str], bool], limit: int) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        with _opened(self._open) as opened:
            for info in opened:
                if info.isreg() and is_wanted(info.name):  # the last of a name, as where it is unpacked
                    member = opened.extractfile(info)
                    found[info.name] = b"" if member is None else member.read(limit)
        return found


@contextmanager
def _opened(open_bytes: Open) -> Iterator[tarfile.TarFile]:
    with open_bytes() as data:
        start = data.read(6)
        data.seek(0)
        stream = next((unfold(data) for magic, unfold in _COMPRESSED.items() if start.startswith(magic)), data)
        with tarfile.open(fileobj=_Bounded(stream), mode="r|") as archive:
            yield archive
