"""What the text of a max pooling says without being run: what it keeps for backward, and where known mistakes show."""

import ast
from collections.abc import Iterable, Iterator
from itertools import chain
from types import UnionType
from typing import Any

from reference.cleared import cleared
from reference.nodes import arguments_of, assigned, axes_of, named, parts_of, root_of
from reference.outlines import outlined
from reference.pooling import outline_windows
from reference.pooling.outline import divided, places

_FORWARD_PARAMETERS = 2
"""x and pool_param."""
_SMALL = 1e-3
"""What is nearer than something below this is meant to be equal."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, _FORWARD_PARAMETERS, _places)


def _places(function: ast.FunctionDef) -> dict[str, Iterable[int]]:
    return {
        **places(function),
        "assigned into dx": _assigned_into_dx(function),
        "compared": _compared(function),
        "maximum of all": _maximum_of_all(function),
        "maximum of picture": _maximum_of_picture(function),
        "winner by height": _by_height(function),
        "winner turned": chain(_by_height(function), _turned(function)),
    }


def _by_height(function: ast.FunctionDef) -> Iterator[int]:
    """The place of a winner divided by the height of its window."""
    yield from divided(function, "pool_height", is_winner=True)
    yield from outline_windows.divided_by_rows(function)


def _turned(function: ast.FunctionDef) -> Iterator[int]:
    """What is stored at the winner's column in place of its row, and the reverse: `dx[n, c, at[1] + i, at[0] + j]`.

    With `i, j = np.unravel_index(...)`, j stands for the row and i for the column.
    """
    pairs = [("{}[0]", "{}[1]", name) for name, value in named(function) if _calls_unravel(value)]
    places = {(row.format(name), column.format(name)) for row, column, name in pairs}
    for target, value in assigned(function):
        if isinstance(target, ast.Tuple) and _calls_unravel(value) and len(target.elts) == 2:
            places.add((ast.unparse(target.elts[0]), ast.unparse(target.elts[1])))
    for node in parts_of(function):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Tuple):
            said = [{ast.unparse(part) for part in parts_of(index)} for index in node.slice.elts[-2:]]
            if len(said) == 2 and any(row in said[1] and column in said[0] for row, column in places):
                yield node.lineno


def _calls_unravel(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "unravel_index"


def _assigned_into_dx(function: ast.FunctionDef) -> Iterator[int]:
    """Stores with `=` into a part of what is returned, perhaps by another name: `dx = dX`, `part = dX[n]`."""
    values = [node.value for node in parts_of(function) if isinstance(node, ast.Return)]
    returned = {value.id for value in values if isinstance(value, ast.Name)}
    returned |= {value.id for name, value in named(function) if name in returned and isinstance(value, ast.Name)}
    returned |= {name for name, value in named(function) if _is_part_of(value, returned)}
    stores = [node for node in parts_of(function) if isinstance(node, ast.Assign)]
    filled = {root_of(target) for node in stores for target in node.targets if isinstance(target, ast.Subscript)}
    filled |= {
        root_of(n.target)
        for n in parts_of(function)
        if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Subscript)
    }
    whole: set[ast.Assign] = set()
    while new := {n for n in stores if n not in whole and _is_of_an_image(n, returned) and root_of(n.value) in filled}:
        whole |= new
        returned |= {root_of(node.value) for node in new}
    clears = cleared(function)
    for node in stores:
        if (
            node not in whole
            and id(node) not in clears
            and any(_is_part_of(target, returned) for target in node.targets)
        ):
            yield node.lineno


def _is_of_an_image(node: ast.Assign, names: set[str]) -> bool:
    """Whether it stores an array as a whole image or channel: `dx[n] = one`, `dx[n, c, :, :] = one`."""
    target = node.targets[0]
    if not isinstance(node.value, ast.Name) or not isinstance(target, ast.Subscript) or not _is_part_of(target, names):
        return False
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    cut = [part for part in parts if not _is_all(part)]
    return len(cut) <= 2 and all(isinstance(part, ast.Name) for part in cut)


def _is_all(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) and part.lower is None and part.upper is None


def _is_part_of(target: ast.expr, names: set[str]) -> bool:
    return isinstance(target, ast.Subscript) and root_of(target) in names


def _compared(function: ast.FunctionDef) -> Iterator[int]:
    """Comparisons that every one of several equal cells passes: with ==, a mask with >=, or nearly equal.

    `mask[window < best] = 0` leaves them all.
    """
    nodes = list(parts_of(function))
    tests = {part for node in nodes if isinstance(node, ast.If | ast.While) for part in _parts_of_test(node.test)}
    asserted = {part for node in nodes if isinstance(node, ast.Assert) for part in parts_of(node)}
    given = {argument.arg for argument in function.args.args}
    for node in nodes:
        if node in asserted or (node in tests and _is_choice(node, given)):
            continue
        if isinstance(node, ast.Compare):
            by = ast.Eq if node in tests else ast.Eq | ast.GtE
            yield from (node.lineno,) if _is_nearly(node) or _is_of_cells(node, by) else ()
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("isclose", "equal"):
            yield node.lineno
        elif isinstance(node, ast.Assign) and ast.unparse(node.value) in ("0", "0.0", "False"):
            yield from (target.lineno for target in node.targets if _is_where_less(target))


def _is_choice(node: ast.AST, given: set[str]) -> bool:
    """`if direction == 0`, where a function does what a number that it is given says."""
    sides = (node.left, *node.comparators) if isinstance(node, ast.Compare) else ()
    is_given = any(isinstance(side, ast.Name) and side.id in given for side in sides)
    return is_given and any(isinstance(side, ast.Constant) for side in sides)


def _is_where_less(target: ast.expr) -> bool:
    """`mask[window < best]`"""
    index = target.slice if isinstance(target, ast.Subscript) else None
    return isinstance(index, ast.Compare) and [type(one) for one in index.ops] == [ast.Lt]


def _parts_of_test(node: ast.expr) -> Iterator[ast.expr]:
    """What is joined by `and`, `or` and `not`."""
    joined = node.values if isinstance(node, ast.BoolOp) else [node.operand] if isinstance(node, ast.UnaryOp) else []
    yield from (part for one in joined for part in _parts_of_test(one)) if joined else (node,)


def _maximum_of_all(function: ast.FunctionDef) -> Iterator[int]:
    """A maximum without axes, or over the second one, of a window that was cut out with all of its channels."""
    windows = {name for name, value in named(function) if _has_all(value)}
    for node in parts_of(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MAXIMA:
            axes = axes_of(node)
            is_window = any(_has_all(array) or root_of(array) in windows for array in arguments_of(node)[:1])
            if is_window and (not axes or _is_first(axes[0])):
                yield node.lineno


def _maximum_of_picture(function: ast.FunctionDef) -> Iterator[int]:
    """`np.max(x[n, c])`, `x.max(axis=(2, 3))`: of what is first in the cache, without a slice of rows and columns."""
    given = function.args.args[1].arg if len(function.args.args) > 1 else ""
    images = {
        root_of(target.elts[0])
        for target, value in assigned(function)
        if isinstance(target, ast.Tuple) and root_of(value) == given
    }
    for node in parts_of(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MAXIMA:
            of_image = (array for array in arguments_of(node)[:1] if root_of(array) in images)
            if any(not _is_window(array) for array in of_image):
                yield node.lineno


def _is_window(array: ast.expr) -> bool:
    parts = (part for part in parts_of(array) if isinstance(part, ast.Slice))
    return any(part.lower is not None or part.upper is not None for part in parts)


_MAXIMA = ("max", "amax", "argmax")


def _has_all(value: ast.expr) -> bool:
    """Whether it is `x[n, :, ...]` or `x[:, :, ...]`."""
    parts = value.slice.elts if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Tuple) else []
    whole = [isinstance(part, ast.Slice) and part.lower is part.upper is None for part in parts]
    return len(parts) == 4 and whole[1]


def _is_first(axes: ast.expr) -> bool:
    """Whether the axis of channels is among some, counted in an array of four."""
    return isinstance(axes, ast.Tuple) and any(isinstance(part, ast.Constant) and part.value == 1 for part in axes.elts)


def _is_nearly(node: ast.Compare) -> bool:
    """`np.abs(window - best) < 1e-9`"""
    last = node.comparators[-1]
    is_small = isinstance(last, ast.Constant) and isinstance(last.value, float) and 0 < last.value < _SMALL
    return is_small and any(isinstance(operator, ast.Lt | ast.LtE) for operator in node.ops)


def _is_of_cells(node: ast.Compare, operators: UnionType | type) -> bool:
    compares = any(isinstance(operator, operators) for operator in node.ops)
    return compares and not any(map(_is_about_sizes, (node.left, *node.comparators)))


def _is_about_sizes(node: ast.expr) -> bool:
    """A remainder, a shape, a whole number, or the name of a mode: no cell is compared."""
    return (
        (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "int")
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod))
        or (isinstance(node, ast.Attribute) and node.attr == "shape")
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )
