"""The SQLite file of a results folder: which one is ours, and how to open it without leaving a trace."""

import shutil
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from grader.errors import UsageError

FILENAME = "results.sqlite"
"""Marks a folder as results."""
APPLICATION_ID = 0x636F6E76
"""`conv`, in the header of a database of ours since schema 4."""
_HEADER_BYTES, _MAGIC = 100, b"SQLite format 3\0"
_BEFORE_THE_ID = range(1, 4)
"""Schemas that had no application id; they are known by their table."""
_COLUMNS = {"id", "run_key", "report", "findings"}
"""Columns of that table."""


def is_results_folder(folder: Path) -> bool:
    """Whether a database of ours lies in a folder: a file that is only called like it does not count."""
    path = folder / FILENAME
    try:
        if path.is_symlink() or not path.is_file():
            return False
        return _says_ours(path) or _has_our_table(path)
    except (OSError, sqlite3.Error):
        return False


def open_to_write(path: Path, prepare: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """A database of ours, made if there is none; another program's is not touched.

    A new one is not for everybody on the machine: it holds all marks, and the secret that cases are drawn from. It is
    made under another name, since who reads it meanwhile would take what is half written for damaged.

    Args:
        path: of the database, of which nobody else may be writing.
        prepare: makes its tables, or brings them up to this version.

    Raises:
        UsageError: where it is another program's.
    """
    if path.exists() and path.stat().st_size:
        _refuse_others(path)
    else:
        new = path.with_name(f".{path.name}.new")
        with suppress(OSError):  # SQLite says why
            new.unlink(missing_ok=True)
            new.touch(mode=0o660)
        with closing(sqlite3.connect(new, isolation_level=None)) as database:
            prepare(database)
        new.replace(path)
    database = sqlite3.connect(path, isolation_level=None)
    prepare(database)
    return database


def open_to_read(path: Path) -> sqlite3.Connection:
    """A database of ours, without writing anything where it is: the folder may be read-only.

    Raises:
        UsageError: where it is another program's, or empty.
    """
    if not path.stat().st_size:
        raise UsageError(f"{path}: is empty: nothing has been graded into this folder")
    _refuse_others(path)
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        return _connected(path, "immutable=1")
    try:  # somebody writes, or was killed
        database = _connected(path, "mode=ro")
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:  # what SQLite keeps beside such a database cannot be written here
        return _copy(path, log)
    return database


def _refuse_others(path: Path) -> None:
    """Raise UsageError for another program's database; DatabaseError for what is none."""
    if not (_says_ours(path) or _has_our_table(path)):
        raise UsageError(f"{path}: belongs to another program, so it is left as it is; choose another folder")


def _says_ours(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    is_whole = header.startswith(_MAGIC) and len(header) == _HEADER_BYTES
    return is_whole and struct.unpack_from(">I", header, 68)[0] == APPLICATION_ID


def _has_our_table(path: Path) -> bool:
    """Whether it is one of ours that has no application id, or has it only in what is not merged into it yet."""
    with closing(_connected(path, "immutable=1")) as database:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        columns = {row[1] for row in database.execute("PRAGMA table_info(attempts)")}
    return version in _BEFORE_THE_ID and columns >= _COLUMNS


def _copy(path: Path, log: Path) -> sqlite3.Connection:
    """In memory, with what is in its log."""
    with TemporaryDirectory(prefix="convgrade-") as folder:
        for file in (path, log):
            shutil.copyfile(file, Path(folder, file.name))
        with closing(sqlite3.connect(Path(folder, path.name))) as database:
            return in_memory(database)


def in_memory(database: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of a database that can be changed."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    database.backup(copy)
    return copy


def _connected(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True, isolation_level=None)
