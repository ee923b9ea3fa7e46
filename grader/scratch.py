"""Where files that do not last are put."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from grader.errors import JudgeError


def folder_for_scratch() -> Path:
    """A folder that can be written: TMPDIR, or what the system has for it.

    Raises:
        JudgeError: where there is none.
    """
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        text = "there is no folder for temporary files (TMPDIR, /tmp and /var/tmp cannot be written)"
        raise JudgeError(f"{text}: set TMPDIR to one that can be written") from error


def nameless_file() -> IO[bytes]:
    """A file that is gone when it is closed: in memory where the system can, for which no folder is needed."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("convgrade"), "w+b")
    return tempfile.TemporaryFile(dir=folder_for_scratch())


def remove(folder: str) -> None:
    """Remove a folder, however deep what was made in it is."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", folder], check=False, capture_output=True)
