"""Places where heights and widths, or the pad once and twice, are mixed up in a size, and what is made in loops."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.cleared import begun_for_each, cleared
from reference.nodes import parts_of, root_of

from .names import AXES, EMPTY, HEIGHT, WIDTH, Names, called, is_arithmetic, names_in
from .sizes import formulas
from .turned import renamed

Lines = Iterator[int]


def _axes_mixed(names: Names) -> Lines:
    """A size that is a sum or a difference of heights and widths: `(W + 2 * pad - HH) // stride + 1`."""
    if list(renamed(names)):
        return
    sized = {id(value) for _, value, _ in formulas(names)}
    for target, value, line in names.pairs():
        is_size = isinstance(target, ast.Name) and is_arithmetic(value) and (id(value) in sized or _subtracts(value))
        if is_size and names.axes_of(value) == {HEIGHT, WIDTH} and not _has_area(names, value):
            yield line


def _subtracts(value: ast.expr) -> bool:
    return any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) for part in parts_of(value))


def _has_area(names: Names, value: ast.expr) -> bool:
    """Whether it is several sizes, or two are multiplied, or one is divided by one, as where places are counted."""
    operations = [part for part in parts_of(value) if isinstance(part, ast.BinOp)]
    products = [part for part in operations if isinstance(part.op, ast.Mult | ast.Mod)]
    tuples = [part for part in parts_of(value) if isinstance(part, ast.Tuple | ast.List)]
    return bool(tuples) or any(names.axes_of(part.left) and names.axes_of(part.right) for part in products)


def _shapes(names: Names) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    """Rows, columns and line of the arrays of four axes that are made of zeros."""
    for call in names.nodes(ast.Call):
        for shape in names.shape_given(call) if called(call) in EMPTY else ():
            if len(shape) == AXES:
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
    """`H + pad`."""
    sides = {getattr(size.left, "id", ""), getattr(size.right, "id", "")}
    is_set_once = all([root_of(target) for target, _, _ in names.pairs()].count(name) < 2 for name in names.pads)
    return isinstance(size.op, ast.Add) and is_set_once and bool(sides & names.pads) and bool(sides & {*names.axis})


def _made_in_turns(names: Names) -> Lines:
    """An array of zeros that is made anew in each turn of a loop that adds to it, and read behind it."""
    begins = cleared(names.function) | begun_for_each(names.function)
    for loop in names.loops:
        end = loop.end_lineno or loop.lineno
        made = [node for node in loop.body if isinstance(node, ast.Assign) and called(node.value) in EMPTY]
        for node in made:
            name = node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""
            inside = {id(part) for part in parts_of(loop)}
            reads = [n for n in names.nodes(ast.Name) if n.id == name and isinstance(n.ctx, ast.Load)]
            stores = [value for target, value, _ in names.pairs() if root_of(target) != name and id(value) in inside]
            is_kept = any(name in names_in(value) for value in stores)
            adds = any(root_of(n.target) == name and id(n) in inside for n in names.nodes(ast.AugAssign))
            later = [n for n in reads if n.lineno > end]
            set_later = [line for target, _, line in names.pairs() if root_of(target) == name and line > end]
            if name and adds and later and not is_kept and not set_later and id(node) not in begins:
                yield node.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "axes mixed": _axes_mixed, "width of height": _width_of_height, "pad once": _pad_once,
    "made in turns": _made_in_turns,
}  # fmt: skip
