"""Which axis a name speaks of."""

import ast
import re

HEIGHT, WIDTH = "height", "width"
_NAMED = {
    HEIGHT: re.compile(
        r"(?i)^(h(?!ori|.*(?:left|right|col))|vert|oh|out(?:put)?_?h|new_?h|n_?h(?:_|$)|rows$|top(?:_|$))"
    ),
    WIDTH: re.compile(
        r"(?i)^(w(?!.*(?:top|bottom|row))|hori|ow|out(?:put)?_?w|new_?w|n_?w(?:_|$)|col(umn)?s$|left(?:_|$))"
    ),
}


_SIZED = "(?:[kf]|field|kernel|filter|out)_?"
_OF_A_SIZE = re.compile(rf"(?i)(hh|oh|h_?out|{_SIZED}h(?:eight)?)|ww|ow|w_?out|{_SIZED}w(?:idth)?")


def named_for(target: ast.expr) -> str | None:
    """Which axis a name speaks of."""
    if not isinstance(target, ast.Name):
        return None
    return next((axis for axis, pattern in _NAMED.items() if pattern.match(target.id)), None)


def of_a_size(name: str) -> str | None:
    """Which axis a name speaks of as the size of a kernel or of the output, and says nothing else.

    >>> [of_a_size(name) for name in ("H_out", "kw", "h")]
    ['height', 'width', None]
    """
    said = _OF_A_SIZE.fullmatch(name)
    return None if said is None else HEIGHT if said[1] else WIDTH
