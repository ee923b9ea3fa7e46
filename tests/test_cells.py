"""Cells are read as IPython reads them: each kind is run by its transformer and by ours."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from grader.source_code.cells import python_lines
from grader.source_code.notebook import code_of_notebook
from tests.cli import grade_json
from tests.test_notebook import BACKWARD, FORWARD, IMPORTS, notebook

F = "def f(x):\n    return x + 1\n"
KINDS = {
    "a comment that ends with a question mark": "def f(x):\n    # what is x?\n    return x + 1  # is it right?\n",
    "a string that ends with a question mark": 'def f(x):\n    """What is x?"""\n    return "really?"\n',
    "a long string with commands in it": 'def f(x):\n    """Run\n%timeit f(1)\n!ls\nnp.pad?\n    """\n    return x\n',
    "a line that begins with the operator": "def f(x):\n    return (x\n% 3)\n",
    "the operator behind a backslash": "def f(x):\n    return x \\\n% 3\n",
    "a shell command that goes on": "!pip install -q \\\n    imageio\n" + F,
    "a shell command with a quote": "!echo it's \"\n" + F,
    "a shell command with an open bracket": "!echo (\n" + F,
    "an indented cell": "    def f(x):\n        return x\n    y = f(1)\n",
    "a cell indented by tabs": "\tdef f(x):\n\t\treturn x\n",
    "empty lines first": "\n\n%time y = 3\n" + F,
    "a magic that runs a statement": "%time y = 2 * 3\n" + F,
    "a magic inside a block": "if True:\n    %matplotlib inline\n" + F,
    "a magic behind a statement of a block": "if True:\n    y = 1\n    %cd /tmp\n    y = 2\n" + F,
    "a magic in a function": "def f(x):\n    %timeit 3\n    return x\n",
    "a comment between a block and a command": "if True:\n    # first\n    %matplotlib inline\n" + F,
    "the value of a shell command under a key": 'y = {}\ny["a"] = !ls\n' + F,
    "the value of a magic": "y = %pwd\n" + F,
    "the value of a shell command": "files = !ls \\\n  -l\n" + F,
    "a magic that takes a cell": "%%time\n" + F,
    "a magic that captures": "%%capture out\n" + F,
    "commands below a magic that takes a cell": "%%time\n!ls\ntry:\n    y = 1\nexcept OSError:\n    !pip install y\n"
    + F,
    "another language": "%%bash\nls\n",
    "help before": "?len\n" + F,
    "help behind": "len?\n" + F,
    "more help": "len??\nstr.join?\n" + F,
    "automatic brackets": "/str 3\n,str a\n;str a b\n" + F,
    "prompts of Python": ">>> def f(x):\n...     return x\n... \n>>> y = 2\n",
    "prompts of IPython": "In [3]: def f(x):\n   ...:     return x\n   ...: \n",
    "a dictionary and a percent sign": 'y = {"a": "%s" % 3,\n"b":\n"%d" % 4}\n' + F,
    "strings with quotes": "y = 'it\\'s' + \"a \\\" # b\" + r'\\n?'\n" + F,
    "nothing": "",
    "comments alone": "# nothing?\n",
    "no end of the last line": F + "f?",
}


class Shell:
    """What commands are given to in IPython; here it does nothing, but for `%time`, which runs what it is given."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    def run_line_magic(self, name: str, line: str) -> None:
        if name == "time":
            exec(line, self.names)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in ("time", "capture"):
            run(cell, self.names)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def run(cell: str, names: dict[str, Any]) -> None:
    """As IPython would."""
    names["get_ipython"] = lambda: Shell(names)
    exec(TransformerManager().transform_cell(cell), names)  # type: ignore[no-untyped-call]  # IPython has no types


def functions(names: dict[str, Any]) -> dict[str, Any]:
    """The functions, by what they give, and the other names that a cell has set."""
    found = {}
    for name, value in names.items():
        if isinstance(value, FunctionType) and name != "get_ipython":
            found[name] = value(4)
        elif name not in ("get_ipython", "__builtins__"):
            found[name] = value
    return found


@pytest.mark.parametrize("cell", KINDS.values(), ids=KINDS)
def test_cell_gives_the_functions_that_it_gives_in_ipython(cell: str) -> None:
    theirs: dict[str, Any] = {}
    run(cell, theirs)
    ours: dict[str, Any] = {"get_ipython": lambda: Shell(ours)}
    exec("\n".join(python_lines(cell)), ours)
    assert functions(ours) == functions(theirs)
    assert len(python_lines(cell)) == len(cell.split("\n"))


