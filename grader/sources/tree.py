"""A folder or an archive as one thing: names of files, and how to read each. Nothing is ever extracted.

From it, the file that is graded is chosen by these rules, in this order:

1. a `.py` or `.ipynb` that defines both functions, rather than one that defines only one of them;
2. one below a folder named like assignment 2, rather than elsewhere (assignments 1 and 3 hold stubs);
3. one named `layers.py`, then one named `conv_layers.py`, then any other;
4. a Python file rather than a notebook;
5. the one with fewer folders above it, then the first by name.

Hidden files and folders, `.ipynb_checkpoints`, `__MACOSX`, caches and results folders are never looked at.
"""

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from grader.errors import SubmissionRejected
from grader.records import Content, Entry
from grader.sources.notebook import MAX_NOTEBOOK_BYTES
from grader.sources.text import MAX_BYTES

Reader = Callable[[int], bytes]
"""Reads a file, up to so many bytes."""

MAX_FILES = 20_000
MAX_CANDIDATES = 400
MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
"""Of an archive that lies in another, and of all that is read to choose among the files of one submission."""
RESULTS = "results.sqlite"
"""Marks a folder as results."""
CODE = (".py", ".ipynb")
LAYERS = ("layers.py", "conv_layers.py")
COURSE_PACKAGES = ("cs231n", "nndl", "cs682", "deeplearning")
"""The folders in which CS231n, UCLA C147, UMass CS682 and Berkeley CS182 keep `layers.py`."""
HAND_IN_MARKS = ("collectSubmission.sh", "ConvolutionalNetworks.ipynb")
_IGNORED = frozenset({"__MACOSX", "__pycache__", "site-packages", "node_modules", "venv"})


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by their names, relative and with `/` between the parts."""

    label: str
    """Where it lies, for a person."""
    files: Mapping[str, Reader]
    problems: tuple[str, ...] = field(default=())
    """What was passed over, and why."""

    def below(self, folder: str) -> "Tree":
        """The part of the tree in one of its top-level folders."""
        prefix = f"{folder}/"
        files = {name[len(prefix) :]: reader for name, reader in self.files.items() if name.startswith(prefix)}
        problems = [text[len(prefix) :] for text in self.problems if text.startswith(prefix)]
        return Tree(f"{self.label}/{folder}", files, tuple(problems))

    def tops(self) -> list[str]:
        """The names at the top, files and folders, sorted."""
        return sorted({name.partition("/")[0] for name in self.files})


def tree_of_folder(path: Path) -> Tree:
    """A folder on disk. Links are not followed: they could lead to another student's work."""
    files: dict[str, Reader] = {}
    problems = []
    for folder, folders, names in os.walk(path):
        if RESULTS in names:  # a results folder of ours, in the folder that is graded
            folders.clear()
            continue
        folders[:] = [name for name in folders if not _ignored(name)]
        for name in names:
            file = Path(folder, name)
            relative = file.relative_to(path).as_posix()
            if _ignored(name):
                continue
            if not stat.S_ISREG(file.lstat().st_mode):
                problems.append(f"{relative} is a link or no regular file")
            elif len(files) >= MAX_FILES:
                raise SubmissionRejected(f"{path}: more than {MAX_FILES} files")
            else:
                files[relative] = partial(_read_file, file)
    return Tree(str(path), files, tuple(problems))


def tree_of_zip(label: str, open_archive: Callable[[], zipfile.ZipFile]) -> Tree:
    """A zip archive, wherever it lies.

    Args:
        label: where it lies, for a person.
        open_archive: opens it; it is closed again after each use.

    Raises:
        SubmissionRejected: where it is no archive, is cut off, or holds too many files.
    """
    try:
        with open_archive() as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        # NotImplementedError is zipfile's way of saying that the archive wants a newer version of the format.
        raise SubmissionRejected(f"{label}: is not a complete zip archive ({error})") from error
    if len(members) > MAX_FILES:
        raise SubmissionRejected(f"{label}: more than {MAX_FILES} files")
    files: dict[str, Reader] = {}
    problems = []
    seen = set()
    for member in members:
        name = member.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if member.is_dir() or any(_ignored(part) for part in parts if part not in ("..", "/")):
            continue
        if name.startswith("/") or ".." in parts or ":" in name[:2]:
            problems.append(f"{name} leads out of the archive")
        elif stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
            problems.append(f"{name} is a link or no regular file")
        elif name.lower() in seen:
            problems.append(f"{name} is there twice")
        else:
            seen.add(name.lower())
            files["/".join(parts)] = partial(_read_member, label, open_archive, member.filename)
    return Tree(label, files, tuple(problems))


def open_nested(label: str, read: Reader) -> Callable[[], zipfile.ZipFile]:
    """A way to open an archive that lies in another."""

    def open_archive() -> zipfile.ZipFile:
        data = read(MAX_ARCHIVE_BYTES + 1)
        if len(data) > MAX_ARCHIVE_BYTES:
            raise SubmissionRejected(f"{label}: is too large (at most {MAX_ARCHIVE_BYTES} bytes)")
        return zipfile.ZipFile(io.BytesIO(data))

    return open_archive


def entries_of(tree: Tree, name: str) -> list[Entry]:
    """The submissions in a tree: one, if it is laid out like a course's hand-in, or one for each thing at its top."""
    tree = _unwrapped(tree)
    if _is_one_submission(tree):
        return [Entry(name, name, tree.label, partial(read_tree, tree))]
    return [entry for top in tree.tops() for entry in _entries_at(tree, top)]


