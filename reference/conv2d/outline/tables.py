"""Places where windows do not step by the stride, or tables of indices do not lead to all of them."""

import ast
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

from reference.nodes import parts_of, root_of

from .arrays import padded
from .axes import COLUMNS, ROWS, sizes_of
from .axis_names import HEIGHT, WIDTH
from .counters import counters
from .names import Names, called, index_of, names_in, slices, text_of

Lines = Iterator[int]
_OF_BACKWARD = 2
"""dout and the cache."""
_IN_ORDER = {HEIGHT: "repeat", WIDTH: "tile"}
"""A row stays while all columns are gone through."""


def _counted_alike(names: Names) -> Lines:
    """`np.tile(np.arange(HH), WW)` beside `np.tile(np.arange(WW), HH)`, or `np.repeat` twice: what is out of order.

    Or a table of which each number is repeated as often as the whole of another is.
    """
    calls = [call for call in names.nodes(ast.Call) if called(call) in _IN_ORDER.values() and len(call.args) == 2]
    found = [(called(call), size, call.lineno) for call in calls for size in _counted(call.args[0])]
    for (one, size, line), (other, others, at) in combinations(found, 2):
        axes = names.axis.get(size), names.axis.get(others)
        if one == other and {*axes} == {*_IN_ORDER} and _without_axis(size) == _without_axis(others):
            yield line if _IN_ORDER[axes[0] or ""] != one else at
    again = {name for call in calls if called(call) == "tile" for name in names_in(call.args[1])}
    for target, value, line in names.pairs():
        if value in calls and called(value) == "repeat" and isinstance(value, ast.Call):
            is_table = isinstance(target, ast.Name) and text_of(value.args[0]) == target.id
            yield from (line,) if is_table and names_in(value.args[1]) & again else ()


def _counted(value: ast.expr) -> list[str]:
    """The size in `np.arange(HH)`."""
    sizes = value.args if isinstance(value, ast.Call) and called(value) == "arange" and len(value.args) == 1 else []
    return [size.id for size in sizes if isinstance(size, ast.Name)]


def _without_axis(size: str) -> str:
    """What the sizes of rows and of columns have in common: `HH` and `WW`, `out_h` and `out_w`."""
    return size.lower().replace("h", "w")


def _steps_by_kernel(names: Names) -> Lines:
    """`top += HH`, or `range(0, H, HH)`, where windows of x begin at `top`."""
    sizes = sizes_of(names)
    kernel = {name for name, of in sizes.items() if of in (f"{ROWS} of the kernel", f"{COLUMNS} of the kernel")}
    images = (names.cached if len(names.inputs) == _OF_BACKWARD else names.inputs)[:1]
    sources = {*images, *(array for image in images for array in padded(names, image))}
    cut = [index_of(node) for node in names.nodes(ast.Subscript) if root_of(node) in sources]
    begins = {getattr(part.lower, "id", "") for parts in cut for part in parts if isinstance(part, ast.Slice)}
    for node in names.nodes(ast.AugAssign):
        is_step = isinstance(node.target, ast.Name) and node.target.id in begins and isinstance(node.op, ast.Add)
        yield from (node.lineno,) if is_step and getattr(node.value, "id", "") in kernel else ()
    for loop in names.loops:
        counted = {part.id for part in parts_of(loop.target) if isinstance(part, ast.Name)}
        steps = loop.iter.args[2:3] if isinstance(loop.iter, ast.Call) and called(loop.iter) == "range" else []
        yield from (loop.lineno for step in steps if counted & begins and getattr(step, "id", "") in kernel)


def _steps_by_pad(names: Names) -> Lines:
    """`i * pad`, where `i` counts windows: alone, or with something added."""
    counted = {*counters(names), *names.inputs} - names.pads
    begins = [(value, line) for _, value, line in names.pairs()]
    begins += [(lower, line) for lower, _, _, line in slices(names) if lower is not None]
    for value, line in begins:
        for node in parts_of(value):
            factors = (node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else ()
            numbers = [factor for factor in factors if isinstance(factor, ast.Name) and factor.id in counted]
            pads = [one for one in factors if not isinstance(one, ast.BinOp) and names.mentions(one, "pad")]
            yield from (line,) if len(numbers) == len(pads) == 1 else ()


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "counted alike": _counted_alike, "steps by kernel": _steps_by_kernel, "steps by pad": _steps_by_pad,
}  # fmt: skip
