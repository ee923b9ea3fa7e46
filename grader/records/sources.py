"""From a path to what was handed in, and to what its text says."""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from grader.errors import GradeError
from grader.records.feedback import Listing

CHOICE = "graded "
"""How a note begins that says which of several files was graded."""


@dataclass(frozen=True, slots=True)
class Content:
    """The file that is graded, as it was found."""

    filename: str
    """Its name, with the folders above it where it was chosen among several."""
    data: bytes
    notes: tuple[str, ...] = ()
    """How it was chosen, where there was a choice."""
    beside: tuple[tuple[str, bytes], ...] = ()
    """Name and bytes of the files of the same hand-in from which it imports names, or one of these does."""

    def with_modules(self, names: Container[str]) -> "Content":
        """With no other files beside it than those of these modules.

        >>> Content("hw/a.py", b"", beside=(("hw/b.py", b""), ("hw/c.py", b""))).with_modules({"c"}).beside
        (('hw/c.py', b''),)
        """
        return replace(self, beside=tuple(one for one in self.beside if PurePosixPath(one[0]).stem in names))

    @property
    def sha256(self) -> str:
        """The digest of the bytes, with the names and bytes of the files beside it."""
        return hashlib.sha256(self.data + self.of_beside).hexdigest()

    @property
    def of_beside(self) -> bytes:
        """What the files beside it are told by; empty where there are none."""
        told = "".join(f"\n{hashlib.sha256(data).hexdigest()} {name}" for name, data in self.beside)
        return told.encode("utf-8", "backslashreplace")  # names of files need be no Unicode


@dataclass(frozen=True, slots=True)
class Place:
    """Where a submission lies."""

    path: str
    """On disk."""
    steps: tuple[tuple[str, str], ...] = ()
    """The way on from there, each step with the name that it leads to: into a `folder`, into an `archive`, and at last
    to the thing of that name at the `top`. What a person of a platform's export handed in is in each `part` at the top;
    a part that is a file was handed in `as` what the step behind it says."""

    def into(self, how: str, name: str) -> "Place":
        """One step further."""
        return Place(self.path, (*self.steps, (how, name)))


NOWHERE = Place("")
"""Where the hand-in of somebody is who handed in nothing."""


def first_names(steps: tuple[tuple[str, str], ...]) -> set[str]:
    """What the way leads to first: one thing, or all that are a person's parts."""
    return {name for how, name in steps if how == "part"} if steps[0][0] == "part" else {steps[0][1]}


