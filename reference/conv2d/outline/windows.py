"""Places about which windows are taken, in which order their numbers lie, and what is cut off."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, remembered, root_of

from .axis_names import HEIGHT, WIDTH, named_for
from .guards import where_padded
from .names import EMPTY, Names, called, is_arithmetic, is_call_of, is_shape, names_in, slices, text_of
from .others import but_for_others
from .places import places
from .turned import exchanged, made_turned, renamed

Lines = Iterator[int]
_BOTH = "both"
"""What is about neither axis alone."""


def _cut_to_minus(names: Names) -> Lines:
    """`p:-p`, or any other cut at both ends of which the second is counted from the end; not those of backward's x."""
    of_x = _of_x(names)
    yield from (line for line in _all_cut_to_minus(names) if line not in of_x)


def _all_cut_to_minus(names: Names) -> Lines:
    guarded = {*where_padded(names)}
    for lower, upper, _, line in slices(names):
        if upper is None or lower is None or isinstance(lower, ast.Constant) or id(upper) in guarded:
            continue
        if _is_minus(upper) and names_in(upper):
            yield line


def _is_minus(bound: ast.expr) -> bool:
    """`-p`, `-1 * p`, or what begins with a number below 1: `0 - p`, `-1 - (p - 1)`."""
    if isinstance(bound, ast.UnaryOp):
        return isinstance(bound.op, ast.USub)
    if isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Mult):
        return _is_minus(bound.left) or _is_minus(bound.right)
    if isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Sub):
        return text_of(bound.left) == "0" or (_is_minus(bound.left) and not names_in(bound.left))
    return False


def _x_cut_to_minus(names: Names) -> Lines:
    """Backward: such cuts, where all of them are of x."""
    found = set(_all_cut_to_minus(names))
    yield from found if found <= _of_x(names) else ()


def _x_and_more_cut_to_minus(names: Names) -> Lines:
    """Backward: such cuts, where some of them are of x, and others not."""
    found = set(_all_cut_to_minus(names))
    of_x = found & _of_x(names)
    yield from found if of_x and of_x != found else ()


def _of_x(names: Names) -> set[int]:
    """The lines that cut x as it came in the cache, or store it."""
    image = names.cached[0] if names.cached else ""
    if not image:
        return set()
    pairs = list(names.pairs())
    padded = {text_of(target) for target, value, _ in pairs if _is_padded(image, value)} - {""}
    nodes = [node for node in names.nodes(ast.Subscript) if isinstance(node.ctx, ast.Load)]
    of_x = {node.lineno for node in nodes if root_of(node) in {image, *padded} or _is_padded(image, node)}
    of_x |= {line for target, value, line in pairs if isinstance(target, ast.Subscript) and _copied(value) == image}
    return of_x


def _is_padded(image: str, value: ast.expr) -> bool:
    """Whether a value is what `np.pad` makes of the image, or a part of that."""
    while isinstance(value, ast.Subscript):
        value = value.value
    given = value.args[:1] if isinstance(value, ast.Call) and called(value) == "pad" else []
    return any(root_of(one) == image for one in given)


def _copied(value: ast.expr) -> str:
    """The name of an array, or of what is a copy of it; nothing for anything else."""
    if isinstance(value, ast.Call) and called(value) in ("copy", "array", "asarray"):
        own = value.args[:1] or ([value.func.value] if isinstance(value.func, ast.Attribute) else [])
        value = own[0] if own else value
    return value.id if isinstance(value, ast.Name) else ""


Mixed = Iterator[tuple[int, str]]
"""Lines, each with the axis that stands there in the place of the other."""


def _wrong_axis(*wanted: str) -> Callable[[Names], Lines]:
    """A width that is made of a height, an index that has one in the place of the other, and the reverse.

    Where a shape is unpacked in the wrong order, all else only follows from that. A line in which each stands for the
    other is about both.
    """

    def find(names: Names) -> Lines:
        mixed = _mixed_up(names)
        exchanged = {line for line, axis in mixed if axis not in wanted and axis != _BOTH}
        lines = [line for line, axis in mixed if axis in wanted and line not in exchanged]
        yield from list(renamed(names)) or lines

    return find


def _both_axes(names: Names) -> Lines:
    """Heights in the place of widths and widths in that of heights, but for a shape that is unpacked so."""
    mixed = [] if list(renamed(names)) else _mixed_up(names)
    axes = {axis for _, axis in mixed}
    yield from (line for line, _ in mixed) if _BOTH in axes or len(axes) > 1 else ()


