"""What else is handed in: each has a row, none costs anybody else a mark, and the right ones have theirs."""

import io
import os
import zipfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from benchmarks.generated import sample
from tests.test_notebook import notebook

RIGHT, REJECTED, OURS = ("graded", "100.0"), ("rejected", "0.0"), ("judge_error", "")
BACKWARD_ALONE = ("graded", "55.0")
Result = tuple[str, str]
Write = Callable[[Path], object]
_ALICE = sample("alice")
_BEYOND_FLOATS = _ALICE.replace("return out.reshape(", "return 1e308 * 1e308 * out.reshape(").replace(
    "    db = np", "    print(1e308, '\\x1b[31m\\0')\n    db = np"
)
_STRANGE_CELLS = (
    "%matplotlib inline\n!pip install numpy\n? print",
    "%%bash\nexit 1",
    "    from math import *",
    _ALICE,
    "x = = 3",
    "%%time\n1 / 0",
    "exit()",
    "while True: pass",
)


def _zip(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def _file(ending: str, data: str | bytes, mode: int = 0o644) -> Write:
    def write(place: Path) -> None:
        path = place.with_name(place.name + ending)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        path.chmod(mode)

    return write


def _folder(files: dict[str, str]) -> Write:
    def write(place: Path) -> None:
        place.mkdir()
        for name, text in files.items():
            (place / name).write_text(text)

    return write


ODDITIES: dict[str, tuple[Write, Result]] = {
    "document": (_file(".docx", _zip({"word/document.xml": "<w/>"})), REJECTED),
    "link": (lambda place: place.with_name(f"{place.name}.py").symlink_to(__file__), REJECTED),
    "pipe": (lambda place: os.mkfifo(f"{place}.py"), REJECTED),
    "empty": (_folder({}), REJECTED),
    "hidden": (_folder({".DS_Store": "Bud1", ".layers.py": _ALICE}), REJECTED),
    "unreadable": (_file(".py", _ALICE, mode=0), RIGHT if os.geteuid() == 0 else OURS),
    "no archive": (_file(".zip", b"PK\3\4 and no more"), REJECTED),
    "archive in an archive": (_file(".zip", _zip({"a2.zip": _zip({"cs231n/layers.py": _ALICE})})), RIGHT),
    "zipped again on a mac": (_file(".zip", _zip({"a2/layers.py": _ALICE, "__MACOSX/a2/._layers.py": b"\0"})), RIGHT),
    "beyond all floats": (_file(".py", _BEYOND_FLOATS), BACKWARD_ALONE),
    "strange cells": (_file(".ipynb", notebook(*_STRANGE_CELLS)), RIGHT),
    "exits first": (_file(".py", f"import sys\nsys.exit(7)\n{_ALICE}"), RIGHT),
    "breaks the streams": (_file(".py", f"import sys\nsys.stdout = sys.stderr = None\n{_ALICE}"), RIGHT),
    "utf-16": (_file(".py", _ALICE.encode("utf-16")), REJECTED),
    "two attempts": (_folder({"attempt1.py": sample("starter"), "attempt2.py": _ALICE}), RIGHT),
    "nothing but bytes": (_file(".py", bytes(range(256)) * 40), REJECTED),
}
"""By name, how it is written, and the verdict and the score that it gets by the rubric `correctness-only`."""


def add_oddities(folder: Path, count: int) -> dict[str, Result]:
    """So many hand-ins of these kinds in turn, beside those of a class; what each gets, by id."""
    expected = {}
    for number, (kind, (write, result)) in zip(range(count), cycle(ODDITIES.items())):
        id = f"o{number:04}-{kind}"
        write(folder / id)
        expected[id] = result
    return expected
