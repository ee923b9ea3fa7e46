"""Places where pixels are found in x itself by a computed row and column, and where these are told to lie inside."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set

from reference.nodes import parts_of, root_of

from .arrays import padded
from .axis_names import HEIGHT, WIDTH
from .names import AXES, COUNTING, Names, index_of, is_arithmetic, names_in, text_of
from .paddings import padded_once
from .places import places
from .sizes import image_sizes

Lines = Iterator[int]
_MOST_STEPS = 4
"""So many formulas are followed from an index on."""


def _arrays(names: Names) -> set[str]:
    """The image as it came; in backward also what is returned as dx. Not what is padded, or cut, and keeps its name."""
    is_backward = len(names.inputs) == 2
    given = names.cached[:1] if is_backward else names.inputs[:1]
    made = [root_of(part) for part in names.returned[:1]] if is_backward else []
    times = Counter(target.id for target, _, _ in names.pairs() if isinstance(target, ast.Name))
    return ({name for name in given if not times[name]} | {name for name in made if times[name] == 1}) - {""}


def _indices(names: Names) -> Iterator[tuple[ast.expr, int]]:
    """Rows and columns by which a pixel of x, or of dx, is found, with the line."""
    arrays = _arrays(names)
    for node in names.nodes(ast.Subscript):
        parts = index_of(node)
        if root_of(node) in arrays and len(parts) == AXES and isinstance(node.value, ast.Name):
            yield from ((part, node.lineno) for part in parts[2:] if not isinstance(part, ast.Slice | ast.Constant))


def _formulas(names: Names, index: ast.expr, line: int) -> list[tuple[ast.expr, int]]:
    """The index, if it is computed there, and what the names in it are computed of."""
    found = [] if isinstance(index, ast.Name) else [(index, line)]
    left = names_in(index)
    for _ in range(_MOST_STEPS):
        steps = [
            (value, at)
            for target, value, at in names.pairs()
            if isinstance(target, ast.Name) and target.id in left and isinstance(value, ast.BinOp)
            if is_arithmetic(value) or _counts(value)
        ]
        found += [step for step in steps if step not in found]
        left = frozenset().union(*(names_in(value) for value, _ in steps))
    return found


def _counts(value: ast.expr) -> bool:
    """Whether whole ranges of indices are computed at once."""
    return any(isinstance(part, ast.Call) and text_of(part.func) == "np.arange" for part in parts_of(value))


def _subtracts_pad(names: Names, value: ast.expr) -> bool:
    return any(
        isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) and names.mentions(part.right, "pad")
        for part in parts_of(value)
    )


def _found(names: Names) -> Lines:
    """The formula of a row or a column from which the pad is not subtracted: where something is, else the last."""
    for index, line in _indices(names):
        steps = [step for step in _formulas(names, index, line) if not _is_size(names, step[0])]
        if steps and not any(_subtracts_pad(names, value) for value, _ in steps):
            shifting = [at for value, at in steps if _shifts(names, value)]
            yield from shifting or [steps[0][1]]


def _is_size(names: Names, value: ast.expr) -> bool:
    """Whether it is about sizes alone."""
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.FloorDiv)


def _shifts(names: Names, value: ast.expr) -> bool:
    """Whether something is subtracted, or the pad added."""
    has_minus = any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) for part in parts_of(value))
    return has_minus or names.mentions(value, "pad")


def _pixels(names: Names) -> frozenset[str]:
    """The names by which pixels are found."""
    return frozenset().union(*(names_in(index) for index, _ in _indices(names)))


def _conditions(names: Names, pixels: Set[str]) -> Iterator[tuple[ast.expr, ast.cmpop, ast.expr, int]]:
    """Two sides that are compared in a condition about such a name, each pair of a chain."""
    for node in names.nodes(ast.Compare):
        sides = [node.left, *node.comparators]
        for left, how, right in zip(sides, node.ops, sides[1:], strict=False):
            if pixels & (names_in(left) | names_in(right)):
                yield left, how, right, node.lineno


_TURNED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE,
}  # fmt: skip


def _of_pixels(names: Names) -> Iterator[tuple[ast.expr, type[ast.cmpop], ast.expr, int]]:
    """What such a name is in, and how it is compared with what, as if it stood on the left."""
    pixels = _pixels(names)
    for left, how, right, line in _conditions(names, pixels):
        if pixels & names_in(left):
            yield left, type(how), right, line
        elif type(how) in _TURNED:
            yield right, _TURNED[type(how)], left, line


def _edge_left_out(names: Names) -> Lines:
    """`0 < row`, `row >= 1`, `row < H - 1`, `row <= H - 2`; as what leads past a pixel also `row <= 0`."""
    for _, how, other, line in _of_pixels(names):
        text = text_of(other)
        is_first = (text == "0" and how in (ast.Gt, ast.LtE)) or (text == "1" and how in (ast.GtE, ast.Lt))
        less = text_of(other.right) if isinstance(other, ast.BinOp) and isinstance(other.op, ast.Sub) else ""
        is_last = (less == "1" and how in (ast.Lt, ast.GtE)) or (less == "2" and how in (ast.LtE, ast.Gt))
        yield from (line,) if is_first or is_last else ()


def _negative_let_in(names: Names) -> Lines:
    """Conditions on rows or columns in lines that say nothing of 0 and -1; without any, where x is read."""
    told = [(text_of(other), line) for _, _, other, line in _of_pixels(names)]
    of_ends = {line for text, line in told if text in ("0", "-1")}
    yield from ({line for _, line in told} - of_ends if told else {line for _, line in _indices(names)})


def _compared_across(names: Names) -> Lines:
    """A row of x, w, out or dout that is compared with what counts columns, or a column with what counts rows."""
    of_places = {*names.inputs[:1]} if len(names.inputs) == 2 else {root_of(part) for part in names.returned[:1]}
    arrays, found = _arrays(names) | {*_weights(names)} | of_places, {HEIGHT: set[str](), WIDTH: set[str]()}
    for node, pair in places(names):
        if isinstance(node, ast.Subscript) and root_of(node) in arrays and len(index_of(node)) == AXES:
            for axis, part in zip((HEIGHT, WIDTH), pair, strict=True):
                found[axis] |= {part.id} if isinstance(part, ast.Name) else set()
    for left, how, right, line in _conditions(names, found[HEIGHT] | found[WIDTH]):
        for one, other in ((left, right), (right, left)) if not isinstance(how, ast.Eq | ast.NotEq) else ():
            name = one.id if isinstance(one, ast.Name) else ""
            axes = [axis for axis, counted in found.items() if name in counted]
            is_so = len(axes) == 1 and names.axes_of(one) <= {*axes}  # not where it is an index of the wrong axis
            if is_so and names.axes_of(other) == {HEIGHT, WIDTH} - {*axes}:
                yield line


def _weights(names: Names) -> list[str]:
    return (names.cached if len(names.inputs) == 2 else names.inputs)[1:2]


def _end_let_in(names: Names) -> Lines:
    """`row <= H`, or what leads past a pixel where `row > H`; of the index itself, not where it is `row - 1`."""
    indices = {text_of(index) for index, _ in _indices(names)}
    for part, how, other, line in _of_pixels(names):
        if (
            text_of(part) in indices
            and how in (ast.LtE, ast.Gt)
            and isinstance(other, ast.Name)
            and other.id in image_sizes(names)
        ):
            yield line


def _ended_before_it(names: Names) -> Lines:
    """`if row < 0: break` where the row rises in the loop: what comes after it may lie in the image."""
    for loop in names.loops:
        for node in loop.body:
            if isinstance(node, ast.If) and isinstance(node.body[-1], ast.Break):
                tests = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
                below = (re.fullmatch(r"(\w+) < 0|0 > (\w+)", text_of(test)) for test in tests)
                is_below = any(_rises(loop, found[1] or found[2]) for found in below if found)
                yield from (node.body[-1].lineno,) if is_below else ()


def _rises(loop: ast.For, name: str) -> bool:
    """Whether a name is set, in each turn of a loop that counts up, to a sum with its counter."""
    call, counters = loop.iter, names_in(loop.target)
    counts_up = isinstance(call, ast.Call) and text_of(call.func) in _COUNTING_UP and len(call.args) < 3
    values = [node.value for node in loop.body if isinstance(node, ast.Assign) and text_of(node.targets[0]) == name]
    sums = [part for value in values for part in parts_of(value) if isinstance(part, ast.BinOp)]
    falls = any(counters & names_in(part.right) for part in sums if isinstance(part.op, ast.Sub))
    return counts_up and not falls and any(counters & names_in(value) for value in values)


_COUNTING_UP = (*COUNTING, "np.ndindex")


def _padded_again(names: Names) -> Lines:
    """A place in the padded image from which the pad is subtracted, as is right in x; else the one call that pads."""
    image = (names.cached if len(names.inputs) == 2 else names.inputs)[:1]
    arrays = {array for name in image for array in padded(names, name)} - {*image}
    found = [
        (part.lower if isinstance(part, ast.Slice) else part, node.lineno)
        for node, pair in places(names)
        if root_of(node) in arrays and isinstance(node.ctx, ast.Load)
        for part in pair
    ]
    steps = [step for index, line in found if index is not None for step in _formulas(names, index, line)]
    yield from [line for value, line in steps if _subtracts_pad(names, value)] or padded_once(names)


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "pixel found": _found, "edge left out": _edge_left_out, "negative let in": _negative_let_in,
    "ended before it": _ended_before_it,
    "end let in": _end_let_in, "compared across": _compared_across, "padded again": _padded_again,
}  # fmt: skip
