"""What is in a zip archive."""

import lzma
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from grader.sources.archives import Damaged, Encrypted, Member, Open

_DEFLATE64 = 9


def members(open_bytes: Open) -> Iterator[Member]:
    """Its members, in their order."""
    with _opened(open_bytes) as archive:
        for info in archive.infolist():
            is_regular = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
            yield Member(info.filename, info.is_dir(), is_regular, partial(_read, open_bytes, info.filename))


def _read(open_bytes: Open, name: str, limit: int) -> bytes:
    with _opened(open_bytes) as archive:
        if archive.getinfo(name).compress_type == _DEFLATE64:
            raise Damaged("it is compressed by Deflate64, which is not known here; zip it with another program")
        with archive.open(name) as member:
            return member.read(limit)


@contextmanager
def _opened(open_bytes: Open) -> Iterator[zipfile.ZipFile]:
    try:
        with open_bytes() as data, zipfile.ZipFile(data) as archive:
            yield archive
    except (zipfile.BadZipFile, lzma.LZMAError) as error:
        raise Damaged(str(error)) from error
    except NotImplementedError as error:  # a version of the format, or a compression, that is not known
        raise Damaged(f"{error}; zip it with another program") from error
    except RuntimeError as error:  # how it asks for a password
        raise Encrypted from error
