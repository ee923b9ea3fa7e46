"""Runs inside: what the names had in the part of the text that raised an error.

The shapes of arrays and of what is cut from them, and whole numbers.

Standard library and NumPy only, and of ours only `shapes`: this module is loaded by the untrusted side.
"""

import ast
import re
import types
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from grader.sandbox.inside.shapes import Arrays, Value, item_of

_ARRAY = np.ndarray
_WHOLE = frozenset({int, *(np.dtype(kind).type for kind in "bhilqBHILQ")})
_FRACTIONS = frozenset({float, np.float64})
_MOST_NAMES, _LONGEST, _MOST_AXES, _LARGEST = 100, 100, 8, 10**9
"""Of a function that a person writes; what has more, or is longer or larger, is left out."""
_IS_FUNCTION = 0x1
"""Of a code object, `CO_OPTIMIZED`: its names are in slots. What a class keeps them in may be the student's own."""
_MOST_AROUND, _MOST_LINES, _MOST_LETTERS = 3, 500, 300
"""Lines on each side that a statement may go on in, lines above it that are looked at, and letters of a line."""
_MOST_ARRAYS, _MOST_GIVEN, _MOST_NUMBERS = 4, 2, 12
"""What is told at most."""
_LOOP = re.compile(r"for\s+([^:]*?)\s+in\b|while\s+(\w+)")


Known = list[tuple[str, Value]]
"""Parts of the text with what they were."""


def values_at(traceback: types.TracebackType, code: str, *, is_of_an_index: bool) -> tuple[Known, Known]:
    """Arrays, what is cut from them, and numbers, as the text has them, with what they were when an error was raised.

    And, by themselves, the arrays that calls were given.

    First the arrays, those that slices are cut from last; then what the loops around count with, and what else is a
    number there. Where an index does not fit (`is_of_an_index`), what is stored has no part in it, and of lists it is
    told how long they are.
    """
    if traceback.tb_frame.f_lineno != traceback.tb_lineno:
        return [], []  # it went on, in an `except` or a `finally`, which may have set names anew
    names = _names(traceback.tb_frame)
    span = next(islice(traceback.tb_frame.f_code.co_positions(), traceback.tb_lasti // 2, None))
    found = _part_of(code, traceback.tb_lineno, span, with_stores=is_of_an_index) if names else None
    if found is None:
        return [], []
    text, tree = found
    for node in (node for node in ast.walk(tree) if isinstance(node, ast.NamedExpr)):
        names.pop(getattr(node.target, "id", ""), None)  # what is set in it may have been something else before
    shapes = Arrays(text, names)
    arrays = dict(islice(shapes.of(tree), _MOST_ARRAYS))
    given = {name: shape for name, shape in shapes.given(tree) if name not in arrays}
    read, counters = [*_read(tree)], _counters(traceback.tb_lineno, code)
    counting = [name for name in counters if name in read or arrays or given or is_of_an_index]
    read += [f"len({name})" for name in read if is_of_an_index]
    numbers = [
        (name, names[name]) for name in dict.fromkeys(counting + read) if isinstance(names.get(name), int | float)
    ]
    return [*arrays.items(), *numbers[:_MOST_NUMBERS]], [*given.items()][:_MOST_GIVEN]


def _names(frame: types.FrameType) -> dict[str, Value]:
    """What the names of a function have there that is told."""
    if not frame.f_code.co_flags & _IS_FUNCTION:
        return {}
    outside = frame.f_globals
    found = {name: outside[name] for name in frame.f_code.co_names[:_MOST_NAMES] if name in outside}
    found |= dict(islice(frame.f_locals.items(), _MOST_NAMES))
    found |= {f"len({name})": len(value) for name, value in found.items() if type(value) is list}
    dicts = {name: value for name, value in found.items() if type(value) is dict}
    own = object.__getattribute__(found["self"], "__dict__") if hasattr(found.get("self"), "__dict__") else {}
    found |= {f"self.{name}": value for name, value in islice(own.items(), _MOST_NAMES)} if type(own) is dict else {}
    found |= {item_of(name, key): value for name, held in dicts.items() for key, value in islice(held.items(), 10)}
    told = ((name, _told(value)) for name, value in found.items())
    return {name: value for name, value in told if 0 < len(name) <= _LONGEST and value is not None}


def _told(value: Any) -> Value | None:
    """A value that is told; None for any other. By its very type, so that nothing of the student's is called."""
    kind = type(value)
    if kind is _ARRAY:
        return value.shape if value.ndim <= _MOST_AXES and all(size < _LARGEST for size in value.shape) else None
    if kind in _WHOLE:
        return int(value) if -_LARGEST < value < _LARGEST else None
    if kind is slice:
        return value if all(end is None or type(end) is int for end in (value.start, value.stop, value.step)) else None
    if kind in _FRACTIONS:
        return float(value) if -_LARGEST < value < _LARGEST and value == int(value) else None
    return None


def _part_of(code: str, line: int, span: Sequence[int | None], *, with_stores: bool) -> tuple[str, ast.AST] | None:
    """Text and meaning of what was under way, or of the statement in that line, or of its head.

    None if that cannot be read, or is about what came before it, as a `raise` is.

    `span` has the first line, the last line, the first column and the end (in bytes of UTF-8).
    """
    lines = [each[:_MOST_LETTERS] for each in code.split("\n")]
    texts = [*_under_way(lines, span, with_stores=with_stores)]
    ways = [(above, below) for above in range(_MOST_AROUND) for below in range(_MOST_AROUND) if above < line]
    for above, below in sorted(ways, key=sum):
        text = "\n".join(lines[line - 1 - above : line + below]).strip()
        texts.append(re.sub(r"^el(?=if\b)", "", f"{text} pass" if text.endswith(":") else text))
    for text in texts:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body = ast.parse(text).body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        if len(body) == 1:
            return None if isinstance(body[0], ast.Raise) or _takes_apart_a_result(body[0]) else (text, body[0])
    return None


def _takes_apart_a_result(node: ast.stmt) -> bool:
    """`a, b = f(c)`, which is not about c any more."""
    is_several = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List)
    return is_several and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)


