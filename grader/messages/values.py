"""What the names had where code crashed, in a sentence."""

import re
from collections.abc import Mapping

from grader.records import StudentError
from grader.records.calls import Value

SHAPE = " has the shape"
_OF_FLOATS = re.compile(r"'float|float64|only integers|must be integers|must be an integer|of integer")


def values_there(error: StudentError) -> str | None:
    """What the names had where an error was raised; None where that does not help.

    >>> values = (("x[n, :, 0:3]", (2, 3, 2)), ("w[f]", (2, 3, 3)), ("f", 1), ("n", 0), ("H_out", 4.0))
    >>> values_there(StudentError("ValueError", "could not be broadcast", values=values))
    'At that point `x[n, :, 0:3]` has the shape (2, 3, 2) and `w[f]` (2, 3, 3); `f` is 1 and `n` 0.'
    >>> values_there(StudentError("TypeError", "'float' object cannot be interpreted as an integer", values=values))
    'At that point `H_out` is 4.0.'
    """
    arrays, whole, floats = (
        {name: value for name, value in error.values if type(value) is kind} for kind in (tuple, int, float)
    )
    if error.type == "TypeError":
        told = [(floats, " is")] if _OF_FLOATS.search(error.text) else []
    elif error.type in ("ValueError", "IndexError", "AxisError", "ZeroDivisionError", "AssertionError"):
        told = [(arrays, SHAPE), (whole, " is")]
    else:
        told = []
    sentence = "; ".join(_listed(values, verb) for values, verb in told if values)
    return f"At that point {sentence}." if sentence else None


def _listed(values: Mapping[str, Value], verb: str) -> str:
    """Names in backticks with their values; the verb stands with the first.

    >>> _listed({"i": 4, "j": 0, "k": 1}, " is")
    '`i` is 4, `j` 0 and `k` 1'
    """
    *others, last = (f"`{name}` {value}" for name, value in values.items())
    told = " and ".join([", ".join(others), last]) if others else last
    return told.replace("` ", f"`{verb} ", 1)
