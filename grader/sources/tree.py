"""A folder or an archive as one thing: names of files, and how to read each. Nothing is ever extracted."""

import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from grader.errors import JudgeError
from grader.source_code.notebook import MAX_BYTES, MAX_NOTEBOOK_BYTES

Reader = Callable[[int], bytes]
"""Reads a file, up to so many bytes."""

MAX_FILES = 20_000
"""In each thing at the top: a class may have more, a student not."""
MAX_READ_BYTES = max(MAX_BYTES, MAX_NOTEBOOK_BYTES) + 1
"""What is read of a file: a byte more than is taken, so that too much is seen."""
MAX_NAME = 1000
"""Characters in a name with the folders around it."""
MAX_DEPTH = 64
"""Folders within folders that are gone into."""
TOO_DEEP = f"holds more than {MAX_DEPTH} folders within each other"
RESULTS = "results.sqlite"
"""`grader.database.FILENAME`."""
CODE = (".py", ".pyw", ".ipynb", ".ipynb.json", ".py.txt", ".txt")
"""Endings of files in which the functions may be; the last ones only where they are."""
_IGNORED = frozenset({"__MACOSX", "__pycache__", "site-packages", "node_modules", "venv", "Thumbs.db", "desktop.ini"})
_EMPTY = "is empty (hidden files and caches do not count)"
_COPY = re.compile(r"(?P<of>.*)-checkpoint(?P<ending>\.(?:py|ipynb))", re.IGNORECASE)
_ENVIRONMENT = "pyvenv.cfg"
"""What a virtual environment has at its top, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by their names, relative and with `/` between the parts."""

    label: str
    """Where it lies, for a person."""
    files: Mapping[str, Reader]
    odd: Mapping[str, str] = field(default_factory=dict)
    """What is passed over, and why: "is a link, which is not followed"."""
    denied: Mapping[str, str] = field(default_factory=dict)
    """What we may not read, and why: that is nobody's fault but ours."""
    _folders: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What is below each folder at the top: found for all of them at once."""

    def below(self, folder: str) -> "Tree":
        """The part of the tree in one of its top-level folders."""
        if not self._folders:
            for number, part in enumerate((self.files, self.odd, self.denied)):
                for name, value in part.items():
                    top, _, rest = name.partition("/")
                    if rest:
                        self._folders.setdefault(top, ({}, {}, {}))[number][rest] = value
        return Tree(f"{self.label}/{folder}", *self._folders.get(folder, ({}, {}, {})))

    def names(self) -> tuple[str, ...]:
        """The names of all that is there, whatever it is."""
        return (*self.files, *self.odd, *self.denied)

    def tops(self) -> list[str]:
        """The names at the top, files and folders, sorted."""
        return sorted({name.partition("/")[0] for name in self.names()})

    def is_folder(self, top: str) -> bool:
        """Whether a name at the top is that of a folder with something in it."""
        return not any(top in part for part in (self.files, self.odd, self.denied))

    def code(self) -> list[str]:
        """The names of files in which the functions may be, sorted."""
        return sorted(name for name in self.files if is_code(name))


def is_code(name: str) -> bool:
    """Whether the functions may be in a file of this name."""
    return name.lower().endswith(CODE)


def tree_of_files(
    label: str,
    files: Mapping[str, Reader],
    odd: Mapping[str, str],
    folders: Iterable[str],
    denied: Mapping[str, str] = MappingProxyType({}),
    depth: int | None = None,
) -> Tree:
    """A tree without what is never a submission: hidden files, caches, virtual environments, too many files.

    A folder in which nothing is left is odd: somebody may have handed it in.

    Args:
        label: where it lies, for a person.
        files: by name, in any order.
        odd: what cannot be read as a file, and why.
        folders: their names.
        denied: what we may not read, and why.
        depth: how many folders there are around everybody's, where that is known.
    """
    environments = tuple(name[: -len(_ENVIRONMENT)] for name in files if name.endswith(f"/{_ENVIRONMENT}"))
    depth = _depth(name for name in files if not is_ignored(name)) if depth is None else depth
    kept: dict[str, Reader] = {}
    counts: dict[str, int] = {}
    for name, reader in files.items():
        top = _owner(name, depth)
        if is_ignored(name) or _is_copy(name, files) or name.startswith(environments):
            continue
        counts[top] = counts.get(top, 0) + 1
        if counts[top] <= MAX_FILES:
            kept[name] = reader
    crowded = {top for top, count in counts.items() if count > MAX_FILES}
    kept = {name: reader for name, reader in kept.items() if _owner(name, depth) not in crowded}
    strange = {name: why for name, why in odd.items() if not is_ignored(name)}
    strange |= dict.fromkeys(crowded, f"holds more than {MAX_FILES} files")
    known = (name for name in folders if _owner(name, depth) not in crowded and not f"{name}/".startswith(environments))
    strange |= dict.fromkeys(_empty(known, (*kept, *strange, *denied)), _EMPTY)
    return Tree(label, kept, strange, denied)


def _depth(names: Iterable[str]) -> int:
    """How many folders there are around all of them: what lies in the innermost may be a person's each."""
    folders = [name.split("/")[:-1] for name in names]
    first, last = (min(folders), max(folders)) if folders else ([], [])
    return next((i for i, both in enumerate(zip(first, last, strict=False)) if both[0] != both[1]), len(first))


def _owner(name: str, depth: int) -> str:
    """The part of a name that tells whose it is, below so many folders."""
    return "/".join(name.split("/", depth + 1)[: depth + 1])


