"""Places where a counter says by itself where a window begins, or for rows and columns at once."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.counted import one_counter
from reference.nodes import aliases, parts_of, root_of

from .names import COUNTING, Names, called, index_of, is_arithmetic, is_call_of, is_shape, names_in, slices, text_of
from .paddings import set_to_number
from .sizes import divisions, formulas, loops_by_stride
from .spread import spread

Lines = Iterator[int]
_OF_THE_FORMULA = 3
"""The formula for the output size has so many names beside that of the size: the pad, the kernel's size, the stride."""


def counters(names: Names) -> Iterator[str]:
    """Loop variables that count from 0 by one, also those of `enumerate`."""
    for loop in names.loops:
        pairs = [(loop.target, loop.iter)]
        if is_call_of(loop.iter, "enumerate") and len(loop.iter.args) == 1 and isinstance(loop.target, ast.Tuple):
            yield getattr(loop.target.elts[0], "id", "")
            pairs = [(loop.target.elts[-1], loop.iter.args[0])]
        yield from (target.id for target, values in pairs if isinstance(target, ast.Name) and _is_by_one(values))


def _is_by_one(values: ast.expr) -> bool:
    if not isinstance(values, ast.Call) or text_of(values.func) not in COUNTING:
        return False
    by_name = {one.arg: text_of(one.value) for one in values.keywords}
    given = dict(zip(("start", "stop", "step"), map(text_of, values.args), strict=False)) | by_name
    is_end_alone = len(values.args) == 1 and not {"start", "stop"} & by_name.keys()
    return (is_end_alone or given.get("start", "0") == "0") and given.get("step", "1") == "1"


def _without_stride(names: Names) -> Lines:
    """A place that begins at a bare loop variable, or at another name for one, without the stride in that part.

    Where a number stands for the stride, it is that line. Where dout is spread out, it is the line that stores it: what
    is cut from that steps by 1.
    """
    yield from set_to_number(names, {"stride"})
    counted = {*counters(names), *_numbers_of_windows(names)}
    others = aliases(names.function, counted)
    dense = set[int]()
    for stored in spread(names):
        dense |= stored.dense
        yield from () if all(names.mentions(part, "stride") for part in stored.index) else (stored.line,)
    for lower, upper, step, line in slices(names):
        is_one = upper is not None and lower is not None and text_of(upper) == f"{text_of(lower)} + 1"
        told = [part for part in parts_of(upper) if isinstance(part, ast.Attribute)] if upper is not None else []
        sized_by = {root_of(part) for part in told if is_shape(part)} - {"np", *names.inputs, *names.cached}
        if sized_by or id(upper) in dense:  # as large as dout with zeros between its numbers, or cut from that
            continue
        is_bare = isinstance(lower, ast.Name) and (step is None or text_of(step) == "1") and not is_one
        if isinstance(lower, ast.Name) and is_bare and not _is_in_steps(names, lower.id, line):
            of_loops = _loops_over_pixels(names, lower.id, line) if lower.id in counted else others.get(lower.id, ())
            yield from of_loops or ((line,) if lower.id in counted else ())
    for node in names.nodes(ast.Subscript):
        rows, columns = ([None] * 2 + index_of(node))[-2:]
        for one, other in ((rows, columns), (columns, rows)):
            if isinstance(one, ast.Slice) and one.step is not None and names.mentions(one.step, "stride"):
                yield from (node.lineno,) if isinstance(other, ast.Slice) and text_of(other) == ":" else ()
    yield from _without_step(names)
    begins = {lower.id for lower, upper, _, _ in slices(names) if isinstance(lower, ast.Name) and upper is not None}
    for node in names.nodes(ast.AugAssign):
        if isinstance(node.op, ast.Add) and text_of(node.value) == "1" and text_of(node.target) in begins:
            yield node.lineno
    for node in names.nodes(ast.Subscript, ast.Tuple):
        parts = index_of(node) if isinstance(node, ast.Subscript) else node.elts
        sums = [part for part in parts if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add)]
        is_index = isinstance(node, ast.Subscript) or any("slice" in names_in(part) for part in parts)
        sums = [part for part in sums if id(part) not in dense]
        bare = [part for part in sums if _of_two_names(part) and not names.mentions(part, "stride")]
        renamed = {line for part in bare for name in names_in(part) for line in others.get(name, ())}
        yield from (renamed or (node.lineno,)) if is_index and bare else ()


