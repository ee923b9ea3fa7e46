"""The texts of a class: read to be compared, and written into a folder for programs that compare them."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.classroom.attempts import Attempt
from grader.classroom.files import safe_name, write_asked_for
from grader.classroom.whereabouts import graded_at
from grader.errors import GradeError, UsageError
from grader.reading.reader import Reader
from grader.records import Entry, Shape
from grader.reports.base import spreadsheet_cell
from grader.rubric.homework import Homework
from grader.said import escape, say
from grader.similarity import Text
from grader.sources import find_entries, only_entry


def entries_at(paths: Sequence[Path], names: Sequence[str], reader: Reader) -> list[Entry]:
    """Whose submissions lie at these paths."""
    return find_entries(paths, names, None, reader.people_at)


def entries_of(
    attempts: Sequence[Attempt], roots: Sequence[Path], names: Sequence[str], reader: Reader
) -> tuple[list[Entry], list[str]]:
    """The submissions of a class, each where it was graded last if it is there still; and the ids of those not found.

    Args:
        attempts: the last of each.
        roots: where any was graded.
        names: of the functions.
        reader: looks at the places.
    """
    graded, of = {one.id: one.who for one in attempts}, {one.id: one.root for one in attempts}
    found: dict[str, Entry] = {}
    for root in roots:
        for entry in graded_at([root], graded, of, lambda paths: entries_at(paths, names, reader)):
            if entry.id not in found or of[entry.id] == str(root):
                found[entry.id] = entry
    return list(found.values()), sorted(graded.keys() - found.keys())


def read_texts(
    entries: Sequence[Entry], homework: Homework, reader: Reader, *, of_class: bool = True
) -> tuple[list[Text], list[tuple[str, str]]]:
    """What can be compared, and who has handed in what cannot be, with the reason."""
    texts, unread = [], []
    for entry in entries:
        try:
            texts.append(Text(entry.who, reader.shape(entry, homework.names, homework.rubric.policy.files), of_class))
        except GradeError as error:
            unread.append((entry.name, str(error)))
    return texts, unread


def starter_shape(path: Path, homework: Homework, reader: Reader) -> Shape:
    """What was given to everybody.

    Raises:
        UsageError: where it cannot be read.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    try:
        return reader.shape(only_entry(path).entries[0], homework.names, homework.rubric.policy.files)
    except GradeError as error:
        raise UsageError(f"--starter {error}") from error


def write_texts(folder: Path, texts: Sequence[Text]) -> None:
    """Every text as a file, and the table by which Dolos knows whose each is.

    Raises:
        UsageError: where the folder is there already, or cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise UsageError(f"{folder}: is there already; name a new folder") from error
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from error
    for text in texts:
        write_asked_for(folder / f"{safe_name(text.who.id)}.py", text.shape.code)
    write_asked_for(folder / "info.csv", "\n".join(_info(texts)) + "\n")
    say(f"{len(texts)} texts are in {escape(str(folder))}")


def _info(texts: Sequence[Text]) -> Iterator[str]:
    rows = [("filename", "label", "full_name", "created_at")]
    rows += [(f"{safe_name(t.who.id)}.py", t.who.id, t.who.name, t.who.submitted_at or "") for t in texts]
    for row in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(map(spreadsheet_cell, row))
        yield line.getvalue()
