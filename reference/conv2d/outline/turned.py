"""Arrays that are made with height and width in each other's place, and einsums that exchange axes."""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from reference.nodes import arguments_of, parts_of, root_of

from .axis_names import HEIGHT, WIDTH
from .names import AXES, EMPTY, Names, called, index_of, names_in, text_of
from .places import places

MOVES = ("transpose", "moveaxis", "swapaxes", "rollaxis")
"""What puts axes into another order."""
AXES_OF_WINDOWS = 6


def made_turned(names: Names) -> Iterator[int]:
    """An array that is made with as many rows as there are columns: `np.zeros((N, F, W_out, H_out))`.

    Or windows that are: `sliding_window_view(x, (WW, HH), axis=(2, 3))`. Or what gets such a shape, and whose axes are
    not moved after that: `out.reshape(N, F, W_out, H_out)`.
    """
    moves = [node for node in names.nodes(ast.Call, ast.Attribute) if called(node) in MOVES or _is_turning(node)]
    moved = {id(part) for move in moves for part in parts_of(move)}
    set_to = {id(value): root_of(target) for target, value, _ in names.pairs()}
    for call, _, sizes in reshaped(names):
        later = [move for move in moves if move.lineno > call.lineno and set_to.get(id(call), "") in names_in(move)]
        is_turned = _width_first([names.axes_of(size) for size in sizes[1:]])
        yield from (call.lineno,) if is_turned and id(call) not in moved and not later else ()
    made = (value for _, value, _ in names.pairs() if isinstance(value, ast.Call) and called(value) in EMPTY)
    for sizes in (sizes for call in made for sizes in names.shape_given(call)):
        if [names.axes_of(size) for size in sizes[2:]] == [{WIDTH}, {HEIGHT}]:
            yield sizes[-1].lineno
    for call in names.nodes(ast.Call):
        sizes = call.args[1].elts if len(call.args) > 1 and isinstance(call.args[1], ast.Tuple) else []
        is_view = called(call) == "sliding_window_view"
        if is_view and [names.axes_of(size) for size in sizes[-2:]] == [{WIDTH}, {HEIGHT}]:
            yield call.lineno


def reshaped(names: Names) -> Iterator[tuple[ast.Call, ast.expr, list[ast.expr]]]:
    """Calls of `reshape`, with what gets its shape, and the sizes."""
    for call in names.nodes(ast.Call):
        array, *given = arguments_of(call) if called(call) == "reshape" else [call]
        sizes = given[0].elts if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List) else given
        if sizes:
            yield call, array, list(sizes)


def _is_turning(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def _moved_turned(names: Names) -> Iterator[int]:
    """What has rows before columns, by its sizes, and is put into another order: `out.transpose(3, 0, 2, 1)`."""
    shapes = {id(call): sizes for call, _, sizes in reshaped(names)}
    named = [(root_of(target), shapes[id(value)], line) for target, value, line in names.pairs() if id(value) in shapes]
    for call in names.nodes(ast.Call):
        array, *given = arguments_of(call) if called(call) == "transpose" else [call]
        order = [part.value for part in parts_of(ast.Tuple(given)) if isinstance(part, ast.Constant)]
        before = [sizes for name, sizes, line in named if name == getattr(array, "id", "") and line < call.lineno]
        sizes = shapes.get(id(array)) or next(iter(before[-1:]), [])
        if len(sizes) == AXES and sorted(map(str, order)) == [*map(str, range(AXES))]:
            axes = [names.axes_of(size) for size in sizes]
            turned = [axes[at] for at in order if isinstance(at, int)]
            yield from (call.lineno,) if _width_first(turned) and not _width_first(axes) else ()


def _counted_by_columns(names: Names) -> Iterator[int]:
    """`column * H_out + row` in an index."""
    for node in names.nodes(ast.Subscript):
        sums = (part for part in parts_of(node.slice) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add))
        for product, added in (pair for part in sums for pair in ((part.left, part.right), (part.right, part.left))):
            if isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult):
                axes = [*names.axes_of(product.left), *names.axes_of(product.right)]
                is_turned = sorted(axes) == [HEIGHT, WIDTH] and names.axes_of(added) == {HEIGHT}
                yield from (node.lineno,) if is_turned else ()


