"""Which file of a student's is graded.

It is chosen by these rules, in this order:

1. a file that defines both functions, rather than one that defines only one of them;
2. one below a folder named `assignment2` or the like, then one whose name has that in it, as copies have, rather than
   elsewhere (assignments 1 and 3 hold stubs);
3. one named `layers.py`, then one named `conv_layers.py`, then any other;
4. a Python file rather than a notebook;
5. the one with fewer folders above it; of several attempts (`attempt1`, `attempt2`) the one with the highest number;
   then the first by name.

If all functions of that file are as they were handed out, it is the next in which one is written, if there is one.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from grader.errors import JudgeError, SubmissionRejected
from grader.records import Content
from grader.records.sources import CHOICE
from grader.source_code.decoding import decoded
from grader.source_code.notebook import MAX_BYTES, code_of_notebook, is_notebook
from grader.source_code.stubs import Told, told_apart
from grader.sources.archives import MAX_ARCHIVE_BYTES, is_archive, open_nested, tree_of_archive
from grader.sources.beside import imported_files
from grader.sources.tree import MAX_FILES, MAX_READ_BYTES, Tree

MAX_CANDIDATES = 400
ASSIGNMENT_FILES = ("layers.py", "conv_layers.py")
"""The files of the course in which the functions are written."""
COURSE_PACKAGES = ("cs231n", "nndl", "cs682", "deeplearning", "mytorch")
"""The folders in which CS231n, UCLA C147, UMass CS682, Berkeley CS182 and CMU 11-785 keep their layers."""
_MOST_NAMED, _MOST_OPENED, _MOST_COMPARED = 5, 4, 20
_UNKNOWN = Told(frozenset(), frozenset())
_TARGETS = re.compile(rb"[\w \t,=]*")
"""What stands to the left of the last `=` of an assignment to names, and a bit more."""


def read_tree(tree: Tree, functions: Sequence[str]) -> Content:
    """The file that is graded of one student's files, or of the one archive among them that holds code.

    Raises:
        SubmissionRejected: where no file defines any of the functions.
        JudgeError: where we may not read what could be it.
    """
    if len(tree.files) > MAX_FILES:
        raise SubmissionRejected(f"{tree.label}: more than {MAX_FILES} files")
    tree, _ = unwrapped(tree)
    archive = None if _has_code(tree) else _archive_to_open(tree)
    return choose(tree, functions) if archive is None else read_tree(nested(tree, archive), functions)


def _has_code(tree: Tree) -> bool:
    return any(is_certain_code(name) for name in tree.files)


def _archive_to_open(tree: Tree) -> str | None:
    """The only archive of a tree without code; of a few, such as code and report, the only one that has code in it."""
    archives = [name for name in tree.files if is_archive(name)]
    if 1 < len(archives) <= _MOST_OPENED:
        archives = [name for name in archives if _is_of_code(tree, name)]
    return archives[0] if len(archives) == 1 else None


def _is_of_code(tree: Tree, name: str) -> bool:
    try:
        return _has_code(nested(tree, name))
    except SubmissionRejected:  # a report that cannot be opened costs nothing
        return False


def unwrapped(tree: Tree) -> tuple[Tree, list[str]]:
    """Without the folders around everything that archives often have, and their names."""
    around = []
    tops = tree.tops()
    while len(tops) == 1 and tree.is_folder(tops[0]) and tops[0] not in COURSE_PACKAGES:
        around.append(tops[0])
        tree = tree.below(tops[0])
        tops = tree.tops()
    return tree, around


def nested(tree: Tree, name: str) -> Tree:
    """An archive that lies in a tree, as a tree."""
    label = f"{tree.label}/{name}"
    return tree_of_archive(label, name, open_nested(label, tree.files[name]))


def is_certain_code(name: str) -> bool:
    """Whether a file is code by its name alone."""
    return name.lower().endswith((".py", ".pyw", ".ipynb", ".ipynb.json"))


def choose(tree: Tree, functions: Sequence[str]) -> Content:
    """As `read_tree`, without a look into archives."""
    found: list[tuple[int, str, bytes]] = []
    candidates = tree.code()
    if len(candidates) > MAX_CANDIDATES:
        raise SubmissionRejected(f"{tree.label}: more than {MAX_CANDIDATES} Python files; which is the submission?")
    left = MAX_ARCHIVE_BYTES
    for name in candidates:
        data = tree.files[name](MAX_READ_BYTES)
        left -= len(data)
        if left < 0:
            raise SubmissionRejected(f"{tree.label}: more than {MAX_ARCHIVE_BYTES} bytes of Python files")
        if count := count_defined(data, name, functions):
            found.append((count, name, data))
    if not found:
        found = _only_one(tree, candidates, functions)
    found.sort(key=lambda entry: (-entry[0], *_preference(entry[1])))
    told = {name: _told(data, name, functions) for _, name, data in found[:_MOST_COMPARED]} if found[1:] else {}
    count, name, data = found[0]
    if name in told and len(told[name].stubs) == count:  # it is as it was handed out
        count, name, data = next((one for one in found if told.get(one[1], _UNKNOWN).written), found[0])
    others = [other for number, other, _ in found if other != name and (number == count or count < len(functions))]
    notes = _notes(name, others, complete=count == len(functions))
    more = [other for other in told if told[other].written & told[name].stubs]
    if more and count == len(functions):
        notes = (f"{CHOICE}{name}, in which not all is written; more is in {_named(more)}: put all in one file",)
    return Content(name, data, notes, imported_files(tree, name, data))


def _only_one(tree: Tree, candidates: Sequence[str], functions: Sequence[str]) -> list[tuple[int, str, bytes]]:
    """The one file of code that there is, of which is then told what it has instead.

    Raises:
        As `_nothing_found` says, where there are more, or other files that may hold the code.
    """
    certain = [name for name in candidates if is_certain_code(name)]
    if len(certain) != 1 or tree.denied or tree.odd or any(map(is_archive, tree.files)):
        raise _nothing_found(tree, functions)
    return [(len(functions), certain[0], tree.files[certain[0]](MAX_READ_BYTES))]


def _notes(name: str, others: Sequence[str], *, complete: bool) -> tuple[str, ...]:
    if not others:
        return ()
    if complete:
        return (f"{CHOICE}{name}; the functions are also in {_named(others)} (not graded)",)
    more = f"some are in {_named(others)}: put all in one file"
    return (f"{CHOICE}{name} alone, which lacks some of the functions; {more}",)


def _told(data: bytes, name: str, functions: Sequence[str]) -> Told:
    """Which of the functions a file surely has as they were handed out, and which not."""
    try:
        code = code_of_notebook(data, name)[0] if is_notebook(data, name) else decoded(data, name)
    except SubmissionRejected:
        return _UNKNOWN
    return told_apart(code, functions) if len(code) <= MAX_BYTES else _UNKNOWN


def count_defined(data: bytes, name: str, functions: Sequence[str]) -> int:
    """How many of the functions a file gives a meaning to: by `def`, by assignment, or under another's name."""
    if is_notebook(data, name):
        try:
            data = code_of_notebook(data, name)[0].encode("utf-8", "replace")
        except SubmissionRejected:
            return 0
    data = data.replace(b"\0", b"")  # so that a file in UTF-16 is chosen, and its student is told to save it as UTF-8
    return sum(all(_has(data, part) for part in function.split(".")) for function in functions)


