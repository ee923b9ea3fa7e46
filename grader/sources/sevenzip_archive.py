"""What is in a 7z archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import py7zr
from py7zr.compressor import PpmdCompressor, algorithm_class_map
from py7zr.exceptions import PasswordRequired
from py7zr.io import BytesIOFactory

from grader.sources.archives import MAX_ARCHIVE_BYTES, Damaged, Encrypted, Member, Open
from grader.sources.tree import is_code


class _NoPpmd:
    """In place of the library's, which waits for a thread that cannot be started where files are read."""

    def __init__(self, *_: object, **__: object) -> None:
        raise Damaged("it is compressed by PPMd, which is not known here; pack it by another method")


algorithm_class_map[py7zr.FILTER_PPMD] = (PpmdCompressor, _NoPpmd)


def members(open_bytes: Open) -> Iterator[Member]:
    """Its members, in their order."""
    with _opened(open_bytes) as archive:
        infos = archive.list()
    reader = _Archive(open_bytes, [info.filename for info in infos if is_code(info.filename)])
    for info in infos:
        yield Member(info.filename, info.is_directory, not info.is_symlink, partial(reader.read, info.filename))


class _Archive:
    """Reads members. All code is unpacked at once, however many files it is in: they may be packed as one."""

    def __init__(self, open_bytes: Open, code: list[str]) -> None:
        self._open = open_bytes
        self._code = code
        self._unpacked: BytesIOFactory | None = None

    def read(self, name: str, limit: int) -> bytes:
        """A member, up to so many bytes."""
        if is_code(name):
            self._unpacked = kept = self._unpacked or self._found(self._code)
        else:
            kept = self._found([name])
        kept.products[name].seek(0)
        return bytes(kept.products[name].read(limit))

    def _found(self, names: list[str]) -> BytesIOFactory:
        kept = BytesIOFactory(MAX_ARCHIVE_BYTES)
        with _opened(self._open) as archive:
            archive.extract(targets=names, factory=kept)
        return kept


@contextmanager
def _opened(open_bytes: Open) -> Iterator[py7zr.SevenZipFile]:
    try:
        with open_bytes() as data, py7zr.SevenZipFile(data, max_extract_size=MAX_ARCHIVE_BYTES) as archive:
            if archive.needs_password():
                raise Encrypted
            yield archive
    except PasswordRequired as error:
        raise Encrypted from error
