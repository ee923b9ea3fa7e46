"""Places where the kernel is run through."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .names import Names, index_of, is_call_of, is_shape, names_in, slices, text_of

Lines = Iterator[int]
_OF_KERNEL = re.compile(r"(?i)hh|ww|[fk]_?[hw]|(filter|kernel|field)_[hw]\w*")
"""Names that speak of sizes of the kernel, wherever they come from."""


def _tap_replaced(names: Names) -> Lines:
    """What a weight of this turn of a loop is in replaces what is read behind the loop, or returned."""
    weights = {*(names.cached or names.inputs)[1:2]}
    wanted = root_of(names.returned[0]) if names.returned else ""
    last = dict(sorted((node.id, node.lineno) for node in names.nodes(ast.Name)))
    for loop in names.loops:
        for node in (node for node in loop.body if isinstance(node, ast.Assign)):
            target, counted = node.targets[0], names_in(loop.target)
            root = root_of(target)
            is_kept = root == wanted or last.get(root, 0) > (loop.end_lineno or 0)
            is_anew = root not in names_in(node.value) and not counted & names_in(target)
            if root and is_kept and is_anew and any(counted & one for one in _indices(node.value, weights)):
                yield node.lineno


def _indices(value: ast.expr, arrays: set[str]) -> Iterator[frozenset[str]]:
    """The names in each index of one of these arrays, or of what is made of one."""
    for part in parts_of(value):
        if isinstance(part, ast.Subscript) and arrays & names_in(part.value):
            yield names_in(part.slice)


def _taps_left_out(names: Names) -> Lines:
    """`range(HH - 1)` and `range(1, HH)`, where HH is a size of the kernel; slices of w or dw to -1 or from 1."""
    weights, sizes = "".join((names.cached or names.inputs)[1:2]), _kernel_sizes(names)
    for call in (node for node in names.nodes(ast.Call) if is_call_of(node, "range") and node.args):
        begin, end = call.args[:2] if len(call.args) > 1 else (None, call.args[0])
        is_short = isinstance(end, ast.BinOp) and isinstance(end.op, ast.Sub) and text_of(end.right) == "1"
        size = end.left if isinstance(end, ast.BinOp) and is_short else end
        is_late = begin is not None and text_of(begin) == "1"
        if isinstance(size, ast.Name) and size.id in sizes and (is_short or is_late):
            yield call.lineno

    kernels = {weights, root_of(names.returned[1]) if len(names.returned) == 3 else weights} - {""}
    for node in names.nodes(ast.Subscript):
        parts = [part for part in index_of(node) if isinstance(part, ast.Slice) and part.step is None]
        ends = {tuple("" if end is None else text_of(end) for end in (part.lower, part.upper)) for part in parts}
        if ends & {("", "-1"), ("1", "")} and root_of(node) in kernels:
            yield node.lineno


def _kernel_sizes(names: Names) -> set[str]:
    """Names of the height and the width of the kernel, by the shape of w or by what they say."""
    weights = "".join((names.cached or names.inputs)[1:2])
    sizes = {
        part.id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and weights and _is_shape_of(value, weights)
        for part in target.elts[-2:]
        if isinstance(part, ast.Name)
    }
    return sizes | {name for name in names_in(names.function) | {*names.inputs} if _OF_KERNEL.fullmatch(name)}


def _around_a_centre(names: Names) -> Lines:
    """Half of the kernel is subtracted from where a window begins: `i * stride - (HH - 1) // 2 + pad`."""
    sizes, weights = _kernel_sizes(names), "".join((names.cached or names.inputs)[1:2])
    sums = [node for node in names.nodes(ast.BinOp) if isinstance(node.op, ast.Add)]
    added = {text_of(part) for node in sums for part in (node.left, node.right)}
    for node in names.nodes(ast.BinOp):
        half = node.right if isinstance(node.op, ast.Sub) else None
        if isinstance(half, ast.BinOp) and isinstance(half.op, ast.FloorDiv) and text_of(half.right) == "2":
            is_of_kernel = names_in(half) & sizes or (weights and f"{weights}.shape[" in text_of(half))
            is_taken_back = text_of(half) in added  # which was added to get to the centre
            yield from (node.lineno,) if is_of_kernel and not is_taken_back and not names.mentions(half, "pad") else ()


def _is_shape_of(value: ast.expr, array: str) -> bool:
    """Whether it is the shape of this array, or the last of it."""
    shape = value.value if isinstance(value, ast.Subscript) and is_shape(value.value) else value
    return is_shape(shape) and array in names_in(shape)


def _counts_alone(names: Names, begin: ast.expr) -> frozenset[str]:
    """The counter in `i * stride`; nothing where that is not all there is."""
    if not isinstance(begin, ast.BinOp) or not isinstance(begin.op, ast.Mult) or not names.mentions(begin, "stride"):
        return frozenset()
    return names_in(begin) - names.strides


def _end_without_stride(names: Names) -> Lines:
    """`i : i + H_out : stride`, and the like of `slice`; not `i : i + H - HH + 1 : stride`, which is right.

    Nor `i : i + HH : stride`, a window of which another part is wrong.
    """
    for begin, end, step, at in slices(names):
        (lower, _), (upper, line) = _as_set(names, begin, at), _as_set(names, end, at)
        if lower is None or not isinstance(upper, ast.BinOp) or not isinstance(upper.op, ast.Add):
            continue
        if step is None:
            is_short = _counts_alone(names, lower) and _counts_alone(names, lower) & names_in(upper)
            yield from (line,) if is_short and not names.mentions(upper, "stride") else ()
            continue
        sides = {text_of(upper.left): upper.right, text_of(upper.right): upper.left}
        length = sides.get(text_of(lower))
        is_size = length is not None and not isinstance(length, ast.BinOp | ast.Constant)
        is_size = is_size and length is not None and not _OF_KERNEL.fullmatch(text_of(length))
        if is_size and names.mentions(step, "stride") and not names.mentions(upper, "stride"):
            yield line


def _as_set(names: Names, end: ast.expr | None, line: int) -> tuple[ast.expr | None, int]:
    """What a name is set to, and where, if that is done once; else the end itself."""
    name = end.id if isinstance(end, ast.Name) else ""
    values = [(value, at) for target, value, at in names.pairs() if isinstance(target, ast.Name) and target.id == name]
    return values[0] if len(values) == 1 else (end, line)


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "tap replaced": _tap_replaced, "taps left out": _taps_left_out, "end without stride": _end_without_stride,
    "around a centre": _around_a_centre,
}  # fmt: skip