def _has(data: bytes, name: str) -> bool:
    wanted = name.encode()
    return wanted in data and (
        _defined(name).search(data) is not None
        or any(wanted in line and _assigns(line, wanted) for line in data.splitlines())
    )


def _defined(function: str) -> re.Pattern[bytes]:
    name = re.escape(function.encode())
    return re.compile(rb"\b(?:def|class)\s+%b\b|\bas\s+%b\b" % (name, name))


def _assigns(line: bytes, name: bytes) -> bool:
    """Whether a line assigns to a name. No pattern for all of it: some lines would take the square of their length.

    >>> [_assigns(line, b"f") for line in (b"f = g", b" a, f, = g", b"a = f = g", b"f == g", b"f(a=1)", b"a = f")]
    [True, True, True, False, False, False]
    """
    parts = _TARGETS.match(line)[0].split(b"=")  # type: ignore[index]  # it matches any line
    for i, (part, after) in enumerate(pairwise(parts)):
        if not after.strip() and i + 2 < len(parts):  # `==`
            return False
        if name in map(bytes.strip, part.split(b",")):
            return True
    return False


def _preference(name: str) -> tuple[int, int, bool, int, list[str], list[int], str]:
    path = PurePosixPath(name.lower())
    return (
        min((_likeness(part) for part in path.parts[:-1]), default=2),
        ASSIGNMENT_FILES.index(path.name) if path.name in ASSIGNMENT_FILES else len(ASSIGNMENT_FILES),
        path.suffix not in (".py", ".pyw"),
        len(path.parts),
        [re.sub(r"\d+", "#", part) for part in (*path.parts[:-1], path.stem)],
        [-int(number[:18]) for number in re.findall(r"\d+", str(path))],
        name,
    )


def _likeness(folder: str) -> int:
    """How little a folder is named like assignment 2: 0 where it is that, 1 where it has more to its name, 2 if not.

    >>> [_likeness(name) for name in ("assignment2", "hw_2", "assignment2 - copy", "assignment12", "old")]
    [0, 0, 1, 2, 2]
    """
    if re.fullmatch(r"assignment\D?2|a2|hw\D?2", folder):
        return 0
    return 1 if re.search(r"assignment\D?2(?!\d)", folder) else 2


def _nothing_found(tree: Tree, functions: Sequence[str]) -> SubmissionRejected | JudgeError:
    """Why nothing can be graded: ours where we may not look, else what was handed in instead."""
    if tree.denied:
        name, why = next(iter(tree.denied.items()))
        where = tree.label if name in ("", ".") else f"{tree.label}/{name}"
        return JudgeError(f"{where}: cannot be read by the grader: {why}")
    candidates = [name for name in tree.code() if is_certain_code(name)]
    text = f"{tree.label}: no file defines {' or '.join(functions)}; looked at {_named(candidates)}"
    if not candidates:
        text = f"{tree.label}: nothing gradable handed in"
        text += f": {_named(sorted(tree.files))}" if tree.files else ": the folder is empty" if not tree.odd else ""
    archives = [name for name in tree.files if is_archive(name) or name.lower().endswith((".rar", ".gz"))]
    if archives:
        return SubmissionRejected(
            f"{text}; there is an archive in it, {archives[0]}: unpack it and hand in its contents"
        )
    passed_over = [f"{name} {why}" for name, why in list(tree.odd.items())[:3]]
    return SubmissionRejected(f"{text}; passed over: {'; '.join(passed_over)}" if passed_over else text)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} others" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
