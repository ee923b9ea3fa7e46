"""The open database of a results folder: brought up to this version, and what goes wrong in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from grader.classroom.schema import MIGRATIONS
from grader.closing import Closing
from grader.database import FILENAME, in_memory, open_to_read, open_to_write
from grader.errors import JudgeError, UsageError


class Opened(Closing):
    """The database of a results folder; a context manager.

    Raises UsageError where the file is no database of ours, damaged, or of a newer version; JudgeError where the
    disk is full or the folder cannot be written.

    Args:
        folder: of the results.
        read_only: leave everything as it is; a database of an older schema is read all the same.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.path = folder / FILENAME
        self._read_only = read_only
        with self._explained():
            self._db = self._to_read() if read_only else open_to_write(self.path, self._prepare)

    def _to_read(self) -> sqlite3.Connection:
        database = open_to_read(self.path)
        if self._version(database) == len(MIGRATIONS):
            return database
        with closing(database) as older:
            copy = in_memory(older)
        self._migrate(copy)
        return copy

    def _prepare(self, database: sqlite3.Connection) -> None:
        self._migrate(database)
        database.execute("PRAGMA journal_mode = WAL")  # now that the file itself says whose it is
        database.execute("PRAGMA synchronous = FULL")

    def _migrate(self, database: sqlite3.Connection) -> None:
        version = self._version(database)
        steps = [f"{script} PRAGMA user_version = {at};" for at, script in enumerate(MIGRATIONS[version:], version + 1)]
        if steps:  # at once: the disk is waited for at the end of each transaction
            database.executescript(f"BEGIN; {' '.join(steps)} COMMIT;")

    def _version(self, database: sqlite3.Connection) -> int:
        version: int = database.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            database.close()
            raise UsageError(f"{self.path}: was written by a newer convgrade (schema {version}); update convgrade")
        return version

    def _row(self, query: str, *values: object) -> Any:
        """The first row, None where there is none."""
        with self._explained():
            return self._db.execute(query, values).fetchone()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if self._read_only:
                raise UsageError(f"{self.path}: cannot be read: {error}") from error
            full = " (is the disk full?)" if "I/O" in str(error) else ""
            raise JudgeError(
                f"{self.path}: cannot be written: {error}{full}; what was graded before is kept"
            ) from error
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"{self.path}: is damaged, or not a database ({error}); move its folder away, or use another one"
            ) from error

    def close(self) -> None:
        """Close the database."""
        self._db.close()
