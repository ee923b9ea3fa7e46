"""The grader as an ordinary user runs it, from wherever this Python lies."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.sandbox.inside.confine import everybody_may_read
from tests.cli import ENVIRONMENT, ROOT

UID = 54321
_LEFT_OUT = (
    "site-packages", "test", "idlelib", "tkinter", "turtledemo", "lib2to3", "distutils", "pydoc_data", "ensurepip",
    "config-*", "*.opt-?.pyc",
)  # fmt: skip
"""Parts of the standard library. Compiled files are copied: who may not write there would compile at every start."""


@dataclass(frozen=True)
class User:
    """Somebody who runs the grader."""

    uid: int
    python: str
    environment: dict[str, str]

    def grade(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """`grade ARGUMENTS` as this user."""
        become = {} if self.uid == os.getuid() else {"user": self.uid, "group": self.uid, "extra_groups": []}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self.python, "-m", "grader", *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**self.environment, **environment},
            timeout=600,
            check=False,
            **become,  # type: ignore[call-overload]  # the stubs know no keywords from a dict
        )
        return done


def me() -> User:
    """Whoever runs the tests."""
    return User(os.getuid(), sys.executable, ENVIRONMENT)


def ordinary(folder: Path) -> User:
    """Somebody without privileges; for root's tests. Python may lie in root's home: then it is copied."""
    python, packages = Path(sys.executable).resolve(), Path(np.__file__).parents[1]
    if not everybody_may_read(os.__file__):
        library = Path(sysconfig.get_path("stdlib"))
        shutil.copytree(library, folder / "lib" / library.name, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        for shared in library.parent.glob("libpython*"):
            shutil.copy(shared, folder / "lib")
        (folder / "bin").mkdir()
        python = Path(shutil.copy(python, folder / "bin"))
    if not everybody_may_read(np.__file__):
        packages = Path(shutil.copytree(packages, folder / "packages"))
    for name in ("grader", "reference", "rubrics"):
        shutil.copytree(ROOT / name, folder / "own" / name)
    environment = {"PYTHONPATH": f"{folder / 'own'}:{packages}", "PATH": "/usr/bin:/bin"}
    if (folder / "lib").exists():
        environment["LD_LIBRARY_PATH"] = str(folder / "lib")
    return User(UID, str(python), environment)
