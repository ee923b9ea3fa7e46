"""Runs inside: what the names had in the part of the text that raised an error.

The shapes of arrays and of what is cut from them, and whole numbers. Nothing of the submission is run again for it: the
indices in the text are applied to stand-ins that have a shape and no memory.

Standard library and NumPy only: this module is loaded by the untrusted side.
"""

import ast
import operator
import re
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

Value = int | float | tuple[int, ...]
"""A whole number (a float, where it is one), or the shape of an array."""
_ARRAY = np.ndarray
_WHOLE = frozenset({int, *(np.dtype(kind).type for kind in "bhilqBHILQ")})
_FRACTIONS = frozenset({float, np.float64})
_MOST_NAMES, _MOST_AXES, _LARGEST = 100, 8, 10**9
"""Of a function that a person writes; what has more, or is larger, is left out."""
_IS_FUNCTION = 0x1
"""Of a code object, `CO_OPTIMIZED`: its names are in slots. What a class keeps them in may be the student's own."""
_MOST_AROUND, _MOST_LINES, _MOST_LETTERS = 3, 500, 300
"""Lines on each side that a statement may go on in, lines above it that are looked at, and letters of a line."""
_MOST_ARRAYS, _MOST_NUMBERS, _QUOTED = 4, 12, 120
"""What is told at most, and letters of what is quoted."""
_LOOP = re.compile(r"for\s+([^:]*?)\s+in\b")
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
}  # fmt: skip
_SIGNS: Mapping[type[ast.unaryop], Callable[[int], int]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
_UNKNOWN = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What comes of an index that does not fit, or of what cannot be told."""


def values_at(traceback: types.TracebackType, code: str) -> list[tuple[str, Value]]:
    """Arrays, what is cut from them, and numbers, as the text has them, with what they were when an error was raised.

    First the arrays, those that slices are cut from last; then what the loops around count with, and what else is a
    number there.
    """
    names = _names(traceback.tb_frame)
    span = next(islice(traceback.tb_frame.f_code.co_positions(), traceback.tb_lasti // 2, None))
    found = _part_of(code, traceback.tb_lineno, span) if names else None
    if found is None:
        return []
    text, tree = found
    arrays = dict(_arrays(tree, text, names))
    read = dict.fromkeys((*_counters(traceback.tb_lineno, code), *_read(tree)))
    numbers = [(name, names[name]) for name in read if isinstance(names.get(name), int | float)]
    return [*islice(arrays.items(), _MOST_ARRAYS), *numbers[:_MOST_NUMBERS]]


def _names(frame: types.FrameType) -> dict[str, Value]:
    """What the names of a function have there that is told."""
    if not frame.f_code.co_flags & _IS_FUNCTION:
        return {}
    told = ((name, _told(value)) for name, value in list(frame.f_locals.items()))
    return dict(islice(((name, value) for name, value in told if value is not None), _MOST_NAMES))


def _told(value: Any) -> Value | None:
    """A value that is told; None for any other. By its very type, so that nothing of the student's is called."""
    kind = type(value)
    if kind is _ARRAY:
        return value.shape if value.ndim <= _MOST_AXES else None
    if kind in _WHOLE:
        return int(value) if -_LARGEST < value < _LARGEST else None
    if kind in _FRACTIONS:
        return float(value) if -_LARGEST < value < _LARGEST and value == int(value) else None
    return None


def _part_of(code: str, line: int, span: Sequence[int | None]) -> tuple[str, ast.AST] | None:
    """Text and meaning of what was under way, or of the statement in that line, or of its head; None if unreadable.

    `span` has the first line, the last line, the first column and the end (in bytes of UTF-8).
    """
    lines = [each[:_MOST_LETTERS] for each in code.split("\n")]
    texts = [*_under_way(lines, span)]
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
            return text, body[0]
    return None


def _under_way(lines: Sequence[str], span: Sequence[int | None]) -> Iterator[str]:
    """The text of a span, in brackets if it takes several lines; nothing where a value is stored there, not yet told.

    >>> list(_under_way(["s = a[i] * b", "a[i] = s"], (1, 1, 4, 12))), list(_under_way(["a[i] = s"], (1, 1, 0, 4)))
    (['a[i] * b', '(a[i] * b)'], [])
    """
    first, last, start, end = span
    if first is None or last is None or start is None or end is None or last > first + 2 * _MOST_AROUND:
        return
    taken = [line.encode() for line in lines[first - 1 : last]]
    rest, taken[-1] = taken[-1][end:], taken[-1][:end]
    taken[0] = taken[0][start:]
    text = b"\n".join(taken).decode(errors="replace")
    if re.match(rb"\s*=(?!=)", rest) is None:
        yield from (text, f"({text})")


def _read(tree: ast.AST) -> Iterator[str]:
    """The names that a statement reads, in the order of its text; of `+=` also the one that it sets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _arrays(node: ast.AST, text: str, names: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """What is cut from arrays, each with its shape; behind all of it the arrays that slices are cut from."""
    cut_from: list[tuple[str, Value]] = []
    waiting = [node]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Subscript) and (shape := _shape_of(node, names)) is not None:
            segment = " ".join((ast.get_source_segment(text, node) or "").split())
            if shape and 0 < len(segment) <= _QUOTED and "`" not in segment:
                yield segment, shape
                if any(isinstance(each, ast.Slice) and (each.lower or each.upper) for each in ast.walk(node.slice)):
                    cut_from += _arrays(node.value, text, names)
            continue
        is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Name) and is_read and isinstance(value := names.get(node.id), tuple):
            yield node.id, value
        waiting[:0] = ast.iter_child_nodes(node)
    yield from cut_from


def _shape_of(node: ast.expr, names: Mapping[str, Value]) -> tuple[int, ...] | None:
    """The shape of what an index takes from an array, () for one number; None where that cannot be told."""
    try:
        value = _value(node, names)
    except _UNKNOWN:
        return None
    return value.shape if isinstance(value, np.ndarray | np.generic) else ()


def _value(node: ast.AST, names: Mapping[str, Value]) -> Any:
    """A number, an index, or an array that has a shape and no memory; raises one of `_UNKNOWN` for anything else."""
    return _VALUES[type(node)](node, names)


def _of_a_constant(node: ast.Constant, names: Mapping[str, Value]) -> Any:
    if node.value is None or node.value is ... or type(node.value) is int:
        return node.value
    raise ValueError("no index")


def _of_a_name(node: ast.Name, names: Mapping[str, Value]) -> Any:
    known = names[node.id]
    return np.broadcast_to(np.zeros(()), known) if isinstance(known, tuple) else known


def _of_two(node: ast.BinOp, names: Mapping[str, Value]) -> int:
    result: int = _ARITHMETIC[type(node.op)](_whole(node.left, names), _whole(node.right, names))
    return result


def _of_one(node: ast.UnaryOp, names: Mapping[str, Value]) -> int:
    return _SIGNS[type(node.op)](_whole(node.operand, names))


def _of_a_slice(node: ast.Slice, names: Mapping[str, Value]) -> slice:
    return slice(*(None if end is None else _whole(end, names) for end in (node.lower, node.upper, node.step)))


def _of_an_attribute(node: ast.Attribute, names: Mapping[str, Value]) -> Any:
    if node.attr not in ("shape", "T"):
        raise ValueError("not told")
    return getattr(_value(node.value, names), node.attr)


_VALUES: Mapping[type[ast.AST], Callable[[Any, Mapping[str, Value]], Any]] = {
    ast.Constant: _of_a_constant,
    ast.Name: _of_a_name,
    ast.BinOp: _of_two,
    ast.UnaryOp: _of_one,
    ast.Slice: _of_a_slice,
    ast.Tuple: lambda node, names: tuple(_index(part, names) for part in node.elts),
    ast.Subscript: lambda node, names: _value(node.value, names)[_index(node.slice, names)],
    ast.Attribute: _of_an_attribute,
}


def _whole(node: ast.AST, names: Mapping[str, Value]) -> int:
    value = _value(node, names)
    if type(value) is not int:
        raise ValueError("no whole number")
    return value


def _index(node: ast.AST, names: Mapping[str, Value]) -> Any:
    """An index; with arrays of indices the shape would depend on their numbers, or on more than one of them."""
    value = _value(node, names)
    if isinstance(value, np.ndarray | np.generic | float):
        raise ValueError("an array of indices")
    return value


def _counters(line: int, code: str) -> Sequence[str]:
    r"""What the loops around a line count with, the outermost first.

    >>> _counters(4, "def f(x):\n  for n in x:\n    for i, row in y:\n      crash()")
    ['n', 'i', 'row']
    """
    lines, found = code.split("\n"), list[str]()
    indent = _indent(lines[line - 1])
    for above in islice(reversed(lines[: line - 1]), _MOST_LINES):
        if above.strip() and not above.lstrip().startswith("#") and _indent(above) < indent:
            indent = _indent(above)
            loop = _LOOP.match(above.strip())
            found[:0] = re.findall(r"[A-Za-z_]\w*", loop[1]) if loop else []
            if above.lstrip().startswith("def "):
                break
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