@dataclass(frozen=True, slots=True)
class Member:
    """One of several people who handed in together."""

    id: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Whose submission it is. It stays with everything that is made of the submission."""

    id: str
    """Identifies the submission in a run."""
    name: str
    """For people."""
    source: str
    """Where it lies, for a person: a path, with the member's name if it lies in an archive."""
    submitted_at: str | None = None
    """ISO 8601, where the source knows it."""
    email: str | None = None
    group: str | None = None
    """What those who handed in together are called."""
    is_late: bool | None = None
    """Whether the platform says that it came late; None where it says nothing."""
    members: tuple[Member, ...] = ()
    """Everybody of a group, where the source names them; the first gave the id."""
    attempt: tuple[int, int] | None = None
    """Which of how many hand-ins this is, where the best of them counts."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A hand-in that somebody has replaced by a later one."""

    source: str
    place: Place
    submitted_at: str | None = None
    is_late: bool | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Who handed in, and at which place of a source. Nothing of the submission has been read yet."""

    id: str
    name: str
    source: str
    place: Place
    submitted_at: str | None = None
    email: str | None = None
    group: str | None = None
    is_late: bool | None = None
    members: tuple[Member, ...] = ()
    attempt: tuple[int, int] | None = None
    earlier: tuple[Earlier, ...] = ()
    """What they handed in before, the oldest first, where all of it is looked at."""

    @property
    def is_missing(self) -> bool:
        """Whether nothing was handed in."""
        return self.place == NOWHERE

    @property
    def who(self) -> Who:
        """The same without its place."""
        told = self.submitted_at, self.email, self.group, self.is_late, self.members, self.attempt
        return Who(self.id, self.name, self.source, *told)

    @property
    def attempts(self) -> tuple["Entry", ...]:
        """Everything they handed in, the oldest first."""
        count = len(self.earlier) + 1
        before = (
            replace(self, source=one.source, place=one.place, submitted_at=one.submitted_at, is_late=one.is_late)
            for one in self.earlier
        )
        return tuple(replace(one, earlier=(), attempt=(number, count)) for number, one in enumerate((*before, self), 1))


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a text came from, and how its lines are called there."""

    filename: str
    cells: tuple[int, ...] = ()
    """For a notebook: the first line of each cell in the text, counted from 1; of a cell left out, 0."""
    parts: tuple[tuple[int, str], ...] = ()
    """The first line in the text, and the name, of each file whose code stands behind it."""

    @property
    def is_notebook(self) -> bool:
        """Whether the text is that of cells, which run as `__main__`."""
        return bool(self.cells)

    def at(self, line: int) -> str:
        """A line as a person finds it again.

        >>> Origin("a.py").at(7), Origin("a.ipynb", (1, 5)).at(7), Origin("a.py", parts=((7, "b.py"),)).at(7)
        ('a.py:7', 'a.ipynb: cell 2, line 3', 'b.py:1')
        """
        place, number = self.place(line)
        is_in_cell = place and not any(line >= first for first, _ in self.parts)
        return f"{self.filename}: {place}, line {number}" if is_in_cell else f"{place or self.filename}:{number}"

    def place(self, line: int) -> tuple[str, int]:
        """The cell or the other file in which a line stands, if it does, and its number there.

        >>> Origin("a.py").place(7), Origin("a.ipynb", (1, 5)).place(7), Origin("a.py", parts=((7, "b.py"),)).place(8)
        (('', 7), ('cell 2', 3), ('b.py', 2))
        """
        cells = [(first, f"cell {number}") for number, first in enumerate(self.cells, 1) if first]
        begun = [(first, name) for first, name in (*cells, *self.parts) if first <= line]
        first, name = begun[-1] if begun else (1, "")
        return name, line - first + 1

    def among(self, lines: Sequence[int]) -> str:
        """Some lines as a person finds them again, without the name of the file.

        >>> Origin("a.py").among([7, 9]), Origin("a.ipynb", (1, 5)).among([3, 7]), Origin("a.py").among([])
        ('lines 7, 9', 'cell 1, line 3; cell 2, line 3', '')
        """
        if self.is_notebook or any(line >= first for first, _ in self.parts for line in lines):
            return "; ".join(self.at(line).removeprefix(f"{self.filename}: ") for line in lines)
        return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}" if lines else ""


@dataclass(frozen=True, slots=True)
class Submission:
    """One student's code, as text that parses."""

    sha256: str
    """The digest of the graded source text: the bytes of a Python file, the code of a notebook."""
    origin: Origin
    code: str
    """The text that runs: what could not be parsed is blanked out, the line numbers are the original's."""
    unparsed: Mapping[str, str] = field(default_factory=dict)
    """Top-level functions that could not be parsed: name -> the syntax error, with its line."""
    notes: tuple[str, ...] = ()
    """What the student should know about how the text was read."""
    broken: tuple[Listing, ...] = ()
    """The graded functions that could not be parsed, as they were written. They are told with the listings."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One import that the rubric does not allow, or one use of what it forbids."""

    line: int
    module: str
    """The module, or the full name of what is used."""
    is_use: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a submission found out, without running it. It comes from a process that is confined."""

    sha256: str
    """The digest of the file, as it was handed in."""
    submission: Submission
    violations: Mapping[str, Violation]
    """By the name of each graded function that breaks the rubric's policy, the first thing that breaks it."""
    listings: tuple[Listing, ...]
    """The text of the graded functions."""
    functions: tuple[str, ...]
    """The functions at the top level, for a person who looks for others."""
    parameters: Mapping[str, tuple[str, ...]]
    """Those of each of these functions, and of each method as `Conv.forward`; `x=...` has a default."""
    classes: Mapping[str, tuple[str, ...]]
    """By class, the functions in it."""
    functions_key: str | None
    """Equal for submissions with the same functions; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Task:
    """One submission to run."""

    entry: Entry
    read: Reading | GradeError
    """What was read of it, or why it cannot be read."""
