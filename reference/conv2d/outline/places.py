"""Places in arrays of which an index says the row and the column."""

import ast
from collections.abc import Iterator

from reference.nodes import remembered

from .names import AXES, EMPTY, Names, called, index_of, is_call_of, text_of


def places(names: Names) -> Iterator[tuple[ast.Subscript | ast.Tuple, list[ast.expr]]]:
    """Subscripts, and tuples of `slice(...)` that are one, with a part for rows and one for columns.

    Three parts are those of one image only where each of the last two says something: `columns[:, :, i]` is none. Nor
    are three numbers of what is given or made with four axes, as `dout[:, f, i]`, or of which but one is a row or a
    column, as `flat[n, f, i * W_out + j]`. Five are none: `columns[n, c, k, l, place]`.
    """
    for node in names.nodes(ast.Subscript):
        parts = index_of(node)
        if len(parts) in (AXES, AXES + 2) or (len(parts) == AXES - 1 and _is_of_one_image(names, node, parts[1:])):
            yield node, parts[-2:]
    for node in names.nodes(ast.Tuple):
        if len(node.elts) >= AXES - 1 and any(is_call_of(part, "slice") for part in node.elts[-2:]):
            yield node, node.elts[-2:]


def _is_of_one_image(names: Names, node: ast.Subscript, last: list[ast.expr]) -> bool:
    if any(isinstance(part, ast.Slice) for part in last):
        return ":" not in map(text_of, last)
    are_places = len({bool(names.axes_of(part)) for part in last}) == 1
    return are_places and getattr(node.value, "id", "") not in {*names.inputs[:1], *_with_four_axes(names)}


@remembered
def _with_four_axes(names: Names) -> frozenset[str]:
    """Names of arrays that are made with four sizes."""
    made = [(target, value) for target, value, _ in names.pairs() if called(value) in EMPTY]
    shapes = [(getattr(to, "id", ""), names.shape_given(call)) for to, call in made if isinstance(call, ast.Call)]
    return frozenset(name for name, given in shapes if any(len(shape) == AXES for shape in given))
