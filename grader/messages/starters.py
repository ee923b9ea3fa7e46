"""What starter code leaves to be written."""

import re
from collections.abc import Sequence

from grader.messages.missing import IN_QUOTES, MISSING_NAME, line_of_def
from grader.records import StudentError

_MOST_OF_A_STARTER = 6
"""Lines that starters have after what is to be written."""
_IS_EMPTY = re.compile(r"(pass|[\w, ]{1,200}=\s*None(\s*,\s*None)*)?")
"""What starters have where something is to be written."""
_MOST_LINES = 500
"""Lines below the one that crashed: nobody writes more, and this process shall not wait for whoever does."""


def unwritten(error: StudentError, code: str) -> str | None:
    r"""That a function is still to be written: nothing is above the line that crashed but None, and little below it.

    >>> starter = "def f(x):\n    dx, dw = None, None\n    # TODO\n    pass\n    dx = dx_pad[1:]\n    return dx"
    >>> error = StudentError("NameError", "name 'dx_pad' is not defined", line=5)
    >>> unwritten(error, starter)
    'Nothing sets `dx_pad`, and nothing is written above this line yet.'
    >>> unwritten(error, starter.replace("pass", "y = 1")), unwritten(error, "def f(x):\n    # first\n    y = dx_pad")
    (None, None)
    >>> unwritten(error, f"{starter[: -len('return dx')]}for n in range(3):\n        dx[n] = dx_pad[n]\n    return dx")
    """
    missing = MISSING_NAME.search(error.text) if error.type == "NameError" else None
    lines, first = code.split("\n"), line_of_def(error, code)
    if missing is None or first is None or not lines[first - 1].partition("#")[0].rstrip().endswith(":"):
        return None
    assert error.line is not None
    above = IN_QUOTES.sub(" ", "\n".join(lines[first : error.line - 1])).split("\n")
    statements = [line.partition("#")[0].strip() for line in above]
    if (
        not any(statements)
        or not all(map(_IS_EMPTY.fullmatch, statements))
        or _is_written(lines[first:], error.line - first)
    ):
        return None
    return f"Nothing sets `{missing[1]}`, and nothing is written above this line yet."


def _is_written(lines: Sequence[str], at: int) -> bool:
    """Whether a function, whose lines begin these, goes on after one of them with a loop or more than a few lines."""
    below = [line.partition("#")[0] for line in lines[at : at + _MOST_LINES]]
    end = next((i for i, line in enumerate(below) if line.strip() and not line[0].isspace()), len(below))
    left = [line.strip() for line in below[:end] if line.strip()]
    return len(left) > _MOST_OF_A_STARTER or any(line.startswith(("for ", "while ")) for line in left)
