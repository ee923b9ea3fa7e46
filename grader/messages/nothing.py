"""What is None where something else belongs: which function returned it, where the text shows that."""

import re
from collections.abc import Sequence
from itertools import islice

from grader.records import Origin, StudentError

_HAS_NO = re.compile(r"'NoneType' object has no attribute '(\w+)'")
_DEFINED = re.compile(r"^def (\w+)\b", re.MULTILINE)
_MOST_LINES, _MOST_LETTERS, _MOST_NAMES = 500, 300, 20
"""Lines above the one that crashed, letters of a line, and names in that: nobody writes more, and hostile files any
number."""


def none_of(error: StudentError, code: str, origin: Origin) -> str | None:
    r"""The function of the submission that returned None for a name of the line that crashed.

    None where the text shows no function or more than one.

    >>> code = "def f(x):\n    return None, 1\n\n\ndef g(x):\n    y, n = f(x)\n    return y.reshape(n)"
    >>> error = StudentError("AttributeError", "'NoneType' object has no attribute 'reshape'", line=7)
    >>> none_of(error, code, Origin("a.py"))
    '`y` is None there: `f` returned that (a.py:6). What does it return in this case?'
    >>> none_of(StudentError(error.type, error.text, line=10**9), code, Origin("a.py"))
    >>> none_of(error, code.replace("f(x)\n", "f(x)\n    y = 2\n").replace("y.", "x."), Origin("a.py"))
    """
    lines = code.split("\n")
    if error.line is None or not 0 < error.line <= len(lines) or "NoneType" not in error.text:
        return None
    line, attribute = lines[error.line - 1], _HAS_NO.search(error.text)
    places = r"(?<![\w.])([A-Za-z_]\w*)" + (rf"\s*\.\s*{attribute[1]}\b" if attribute else r"\b(?!\s*\()")
    nearest = range(error.line - 1, max(0, error.line - 1 - _MOST_LINES), -1)
    first = next((at - 1 for at in nearest if lines[at - 1].lstrip().startswith("def ")), None)
    names = list(islice(dict.fromkeys(re.findall(places, line[:_MOST_LETTERS])), _MOST_NAMES + 1))
    if first is None or len(names) > _MOST_NAMES or len(line) > _MOST_LETTERS:
        return None
    own = set(_DEFINED.findall(code))
    above = [one[:_MOST_LETTERS] for one in lines[first : error.line - 1]]
    found = {name: _came_from(name, above) for name in names}
    returned = [(name, *call) for name, call in found.items() if call is not None and call[0] in own]
    if len(returned) != 1:
        return None
    ((name, function, place),) = returned
    at = origin.at(first + place + 1)
    return f"`{name}` is None there: `{function}` returned that ({at}). What does it return in this case?"


def _came_from(name: str, lines: Sequence[str]) -> tuple[str, int] | None:
    """The function whose result a name was last set to, and where in these lines; None where it was set otherwise.

    >>> _came_from("y", ["y = 1", "x, y = f(2)", "z = y"]), _came_from("y", ["y = f(2)", "y = y + 1"])
    (('f', 1), None)
    """
    for place in reversed(range(len(lines))):
        targets, sign, value = lines[place].partition("=")
        if sign and not value.startswith("=") and re.search(rf"(?<![\w.]){name}\s*($|,|\)|[-+*/]$)", targets.strip()):
            call = re.match(r"\s*(\w+)\(", value)
            return (call[1], place) if call else None
    return None
