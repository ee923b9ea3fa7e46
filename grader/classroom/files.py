"""Files that are written whole or not at all, and how they are called."""

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

from grader.errors import UsageError, system_says


def safe_name(id: str) -> str:
    """A file name for any id: plain ones as they are, others changed and told apart by a part of their hash.

    >>> safe_name("alice"), safe_name("../a b"), safe_name("")
    ('alice', 'a_b-2c2c791a', 'e3b0c442')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", id).strip("._-")[:80]
    is_plain = plain == id != "" and not re.search(r"-[0-9a-f]{8}$", plain)
    return plain if is_plain else f"{plain}-{hashlib.sha256(id.encode()).hexdigest()[:8]}".lstrip("-")


def write_asked_for(path: Path, content: str | bytes) -> None:
    """Write a file that the command line names.

    Raises:
        UsageError: where that is not possible.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {system_says(error)}") from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all."""
    with replacing(path) as file:
        if isinstance(content, bytes):
            file.buffer.write(content)
        else:
            file.write(content)


def write_new_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """A new folder with these files, all of them or none.

    Raises:
        UsageError: where there is something already, or it cannot be written.
    """
    beside = path.parent / f".{path.name}.new"  # `.` has no name
    try:
        if path.exists():
            raise UsageError(f"{path}: is there already; name a new folder")
        beside.mkdir(parents=True)
        for name, data in files.items():
            (beside / name).write_bytes(data)
        beside.rename(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {system_says(error)}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def replacing(path: Path) -> Iterator[TextIOWrapper]:
    """A new file that takes the place of `path` when all of it has been written; otherwise nothing is left of it."""
    beside = path.parent / f".{path.name}.new"  # `.` has no name
    try:
        with beside.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield file
        beside.replace(path)  # atomic
    except BaseException as error:  # Ctrl-C too leaves nothing of it
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError) and error.filename in (None, beside, str(beside)):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
