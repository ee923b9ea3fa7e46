"""An attribute that nothing has, beside one of which its name may be a slip."""

import re
from difflib import get_close_matches

import numpy as np

from grader.messages.missing import lines_of
from grader.records import StudentError

_NO_ATTRIBUTE = re.compile(r"(?:module '(numpy)'|'(numpy\.ndarray|\w{1,60})' object) has no attribute '(\w{1,60})'")
_ATTRIBUTE = re.compile(r"\bself\.([A-Za-z_]\w{0,59}) *=(?!=)")
_METHOD = re.compile(r"\s+def (\w{1,60})\b")


def near_attribute(error: StudentError, code: str) -> str | None:
    r"""That NumPy, an array or an object has no attribute of a name, beside the one of which it may be a slip.

    >>> near_attribute(StudentError("AttributeError", "module 'numpy' has no attribute 'zeross'"), "")
    'NumPy has no `zeross`: is `zeros` meant?'
    >>> near_attribute(StudentError("AttributeError", "'numpy.ndarray' object has no attribute 'reshap'"), "")
    'Arrays have no `reshap`: is `reshape` meant?'
    >>> window = "class Window:\n  def __init__(self, stride):\n    self.stride = stride"
    >>> near_attribute(StudentError("AttributeError", "'Window' object has no attribute 'strid'"), window)
    'A `Window` has no `strid`: is `stride` meant?'
    >>> near_attribute(StudentError("AttributeError", "'Window' object has no attribute 'stride'"), window)
    >>> near_attribute(StudentError("AttributeError", "module 'numpy' has no attribute 'int'"), "")
    """
    found = _NO_ATTRIBUTE.search(error.text) if error.type == "AttributeError" else None
    if found is None or len(found[3]) <= _SHORT:
        return None
    is_array = found[2] == "numpy.ndarray"
    there = dir(np) if found[1] else dir(np.ndarray) if is_array else _attributes_of(found[2], code)
    near = [other for other in there if not other.startswith("_") and abs(len(other) - len(found[3])) <= 1]
    likely = get_close_matches(found[3], near, 1, _CLOSE) if found[3] not in there else []
    whose = "NumPy has" if found[1] else "Arrays have" if is_array else f"A `{found[2]}` has"
    return (
        f"{whose} no `{found[3]}`: is `{likely[0]}` meant?" if likely and not _are_sides(found[3], likely[0]) else None
    )


_CLOSE, _SHORT = 0.85, 3
"""How alike two names of attributes have to be, and letters of one that may be short for anything."""


def _attributes_of(owner: str, code: str) -> list[str]:
    """What the methods of a class of the file set, and these."""
    lines = lines_of(code)
    first = next((at for at, line in enumerate(lines) if re.match(rf"class {owner}\b", line)), len(lines))
    body = lines[first + 1 : next((at for at in range(first + 1, len(lines)) if lines[at][:1].strip(" #")), len(lines))]
    indents = [len(line) - len(line.lstrip()) for line in body if line.strip()]
    methods = [found[1] for line in body if (found := _METHOD.match(line)) and found.start(1) - 4 == min(indents)]
    return [name for line in body for name in _ATTRIBUTE.findall(line)] + methods


def _are_sides(one: str, other: str) -> bool:
    """Whether one says of height what the other says of width: `stride_h`, `stride_w`."""
    return one.replace("w", "h") == other.replace("w", "h")