def _rows_for_columns(names: Names) -> Lines:
    """Any of these; not where a shape is taken apart in another order than it has, or may be one of three axes."""
    asked: dict[str, set[str]] = {}
    for node in names.nodes(ast.Subscript):
        if is_shape(node.value):
            asked.setdefault(root_of(node), set()).add(text_of(node.slice))
    may_be_of_one_image = any({"1", "2"} <= axes and "3" not in axes for axes in asked.values())
    yield from () if may_be_of_one_image or list(renamed(names)) else (line for line, _ in _mixed_up(names))


@remembered
def _mixed_up(names: Names) -> tuple[tuple[int, str], ...]:
    loops = [*_wrong_loops(names)]
    loops += _wrong_ends(names, {name for _, name, _ in loops})
    known = {name for _, name, _ in loops}
    mixed = (*_misnamed(names, known), *_misplaced(names, known), *_same_size_twice(names))
    turned = ((line, _BOTH) for line in made_turned(names))
    return (*((line, axis) for line, _, axis in loops), *mixed, *turned)


def _misnamed(names: Names, known: set[str]) -> Mixed:
    """A width that is made of a height, and the reverse; not of what is known to be wrong. Or a helper returns both."""
    for target, value, line in names.pairs():
        axes, named = names.axes_of(value), named_for(target) or names.meant.get(getattr(target, "id", ""))
        is_size = is_arithmetic(value) or _gives_a_size(names, target, value)
        if named is not None and axes and axes != {named} and is_size and not names_in(value) & known:
            yield line, _other(named)
    sizes = names.returned if len(names.returned) == 2 else []
    for value, axis in zip(sizes, (HEIGHT, WIDTH), strict=False):
        if is_arithmetic(value) and names.axes_of(value) == {HEIGHT, WIDTH}:
            yield value.lineno, _other(axis)


def _gives_a_size(names: Names, target: ast.expr, value: ast.expr) -> bool:
    """Whether a function of the same file computes it of numbers, and loops or arrays end at it.

    What `Window(HH, WW)` or `im2col(x, HH, WW)` give is no size.
    """
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and all(map(is_arithmetic, value.args))):
        return False
    ends = [call for call in names.nodes(ast.Call) if called(call) in ("range", "xrange", "reshape", *EMPTY)]
    return getattr(target, "id", "") in {name for call in ends for part in call.args for name in names_in(part)}


def _wrong_ends(names: Names, known: set[str]) -> Iterator[tuple[int, str, str]]:
    """Line, name and axis of ends of windows that lie further on by a size of the other axis: `right = left + HH`.

    Also of `slice(left, left + HH)` and `range(left, left + HH)`, without a name.
    """
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            begin, size = names.axes_of(value.left), names.axes_of(value.right)
            is_mixed = (
                len(begin) == len(size) == 1 and begin != size and isinstance(value.right, ast.Name | ast.Subscript)
            )
            if is_mixed and not names_in(value) & known:
                yield line, target.id, next(iter(size))
    for call in names.nodes(ast.Call):
        end = call.args[1] if called(call) in ("slice", "range") and len(call.args) == 2 else None
        if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Add) and text_of(end.left) == text_of(call.args[0]):
            begin, size = names.axes_of(end.left), names.axes_of(end.right)
            if len(begin) == len(size) == 1 and begin != size and not names_in(end) & known:
                yield call.lineno, "", next(iter(size))


def _other(axis: str) -> str:
    return HEIGHT if axis == WIDTH else WIDTH


def _wrong_loops(names: Names) -> Iterator[tuple[int, str, str]]:
    """Line, variable and axis of loops over heights whose variable says a column, and the reverse.

    What is computed of the variable is told, too: it follows from the loop. Where the variable of one is named for what
    it counts, the indices are wrong, and no loop is.
    """
    found = [*_crossed_loops(names)]
    if not any(named_for(loop.target) == axis for loop, axis, _ in found):
        for loop, axis, counters in found:
            yield from ((loop.lineno, name, axis) for name in sorted(counters))


def _crossed_loops(names: Names) -> Iterator[tuple[ast.For, str, set[str]]]:
    """Loops over one axis, that axis, and the names of what counts it, which stand for the other one."""
    for loop in names.loops:
        axes = names.axes_of(loop.iter)
        counters = {part.id for part in parts_of(loop.target) if isinstance(part, ast.Name)}
        if len(axes) == 1 and _is_output_loop(names, loop):
            inside = {id(node) for node in parts_of(loop)}
            counters |= _computed_of(names, counters, {node.lineno for node in loop.body})
            pairs = [pair for node, pair in places(names) if id(node) in inside]
            used = {i for pair in pairs for i, part in enumerate(pair) if counters & names_in(part)}
            if used == {0 if axes == {WIDTH} else 1}:
                yield loop, axes.pop(), counters