def _laid_out_by_columns(names: Names) -> Iterator[int]:
    """Loops over rows inside those over columns whose turns are put into a list, one after the other."""
    for outer in names.loops:
        for inner in (node for node in outer.body if isinstance(node, ast.For)):
            appends = any(called(node.value) == "append" for node in inner.body if isinstance(node, ast.Expr))
            is_turned = (names.axes_of(outer.iter), names.axes_of(inner.iter)) == ({WIDTH}, {HEIGHT})
            yield from (outer.lineno,) if appends and is_turned else ()


def _exchanges(subscripts: object) -> bool:
    """Whether two letters of an einsum stand beside each other in one term, and the other way round in another.

    >>> _exchanges("nchwij,fcij->nfwh"), _exchanges("nchwij,fcij->nfhw"), _exchanges(None)
    (True, False, False)
    """
    terms = re.findall(r"\w+", subscripts) if isinstance(subscripts, str) else []
    pairs = {pair for term in terms for pair in map("".join, pairwise(term))}
    return any(pair[::-1] in pairs for pair in pairs if pair[0] != pair[1])


def windows_exchanged(names: Names) -> Iterator[int]:
    """Rows and columns exchanged of an array of windows, whose six axes are put into another order.

    However they are laid out, rows stand before columns in what is made, and in what is made of it.
    """
    for node in names.nodes(ast.Call):
        numbers = [part.value for part in parts_of(node) if isinstance(part, ast.Constant)]
        order = [number for number in numbers if isinstance(number, int)][-AXES_OF_WINDOWS:]
        if called(node) == "transpose" and sorted(order) == [*range(AXES_OF_WINDOWS)]:
            yield from (node.lineno,) if any(one == other + 1 and other for one, other in pairwise(order)) else ()


_UNPACKED = re.compile(
    r"(?i)(?:(?:out|in|new|kernel|filter|[nkfpo])_?)?(?:(h)|(w))(?:_?[a-z]|eight|idth|_?(?:out|in|pad|padded|prime|new))?"
)
"""How the names of heights and of widths are made, where a shape is taken apart."""


def renamed(names: Names) -> Iterator[int]:
    """Where a shape is unpacked in the wrong order: `N, C, W, H = x.shape`."""
    return (line for line, is_width_first in _unpacked(names) if is_width_first)


def _unpacked(names: Names) -> Iterator[tuple[int, bool]]:
    """The lines that take heights and widths out of a shape, and whether the width is the first of them."""
    for target, value, line in names.pairs():
        is_shape_of = "shape" in text_of(value) and root_of(value) not in names.of_inner
        parts = target.elts[-2:] if isinstance(target, ast.Tuple) and is_shape_of else []
        said = [_UNPACKED.fullmatch(text_of(part).rpartition(".")[2]) for part in parts]
        are_widths = [bool(one[2]) for one in said if one]
        if len(are_widths) == 2 and are_widths[0] != are_widths[1]:
            yield line, are_widths[0]


