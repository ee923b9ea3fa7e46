"""nbgrader: `gradebook.db` with the mark as the manual score of one graded cell; pages in place of its feedback.

A manual score goes before what nbgrader's own tests gave. Only those have one whose hand-in nbgrader has autograded.
Pages are called as `nbgrader generate_feedback` calls its own, in whose folders it also lays what `release_feedback`
needs: unpack the archive over the course's folder after that. Source: `nbgrader/api.py` and `exchange/default` of
jupyter/nbgrader.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from grader.errors import UsageError
from grader.exports.base import Export, Filled, Handed, Marked, Options, no_mark, others_there, placed, unique
from grader.exports.marks import points_of
from grader.records import GradeReport

_FILE = "the gradebook"
_CELLS = """
    SELECT base_cell.id, assignment.name, notebook.name, base_cell.name, graded.max_score
    FROM (SELECT id, max_score FROM grade_cells UNION ALL SELECT id, max_score FROM task_cells) AS graded
    JOIN base_cell ON base_cell.id = graded.id JOIN notebook ON notebook.id = base_cell.notebook_id
    JOIN assignment ON assignment.id = notebook.assignment_id ORDER BY assignment.name, notebook.name, base_cell.name
"""
_GRADES = """
    SELECT grade.id, student.id, student.email, student.first_name || ' ' || student.last_name, grade.manual_score
    FROM grade JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
    JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
    JOIN student ON student.id = submitted_assignment.student_id WHERE grade.cell_id = ? ORDER BY student.id
"""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A graded cell of an assignment."""

    id: str
    assignment: str
    notebook: str
    name: str
    most: float

    @property
    def path(self) -> str:
        return f"{self.assignment}/{self.name}"


@dataclass(frozen=True, slots=True)
class _Grade:
    """What a student has for that cell."""

    id: str
    student: str
    email: str | None
    name: str | None
    manual: float | None


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    with _opened(data) as database:
        cell, found = _found(database, reports, options)
        values, left, others = {}, [], []
        for one, grade, why in found:
            points = points_of(one.report, f"{cell.most:g}", options, f"{_FILE}, {cell.path}")
            if points is None:
                left.append(no_mark(one.name))
            elif grade is None:
                left.append(f"{one.name} ({one.id}): {why}")
            elif not options.overwrite and grade.manual is not None and round(grade.manual, 2) != round(points, 2):
                others.append(grade.student)
            else:
                values[grade.id] = round(points, 2)
        if others:
            raise others_there(f"{_FILE}, {cell.path}", others)
        change = "UPDATE grade SET manual_score = ?, needs_manual_grade = 0 WHERE id = ?"
        database.executemany(change, [(points, id) for id, points in values.items()])
        database.commit()
        return Filled(database.serialize(), len(values), tuple(left))


def _feedback(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Handed:
    with _opened(data) as database:
        cell, found = _found(database, reports, options)
        names, left = {}, []
        for one, grade, why in found:
            if grade is None:
                left.append(f"{one.name} ({one.id}): {why}")
            else:
                names[f"feedback/{grade.student}/{cell.assignment}/{cell.notebook}.html"] = one.report.who.id
        return Handed(names, tuple(left))


@contextmanager
def _opened(data: bytes | None) -> Iterator[sqlite3.Connection]:
    """A copy of the database in memory."""
    assert data is not None
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(data)
            yield database
        except sqlite3.Error as error:
            raise UsageError(f"{_FILE}: is no gradebook.db of nbgrader, or is cut off ({error})") from error


def _found(
    database: sqlite3.Connection, reports: Sequence[GradeReport], options: Options
) -> tuple[_Cell, list[tuple[Marked, _Grade | None, str]]]:
    """The cell, and everybody with what they have for it, or None and why."""
    cell = _cell([_Cell(*row) for row in database.execute(_CELLS)], options.column)
    grades = [_Grade(*row) for row in database.execute(_GRADES, (cell.id,))]
    columns: list[list[Any]] = [[getattr(grade, key) or "" for grade in grades] for key in ("student", "email", "name")]
    keys = [unique((value, at) for at, value in enumerate(column)) for column in columns]
    found = list(placed(reports, keys, _FILE))
    if reports and not any(row is not None for _, row, _ in found):
        raise UsageError(f"{_FILE}: none of these people has {cell.path} there: run `nbgrader autograde` first")
    return cell, [(one, None if row is None else grades[row], why) for one, row, why in found]


def _cell(cells: Sequence[_Cell], wanted: str | None) -> _Cell:
    found = [cell for cell in cells if wanted in (None, cell.assignment, cell.path)]
    if len(found) != 1:
        known = ", ".join(repr(cell.path) for cell in cells) or "none"
        what = f"no graded cell {wanted!r}" if wanted is not None and not found else "several graded cells"
        raise UsageError(f"{_FILE}: has {what}; name one with --column ASSIGNMENT/CELL: {known}")
    return found[0]


EXPORT = Export(_fill, needs_file=True, feedback=_feedback, feedback_needs_file=True)
