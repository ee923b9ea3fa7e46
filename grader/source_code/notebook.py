"""The code of a Jupyter notebook: its code cells in order, as IPython would run them; outputs are ignored."""

import json
import re
from typing import Any

from grader.errors import SubmissionRejected
from grader.records import Origin
from grader.source_code.cells import laid_aside, modules_written, python_lines, without_imports

_BEGINNING = re.compile(rb'\s*\{\s*"(?:cells|metadata|nbformat|nbformat_minor|worksheets|orig_nbformat)"\s*:')
"""How the JSON text of one begins, whichever of its keys is the first."""
_PYTHON = re.compile(rb"^(?:def|import|from|class)[ \t]", re.MULTILINE)
"""How a line of Python begins, and none of JSON: a Python file that is called a notebook."""
CONFLICT = "a merge conflict is left there: keep one of its two versions"
MAX_BYTES = 256 * 1024
"""Most bytes of code, in a Python file or in the cells of a notebook: some ten times what anybody writes."""
MAX_NOTEBOOK_BYTES = 64 * 1024 * 1024
"""Notebooks carry their pictures."""


def is_notebook(data: bytes, filename: str) -> bool:
    """Whether a file is a notebook: by its text, such as `a.ipynb.json`, or by its name unless it holds Python."""
    if _BEGINNING.match(data):
        return True
    return filename.lower().endswith(".ipynb") and not _PYTHON.search(data, 0, MAX_BYTES)


def code_of_notebook(data: bytes, filename: str) -> tuple[str, Origin]:
    """The text of the code cells, and where its lines stand in the notebook.

    Args:
        data: the file's bytes: JSON of the notebook format 4 (`cells`) or 3 (`worksheets`).
        filename: for messages.

    Raises:
        SubmissionRejected: where it is no notebook, or one without code.
    """
    if len(data) > MAX_NOTEBOOK_BYTES:
        raise SubmissionRejected(f"{filename}: is too large for a notebook (at most {MAX_NOTEBOOK_BYTES} bytes)")
    try:
        notebook = json.loads(data)
        cells = _cells(notebook)
        sources = [_source(cell) if cell.get("cell_type") == "code" else None for cell in cells]
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise SubmissionRejected(f"{filename}: is not a Jupyter notebook ({_reason(error)})") from error
    if not any(source and source.strip() for source in sources):
        raise SubmissionRejected(f"{filename}: the notebook has no code cells")
    if sum(len(source or "") for source in sources) > MAX_BYTES:
        raise SubmissionRejected(
            f"{filename}: its cells are too large for a submission (at most {MAX_BYTES} bytes of code)"
        )
    lines: list[str] = []
    starts = []
    aside = laid_aside([source or "" for source in sources])
    for number, source in enumerate(sources):
        starts.append(len(lines) + 1 if source is not None else 0)
        if source is not None:
            lines += [""] * (source.count("\n") + 1) if number in aside else python_lines(source)
    if not any(map(str.strip, lines)):
        raise SubmissionRejected(
            f"{filename}: its code cells hold only commands, such as %%cython or !pip; "
            "put the functions into a cell that begins with none"
        )
    text = without_imports("\n".join(lines) + "\n", modules_written(source for source in sources if source))
    return text, Origin(filename, tuple(starts))


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        line = error.doc[error.doc.rfind("\n", 0, error.pos) + 1 : error.pos + 8].lstrip()
        is_conflict = line.startswith(("<<<<<<< ", "=======", ">>>>>>> "))
        return f"line {error.lineno}: {CONFLICT if is_conflict else error.msg}"
    return "it has no cells in the usual form"


def _cells(notebook: Any) -> list[Any]:
    """Those of a notebook of format 4; of 2 and 3, which have them in sheets, those of all sheets."""
    sheets = [notebook] if "cells" in notebook else notebook["worksheets"]
    cells = [cell for sheet in sheets for cell in sheet["cells"]]
    if not all(isinstance(sheet["cells"], list) for sheet in sheets):
        raise TypeError("cells is not a list")
    return cells


def _with_ends(source: Any) -> Any:
    r"""The text or the lines of a cell of format 3, whose lines may lack their ends.

    >>> _with_ends("a"), _with_ends(["a\n", "b"]), _with_ends(["a", "b"])
    ('a', ['a\n', 'b'], 'a\nb')
    """
    has_ends = isinstance(source, str) or not source or source[0].endswith(("\n", "\r"))
    return source if has_ends else "\n".join(source)


def _source(cell: Any) -> str:
    """The text of a cell, which may be one string or a list of lines, or not be there."""
    source = cell["source"] if "source" in cell else _with_ends(cell.get("input", ""))
    text = source if isinstance(source, str) else "".join(source)
    text = text.encode("utf-8", "replace").decode().replace("\0", "?")  # no source text can hold what is replaced
    return text.replace("\r\n", "\n").replace("\r", "\n")