def read_tree(tree: Tree, functions: Sequence[str]) -> Content:
    """The file that is graded of one student's tree, or of the one archive that lies in it."""
    tree = _unwrapped(tree)
    archives = [name for name in tree.files if name.lower().endswith(".zip")]
    if len(archives) == 1 and not any(name.lower().endswith(CODE) for name in tree.files):
        tree = _nested(tree, archives[0])
    return choose(tree, functions)


def _entries_at(tree: Tree, top: str) -> Iterator[Entry]:
    """The submission that is called `top`, if it is one."""
    label, name = f"{tree.label}/{top}", PurePosixPath(top).stem
    if top not in tree.files:
        yield Entry(top, top, label, partial(read_tree, tree.below(top)))
    elif top.lower().endswith(CODE):
        yield Entry(name, name, label, partial(_read_top, tree, top))
    elif top.lower().endswith(".zip"):
        yield Entry(name, name, label, partial(_read_archive, tree, top))


def _read_top(tree: Tree, top: str, functions: Sequence[str]) -> Content:
    return Content(top, tree.files[top](_limit(top) + 1))


def _read_archive(tree: Tree, top: str, functions: Sequence[str]) -> Content:
    return choose(_nested(tree, top), functions)


def _nested(tree: Tree, name: str) -> Tree:
    label = f"{tree.label}/{name}"
    return tree_of_zip(label, open_nested(label, tree.files[name]))


def _unwrapped(tree: Tree) -> Tree:
    """Without the folder around everything that archives often have."""
    tops = tree.tops()
    while len(tops) == 1 and tops[0] not in tree.files and tops[0] not in COURSE_PACKAGES:
        tree = tree.below(tops[0])
        tops = tree.tops()
    return tree


def _is_one_submission(tree: Tree) -> bool:
    """Whether the tree has what a course's own hand-in has at its top."""
    packages = [f"{package}/{name}" for package in COURSE_PACKAGES for name in LAYERS]
    return any(name in tree.files for name in (*LAYERS, *packages, *HAND_IN_MARKS))


def choose(tree: Tree, functions: Sequence[str]) -> Content:
    """The file that is graded, by the rules above.

    Raises:
        SubmissionRejected: where no file defines any of the functions.
    """
    candidates = [name for name in tree.files if name.lower().endswith(CODE)]
    if len(candidates) > MAX_CANDIDATES:
        raise SubmissionRejected(f"{tree.label}: more than {MAX_CANDIDATES} Python files; which is the submission?")
    found: list[tuple[int, str, bytes]] = []
    left = MAX_ARCHIVE_BYTES
    for name in sorted(candidates):
        data = tree.files[name](_limit(name) + 1)
        left -= len(data)
        if left < 0:
            raise SubmissionRejected(f"{tree.label}: more than {MAX_ARCHIVE_BYTES} bytes of Python files")
        count = sum(bool(re.search(rb"\bdef\s+" + function.encode() + rb"\b", data)) for function in functions)
        if count:
            found.append((count, name, data))
    if not found:
        raise SubmissionRejected(_nothing_found(tree, candidates, functions))
    found.sort(key=lambda entry: (-entry[0], *_preference(entry[1])))
    count, name, data = found[0]
    others = [other for number, other, _ in found[1:] if number == count]
    notes = (f"graded {name}; the functions are also in {', '.join(others[:5])}",) if others else ()
    return Content(name, data, notes)


def _preference(name: str) -> tuple[bool, int, bool, int, str]:
    path = PurePosixPath(name.lower())
    return (
        not any(re.search(r"assignment.?2|^a2$|^hw.?2$", part) for part in path.parts[:-1]),
        LAYERS.index(path.name) if path.name in LAYERS else len(LAYERS),
        path.suffix != ".py",
        len(path.parts),
        name,
    )


def _nothing_found(tree: Tree, candidates: Sequence[str], functions: Sequence[str]) -> str:
    text = f"{tree.label}: no file defines {' or '.join(functions)}"
    archives = [name for name in tree.files if name.lower().endswith((".zip", ".tar", ".gz", ".rar", ".7z"))]
    if archives:
        return f"{text}, but there is an archive in it, {archives[0]}: unpack it and hand in its contents"
    if candidates:
        text += f"; looked at {', '.join(sorted(candidates)[:5])}" + (" and others" if len(candidates) > 5 else "")
    if tree.problems:
        text += f"; passed over: {'; '.join(tree.problems[:3])}"
    return text


def _ignored(name: str) -> bool:
    """Hidden, or a cache: never the submission."""
    return name.startswith(".") or name in _IGNORED or name.lower().endswith(("-checkpoint.py", "-checkpoint.ipynb"))


def _limit(name: str) -> int:
    return MAX_NOTEBOOK_BYTES if name.lower().endswith(".ipynb") else MAX_BYTES


def _read_file(file: Path, limit: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(limit)
    except OSError as error:
        raise SubmissionRejected(f"{file}: cannot be read: {error.strerror}") from error


def _read_member(label: str, open_archive: Callable[[], zipfile.ZipFile], name: str, limit: int) -> bytes:
    try:
        with open_archive() as archive, archive.open(name) as member:
            return member.read(limit)
    except RuntimeError as error:  # zipfile's way of asking for a password
        raise SubmissionRejected(f"{label}: is encrypted; hand it in without a password") from error
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, zlib.error) as error:
        # NotImplementedError is zipfile's way of saying that it does not know how this was compressed.
        raise SubmissionRejected(f"{label}: {name} cannot be read: the archive is damaged ({error})") from error
