"""What is in a zip archive."""

import io
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO

from grader.sources.archives import MAX_MEMBERS, Damaged, Encrypted, Member, Open

_DEFLATE64 = 9
_IS_UTF_8 = 0x800
"""The flag that a name is UTF-8."""
_HEADER = b"PK\3\4"
"""Before each member; an archive that begins with anything else has a program before it, which unpacks it."""
_MOST_OF_A_DIRECTORY = 50 * MAX_MEMBERS
"""Bytes. An entry has 46 and its name; what says that it has more of them than this is not read into memory."""


def members(open_bytes: Open) -> Iterator[Member]:
    """Its members, in their order."""
    archive = _Archive(open_bytes)
    for info in archive.infos:
        is_folder = info.filename.endswith("/")
        is_regular = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
        yield Member(_name_of(info), is_folder, is_regular, partial(archive.read, info))


def _name_of(info: zipfile.ZipInfo) -> str:
    """The name of a member.

    Info-ZIP and macOS write UTF-8 and do not say so, and then Python reads the code page 437 of DOS: what is UTF-8 is
    taken for that, for other text hardly ever is.
    """
    if not info.flag_bits & _IS_UTF_8 and not info.filename.isascii():
        with suppress(UnicodeError):
            return info.filename.encode("cp437").decode("utf-8")
    return info.filename


class _Archive:
    """An archive that stays open for as long as one of its members can be asked for: its directory is read once."""

    def __init__(self, open_bytes: Open) -> None:
        self._data = open_bytes()
        with _explained():
            self._zip = zipfile.ZipFile(_Bounded(self._data))
            self.infos = self._zip.infolist()
            self._check_whole()

    def _check_whole(self) -> None:
        """Raise where another archive's directory was found: that of the last member, in an archive that is cut off."""
        self._data.seek(0)
        starts = self._data.read(len(_HEADER)) == _HEADER
        if starts and self.infos and min(info.header_offset for info in self.infos) > 0:
            raise Damaged("it is cut off")

    def read(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        """A member, up to so many bytes."""
        if info.compress_type == _DEFLATE64:
            raise Damaged("it is compressed by Deflate64, which is not known here; zip it with another program")
        with _explained(), self._zip.open(info) as member:
            return member.read(limit)

    def __del__(self) -> None:
        if hasattr(self, "_data"):  # it could be opened
            self._data.close()


class _Bounded(io.RawIOBase):
    """A file of which little is read at a time, as of an archive whose directory is not too long."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """As of any file; raises Damaged where more is wanted than a directory may have."""
        if size > _MOST_OF_A_DIRECTORY:
            raise Damaged(f"it holds more than {MAX_MEMBERS} files")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell()

    def seekable(self) -> bool:
        """It is."""
        return True


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except NotImplementedError as error:  # a version of the format, or a compression, that is not known
        raise Damaged(f"{error}; zip it with another program") from error
    except RecursionError:
        raise
    except RuntimeError as error:  # how it asks for a password
        raise Encrypted from error