def _under_way(lines: Sequence[str], span: Sequence[int | None], *, with_stores: bool) -> Iterator[str]:
    """The text of a span, in brackets if it takes several lines; nothing where a value is stored there, which is more.

    >>> list(_under_way(["s = a[i] * b", "a[i] = s"], (1, 1, 4, 12), with_stores=False))
    ['a[i] * b', '(a[i] * b)']
    >>> [list(_under_way(["a[i] = s"], (1, 1, 0, 4), with_stores=stores)) for stores in (False, True)]
    [[], ['a[i]', '(a[i])']]
    """
    first, last, start, end = span
    if first is None or last is None or start is None or end is None or last > first + 2 * _MOST_AROUND:
        return
    taken = [line.encode() for line in lines[first - 1 : last]]
    rest, taken[-1] = taken[-1][end:], taken[-1][:end]
    taken[0] = taken[0][start:]
    text = b"\n".join(taken).decode(errors="replace")
    if with_stores or re.match(rb"\s*=(?!=)", rest) is None:
        yield from (text, f"({text})")


def _read(tree: ast.AST) -> Iterator[str]:
    """The names that a statement reads, in the order of its text; of `+=` also the one that it sets."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt))
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            yield item_of(node.value.id, getattr(node.slice, "value", None))
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self":
            yield f"self.{node.attr}"
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _counters(line: int, code: str) -> Sequence[str]:
    r"""What the loops around a line count with, the outermost first.

    >>> _counters(4, "def f(x):\n  for n in x:\n    for i, row in y:\n      crash()")
    ['n', 'i', 'row']
    >>> _counters(2, "while i < H_out:\n  crash()")
    ['i']
    """
    lines, found = code.split("\n"), list[str]()
    indent = _indent(lines[line - 1])
    for above in islice(reversed(lines[: line - 1]), _MOST_LINES):
        if above.strip() and not above.lstrip().startswith("#") and _indent(above) < indent:
            indent = _indent(above)
            loop = _LOOP.match(above.strip())
            found[:0] = re.findall(r"[A-Za-z_]\w*", loop[1] or loop[2]) if loop else []
            if above.lstrip().startswith("def "):
                break
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
