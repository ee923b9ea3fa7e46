"""Where rows and columns of pixels are computed of a window's number and a place in the kernel."""

import ast
from collections.abc import Iterator, Mapping

from reference.placed import kind_of_pixel

from .names import Names, index_of, is_call_of, names_in, text_of

_POINTS = ((2, 3, 5, 7), (11, 4, 3, 2), (1, 13, 8, 6))
"""Window, place in the kernel, stride and pad: what is equal at all of these is the same formula."""


def misplaced(names: Names) -> dict[str, list[int]]:
    """By kind, the lines where such a row or column is not `window * stride + tap - pad`.

    Nor without the pad, where the formula has none. One that has anything else in it, or no stride, may be of other
    places.
    """
    loops = [loop for loop in names.loops if not _begins_elsewhere(loop)]
    counters = {part.id for loop in loops for part in ast.walk(loop.target) if isinstance(part, ast.Name)}
    found: dict[str, list[int]] = {}
    for formula in _formulas(names):
        used = names_in(formula)
        counting, strides, pads = sorted(used & counters), used & names.strides, used & names.pads
        is_whole = len(counting) == 2 and len(strides) == 1 and len(pads) < 2 and not used - counters - strides - pads
        if not is_whole or not all(isinstance(part, _ALLOWED) for part in ast.walk(formula)):
            continue
        stride, pad = next(iter(strides)), next(iter(pads), "")
        orders = [(*order, stride, pad) for order in (counting, counting[::-1])]
        if not any(_is_right(formula, order) for order in orders):
            order = next((order for order in orders if _steps(formula, order)), orders[0])
            kind = kind_of_pixel(*order, is_met=_steps(formula, order) < 0)
            lines = found.setdefault(kind, [])
            lines += [formula.lineno] if formula.lineno not in lines else []
    return found


_ALLOWED = (ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Name, ast.Load)


def _begins_elsewhere(loop: ast.For) -> bool:
    """`range(1, H_out + 1)`: then window i lies where i - 1 says."""
    ends = loop.iter.args if is_call_of(loop.iter, "range") else []
    return len(ends) > 1 and text_of(ends[0]) != "0"


def _formulas(names: Names) -> Iterator[ast.expr]:
    """What names are set to, and indices of arrays with several axes."""
    yield from (value for target, value, _ in names.pairs() if isinstance(target, ast.Name))
    for node in names.nodes(ast.Subscript):
        yield from (part for part in index_of(node) if len(index_of(node)) > 2)


def _is_right(formula: ast.expr, order: tuple[str, ...]) -> bool:
    """Whether it gives the pixel, or the place in the kernel that meets a pixel: `pixel + pad - window * stride`."""
    found = [_value(formula, dict(zip(order, at, strict=True))) for at in _POINTS]
    pads = [pad if order[-1] else 0 for *_, pad in _POINTS]
    steps = [(window * stride, other) for window, other, stride, _ in _POINTS]
    pixels = [step + tap - pad for (step, tap), pad in zip(steps, pads, strict=True)]
    return found in (pixels, [pixel + pad - step for (step, pixel), pad in zip(steps, pads, strict=True)])


def _steps(formula: ast.expr, order: tuple[str, ...]) -> int:
    """1 if the first of these is multiplied by the stride, -1 if that is subtracted, else 0."""
    window, other, stride, pad = _POINTS[0]
    at = [dict(zip(order, (one, other, stride, pad), strict=True)) for one in (window, window + 1)]
    step = _value(formula, at[1]) - _value(formula, at[0])
    return step // stride if abs(step) == stride else 0


def _value(node: ast.expr, of: Mapping[str, int]) -> int:
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, of), _value(node.right, of)
        return (
            left + right
            if isinstance(node.op, ast.Add)
            else left - right
            if isinstance(node.op, ast.Sub)
            else left * right
        )
    return of[node.id] if isinstance(node, ast.Name) else int(getattr(node, "value", 0))
