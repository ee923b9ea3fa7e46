"""Archives as trees: zip, tar and 7z, wherever they lie. Nothing is extracted, and nothing large is kept.

Each kind has a module that lists its members and reads one. What an archive says of itself is not trusted: names that
lead out, links and devices are passed over, and what is read is cut off at a limit, however small it says it is.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from grader.errors import GradeError, JudgeError, SubmissionRejected
from grader.sources.tree import MAX_DEPTH, MAX_FILES, MAX_NAME, TOO_DEEP, Reader, Tree, around, is_code, tree_of_files

MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
"""The limit for an archive inside another, for an unpacked tar, and for all that is read of a submission."""
MAX_MEMBERS = 10 * MAX_FILES
_SHOWN = 200
"""Characters of what is shown of a name or a reason."""
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_MODULES = {".zip": "zip_archive", ".7z": "sevenzip_archive", **dict.fromkeys(_TAR, "tar_archive")}
"""By ending, the module whose `members` lists what is in such an archive; imported where there is one."""
_BEGINNINGS = {
    b"PK\3\4": ".zip",
    b"7z\xbc\xaf\x27\x1c": ".7z",
    b"\x1f\x8b": ".tar.gz",
    b"BZh": ".tar.bz2",
    b"\xfd7zXZ\0": ".tar.xz",
}
"""By the first bytes, the ending that an archive should have; many are handed in under another."""
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
"""What an uncompressed tar archive has, and where."""
_UNKNOWN = {b"Rar!": "an archive (RAR), which cannot be opened here", b"%PDF": "a PDF"}
"""By the first bytes, what is no archive that can be opened, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file or folder in an archive, as the archive has it."""

    name: str
    is_folder: bool
    is_regular: bool
    read: Reader
    """Raises what `explained` explains."""


Open = Callable[[], IO[bytes]]
"""Opens an archive's bytes, anew for each use."""


class Damaged(Exception):
    """An archive is not as its kind should be; the text says how."""


class Encrypted(Exception):
    """An archive asks for a password."""


def is_archive(name: str) -> bool:
    """Whether a file of this name is taken for an archive."""
    return bool(_ending(name))


def is_without_code(names: Iterable[str]) -> bool:
    """Whether files of these names are nothing that can be graded: no code, and no archive, in which there may be some.

    >>> is_without_code(["report.pdf"]), is_without_code(["report.pdf", "hw2.zip"])
    (True, False)
    """
    return not any(is_code(name) or is_archive(name) for name in names)


def stem(name: str) -> str:
    """The name without an archive's ending.

    >>> stem("ann.tar.gz"), stem("ben.zip")
    ('ann', 'ben')
    """
    return name[: len(name) - len(_ending(name))]


def _ending(name: str) -> str:
    return next((ending for ending in _MODULES if name.lower().endswith(ending)), "")


def tree_of_archive(label: str, name: str, open_bytes: Open) -> Tree:
    """The files of an archive.

    Args:
        label: where it lies, for a person.
        name: whose ending tells the kind.
        open_bytes: opens it; it is closed again after each use.

    Raises:
        SubmissionRejected: where it is no archive, is cut off, or holds too many files.
    """
    ending = _true_ending(label, _ending(name), open_bytes)
    members = import_module(f"grader.sources.{_MODULES[ending]}").members
    with _explained(label, f"is not a complete {ending.lstrip('.')} archive"):
        found: list[Member] = list(islice(members(open_bytes), MAX_MEMBERS + 1))
    if len(found) > MAX_MEMBERS:
        raise SubmissionRejected(f"{label}: more than {MAX_MEMBERS} files")
    files: dict[str, Reader] = {}
    odd: dict[str, str] = {}
    folders: set[str] = set()
    for member in found:
        place = member.name.replace("\\", "/")
        parts = [part for part in PurePosixPath(place).parts if part != ".." and part.strip("/")]
        plain = "/".join(parts)
        if len(parts) > MAX_DEPTH:
            odd["/".join(parts[:MAX_DEPTH])[:MAX_NAME].rstrip("/")] = TOO_DEEP
            continue
        if len(plain) > MAX_NAME:
            odd[f"{plain[:MAX_NAME]}..."] = "has too long a name"
            continue
        if member.is_folder or place.endswith("/") or not plain:
            folders |= {plain} - {""}
            continue
        if place.startswith("/") or "/../" in f"/{place}/" or ":" in place[:2]:
            odd[plain] = "leads out of the archive"
        elif not member.is_regular:
            odd[plain] = "is a link or no regular file"
        else:
            files[plain] = _Explaining(label, member)  # the last of a name counts, as where it is unpacked
    return tree_of_files(label, *_once(files, odd), folders.union(around(files)))


def _true_ending(label: str, ending: str, open_bytes: Open) -> str:
    """The ending of its kind, by its first bytes where they tell one, or else that of its name."""
    with open_bytes() as data:
        start = data.read(_TAR_MAGIC_AT + len(_TAR_MAGIC))
    for beginning, what in _UNKNOWN.items():
        if start.startswith(beginning):
            raise SubmissionRejected(f"{label}: is {what}, whatever its name says; hand in a .zip")
    own = ".tar" if start.endswith(_TAR_MAGIC) else ending
    return next((kind for beginning, kind in _BEGINNINGS.items() if start.startswith(beginning)), own)


@dataclass(frozen=True, slots=True)
class _Explaining:
    """Reads a member."""

    label: str
    member: Member

    def __call__(self, limit: int) -> bytes:
        with _explained(self.label, f"{self.member.name} cannot be read: the archive is damaged"):
            return self.member.read(limit)


def _once(files: dict[str, Reader], odd: dict[str, str]) -> tuple[dict[str, Reader], dict[str, str]]:
    """The first of names that differ in capitals only: on other systems they are one file."""
    seen: dict[str, str] = {}
    for name in files:
        seen.setdefault(name.lower(), name)
    kept = {name: reader for name, reader in files.items() if seen[name.lower()] == name}
    return kept, odd | {name: "is there twice" for name in files if name not in kept}


def open_file(path: Path) -> IO[bytes]:
    """An archive on disk.

    Raises:
        JudgeError: where we may not read it, or it is no longer there.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise JudgeError(f"{path}: cannot be read by the grader: {error.strerror}") from error


def open_nested(label: str, read: Reader) -> Open:
    """A way to open an archive that lies in another, or in a folder."""

    @cache
    def bytes_of_it() -> bytes:
        data = read(MAX_ARCHIVE_BYTES + 1)
        if len(data) > MAX_ARCHIVE_BYTES:
            raise SubmissionRejected(f"{label}: is too large (at most {MAX_ARCHIVE_BYTES} bytes)")
        return data

    return lambda: io.BytesIO(bytes_of_it())


@contextmanager
def _explained(label: str, what: str) -> Iterator[None]:
    """What goes wrong in an archive is its student's rejection, in a sentence.

    What the libraries raise of damaged bytes is whatever comes of them: errors of values, of indices, of attributes.
    """
    try:
        yield
    except (GradeError, MemoryError, RecursionError):
        raise
    except Encrypted as error:
        raise SubmissionRejected(f"{label}: is encrypted; hand it in without a password") from error
    except Exception as error:  # as the docstring says: damaged bytes make libraries raise anything
        said = " ".join(str(error).split())[:_SHOWN] or type(error).__name__
        raise SubmissionRejected(f"{label}: {what} ({said})") from error
