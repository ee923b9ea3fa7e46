"""Variables that a line reads before anything has set them, told from the text of the function."""

import re
from collections.abc import Sequence

from grader.messages.missing import MOST_LINES, line_of_def, lines_of, sets
from grader.records import Origin, StudentError


def unset_variable(error: StudentError, code: str, origin: Origin) -> str | None:
    r"""That a variable is used in a line above the first one that sets it, or added to before there is any.

    >>> late = "def f(x):\n    y = x * z\n    z = 2\n    return y"
    >>> text = "cannot access local variable 'z' where it is not associated with a value"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=2), late, Origin("a.py"))
    '`z` is set only after this line, in a.py:3: move that up.'
    >>> unset_variable(StudentError("UnboundLocalError", text, line=2), "def f(x):\n    z += x", Origin("a.py"))
    '`z` has no value that something could be added to: set it before, as with `np.zeros`.'
    >>> itself = "def f(x):\n    z = z + x"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=2), itself, Origin("a.py"))
    'This line reads `z` to set it, and nothing has set it before: is something else meant?'
    >>> unmade = "def f(x):\n    z[0] = x\n    z = z.T"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=2), unmade, Origin("a.py"))
    '`z` was not made before this line, and a.py:3 needs it: make it first, as with `np.zeros`.'
    >>> branch = "def f(x):\n    if x:\n        z = x\n    return z"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=4), branch, Origin("a.py"))
    '`z` is set in a.py:3 alone, in the branch of a.py:2: what is it where that is not taken?'
    >>> deleted = "def f(x):\n    for z in x:\n        y = z\n        del z\n        y += z"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=5), deleted, Origin("a.py"))
    '`z` is deleted in a.py:4, and used after that.'
    >>> branch = "def f(x):\n    if x:\n        z = x\n    del d[z]\n    return z"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=5), branch, Origin("a.py"))
    '`z` is set in a.py:3 alone, in the branch of a.py:2: what is it where that is not taken?'
    >>> loop = "def f(x):\n    y = x[z]\n    for z in x: pass"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=2), loop, Origin("a.py"))
    '`z` is counted by the loop of a.py:3, and that begins only after this line.'
    >>> on_a_path = "def f(x):\n    if x: z = 1\n    z += 1"
    >>> unset_variable(StudentError("UnboundLocalError", text, line=3), on_a_path, Origin("a.py"))
    """
    missing = re.search(r"local variable '(\w{1,60})'", error.text) if error.type == "UnboundLocalError" else None
    first, lines = line_of_def(error, code), lines_of(code)
    if missing is None or first is None or error.line is None:
        return None
    name = missing[1]
    set_in = [number for number, line in enumerate(lines[first : error.line - 1], first + 1) if sets(name, line)]
    if set_in:
        return _on_some_path(name, lines, set_in, error.line, origin)
    if re.search(rf"\b{name}\b(\[.*\])?\s*[-+*/@]+=", lines[error.line - 1]):
        return f"`{name}` has no value that something could be added to: set it before, as with `np.zeros`."
    if _sets_from_itself(name, lines[error.line - 1]):
        return f"This line reads `{name}` to set it, and nothing has set it before: is something else meant?"
    return _set_later(name, lines, first, error.line, origin)


def _on_some_path(name: str, lines: Sequence[str], set_in: Sequence[int], at: int, origin: Origin) -> str | None:
    """That a variable is set in one line alone, which is in a branch or in a loop, or that it was deleted since."""
    line = lines[set_in[0] - 1]
    indent = len(line) - len(line.lstrip())
    above = (number for number in range(set_in[0] - 1, 0, -1) if lines[number - 1].strip())
    around = next((n for n in above if len(lines[n - 1]) - len(lines[n - 1].lstrip()) < indent), None)
    if len(set_in) > 1 or around is None:
        return None
    deletes = re.compile(rf"\s*del\s+\(?(?:\w+\s*,\s*)*{name}\s*(?:[,)#]|$)")
    deleted = next((n for n in range(set_in[0], at) if deletes.match(lines[n - 1])), None)
    if deleted is not None:
        return f"`{name}` is deleted in {origin.at(deleted)}, and used after that."
    told = f"`{name}` is set in {origin.at(set_in[0])} alone"
    head = re.match(r"\s*(if|elif|else|for|while)\b", lines[around - 1])
    if head is None:
        return None
    if head[1] in ("for", "while"):
        return f"{told}, in the loop of {origin.at(around)}: what is it where that has no turn?"
    return f"{told}, in the branch of {origin.at(around)}: what is it where that is not taken?"


def _set_later(name: str, lines: Sequence[str], first: int, at: int, origin: Origin) -> str | None:
    """That a variable is set below the line in which it is used, in the function that begins in line `first`."""
    indent, from_itself = len(lines[first - 1]) - len(lines[first - 1].lstrip()), None
    for after in range(at, min(len(lines), at + MOST_LINES)):
        line = lines[after].partition("#")[0]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        if _sets_from_itself(name, line):
            from_itself = from_itself or origin.at(after + 1)
        elif sets(name, line) and re.match(r"\s*for\b", line):
            return f"`{name}` is counted by the loop of {origin.at(after + 1)}, and that begins only after this line."
        elif sets(name, line):
            return f"`{name}` is set only after this line, in {origin.at(after + 1)}: move that up."
    unmade = f"`{name}` was not made before this line, and {from_itself} needs it: make it first, as with `np.zeros`."
    return unmade if from_itself else None


def _sets_from_itself(name: str, line: str) -> bool:
    """Whether a line seems to set a variable to something made of it, as `z = z.T` does."""
    return sets(name, line) and name in re.findall(r"\w+", line.partition("#")[0].partition("=")[2])
