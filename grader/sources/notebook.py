"""The code of a Jupyter notebook: its code cells in order, magics and shell lines dropped, outputs ignored."""

import ast
import json
from typing import Any

from grader.errors import SubmissionRejected
from grader.records import Origin

MAX_NOTEBOOK_BYTES = 64 * 1024 * 1024
"""Notebooks carry their pictures."""


def code_of_notebook(data: bytes, filename: str) -> tuple[str, Origin]:
    """The text of the code cells, and where its lines stand in the notebook.

    Args:
        data: the file's bytes: JSON of the notebook format 4 (`cells`) or 3 (`worksheets`).
        filename: for messages.

    Raises:
        SubmissionRejected: where it is no notebook, or one without code.
    """
    if len(data) > MAX_NOTEBOOK_BYTES:
        limit = f"at most {MAX_NOTEBOOK_BYTES}"
        raise SubmissionRejected(f"{filename}: {len(data)} bytes is too large for a notebook ({limit})")
    try:
        notebook = json.loads(data)
        cells = _cells(notebook)
        sources = [_source(cell) if cell.get("cell_type") == "code" else None for cell in cells]
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise SubmissionRejected(f"{filename}: is not a Jupyter notebook ({_reason(error)})") from error
    if not any(source and source.strip() for source in sources):
        raise SubmissionRejected(f"{filename}: the notebook has no code cells")
    lines: list[str] = []
    starts = []
    for source in sources:
        starts.append(len(lines) + 1 if source is not None else 0)
        lines += _python_lines(source) if source is not None else []
    return "\n".join(lines) + "\n", Origin(filename, tuple(starts))


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}: {error.msg}"
    return "it has no cells in the usual form"


def _cells(notebook: Any) -> list[Any]:
    cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
    if not isinstance(cells, list):
        raise TypeError("cells is no list")
    return cells


def _source(cell: Any) -> str:
    source = cell["source"] if "source" in cell else cell["input"]
    text = source if isinstance(source, str) else "".join(source)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _python_lines(source: str) -> list[str]:
    """The lines of a cell; if it is not Python, with a blank one for each magic, shell or help line."""
    lines = source.split("\n")
    if lines[0].startswith("%%") and not lines[0].startswith(("%%time", "%%capture", "%%prun")):
        return [""] * len(lines)
    if _parses(source):
        return lines
    return ["" if line.lstrip()[:1] in ("%", "!") or line.rstrip().endswith("?") else line for line in lines]
