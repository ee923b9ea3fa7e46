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
    >>> values_there(StudentError("ValueError", "could not broadcast", values=[("c", (9,))], given=values[:1]))
    'At that point `c` has the shape (9,) and, given to a call, `x[n, :, 0:3]` (2, 3, 2).'
    >>> values_there(StudentError("ValueError", "could not be broadcast", values=values))
    'At that point `x[n, :, 0:3]` has the shape (2, 3, 2) and `w[f]` (2, 3, 3); `f` is 1 and `n` 0.'
    >>> values_there(StudentError("TypeError", "'float' object cannot be interpreted as an integer", values=values))
    'At that point `H_out` is 4.0.'
    >>> values = [("a", (1, 3, 2)), ("w[f]", (1, 2, 3))]
    >>> print(values_there(StudentError("ValueError", "could not be broadcast together", values=values)))
    At that point `a` has the shape (1, 3, 2) and `w[f]` (1, 2, 3). Their last two sizes are the other way round.
    """
    arrays, whole, floats = (
        {name: value for name, value in error.values if type(value) is kind} for kind in (tuple, int, float)
    )
    if error.type == "TypeError":
        told = [_listed(floats, " is")] if _OF_FLOATS.search(error.text) else []
    elif error.type in ("ValueError", "IndexError", "AxisError", "ZeroDivisionError", "AssertionError"):
        told = [_of_arrays(arrays, dict(error.given)), _listed(whole, " is")]
    else:
        told = []
    return f"At that point {'; '.join(filter(None, told))}.{_exchanged(arrays, error.text)}" if any(told) else None


def _exchanged(met: Mapping[str, Value], text: str) -> str:
    """That the first two arrays would fit if the last two axes of one changed places, and others are cut by those.

    >>> a, b, text = (1, 3, 2), (4, 2, 3), "operands could not be broadcast together"
    >>> _exchanged({"x[i:j]": a, "b": b, "x": (8, 9)}, text), _exchanged({"a": (3, 1), "b": (1, 3)}, text)
    (' The first two have their last two sizes the other way round.', '')
    """
    cut = [name for name in met if not any(other.startswith(f"{name}[") for other in met)]
    one, other = [value for name in cut if isinstance(value := met[name], tuple)] if len(cut) == 2 else ((), ())
    fits_anyhow = 1 in one[-2:] and not re.search("match the broadcast shape|input array", text)
    if "broadcast" not in text or len(one) < 2 or one[-2:] != other[:-3:-1] or one[-1] == one[-2] or fits_anyhow:
        return ""
    sizes = "Their last two sizes are" if len(met) == 2 else "The first two have their last two sizes"
    return f" {sizes} the other way round."


def _of_arrays(met: Mapping[str, Value], given: Mapping[str, Value]) -> str:
    """The shapes of those that met, and of those that calls were given.

    >>> _of_arrays({"c": (9,), "d": (4,)}, {"w": (3,)}), _of_arrays({}, {"w": (3,)})
    ('`c` has the shape (9,), `d` (4,) and, given to a call, `w` (3,)', '`w`, given to a call, has the shape (3,)')
    """
    if not met:
        return _listed(given, f", given to a call,{SHAPE}")
    if not given:
        return _listed(met, SHAPE)
    of_met = ", ".join(f"`{name}` {shape}" for name, shape in met.items()).replace("` ", f"`{SHAPE} ", 1)
    return f"{of_met} and, given to a call, {_listed(given, '')}"


def _listed(values: Mapping[str, Value], verb: str) -> str:
    """Names in backticks with their values; the verb stands with the first.

    >>> _listed({"i": 4, "j": 0, "k": 1}, " is")
    '`i` is 4, `j` 0 and `k` 1'
    """
    *others, last = [f"`{name}` {value}" for name, value in values.items()] or [""]
    told = " and ".join([", ".join(others), last]) if others else last
    return told.replace("` ", f"`{verb} ", 1)