def exchanged(names: Names) -> Iterator[int]:
    """Rows and columns of an array exchanged, or the place of a number written the wrong way round.

    Nothing where some shape is unpacked in the wrong order, from which all else follows.
    """
    if {is_width_first for _, is_width_first in _unpacked(names)} == {True, False}:
        return
    for node in names.nodes(ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("transpose", "swapaxes"):
            numbers = node.args[text_of(node.func.value) == "np" :]
            text = f"{node.func.attr}({', '.join(map(text_of, numbers))})"
            is_of_kernel = root_of(node.func.value) in (names.cached or names.inputs)[1:2] or _is_kernel(names, node)
            if text in _EXCHANGES or (text == "transpose(0, 2, 1)" and is_of_kernel):
                yield node.lineno
        elif called(node) in ("einsum", "tensordot"):
            is_exchanged = _pairs_exchanged(node) or any(_exchanges(getattr(one, "value", "")) for one in node.args[:1])
            yield from (node.lineno,) if is_exchanged else ()
        elif called(node) not in _OF_TWO_NUMBERS and root_of(node.func) in ("self", called(node)):
            counted = [names.axes_of(part) if isinstance(part, ast.Name) else set() for part in node.args]
            yield from (node.lineno,) if _width_first(counted) else ()
    for node in names.nodes(ast.Attribute):
        if node.attr == "T" and isinstance(node.value, ast.Subscript) and len(index_of(node.value)) == _OF_A_KERNEL:
            yield node.lineno
    yield from windows_exchanged(names)
    yield from _moved_turned(names)
    yield from _counted_by_columns(names)
    yield from _laid_out_by_columns(names)
    for node, (row, column) in places(names):
        pair = row, column
        if (names.axes_of(row), names.axes_of(column)) == ({WIDTH}, {HEIGHT}) or [
            _stepping(names, part) for part in pair
        ] == [{WIDTH}, {HEIGHT}]:
            yield node.lineno


def turning(names: Names) -> Iterator[int]:
    """Where rows and columns change places by a call, or by loops: what follows may be about the turned array."""
    for node in names.nodes(ast.Call):
        order = ", ".join(text_of(part).strip("()[]") for part in arguments_of(node)[1:])
        is_turned = re.fullmatch(_TURNED_ORDERS[called(node)], order) if called(node) in _TURNED_ORDERS else None
        letters = [getattr(one, "value", "") for one in node.args[:1]] if len(node.args) == 2 else []
        yield from (node.lineno,) if is_turned or (called(node) == "einsum" and any(map(_exchanges, letters))) else ()
    images = {*names.inputs, *names.cached[:2]}
    for node in names.nodes(ast.Attribute):
        yield from (node.lineno,) if node.attr == "T" and getattr(node.value, "id", "") in images else ()
    for target, value, line in names.pairs():
        if isinstance(target, ast.Subscript) and isinstance(value, ast.Subscript):
            put, taken = [*map(text_of, index_of(target))], [*map(text_of, index_of(value))]
            yield from (line,) if put[-2:] == taken[:-3:-1] != taken[-2:] and len(put) > 1 else ()


def _is_kernel(names: Names, call: ast.Call) -> bool:
    """Whether a method moves axes of what is called so: `self.w[f].transpose(0, 2, 1)`."""
    is_method = len(names.inputs) <= _MOST_OF_A_METHOD and not names.cached
    return is_method and _KERNEL.fullmatch(root_of(call.func)) is not None


def _width_first(counted: Sequence[set[str]]) -> bool:
    """Whether a width comes before a height among these axes, which come in pairs: not in `HH, WW, H_out, W_out`."""
    pairs = [*pairwise(counted)]
    taken = {at + 1 for at, pair in enumerate(pairs) if pair == ({HEIGHT}, {WIDTH})}
    return any(pair == ({WIDTH}, {HEIGHT}) and at not in taken for at, pair in enumerate(pairs))


def _pairs_exchanged(call: ast.Call) -> bool:
    """Whether one list of axes of a `tensordot` goes upward, and the other does not."""
    given = [*call.args[2:3], *(keyword.value for keyword in call.keywords if keyword.arg == "axes")]
    axes = [
        [
            int(number.value)
            for number in part.elts
            if isinstance(number, ast.Constant) and isinstance(number.value, int)
        ]
        for one in given
        for part in parts_of(one)
        if isinstance(part, ast.List | ast.Tuple)
    ]
    return len({found == sorted(found) for found in axes if len(found) > 1}) > 1


def _stepping(names: Names, part: ast.expr) -> set[str]:
    """The axes of what is multiplied by the stride in an index, or in the begin of a slice."""
    begin = part.lower if isinstance(part, ast.Slice) else part
    for node in parts_of(begin) if begin is not None else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and names.mentions(node, "stride"):
            return names.axes_of(node)
    return set()


_MOST_OF_A_METHOD = 2
_KERNEL = re.compile(r"(?i)_?(w|weights?|kernels?|filters?)_?")
_OF_A_KERNEL = 2
"""Indices that leave rows and columns of w."""
_EXCHANGED_PAIR = r"2, 3|3, 2|-1, -2|-2, -1"
_TURNED_ORDERS = {
    "transpose": r"\d, (\d, )?3, 2(, \d)?", "swapaxes": _EXCHANGED_PAIR, "moveaxis": _EXCHANGED_PAIR,
    "rollaxis": "3, 2|-1, -2",
}  # fmt: skip
"""How the axes are given where rows and columns of four change places."""
_OF_TWO_NUMBERS = ("range", "slice", "max", "min", "divmod")
_EXCHANGES = (
    "transpose(0, 1, 3, 2)", "transpose(0, 3, 2, 1)",
    "swapaxes(2, 3)", "swapaxes(3, 2)", "swapaxes(-1, -2)", "swapaxes(-2, -1)",
)  # fmt: skip
