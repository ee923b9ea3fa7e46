"""`%%grade` in a notebook: the cell is run there, and graded as the notebook stands."""

import argparse
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from grader.api.report import GradeReport
from grader.api.single import grade
from grader.errors import GradeError, UsageError
from grader.scratch import folder_for_scratch

_MAGIC = "%%grade"
_NAME = "this_notebook"
"""What the report calls the submission."""


class _Arguments(argparse.ArgumentParser):
    """Of `%%grade`: where they are wrong, nothing ends but the cell."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{_MAGIC}: {message}; it takes [--rubric FILE] [--timing]")


def register(shell: Any) -> None:
    """Give an IPython shell `%%grade`."""

    def run(line: str, cell: str) -> GradeReport | None:
        from IPython.core import error  # noqa: PLC0415  # only a notebook has it

        if not shell.run_cell(cell).success:
            return None
        try:
            return grade_cells([*map(_without_magic, shell.history_manager.input_hist_raw[:-1]), cell], line)
        except GradeError as wrong:
            raise error.UsageError(str(wrong)) from wrong  # which is shown in a line

    shell.register_magic_function(run, magic_kind="cell", magic_name="grade")


def grade_cells(cells: Sequence[str], line: str = "") -> GradeReport:
    """Grade the code cells of a notebook; `line` are the arguments of `%%grade`.

    Raises:
        UsageError: where the arguments are wrong.
    """
    options = _parsed(line)
    written = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    with TemporaryDirectory(prefix="convgrade-", dir=folder_for_scratch()) as folder:
        path = Path(folder) / f"{_NAME}.ipynb"
        path.write_text(json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
        return grade(path, options.rubric, timing=options.timing).for_student()


def _parsed(line: str) -> argparse.Namespace:
    parser = _Arguments(prog=_MAGIC, add_help=False)
    parser.add_argument("--rubric")
    parser.add_argument("--timing", action="store_true")
    return parser.parse_args(shlex.split(line))


def _without_magic(cell: str) -> str:
    """An earlier cell that was graded, without the line that says so."""
    first, _, rest = cell.lstrip().partition("\n")
    return rest if first.startswith(_MAGIC) else cell
