"""Places where heights and widths, or the pad once and twice, are mixed up in a size, and what is made in loops."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.cleared import begun_for_each, cleared
from reference.nodes import parts_of, root_of

from .axes import COLUMNS, ROWS, sizes_of
from .axis_names import HEIGHT, WIDTH
from .names import AXES, EMPTY, Names, called, names_in
from .sizes import formulas
from .turned import renamed

Lines = Iterator[int]
_DIVIDES = ast.FloorDiv | ast.Div


def _axes_mixed(names: Names) -> Lines:
    """The formula for the output size with sizes of both axes in it: `(W + 2 * pad - HH) // stride + 1`."""
    if list(renamed(names)):
        return
    sizes = sizes_of(names)
    for _, value, line in formulas(names):
        axes = {axis for name in names_in(value) for axis in (ROWS, COLUMNS) if sizes.get(name, "").startswith(axis)}
        parts = [part for part in parts_of(value) if isinstance(part, ast.Tuple | ast.List)]
        divisions = [part for part in parts_of(value) if isinstance(part, ast.BinOp) and isinstance(part.op, _DIVIDES)]
        products = [part for part in parts_of(value) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)]
        is_number = len(divisions) > 1 or any(part in divisions for product in products for part in parts_of(product))
        is_of_one = names.mentions(value, "stride") and not parts and not is_number  # of all places
        yield from (line,) if len(axes) > 1 and is_of_one else ()


def _shapes(names: Names) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    """Rows, columns and line of the arrays of four axes that are made of zeros."""
    for call in names.nodes(ast.Call):
        for shape in names.shape_given(call) if called(call) in EMPTY else ():
            if len(shape) == AXES and not names.axes_of(shape[0]) and not names.axes_of(shape[1]):
                yield shape[2], shape[3], call.lineno


def _width_of_height(names: Names) -> Lines:
    """An array that is made with columns that are computed of a height, or with rows of a width."""
    for rows, columns, line in () if list(renamed(names)) else _shapes(names):
        crossed = [size for size, axis in ((rows, WIDTH), (columns, HEIGHT)) if names.axes_of(size) == {axis}]
        if any(isinstance(size, ast.BinOp) for size in crossed):
            yield line


def _pad_once(names: Names) -> Lines:
    """An array that is made with as many rows as x has and the pad, once."""
    for rows, columns, line in _shapes(names):
        if any(isinstance(size, ast.BinOp) and _adds_pad(names, size) for size in (rows, columns)):
            yield line


def _adds_pad(names: Names, size: ast.BinOp) -> bool:
    """`H + pad`, both of which are set once."""
    sides = {getattr(size.left, "id", ""), getattr(size.right, "id", "")}
    stored = [node.id for node in names.nodes(ast.Name) if not isinstance(node.ctx, ast.Load)]
    are_set_once = all(stored.count(name) < 2 for name in sides)
    return isinstance(size.op, ast.Add) and are_set_once and bool(sides & names.pads) and bool(sides & {*names.axis})


def _made_in_turns(names: Names) -> Lines:
    """An array of zeros that is made anew in each turn of a loop that only adds to it, and is read behind it."""
    begins = cleared(names.function) | begun_for_each(names.function)
    for loop in names.loops:
        inside = {id(part) for part in parts_of(loop)}
        for node in (one for one in loop.body if isinstance(one, ast.Assign) and called(one.value) in EMPTY):
            name = node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""
            uses = [one for one in names.nodes(ast.Name) if one.id == name]
            added = [n.target for n in names.nodes(ast.AugAssign) if root_of(n.target) == name and id(n) in inside]
            known = {id(part) for target in (*added, *node.targets) for part in parts_of(target)}
            shapes = [n for n in names.nodes(ast.Attribute) if n.attr in ("shape", "size", "ndim", "dtype")]
            of_shapes = {id(part) for one in shapes for part in parts_of(one)}
            is_only_added_to = all(id(one) in known | of_shapes for one in uses if id(one) in inside)
            behind = [one for one in uses if id(one) not in inside and one.lineno > loop.lineno]
            is_read = bool(behind) and all(isinstance(one.ctx, ast.Load) for one in behind)
            is_read = is_read and any(id(one) not in of_shapes for one in behind)
            if name and added and is_only_added_to and is_read and id(node) not in begins:
                yield node.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "axes mixed": _axes_mixed, "width of height": _width_of_height, "pad once": _pad_once,
    "made in turns": _made_in_turns,
}  # fmt: skip