def _numbers_of_windows(names: Names) -> Iterator[str]:
    """The parameters of a helper that has the stride, but for sizes and what is indexed: `def rows(self, i)`."""
    indexed = {root_of(node) for node in names.nodes(ast.Subscript, ast.Attribute)}
    others = {*names.axis, *names.strides, *names.pads, *indexed}
    if names.strides and not names.cached:
        yield from (name for name in names.inputs if name not in others)


def _loops_over_pixels(names: Names, counter: str, line: int) -> tuple[int, ...]:
    """The lines of its loops that end where the last window begins: `range(H + 2 * pad - HH + 1)` needs the stride.

    Or that count every place inside a loop over the other axis which steps by the stride, or around one.
    """
    pairs = [(outer, inner) for outer in names.loops for inner in outer.body if isinstance(inner, ast.For)]
    beside = {id(loop) for pair in pairs if any(_steps(names, one) for one in pair) for loop in pair}
    around = _loops_around(names, counter, line)
    ends = [(loop, loop.iter.args[:2][-1]) for loop in around if is_call_of(loop.iter, "range") and loop.iter.args]
    return tuple(
        loop.lineno
        for loop, end in ends
        if not names.mentions(end, "stride") and (id(loop) in beside or any(map(_is_difference, parts_of(end))))
    )


def _is_in_steps(names: Names, counter: str, line: int) -> bool:
    """Whether the loop around a line that counts with this name steps by the stride."""
    return any(_steps(names, loop) for loop in _loops_around(names, counter, line)[-1:])


def _loops_around(names: Names, counter: str, line: int) -> list[ast.For]:
    """Those of a name around a line, the innermost last."""
    of_counter = [loop for loop in names.loops if text_of(loop.target) == counter]
    return [loop for loop in of_counter if loop.lineno <= line <= (loop.end_lineno or line)]


def _steps(names: Names, loop: ast.For) -> bool:
    """`range(0, H_out * stride, stride)`"""
    step = loop.iter.args[2:3] if is_call_of(loop.iter, "range") else []
    return any(names.mentions(one, "stride") for one in step)


def _is_difference(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)


def _without_step(names: Names) -> Lines:
    """Strides of windows, indices of pixels and windows of a view that say nothing of the stride.

    Indices only where a line is a sum of what two loops count.
    """
    counted = set(counters(names))
    for call in names.nodes(ast.Call):
        if called(call) == "as_strided":
            given = [*call.args[2:3], *(keyword.value for keyword in call.keywords if keyword.arg == "strides")]
            yield from (call.lineno for one in given if not names.mentions(one, "stride"))
    for target, value, line in names.pairs():
        is_sum = isinstance(value, ast.BinOp) and is_arithmetic(value) and len(names_in(value) & counted) > 1
        if isinstance(target, ast.Name) and is_sum and not names.mentions(value, "stride"):
            yield line
    sizes = {target.id for target, _, _ in formulas(names) if isinstance(target, ast.Name)}
    for target, value, line in names.pairs():
        ranges = [call for call in parts_of(value) if isinstance(call, ast.Call) and called(call) == "arange"]
        ends = {name for call in ranges for one in call.args[:1] for name in names_in(one)}
        is_of_places = bool(ends & sizes) or any(_OUT_SIZE.fullmatch(name) for name in ends & {*names.inputs})
        if isinstance(target, ast.Name) and is_of_places and not names.mentions(value, "stride"):
            yield line
    for node in names.nodes(ast.Subscript):
        steps = [part.step for part in index_of(node) if isinstance(part, ast.Slice) and part.upper is not None]
        if called(node.value) == "sliding_window_view" and len(steps) > 1 and steps[-2:] == [None, None]:
            yield node.lineno


