"""What people decided about marks and due times, as it is stored: nothing is ever overwritten."""

from grader.classroom.opened import Opened
from grader.records import Extension, Override

_COLUMNS = "item, points, reason, by, at, out_of"


class Decisions(Opened):
    """The tables of overrides and extensions; the last of each is in force."""

    def add_override(self, id: str, override: Override) -> None:
        """Keep what a person decided; the submission's report has to be written again then."""
        row = id, *(getattr(override, column) for column in _COLUMNS.split(", "))
        with self._explained(), self._db:
            self._db.execute("BEGIN")
            self._db.execute(f"INSERT INTO overrides (id, {_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)
            self._db.execute("UPDATE attempts SET is_written = 0 WHERE id = ?", (id,))

    def all_overrides_of(self, id: str) -> list[Override]:
        """Everything that was ever decided about a submission, the latest last."""
        query = f"SELECT {_COLUMNS} FROM overrides WHERE id = ? ORDER BY number"
        with self._explained():
            return [Override(*row) for row in self._db.execute(query, (id,))]

    def overrides_of(self, id: str) -> tuple[Override, ...]:
        """What is in force of it: the last decision on each item, unless it is that what was computed counts."""
        last = {override.item: override for override in self.all_overrides_of(id)}
        return tuple(override for override in last.values() if override.points is not None)

    def ids_decided(self) -> set[str]:
        """Those about whose marks a person ever decided."""
        with self._explained():
            return {row[0] for row in self._db.execute("SELECT DISTINCT id FROM overrides")}

    def decisions(self) -> tuple[int, int]:
        """How many there are of both kinds: something else once there is another one."""
        found = self._row("SELECT (SELECT count(*) FROM overrides), (SELECT count(*) FROM extensions)")
        return int(found[0]), int(found[1])

    def hand_decisions_on(self, id: str, to: str) -> None:
        """Have what was decided about a submission be about another one, whose report has to be written again."""
        with self._explained(), self._db:
            self._db.execute("BEGIN")
            for table in ("overrides", "extensions"):
                self._db.execute(f"UPDATE {table} SET id = ? WHERE id = ?", (to, id))
            self._db.execute("UPDATE attempts SET is_written = 0 WHERE id = ?", (to,))

    def add_extension(self, id: str, extension: Extension) -> None:
        """Keep a due time that a person gave; the submission's report has to be written again then."""
        row = id, extension.until, extension.reason, extension.by, extension.at
        with self._explained(), self._db:
            self._db.execute("BEGIN")
            self._db.execute("INSERT INTO extensions (id, until, reason, by, at) VALUES (?, ?, ?, ?, ?)", row)
            self._db.execute("UPDATE attempts SET is_written = 0 WHERE id = ?", (id,))

    def all_extensions_of(self, id: str) -> list[Extension]:
        """Every due time that was ever given to a submission, the latest last; that is in force, if it is one."""
        query = "SELECT until, reason, by, at FROM extensions WHERE id = ? ORDER BY number"
        with self._explained():
            return [Extension(*row) for row in self._db.execute(query, (id,))]
