"""What is in a tar archive, compressed or not. It is read from its beginning to its end for each use."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

from grader.sources.archives import MAX_ARCHIVE_BYTES, Damaged, Member, Open

_COMPRESSED: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda data: gzip.GzipFile(fileobj=data),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
"""By their first bytes, how streams are unfolded."""


class _Bounded(io.RawIOBase):
    """A stream that ends with an error where it goes on for too long."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, MAX_ARCHIVE_BYTES

    def read(self, size: int = -1) -> bytes:
        """As of any stream; raises Damaged where there is more than an archive may hold."""
        data: bytes = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise Damaged(f"it holds more than {MAX_ARCHIVE_BYTES} bytes")
        return data


def members(open_bytes: Open) -> Iterator[Member]:
    """Its members, in their order."""
    with _opened(open_bytes) as archive:
        for info in archive:
            yield Member(info.name, info.isdir(), info.isreg(), partial(_read, open_bytes, info.name))


def _read(open_bytes: Open, name: str, limit: int) -> bytes:
    with _opened(open_bytes) as archive:
        for info in archive:
            if info.name == name and info.isreg():
                member = archive.extractfile(info)
                return b"" if member is None else member.read(limit)
    raise Damaged(f"{name} is no longer in it")


@contextmanager
def _opened(open_bytes: Open) -> Iterator[tarfile.TarFile]:
    try:
        with open_bytes() as data:
            start = data.read(6)
            data.seek(0)
            stream = next((unfold(data) for magic, unfold in _COMPRESSED.items() if start.startswith(magic)), data)
            with tarfile.open(fileobj=_Bounded(stream), mode="r|") as archive:
                yield archive
    except (tarfile.TarError, lzma.LZMAError) as error:
        raise Damaged(str(error)) from error
