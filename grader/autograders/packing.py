"""Everything that an autograder needs: the libraries, the grader, the rubric."""

import gzip
import io
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.autograders.base import RUBRIC, Files, Parts
from grader.autograders.scripts import PYTHON
from grader.errors import UsageError
from grader.rubric.as_json import to_json
from grader.rubric.model import WholeRubric

_HOME = Path(__file__).parents[2]
_PACKAGES = ("grader", "reference", "rubrics")
_GLIBC = ("2_35", "2_34", "2_31", "2_28", "2_27", "2_17", "2_12", "2_5")
"""Wheels for these versions of the C library run on Ubuntu 22.04 (2.35)."""
_MADE = (1980, 1, 1, 0, 0, 0)
"""The same files are the same archive, whenever it is made."""


def parts_of(rubric: WholeRubric) -> Parts:
    """What an autograder by this rubric is made of; fetches the libraries.

    Raises:
        UsageError: where the rubric names an operator's folder, or pip is missing or says that it cannot.
    """
    grader = {**dict(_own_files()), RUBRIC: _kept(rubric)}
    return Parts(rubric, grader, wheels())


def as_zip(files: Files) -> bytes:
    """A zip of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.external_attr, entry.compress_type = _mode(data) << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return made.getvalue()


def as_tar(files: Files) -> bytes:
    """A tar of these files, compressed by gzip."""
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), _mode(data)
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def _mode(data: bytes) -> int:
    return 0o755 if data.startswith(b"#!") else 0o644


def below(folder: str, files: Files) -> Files:
    """The same files in a folder."""
    return {f"{folder}/{name}": data for name, data in files.items()}


def installed(libraries: Files) -> Files:
    """What wheels hold, by path, as it can be imported."""
    found = {}
    for wheel in libraries.values():
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            found.update({one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()})
    return found


def _kept(rubric: WholeRubric) -> bytes:
    folders = [part.operator for part in rubric.parts.values() if Path(part.operator).is_absolute()]
    if folders:
        raise UsageError(f"{folders[0]}: an operator of your own cannot be packed; use one of the package's")
    return json.dumps({"sha256": rubric.sha256, "rubric": json.loads(to_json(rubric))}).encode()


def _own_files() -> Iterator[tuple[str, bytes]]:
    for package in _PACKAGES:
        for path in sorted((_HOME / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"convgrade/{path.relative_to(_HOME)}", path.read_bytes()


def requirements() -> list[str]:
    """What the grader needs, as a checkout says it: what was installed of one some time ago knows an older list."""
    project = _HOME / "pyproject.toml"
    if project.is_file():
        needed = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        needed = [line for line in requires("convgrade") or () if "extra ==" not in line]
    return [line.partition(";")[0].strip() for line in needed]  # without what makes this machine's list another


def wheels() -> dict[str, bytes]:
    """The libraries that the grader needs, by file name, for Linux on x86-64 and the Python of `scripts`.

    Raises:
        UsageError: where pip is missing or says that it cannot.
    """
    platforms = [word for version in _GLIBC for word in ("--platform", f"manylinux_{version}_x86_64")]
    platforms += ["--platform", "manylinux2014_x86_64"]
    chosen = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON, *platforms]
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder, *chosen, *requirements()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = re.sub(r"\s+", " ", done.stderr.strip().rpartition("\n")[2])
            raise UsageError(f"pip cannot fetch the libraries for Python {PYTHON}: {last}")
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