def _computed_of(names: Names, counters: set[str], lines: set[int]) -> set[str]:
    """What the statements in these lines set to something of a counter: `left = j * stride`."""
    return {
        target.id
        for target, value, line in names.pairs()
        if line in lines and isinstance(target, ast.Name) and is_arithmetic(value) and names_in(value) & counters
    }


def _misplaced(names: Names, known: set[str]) -> Mixed:
    """An index that mixes the two; not by what is known to be wrong."""
    for node, pair in places(names):
        for axis, part in zip((HEIGHT, WIDTH), pair, strict=True):
            axes, used = names.axes_of(part), names_in(part)
            by_itself = {names.axis[name] for name in used - known if name in names.axis} if used & known else axes
            if by_itself and by_itself != {axis}:
                yield node.lineno, _other(axis)


def _same_size_twice(names: Names) -> Mixed:
    """A shape whose last two sizes are both a height, or both a width, and the formula of a size that is both."""
    counters = {part.id for loop in names.loops for part in parts_of(loop.target) if isinstance(part, ast.Name)}
    set_to = [pair for pair in names.pairs() if is_arithmetic(pair[1]) and not names_in(pair[1]) & counters]
    formulas = {getattr(target, "id", ""): line for target, _, line in set_to}
    computed = {names.axis.get(name) for name in formulas}
    inner = {id(part) for node in names.nodes(ast.Tuple, ast.List) for part in node.elts}  # such as widths of padding
    for node in (node for node in names.nodes(ast.Tuple, ast.List, ast.Call) if id(node) not in inner):
        parts = node.elts if isinstance(node, ast.Tuple | ast.List) else node.args if called(node) == "reshape" else []
        sizes = [part.id for part in parts[-2:] if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)]
        axes = [names.axis.get(name) for name in sizes if name not in counters]
        if len(axes) == 2 and axes[0] is not None and axes[0] == axes[1]:
            yield node.lineno, axes[0]
            if sizes[0] == sizes[1] and sizes[0] in formulas and _other(axes[0]) not in computed:
                yield formulas[sizes[0]], axes[0]


def _is_output_loop(names: Names, loop: ast.For) -> bool:
    """Whether it counts from 0, perhaps by `enumerate`."""
    counts = loop.iter.args if isinstance(loop.iter, ast.Call) else []
    is_counted = not isinstance(loop.target, ast.Tuple) or is_call_of(loop.iter, "enumerate")
    return (len(counts) == 1 or (bool(counts) and text_of(counts[0]) == "0")) and is_counted


def _kernel_times_stride(names: Names) -> Lines:
    """The number of a row or column of the kernel, multiplied by the stride."""
    sizes = {
        part.id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and len(target.elts) == 4 and text_of(value) in _kernel_shapes(names)
        for part in target.elts[2:]
        if isinstance(part, ast.Name)
    }
    inside = {
        part.id
        for loop in names.loops
        if names_in(loop.iter) & sizes and not names_in(loop.iter) - sizes - {"range", "xrange", "np"}
        for part in parts_of(loop.target)
        if isinstance(part, ast.Name)
    } | {
        part.id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and "indices" in text_of(value) and names_in(value) & sizes
        for part in target.elts[-2:]
        if isinstance(part, ast.Name)
    }
    for node in names.nodes(ast.BinOp):
        if isinstance(node.op, ast.Mult) and names.mentions(node, "stride"):
            factors = {getattr(node.left, "id", ""), getattr(node.right, "id", "")}
            yield from (node.lineno,) if inside & factors else ()


def _kernel_shapes(names: Names) -> tuple[str, ...]:
    return tuple(f"{name}.shape" for name in (names.cached or names.inputs)[1:2])


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "cut to minus": _cut_to_minus, "x cut to minus": _x_cut_to_minus,
    "x and more cut to minus": _x_and_more_cut_to_minus,
    "wrong axis": _wrong_axis(HEIGHT, WIDTH, _BOTH), "height for width": _wrong_axis(HEIGHT),
    "width for height": _wrong_axis(WIDTH), "both axes": _both_axes,
    "rows for columns": _rows_for_columns,

    "exchanged": exchanged, "kernel times stride": _kernel_times_stride,
    "kernel times stride for dx": but_for_others(_kernel_times_stride, 0),
    "kernel times stride for dw": but_for_others(_kernel_times_stride, 1),
}  # fmt: skip
