"""Hand-ins that are made to stop whoever reads them, or to take another one's mark along: each for its kind.

`python -m tests.hostile FOLDER` writes a class of them, with two people who are right.
"""

import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.cli import SUBMISSIONS

RIGHT = (SUBMISSIONS / "alice.py").read_text()
STUB = "def conv_forward_naive(x, w, b, conv_param): pass\ndef conv_backward_naive(dout, cache): pass\n"
_FORWARD = "def conv_forward_naive(x, w, b, conv_param): pass\n"
LONG = f"0x{'f' * 4000}"
"""An integer of 4,816 decimal digits, more than Python prints."""
_ENTRIES = 300_000


def _calling(code: str, reach: str) -> str:
    """Code, and two functions that reach a name of it."""
    stub = STUB.replace("pass", f"return {reach}")
    return f"{code}\n{stub}"


def f_string(fields: int) -> str:
    """Python takes time that grows with the square of their number, whenever it parses that: at 25,000, seconds."""
    return _calling('f = f"' + "{a}" * fields + '"', "f")


def _notebook(source: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": source}], "metadata": {}, "nbformat": 4})


def _zipped(name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def _damaged_lzma() -> bytes:
    data = bytearray(_zipped("layers.py", RIGHT.encode() * 20, zipfile.ZIP_LZMA))
    middle = data.index(b"PK\1\2") // 2
    data[middle : middle + 40] = bytes(40)
    return bytes(data)


def _dictionary_of_4_gib() -> bytes:
    """LZMA's properties in a zip begin with two bytes of version and two of their size; then one byte, and the size."""
    data = _zipped("layers.py", RIGHT.encode(), zipfile.ZIP_LZMA)
    begin = 30 + len("layers.py") + 4
    return data[: begin + 1] + struct.pack("<I", 2**32 - 1) + data[begin + 5 :]


def _deflate64() -> bytes:
    return _zipped("layers.py", RIGHT.encode()).replace(b"\x08\x00", b"\x09\x00")


def _without_a_name() -> bytes:
    return _zipped("x", RIGHT.encode()).replace(b"\x01\x00\x00\x00x", b"\x00\x00\x00\x00x").replace(b"x", b"")


def _long_directory() -> bytes:
    """Entries of no name in the directory, and none in the archive."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    size = _ENTRIES * len(entry)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, _ENTRIES & 0xFFFF, _ENTRIES & 0xFFFF, size, 0, 0)
    return entry * _ENTRIES + end


def _large_in_large() -> bytes:
    """An archive in an archive, which unfolds to 250 MB and has 400 files of code."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as archive:
        for number in range(400):
            archive.writestr(f"a{number}.py", b"x = 1\n" * 100_000)
    return _zipped("inner.zip", inner.getvalue())


def _deep_names() -> bytes:
    return _zipped("d/" * 1100 + "layers.py", RIGHT.encode())


def _tar_of_many() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
        for number in range(20_001):
            archive.addfile(tarfile.TarInfo(f"{number}.txt"))
    return file.getvalue()


def _crashing(*lines: str) -> str:
    """Both functions have these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"def conv_forward_naive(x, w, b, p):\n{body}def conv_backward_naive(d, c):\n{body}"


FILES: dict[str, Callable[[], str | bytes]] = {
    "50-long-integer.py": lambda: RIGHT.replace("import", f"if {LONG} == 1: pass\n_x = {LONG}\nimport", 1),
    "50-decimal-integer.py": lambda: f"{RIGHT}\n_x = {'9' * 5000}\n",
    "51-lambdas.py": lambda: _calling(f"f = {'lambda: ' * 600}0", "f"),
    "51-brackets.py": lambda: _calling(f"f = {'[' * 5000}{']' * 5000}", "f"),
    "51-minuses.py": lambda: _calling(f"f = {'-' * 100_000}1", "f"),
    "51-folders.zip": _deep_names,
    "52-huge.py": lambda: (
        "import numpy as np\n"
        "def conv_forward_naive(x, w, b, p): return np.full(x.shape, 1.7e308), (x, w, b, p)\n"
        "def conv_backward_naive(d, c): return c[0] * np.nan, c[1] * 0 + 5e-324, c[2] + 1.7e308\n"
    ),
    "52-long-sides.py": lambda: (
        "import numpy as np\nEMPTY = np.empty((0, 2**62 - 1), bool)\n"
        "def conv_forward_naive(x, w, b, p): return EMPTY, (x, w, b, p)\n"
        "def conv_backward_naive(d, c): return EMPTY, EMPTY, EMPTY\n"
    ),
    "53-damaged-lzma.zip": _damaged_lzma,
    "53-dictionary.zip": _dictionary_of_4_gib,
    "53-deflate64.zip": _deflate64,
    "53-nameless.zip": _without_a_name,
    "54-chain.py": lambda: _calling("".join(f"def f{i}(): f{i + 1}\n" for i in range(11_000)), "f0"),
    "54-chain-too-long.py": lambda: _calling("".join(f"def f{i}(): f{i + 1}\n" for i in range(80_000)), "f0"),
    "55-targets.py": lambda: _calling("=".join(f"a{i}" for i in range(8000)) + "=0", "a0"),
    "56-f-string.py": lambda: f_string(12_000),
    "56-match.py": lambda: _calling("match x:\n" + "".join(f" case {i}: f={i}\n" for i in range(12_000)), "f"),
    "57-one-cell.ipynb": lambda: _notebook("x = 1\n" * 2_000_000),
    "57-nul.ipynb": lambda: _notebook(f"# \0\n{RIGHT}"),
    "57-surrogate.ipynb": lambda: _notebook(f"# \ud800\n{RIGHT}"),
    "57-nested.ipynb": lambda: "[" * 200_000,
    "58-directory.zip": _long_directory,
    "58-directory-inside.zip": lambda: _zipped("inner.zip", _long_directory()),
    "59-large-in-large.zip": _large_in_large,
    "60-files.tar.gz": _tar_of_many,
    "62-commas.py": lambda: _crashing(f"z, {'0, ' * 30_000}0", "z = 1"),
    "62-names.py": lambda: _crashing(f"if 0: ({', '.join(f'name_{i}' for i in range(9_000))})", "name_(0)"),
    "62-functions.py": lambda: f"{_crashing('name_(0)')}{''.join(f'def name_{i}(): 0{chr(10)}' for i in range(9000))}",
    "62-layers.py": lambda: _FORWARD + f"def conv{'2d' * 22}x_backward(): 0\n" * 3000,
    "62-assert.py": lambda: _crashing(f"assert{' ' * 100_000}not 1"),
    "62-none.py": lambda: _crashing(
        f"{'='.join(f'n{i}' for i in range(20))} = None",
        f"if 0: y = 1; [{', '.join(f'n{i % 20} +0' for i in range(12_000))}]; z = 1",
        f"return {' + '.join(f'n{i}.it' for i in range(20))}",
    ),
    "62-blank-lines.py": lambda: "\n" * 200_000 + RIGHT,
    "61-results.zip": lambda: _zipped("results.sqlite", b"SQLite format 3\0" + bytes(84)),
}
"""By the name of the file, what makes it; the number is that of the kind."""


def make_class(folder: Path, *names: str) -> Path:
    """A class of these, or else of all, and of two that are right."""
    folder.mkdir(parents=True)
    for name in ("ann.py", "zoe.py"):
        (folder / name).write_text(f"# {name}\n{RIGHT}")
    for name in names or (*FILES, *ON_DISK):
        if name in ON_DISK:
            ON_DISK[name](folder / name)
            continue
        data = FILES[name]()
        (folder / name).write_bytes(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
    return folder


def remove(folder: Path) -> None:
    """Remove a class, which Python could not: its folders are too deep."""
    subprocess.run(["rm", "-rf", "--", str(folder)], check=True)


def _fill(folder: Path) -> None:
    folder.mkdir()
    for number in range(20_001):
        os.close(os.open(folder / f"{number}.txt", os.O_CREAT))  # `touch` takes thrice as long


def _nest(folder: Path) -> None:
    """1,100 folders within each other, and a right file at the bottom of them."""
    folder.mkdir()
    before = os.open(folder, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("d", dir_fd=before)  # the path is too long for any system
        after = os.open("d", os.O_RDONLY, dir_fd=before)
        os.close(before)
        before = after
    file = os.open("layers.py", os.O_WRONLY | os.O_CREAT, dir_fd=before)
    os.write(file, RIGHT.encode())
    os.close(file)
    os.close(before)


ON_DISK: dict[str, Callable[[Path], object]] = {
    "51-deep-folders": _nest,
    "60-many": _fill,
    "61-fifo.py": os.mkfifo,
    "61-link.py": lambda path: path.symlink_to(path.parent / "ann.py"),
    "61-loop": lambda path: path.symlink_to(path.parent),
    "61-case.py": lambda path: path.write_text(STUB),
    "61-CASE.py": lambda path: path.write_text(STUB),
    "results.sqlite": lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(84)),
    "collectSubmission.sh": lambda path: path.write_text("zip -r all.zip ."),
    "layers.py": lambda path: path.write_text(STUB),
}
"""The same of what is no file, or depends on where it lies."""

if __name__ == "__main__":
    make_class(Path(sys.argv[1]))
