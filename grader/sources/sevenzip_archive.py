"""What is in a 7z archive."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import py7zr
from py7zr.exceptions import ArchiveError, DecompressionBombError, PasswordRequired
from py7zr.io import BytesIOFactory

from grader.sources.archives import MAX_ARCHIVE_BYTES, Damaged, Encrypted, Member, Open


def members(open_bytes: Open) -> Iterator[Member]:
    """Its members, in their order."""
    with _opened(open_bytes) as archive:
        for info in archive.list():
            read = partial(_read, open_bytes, info.filename)
            yield Member(info.filename, info.is_directory, not info.is_symlink, read)


def _read(open_bytes: Open, name: str, limit: int) -> bytes:
    kept = BytesIOFactory(MAX_ARCHIVE_BYTES)
    with _opened(open_bytes) as archive:
        archive.extract(targets=[name], factory=kept)
    return bytes(kept.products[name].read(limit))


@contextmanager
def _opened(open_bytes: Open) -> Iterator[py7zr.SevenZipFile]:
    try:
        with open_bytes() as data, py7zr.SevenZipFile(data, max_extract_size=MAX_ARCHIVE_BYTES) as archive:
            if archive.needs_password():
                raise Encrypted
            yield archive
    except PasswordRequired as error:
        raise Encrypted from error
    except (ArchiveError, DecompressionBombError, TypeError, AttributeError) as error:
        # Of damaged headers its library raises whatever comes of them.
        raise Damaged(str(error) or "it is not of this format") from error