PIECES = [
    "x = 1",
    "f(x)",
    "%magic",
    "!ls",
    "np.pad?",
    "(",
    ")",
    '"""',
    "'",
    "# a",
    "\\",
    "if x:",
    "    ",
    "\n",
    "\t",
    "?",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_every_line_stays_where_it_stood(source: str) -> None:
    made = python_lines(source)
    assert len(made) == len(source.split("\n"))
    if not any(sign in source for sign in "%!?") and not source.startswith((" ", "\t", "\n")):
        assert made == source.split("\n")


@pytest.mark.parametrize("size", [2_000, 20_000])
def test_long_cells_are_read_in_time_that_grows_with_their_length(size: int) -> None:
    """A quadratic reader would take minutes for the longer one."""
    assert len(python_lines("x = f(1)?\n" * size)) == size + 1
    assert len(python_lines("(\n" * size)) == size + 1


def test_cells_are_those_that_the_format_says(tmp_path: Path) -> None:
    """Formats 3 and 4, with sheets and lists, as nbformat reads them."""
    inputs = (["a = 1\n"], ["b = 2\n", "c = 3"], ["d = 4", "e = 5"], "f = 6")
    sheets = [{"cells": [{"cell_type": "code", "input": each, "outputs": []}]} for each in inputs]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}
    new = json.loads(notebook("c = 3\nd = 4", {"cell_type": "markdown", "source": "e", "metadata": {}}))
    for cell in new["cells"]:
        cell.update({"metadata": {}, "execution_count": None} if cell["cell_type"] == "code" else {})
    new["nbformat_minor"] = 4
    for document in (old, new):
        text = json.dumps(document)
        cells = nbformat.reads(text, as_version=4).cells  # type: ignore[no-untyped-call]  # nbformat has no types
        wanted = [cell.source for cell in cells if cell.cell_type == "code"]
        code, origin = code_of_notebook(text.encode(), "a.ipynb")
        assert code.split() == "\n".join(wanted).split()
        assert len(origin.cells) == len(cells)


def marked(tmp_path: Path, cells: Sequence[str | dict[str, Any]], name: str = "a.ipynb") -> Any:
    """The report by a rubric that gives 100 points, and half a second to what hangs."""
    path, rubric = tmp_path / name, tmp_path / "r.yaml"
    path.write_bytes(notebook(*cells))
    rubric.write_text("schema: convgrade/1\nextends: correctness-only.yaml\nname: r\nlimits: {call_s: 0.25}\n")
    return grade_json(path, "--rubric", rubric)


GUARDED = 'if __name__ == "__main__":\n    PAD = "pad"\n'


@pytest.mark.parametrize(
    "cells",
    [
        [IMPORTS, "raise SystemExit('stop')", FORWARD, "import sys; sys.exit(1)", BACKWARD, "exit()"],
        [IMPORTS, FORWARD, "\tprint('demo')\n", BACKWARD, "for i in range(3)\n    print(i)\n"],
        [IMPORTS, FORWARD, ")\n", "\u3000x\n", BACKWARD],
        ["%%writefile cs231n/layers.py\n" + "\n\n".join([IMPORTS, FORWARD, BACKWARD])],
        [
            f"%%writefile 'my layers.py'\n{IMPORTS}",
            f"%%file --append a.py\n{FORWARD}",
            f'%%file "a b.PY" -a\n{BACKWARD}',
        ],
        [
            "%%writefile cs231n/layers.py\n" + "\n\n".join([IMPORTS, FORWARD, BACKWARD]),
            "from cs231n.layers import (conv_forward_naive,\n    conv_backward_naive)\nfrom layers import *\nx = 1",
        ],
        [IMPORTS, GUARDED, FORWARD.replace('["pad"]', "[PAD]"), BACKWARD.replace('["pad"]', "[PAD]")],
        [IMPORTS, {"cell_type": "code", "outputs": []}, FORWARD, {"cell_type": "raw"}, BACKWARD],
        [IMPORTS, FORWARD, "while True: pass", BACKWARD],
        [IMPORTS, FORWARD, "import os; os._exit(0)", BACKWARD],
        [IMPORTS, FORWARD, "# \ud800", "# \0", BACKWARD + "# \ud800 \0\n"],
    ],
    ids=[
        "exits",
        "indented and broken",
        "stray",
        "written",
        "appended",
        "imported",
        "main",
        "without source",
        "endless",
        "dies",
        "no text",
    ],
)
def test_what_stands_beside_the_functions_costs_nothing(tmp_path: Path, cells: list[str | dict[str, Any]]) -> None:
    assert marked(tmp_path, cells)["score"] == 100


@pytest.mark.parametrize("name", ["a.ipynb.json", "layers.py", "a.txt"])
def test_notebook_under_another_name_is_a_notebook(tmp_path: Path, name: str) -> None:
    assert marked(tmp_path, [IMPORTS, FORWARD, BACKWARD], name)["score"] == 100


def test_python_under_the_name_of_a_notebook_is_python(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text(f"{IMPORTS}\n{FORWARD}\n{BACKWARD}")
    assert grade_json(tmp_path / "a.ipynb", "--rubric", "correctness-only")["score"] == 100