def _empty(folders: Iterable[str], names: Sequence[str]) -> Iterator[str]:
    """The innermost folders that none of the names lies in, or is."""
    inhabited = {*names, *around(names)}
    for folder in sorted(folders, reverse=True):  # what lies in a folder before the folder
        if folder not in inhabited and not is_ignored(folder):
            inhabited |= {folder, *around([folder])}
            yield folder


def around(names: Iterable[str]) -> Iterator[str]:
    """The folders that the names lie in."""
    seen: set[str] = set()
    for name in names:
        while (name := name.rpartition("/")[0]) and name not in seen:
            seen.add(name)
            yield name


def is_ignored(name: str) -> bool:
    """Hidden or a cache: never the submission."""
    return any(part.startswith(".") or part in _IGNORED for part in name.split("/"))


def _is_copy(name: str, files: Collection[str]) -> bool:
    """Whether Jupyter keeps it as a copy of a file that lies beside it; alone it is what was handed in."""
    found = _COPY.fullmatch(name)
    return found is not None and found["of"] + found["ending"] in files


def tree_of_folder(path: Path, only: Collection[str] | None = None) -> Tree:
    """A folder on disk. Links are not followed: they could lead to another student's work.

    Args:
        path: of the folder.
        only: the things at its top that are looked at, where it is not all of them.
    """
    walk = _Walk(path, 0 if only else _depth_on_disk(path))
    for start in [path] if only is None else [path / name for name in sorted(only) if walk.enters(path / name)]:
        for folder, folders, names in os.walk(start, onerror=walk.deny):
            walk.visit(Path(folder), folders, names)
    return tree_of_files(str(path), walk.files, walk.odd, walk.folders, walk.denied, walk.depth)


def _depth_on_disk(path: Path) -> int:
    """As `_depth`, of a folder."""
    for depth in range(MAX_DEPTH):
        try:
            with os.scandir(path) as found:
                inside = list(islice((entry for entry in found if not is_ignored(entry.name)), 2))
        except OSError:  # it is said where the folder is gone through
            return depth
        if len(inside) != 1 or not inside[0].is_dir(follow_symlinks=False):
            return depth
        path = Path(inside[0])
    return MAX_DEPTH


class _Walk:
    """What is met on the way through a folder, whose hand-ins lie below so many folders."""

    def __init__(self, path: Path, depth: int) -> None:
        self.path = path
        self.depth = depth
        self.files: dict[str, Reader] = {}
        self.odd: dict[str, str] = {}
        self.denied: dict[str, str] = {}
        self.folders: set[str] = set()
        self.counts: Counter[str] = Counter()

    def visit(self, folder: Path, folders: list[str], names: list[str]) -> None:
        """Note what is in a folder; what need not be gone into is taken out of `folders`."""
        is_environment = _ENVIRONMENT in names and folder != self.path
        if is_environment or self.counts[self._top(folder)] > MAX_FILES:
            folders.clear()
        elif folders and len(folder.relative_to(self.path).parts) > MAX_DEPTH:
            self.odd[self._name(folder)] = TOO_DEEP
            folders.clear()
        elif folder != self.path:
            self.folders.add(self._name(folder))
        for name in sorted({*names, *folders}):
            self._note(folder / name, is_folder=name in folders)
        folders[:] = [name for name in sorted(folders) if self._is_entered(folder / name)]

    def enters(self, path: Path) -> bool:
        """Note one thing at the top, if it is there, and whether it is a folder to go into."""
        if not os.path.lexists(path):
            return False
        is_folder = path.is_dir()
        self._note(path, is_folder=is_folder)
        return is_folder and self._is_entered(path)

    def deny(self, error: OSError) -> None:
        """Note what we may not look into."""
        self.denied[self._name(Path(error.filename))] = error.strerror or str(error)

    def _note(self, path: Path, *, is_folder: bool) -> None:
        name = self._name(path)
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            self.denied[name] = error.strerror or str(error)
            return
        if stat.S_ISLNK(mode):
            self.odd[name] = "is a link, which is not followed"
        elif not is_folder and not stat.S_ISREG(mode):
            self.odd[name] = "is not a regular file"
        elif not is_folder and self.counts[self._top(path)] <= MAX_FILES:
            self.counts[self._top(path)] += 1
            self.files[name] = partial(read_file, path)

    def _is_entered(self, folder: Path) -> bool:
        name = self._name(folder)
        if is_ignored(folder.name) or name in self.odd or name in self.denied:
            return False
        is_ours = is_results(folder)
        if is_ours:
            self.folders.difference_update(around([name]))
        return not is_ours

    def _name(self, path: Path) -> str:
        return path.relative_to(self.path).as_posix()

    def _top(self, path: Path) -> str:
        return _owner(self._name(path), self.depth)


def is_results(folder: Path) -> bool:
    """Whether a folder is one that we write, and so nobody's hand-in."""
    try:
        if not (folder / RESULTS).is_file():
            return False
    except OSError:  # we may not look into it, which is found out by looking
        return False
    from grader.database import is_results_folder  # noqa: PLC0415  # where there is no database, none is imported

    return is_results_folder(folder)


def read_file(file: Path, limit: int) -> bytes:
    """The bytes of a file, up to a limit.

    Raises:
        JudgeError: where we may not read it, or it is no longer there.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(limit)
    except OSError as error:
        raise JudgeError(f"{file}: cannot be read by the grader: {error.strerror}") from error