_OUT_SIZE = re.compile(r"(?i)o[hw]|[hw]_?out|out_?[hw](eight|idth)?")
"""A parameter of a helper that says how many rows or columns out has."""


def _of_two_names(part: ast.BinOp) -> bool:
    return isinstance(part.left, ast.Name) and isinstance(part.right, ast.Name)


def _one_counter(names: Names) -> Lines:
    yield from one_counter(names.function, {*counters(names)})


def _stride_added(names: Names) -> Lines:
    """`top = i + stride`, where `i` counts from 0 by one."""
    counted = set(counters(names))
    for loop in names.loops:
        inside = {id(part) for part in parts_of(loop)}
        for target, value, line in names.pairs():
            is_sum = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and _of_two_names(value)
            counts = names_in(loop.target) & counted & names_in(value)
            if isinstance(target, ast.Name) and is_sum and counts and id(value) in inside:
                yield from (line,) if names.mentions(value, "stride") else ()


def _formula_of_a_place(names: Names) -> Lines:
    """The formula for the output size with what a loop counts in the place of a size."""
    whole = [(value, line) for _, value, line in divisions(names) if not isinstance(value, ast.Tuple | ast.List)]
    for loop in (one for one in names.loops if not isinstance(one.iter, ast.Tuple | ast.List)):  # (2, 3) are axes
        counted, inside = names_in(loop.target), {id(part) for part in parts_of(loop)}
        for value, line in whole:
            used = names_in(value)
            is_whole = used & counted and len(used - counted) >= _OF_THE_FORMULA and _has_both_pads(names, value)
            yield from (line,) if id(value) in inside and is_whole else ()


def _has_both_pads(names: Names, value: ast.expr) -> bool:
    """Whether the pad is in it with a factor, as in `2 * pad`, or more than once."""
    products = [part for part in parts_of(value) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)]
    alone = [part for part in parts_of(value) if isinstance(part, ast.Name) and part.id in names.pads]
    return len(alone) > 1 or any(names.mentions(part, "pad") for part in products)


def _pixel_for_place(names: Names) -> Lines:
    """An index of out or dout that says where in the image a window begins, for it or its loop steps by the stride."""
    arrays = {*names.inputs[:1]} if names.cached else {root_of(part) for part in names.returned[:1]}
    over_places, counted = {*loops_by_stride(names)}, set(counters(names))
    pixels = {
        loop.target.id
        for loop in names.loops
        if isinstance(loop.target, ast.Name) and _steps(names, loop) and loop.iter.lineno not in over_places
    }
    set_to = [(target.id, value) for target, value, _ in names.pairs() if isinstance(target, ast.Name)]
    pixels |= {name for name, value in set_to if _is_stepped(names, value, counted)}
    arrays -= {name for name, value in set_to if names.cached or not isinstance(value, ast.Call)}
    for node in names.nodes(ast.Subscript):
        if isinstance(node.value, ast.Name) and node.value.id in arrays:
            index = index_of(node)[-2:] if len(index_of(node)) > 2 else []
            is_pixel = any(isinstance(part, ast.Name) and part.id in pixels for part in index)
            yield from (node.lineno,) if is_pixel or any(_is_stepped(names, part, counted) for part in index) else ()


def _is_stepped(names: Names, value: ast.expr, counted: set[str]) -> bool:
    """`i * stride`"""
    is_product = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult)
    return is_product and names.mentions(value, "stride") and bool(names_in(value) & counted)


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "one counter": _one_counter, "without stride": _without_stride, "pixel for place": _pixel_for_place,
    "formula of a place": _formula_of_a_place, "stride added": _stride_added,
}  # fmt: skip
