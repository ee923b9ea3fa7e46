"""Notebooks: code cells in order, everything else ignored, and lines called by their cell."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grader.errors import SubmissionRejected
from grader.records import Origin
from grader.source_code.notebook import code_of_notebook
from tests.cli import QUICKLY, SUBMISSIONS, grade, grade_json, items

ALICE = (SUBMISSIONS / "alice.py").read_text()
IMPORTS, FORWARD = ALICE[: ALICE.index("def conv_backward")].split("\n\n\n", 1)
BACKWARD = ALICE[ALICE.index("def conv_backward") :]


def notebook(*cells: str | dict[str, Any]) -> bytes:
    """A notebook of format 4; a string is a code cell."""
    made = [
        cell
        if isinstance(cell, dict)
        else {"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []}
        for cell in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}).encode()


def test_lines_of_a_mistake_are_told_by_their_cell(tmp_path: Path) -> None:
    forward, backward = (SUBMISSIONS / "carol.py").read_text().split("def conv_backward_naive")
    backward = f"def conv_backward_naive{backward}"
    path = tmp_path / "carol.ipynb"
    path.write_bytes(notebook(forward, backward))
    line = next(n for n, text in enumerate(backward.split("\n"), 1) if "pad:-pad" in text)
    assert f"Where to look (cell 2, line {line}):" in grade(path, *QUICKLY).stdout
    page = grade(path, *QUICKLY, "--format", "html").stdout
    assert re.search(rf">cell 2, line {line}</a>\. Cells with text are numbered too\.", page)


def test_notebook_is_graded_like_its_code(tmp_path: Path) -> None:
    path = tmp_path / "alice.ipynb"
    path.write_bytes(
        notebook(
            "%matplotlib inline\n%load_ext autoreload\n" + IMPORTS.split('"""')[-1],
            {"cell_type": "markdown", "source": "def conv_forward_naive(x): broken ("},
            FORWARD,
            "%%bash\nrm -rf nothing",
            BACKWARD,
            "np.zeros?\n!ls\n  %timeit 1\nthis is no Python\n",
            "print(undefined_name)",
        )
    )
    report = grade_json(path, *QUICKLY)
    assert report["score"] == 100
    assert report["submission"]["id"] == "alice"
    assert report["notes"] == [
        "alice.ipynb: cell 6, line 4: SyntaxError: invalid syntax; the blocks around such lines were left out"
    ]


def test_python_that_looks_like_magic_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    text = ALICE.replace('"""Alice', '"""What does a convolution do?\n\nAlice').replace(
        "    stride, pad =", '    msg = ("pad is %d"\n% conv_param["pad"])\n    stride, pad =', 1
    )
    path.write_bytes(notebook(text))
    assert grade_json(path, *QUICKLY)["score"] == 100


def test_hash_is_of_the_code_and_not_of_the_outputs(tmp_path: Path) -> None:
    hashes = []
    for output in ("1", "2"):
        path = tmp_path / f"{output}.ipynb"
        cell = {"cell_type": "code", "source": ALICE, "outputs": [{"text": output}]}
        path.write_bytes(notebook(cell))
        hashes.append(grade_json(path, *QUICKLY)["submission"]["sha256"])
    assert hashes[0] == hashes[1] is not None


def test_lines_are_called_by_their_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(
        notebook("import numpy as np", "def conv_forward_naive(x, w, b, p):\n    y = 1\n    return x / zero, None")
    )
    message = items(grade_json(path, *QUICKLY))["forward"]["message"]
    assert "a.ipynb: cell 2, line 3: NameError: name 'zero' is not defined" in message


def test_old_format_is_read() -> None:
    cells = [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}, {"cell_type": "heading", "source": "x"}]
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode()
    assert code_of_notebook(data, "a.ipynb") == ("x = 1\ny = 2\n", Origin("a.ipynb", (1, 0)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.ipynb: is not a Jupyter notebook (line 1: Expecting value)"),
        (b'{"cells": [', "a.ipynb: is not a Jupyter notebook (line 1: Expecting value)"),
        (
            b'{"cells": [\n<<<<<<< HEAD\n',
            "a.ipynb: is not a Jupyter notebook (line 2: a merge conflict is left there: ",
        ),
        (b'{"cells": [],\n=======\n', "a.ipynb: is not a Jupyter notebook (line 2: a merge conflict is left there: "),
        (b'{"cells": []\n>>>>>>> 07a1\n', "a.ipynb: is not a Jupyter notebook (line 2: a merge conflict is left there"),
        (b"[]", "a.ipynb: is not a Jupyter notebook (it has no cells in the usual form)"),
        (b"{}", "a.ipynb: is not a Jupyter notebook (it has no cells in the usual form)"),
        (b'{"cells": 7}', "a.ipynb: is not a Jupyter notebook (it has no cells in the usual form)"),
        (b'{"cells": [7]}', "a.ipynb: is not a Jupyter notebook (it has no cells in the usual form)"),
        (b'{"cells": [{"cell_type": "code", "source": [7]}]}', "a.ipynb: is not a Jupyter notebook"),
        (b"[" * 100_000, "a.ipynb: is not a Jupyter notebook"),
        (b"\xff\xfe\x00", "a.ipynb: is not a Jupyter notebook"),
        (notebook({"cell_type": "markdown", "source": "x"}), "a.ipynb: the notebook has no code cells"),
        (notebook("%%cython\ndef f(): pass", "!ls"), "a.ipynb: its code cells hold only commands, such as %%cython"),
    ],
)
def test_what_is_no_notebook_is_rejected(data: bytes, message: str) -> None:
    with pytest.raises(SubmissionRejected) as caught:
        code_of_notebook(data, "a.ipynb")
    assert str(caught.value).startswith(message)
