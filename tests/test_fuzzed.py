"""Whatever is handed in is read or rejected, in a process of its own, and the one beside it keeps what is hers.

A few examples of each kind in the suite; `python -m benchmarks.fuzzing` goes on for as long as it is told.
"""

import io
import json
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from grader.errors import SubmissionRejected
from grader.reading.reader import OwnReader
from grader.rubric.homework import Homework
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from tests.cli import SUBMISSIONS
from tests.test_notebook import notebook
from tests.test_people import sevenzipped, tarred
from tests.test_sources import ALICE, NAMES, STUB, write

HOMEWORK = Homework.of(load_rubric(DEFAULT_RUBRIC))
SAMPLES = [(SUBMISSIONS / f"{name}.py").read_text() for name in ("alice", "frank", "starter")]
ODD_BYTES = st.sampled_from([b"\0", b"\xff" * 4, b"PK\1\2", b"PK\3\4", b"PK\5\6", b"\x7fELF", b"../", b"//", b"\n"])
SPANS = st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40))
"""Where something is changed, as a part of the whole, and how much of it."""


@st.composite
def spoiled(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which some are changed, left out, repeated, or cut off."""
    found = bytearray(data)
    for part, size in draw(st.lists(SPANS, max_size=4)):
        at = int(part * len(found))
        match draw(st.sampled_from(["change", "leave out", "repeat", "cut off", "put in"])):
            case "change":
                found[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case "leave out":
                del found[at : at + size]
            case "repeat":
                found[at:at] = found[at : at + size] * draw(st.integers(1, 50))
            case "cut off":
                del found[at:]
            case "put in":
                found[at:at] = draw(ODD_BYTES)
    return bytes(found)


NAME = st.sampled_from(
    ["layers.py", "cs231n/layers.py", "a.ipynb", "x.zip", "../layers.py", "/layers.py", "a//b.py", "", ".", "a/", "\\",
     "a\nb.py", "é.py", "é.py", "__MACOSX/._layers.py", "timestamp.txt", "grades.csv", "submission_metadata.yml",
     "a" * 300 + ".py", "a/" * 70 + "b.py"]
) | st.text(max_size=12)  # fmt: skip
CONTENT = st.sampled_from([ALICE.encode(), STUB.encode(), notebook(ALICE), b"", b"x = 1\n", b"\0", b"id,name\na,b\n"])
INNER = CONTENT | st.dictionaries(NAME, CONTENT, min_size=1, max_size=2).map(lambda files: packed("zip", files))
MEMBERS = st.dictionaries(NAME, INNER, min_size=1, max_size=4)
METHODS = {
    "stored": zipfile.ZIP_STORED, "zip": zipfile.ZIP_DEFLATED, "bz2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA
}  # fmt: skip


def packed(kind: str, files: dict[str, bytes]) -> bytes:
    """A zip of so many members, in memory."""
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(file, "w", METHODS[kind]) as archive:
        for name, data in files.items():
            archive.writestr(named(name), data)
    return file.getvalue()


def named(name: str) -> str:
    """A name that those who pack archives take."""
    return name.partition("\0")[0] or "_"


@st.composite
def archives(draw: st.DrawFn, scratch: Path) -> tuple[str, bytes]:
    """An archive's name and bytes."""
    files, kind = draw(MEMBERS), draw(st.sampled_from([*METHODS, "tar", "gz", "bz2", "xz", "7z"]))
    if kind in METHODS:
        return "eve.zip", draw(spoiled(packed(kind, files)))
    path, members = scratch / "packed", {named(name): data for name, data in files.items()}
    path.unlink(missing_ok=True)
    if kind == "7z":
        try:
            sevenzipped(path, {**members})
        except ValueError:  # py7zr packs no name that leads out
            reject()
        return "eve.7z", draw(spoiled(path.read_bytes()))
    tarred(path, {**members}, "w" if kind == "tar" else f"w:{kind}")
    return ("eve.tar" if kind == "tar" else f"eve.tar.{kind}"), draw(spoiled(path.read_bytes()))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CELLS = ["%matplotlib inline\n", "!ls\n", "%%bash\nls", "%%writefile cs231n/layers.py\n" + ALICE, "print 1\n", "# \0"]


@st.composite
def notebooks(draw: st.DrawFn) -> bytes:
    """A notebook in which values are of another kind, missing, or repeated, and bytes perhaps changed."""
    whole = json.loads(notebook(*draw(st.lists(st.sampled_from([*SAMPLES, *CELLS]), min_size=1, max_size=4))))
    for _ in range(draw(st.integers(0, 3))):
        above = draw(st.sampled_from([each for each in _inner(whole) if each] or [whole]))
        key = draw(st.sampled_from(sorted(above) if isinstance(above, dict) else range(len(above))))
        match draw(st.sampled_from(["other", "gone", "again"])):
            case "other":
                above[key] = draw(ANY | st.sampled_from(["code", "markdown", "raw", ALICE, [ALICE]]))
            case "gone":
                del above[key]
            case "again" if isinstance(above, list):
                above[key:key] = [above[key]] * draw(st.integers(1, 300))
    data = json.dumps(whole).encode()
    return draw(spoiled(data) | st.just(data) | st.sampled_from(["utf-8-sig", "utf-16"]).map(data.decode().encode))


def _inner(value: Any) -> Iterator[Any]:
    """Every dict and list of a JSON value."""
    if isinstance(value, dict | list):
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from _inner(each)


AROUND = [
    ("(", ")"), ("[", "]"), ("{", "}"), ("{1:", "}"), ("f(", ")"), ("a[", "]"), ("lambda: ", ""), ("lambda a=", ": 1"),
    ("not ", ""), ("-", ""), ("~", ""), ("await ", ""), ("yield ", ""), ("*", ""), ("a = ", ""), ("(a := ", ")"),
    ("a if a else ", ""), ("a < ", ""), ("a and ", ""), ("a + ", ""), ("a ** ", ""), ("'a' ", ""), ("f'{", "}'"),
    ("f'{a}' ", ""), ("f\"{a!r:>{", "}}\""), ("[a for a in ", "]"), ("(yield ", ")"), ("a.", ".a"), ("a, ", ""),
    ("@a\n", ""), ("if a: ", ""), ("a; ", ""), ("del ", ""), ("global ", ""), ("import a.", ""), ("\\\n", ""),
    ("#", ""),
]  # fmt: skip
BLOCKS = [
    "if a:", "else:", "elif a:", "for a in a:", "while a:", "try:", "except a:", "finally:", "with a:", "def f():",
    "class A:", "match a:", "case a:", "async def f():", "x = 1", "return", "import numpy as np", "print 1",
]  # fmt: skip
ODD_TEXT = [
    "\0", "\x0c", "\t", "\r", "\ufeff", "\u2028", "é", "\U0001d41d", "0x" + "f" * 5000, "1" * 5000, "1e999", "'''", '"',
    "# -*- coding: latin-1 -*-\n", "# coding: rot13\n", "<<<<<<< HEAD\n", "=======\n", ">>>>>>> a\n", "{", ")",
]  # fmt: skip
TIMES = st.integers(0, 40) | st.sampled_from([99, 101, 250, 1000, 3000])


@st.composite
def shapes(draw: st.DrawFn) -> str:
    """Code that nests, or repeats, one thing so often that a parser may have enough of it."""
    if draw(st.booleans()):
        before, after = draw(st.sampled_from(AROUND))
        times = draw(TIMES)
        return before * times + draw(st.sampled_from(["a", "1", "''", "np.einsum", ""])) + after * times + "\n"
    steps = draw(st.lists(st.tuples(st.sampled_from(BLOCKS), st.integers(-1, 1), TIMES), max_size=5))
    depth, lines = 0, []
    for block, deeper, times in steps:
        for _ in range(min(times, 300)):
            depth = max(0, depth + deeper)
            lines.append(" " * depth + block)
    return "\n".join([*lines, " " * (depth + 1) + "pass", ""])


@st.composite
def sources(draw: st.DrawFn) -> bytes:
    """A program of which lines are left out, repeated, mixed with odd ones, and bytes perhaps changed."""
    lines = draw(st.sampled_from(SAMPLES)).splitlines(keepends=True)
    for part, size in draw(st.lists(SPANS, max_size=4)):
        at = int(part * len(lines))
        match draw(st.sampled_from(["leave out", "repeat", "shape", "odd", "indent"])):
            case "leave out":
                del lines[at : at + size % 5]
            case "repeat":
                lines[at:at] = lines[at : at + size] * draw(st.integers(1, 30))
            case "shape":
                lines[at:at] = [draw(shapes())]
            case "odd" if lines:
                line, column = lines[at], size % (len(lines[at]) + 1)
                lines[at] = line[:column] + draw(st.sampled_from(ODD_TEXT)) + line[column:]
            case "indent" if lines:
                lines[at] = draw(st.sampled_from([" ", "\t", "    "])) + lines[at]
    data = "".join(lines).encode(errors="surrogatepass")
    return draw(spoiled(data) | st.just(data))


SOME = settings(max_examples=settings().max_examples // 4)
"""Each example takes three processes."""


@pytest.fixture(scope="module")
def reader() -> Iterator[OwnReader]:
    with OwnReader(()) as own:
        yield own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("class"), {"ann.py": ALICE, "bo.py": STUB})


def is_read_or_rejected(reader: OwnReader, folder: Path, name: str, data: bytes) -> None:
    """A class with it and two others: they keep their rows, and nothing else is raised than what rejects its own."""
    hostile = folder / name
    hostile.write_bytes(data)
    try:
        entries = reader.people_at(folder, NAMES).entries
        assert {"ann", "bo"} <= {entry.id for entry in entries}
        assert all(entry.source.endswith(f"{entry.id}.py") for entry in entries if entry.id in ("ann", "bo"))
        for entry in entries:
            if entry.id in ("ann", "bo"):
                continue
            try:
                found = reader.read(entry, NAMES, forbidden=["numpy.einsum"], modules=["cs231n"])
                reader.shape(entry, NAMES, ["cs231n"])
            except SubmissionRejected:
                continue
            assert found is not None
            dict(reader.outlines(found.submission.code, HOMEWORK.outlines))
    finally:
        hostile.unlink()


@SOME
@given(st.data())
def test_archive_of_any_bytes(
    reader: OwnReader, folder: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name, archive = data.draw(archives(tmp_path_factory.getbasetemp()))
    is_read_or_rejected(reader, folder, name, archive)


@SOME
@given(data=notebooks())
def test_notebook_of_any_values(reader: OwnReader, folder: Path, data: bytes) -> None:
    is_read_or_rejected(reader, folder, "eve.ipynb", data)


@SOME
@given(data=sources())
def test_program_of_any_shape(reader: OwnReader, folder: Path, data: bytes) -> None:
    is_read_or_rejected(reader, folder, "eve.py", data)
