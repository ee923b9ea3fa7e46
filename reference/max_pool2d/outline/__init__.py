"""What the text of a max pooling says without being run: what it keeps for backward, and where known mistakes show."""

import ast
from collections.abc import Iterator
from itertools import chain
from types import UnionType
from typing import Any

from reference.nodes import assigned, root_of
from reference.outlines import outlined
from reference.pooling import outline_windows

_FORWARD_PARAMETERS = 2
"""x and pool_param."""
_SMALL = 1e-3
"""What is nearer than something below this is meant to be equal."""


def outline(text: str, first_line: int) -> dict[str, Any]:
    """As `reference.outlines.outlined`."""
    return outlined(text, first_line, _FORWARD_PARAMETERS, _places)


def _places(function: ast.FunctionDef) -> dict[str, Iterator[int]]:
    return {
        "assigned into dx": _assigned_into_dx(function),
        "compared": _compared(function),
        "maximum of all": _maximum_of_all(function),
        "size by stride": _by_stride(function),
        "size by window": _divided(function, "pool_height", "pool_width", is_winner=False),
        "winner by height": chain(
            _divided(function, "pool_height", is_winner=True), outline_windows.divided_by_rows(function)
        ),
        "window swapped": _swapped(function),
        **outline_windows.places(function),
    }


def _assigned_into_dx(function: ast.FunctionDef) -> Iterator[int]:
    """Stores with `=` into a part of what is returned."""
    values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    returned = {value.id for value in values if isinstance(value, ast.Name)}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(_is_part_of(target, returned) for target in node.targets):
            yield node.lineno


def _is_part_of(target: ast.expr, names: set[str]) -> bool:
    return isinstance(target, ast.Subscript) and root_of(target) in names


def _compared(function: ast.FunctionDef) -> Iterator[int]:
    """Comparisons of numbers that every one of several equal cells passes: with ==, a mask with >=, or nearly equal."""
    tests = {node.test for node in ast.walk(function) if isinstance(node, ast.If | ast.While | ast.Assert)}
    for node in ast.walk(function):
        if isinstance(node, ast.Compare):
            by = ast.Eq if node in tests else ast.Eq | ast.GtE
            yield from (node.lineno,) if _is_nearly(node) or _is_of_cells(node, by) else ()
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("isclose", "equal"):
            yield node.lineno


def _maximum_of_all(function: ast.FunctionDef) -> Iterator[int]:
    """A maximum without axes, or over the second one, of a window that was cut out with all of its channels."""
    windows = {target.id for target, value in assigned(function) if isinstance(target, ast.Name) and _has_all(value)}
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MAXIMA:
            is_of_numpy = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")
            array, *others = [*node.args, node] if is_of_numpy else [node.func.value, *node.args]
            axes = [*others[: len(node.args) - is_of_numpy], *(one.value for one in node.keywords if one.arg == "axis")]
            is_window = _has_all(array) or (isinstance(array, ast.Name) and array.id in windows)
            if is_window and (not axes or _is_first(axes[0])):
                yield node.lineno


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
    """A remainder, a shape, or the name of a mode: no cell is compared."""
    return (
        (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod))
        or (isinstance(node, ast.Attribute) and node.attr == "shape")
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    )


def _divided(function: ast.FunctionDef, *sizes: str, is_winner: bool) -> Iterator[int]:
    """Divisions by a size of the window: of a winner's place in it, or of anything else."""
    values = [(target.id, value) for target, value in assigned(function) if isinstance(target, ast.Name)]
    names = {name for name, value in values if any(_has(value, size) for size in sizes) and not _computes(value)}
    winners = {name for name, value in values if _has(value, "argmax")}
    for node, above, below in _divisions(function):
        by_size = any(_has(below, size) for size in (*names, *sizes))
        if by_size and any(_has(above, name) for name in (*winners, "argmax")) is is_winner:
            yield node.lineno


def _by_stride(function: ast.FunctionDef) -> Iterator[int]:
    """Divisions of a name by the stride, without anything subtracted before: `H // stride`."""
    values = [(target.id, value) for target, value in assigned(function) if isinstance(target, ast.Name)]
    strides = {name for name, value in values if _has(value, "stride") and not _computes(value)} | {"stride"}
    for node, above, below in _divisions(function):
        if isinstance(above, ast.Name) and any(_has(below, name) for name in strides):
            yield node.lineno


def _swapped(function: ast.FunctionDef) -> Iterator[int]:
    """Slices whose rows end by the width of the window and whose columns by its height, unless names are swapped."""
    values = [(target.id, value) for target, value in assigned(function) if isinstance(target, ast.Name)]
    heights, widths = (
        {name for name, value in values if _has(value, size) and not _computes(value)} | {size}
        for size in ("pool_height", "pool_width")
    )
    if any("w" in name.lower() for name in heights - {"pool_height"}) or heights & widths:
        return
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            ends = [part.upper for part in node.slice.elts[-2:] if isinstance(part, ast.Slice) and part.upper]
            if len(ends) == 2 and _ends_by(ends[0], widths, heights) and _ends_by(ends[1], heights, widths):
                yield node.lineno


def _ends_by(node: ast.expr, these: set[str], others: set[str]) -> bool:
    """Whether some of these names are in it, and none of the others."""
    return any(_has(node, name) for name in these) and not any(_has(node, name) for name in others)


def _divisions(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr, ast.expr]]:
    """`a / b`, `a // b`, `a % b` and `divmod(a, b)`."""
    for node in ast.walk(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            yield node, node.left, node.right
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "divmod" and len(node.args) > 1:
            yield node, node.args[0], node.args[1]


def _computes(node: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp) for part in ast.walk(node))


def _has(node: ast.expr, word: str) -> bool:
    """Whether a name, an attribute or a key in it is this one."""
    parts = ast.walk(node)
    return any(word in (getattr(p, "id", None), getattr(p, "attr", None), getattr(p, "value", None)) for p in parts)
