"""Places about sizes: how much is padded, and how large the output is taken to be."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, remembered

from .names import (
    COUNTING,
    HEIGHT,
    WIDTH,
    Names,
    called,
    index_of,
    is_call_of,
    named_for,
    names_in,
    slices,
    text_of,
)

Lines = Iterator[int]


def _cut_by_one(names: Names) -> Lines:
    """`1:-1`."""
    for lower, upper, _, line in slices(names):
        if lower is not None and upper is not None and (text_of(lower), text_of(upper)) == ("1", "-1"):
            yield line


def _end_cut_by_one(names: Names) -> Lines:
    """A slice from the pad on to one before the end."""
    for lower, upper, _, line in slices(names):
        ends = upper is not None and re.search(r"- ?1$", text_of(upper)) is not None
        if ends and lower is not None and names.mentions(lower, "pad"):
            yield line


def _pad_calls(names: Names) -> Iterator[ast.Call]:
    for node in names.nodes(ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "pad":
            yield node


def _padded(names: Names) -> Lines:
    """The one call of `np.pad`."""
    lines = {call.lineno for call in _pad_calls(names)}
    if len(lines) == 1:
        yield from lines


def _padded_on_one_side(names: Names) -> Lines:
    """`np.pad` with a 0 before or after, and something else at the other end."""
    for call in _pad_calls(names):
        named = {width.id for width in call.args[1:2] if isinstance(width, ast.Name)}
        widths = [(width, call.lineno) for width in call.args[1:2]]
        widths += [(value, line) for name, value, line in _literals(names) if name in named]
        yield from (line for width, line in widths if _has_one_zero(width))


def _has_one_zero(widths: ast.expr) -> bool:
    """Whether a pair of widths has a 0 and something else."""
    pairs = [part.elts for part in parts_of(widths) if isinstance(part, ast.Tuple | ast.List)]
    return any(len(pair) == 2 and [text_of(end) for end in pair].count("0") == 1 for pair in pairs)


def _padded_by_constant(names: Names) -> Lines:
    """`np.pad` by a number in the text, or a pad that is set to one."""
    yield from _cut_by_one(names)
    for call in _pad_calls(names):
        widths = call.args[1:2] + [keyword.value for keyword in call.keywords if keyword.arg == "pad_width"]
        if any(_has_ones(names, width) for width in widths):
            yield call.lineno
        named = {width.id for width in widths if isinstance(width, ast.Name)}
        yield from (line for name, value, line in _literals(names) if name in named and _has_ones(names, value))
    yield from pad_set(names)


def _literals(names: Names) -> Iterator[tuple[str, ast.expr, int]]:
    """Names that are set to a tuple or a list, with that and its line."""
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and isinstance(value, ast.Tuple | ast.List):
            yield target.id, value, line


def _has_ones(names: Names, widths: ast.expr) -> bool:
    """Whether a 1 is among them, and no pad."""
    ones = [part for part in parts_of(widths) if isinstance(part, ast.Constant) and part.value == 1]
    return bool(ones) and not names.mentions(widths, "pad")


def pad_set(names: Names) -> Lines:
    """A name that is padded with is set to a number in the text."""
    used = {name for call in _pad_calls(names) for argument in call.args[1:2] for name in names_in(argument)}
    yield from _set_to_number(names, used)


def _set_to_number(names: Names, wanted: set[str]) -> Lines:
    for target, value, line in names.pairs():
        is_number = isinstance(value, ast.Constant) and isinstance(value.value, int)
        if is_number and isinstance(target, ast.Name) and target.id in wanted:
            yield line


def _stride_set(names: Names) -> Lines:
    """A name that sizes are divided by is set to a number in the text."""
    divisions = [n.right for n in names.nodes(ast.BinOp) if isinstance(n.op, ast.FloorDiv | ast.Div)]
    yield from _set_to_number(names, {node.id for node in divisions if isinstance(node, ast.Name)})


def _from_one(names: Names) -> Lines:
    """A slice from 1 to a size further on, or a padding by 1 at one end and by the pad at the other."""
    for lower, upper, _, line in slices(names):
        if lower is not None and text_of(lower) == "1" and upper is not None and names.axes_of(upper):
            yield line
    for call in _pad_calls(names):
        for width in call.args[1:2]:
            ones = [n for n in parts_of(width) if isinstance(n, ast.Constant) and n.value == 1]
            yield from (call.lineno,) if ones and names.mentions(width, "pad") else ()


@remembered
def formulas(names: Names) -> tuple[tuple[ast.expr, ast.expr, int], ...]:
    """Target, value and line of the formulas for the size of the output: what is divided by the stride."""
    return tuple(_formulas(names))


def _formulas(names: Names) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    for target, value, line in names.pairs():
        indexed = [part for node in parts_of(value) if isinstance(node, ast.Subscript) for part in parts_of(node.slice)]
        if isinstance(target, ast.Name) and any(
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.FloorDiv | ast.Div)
            and (names.mentions(node.right, "stride") or isinstance(node.right, ast.Constant))
            and node not in indexed
            for node in parts_of(value)
        ):
            yield target, value, line


def _formula_without_pad(names: Names) -> Lines:
    for _, value, line in formulas(names):
        if names.axes_of(value) and not names.mentions(value, "pad"):
            yield line


def _formula_one_less(names: Names) -> Lines:
    """Without `+ 1`, or with `- 1`."""
    for _, value, line in formulas(names):
        constants = [node.value for node in parts_of(value) if isinstance(node, ast.Constant)]
        if names.axes_of(value) and 1 not in constants:
            yield line


def _one_inside(names: Names) -> Lines:
    """`(H + 2 * pad - HH + 1) // stride`"""
    for _, value, line in formulas(names):
        for node in parts_of(value):
            above = node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Div) else None
            if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add) and text_of(above.right) == "1":
                yield line


def _one_less(names: Names) -> Lines:
    """A range, a slice or a formula that ends one early."""
    yield from _formula_one_less(names)
    for node in names.nodes(ast.Call):
        if is_call_of(node, "range"):
            for bound in node.args:
                if isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Sub) and text_of(bound.right) == "1":
                    yield node.lineno
            if _ends_before_last_window(names, node):
                yield node.lineno
    for lower, upper, _, line in slices(names):
        if lower is None and upper is not None and re.search(r"- 1\b|^-1$", text_of(upper)):
            yield line


def _ends_before_last_window(names: Names, call: ast.Call) -> bool:
    """`range(0, H + 2 * pad - HH, stride)`, without the + 1 for the window that begins at its end."""
    if len(call.args) != 3 or not names.mentions(call.args[2], "stride"):
        return False
    bound = call.args[1]
    is_difference = any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) for part in parts_of(bound))
    ones = [part for part in parts_of(bound) if isinstance(part, ast.Constant) and part.value == 1]
    return is_difference and not ones and bool(names.axes_of(bound)) and not names.mentions(bound, "stride")


def _rounded_up(names: Names) -> Lines:
    for node in names.nodes(ast.Call):
        if text_of(node.func).rpartition(".")[2] in ("ceil", "round"):
            yield node.lineno


def _image_size(names: Names) -> Lines:
    """A loop over H or W of the image itself, or an output size that is set to one."""
    image = _image_sizes(names)
    for node in names.nodes(ast.Call):
        if text_of(node.func) not in (*COUNTING, "np.indices"):
            continue
        if any(image & names_in(one) and _is_bare(one) for one in node.args):
            yield node.lineno
    for target, value, line in names.pairs():
        if isinstance(value, ast.Name) and value.id in image and named_for(target):
            yield line


def _is_bare(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Name | ast.Tuple)


def _image_sizes(names: Names) -> set[str]:
    """What the last two numbers of x.shape are called."""
    return _last_two(names, "".join(names.cached[:1] or names.inputs[:1]))


def _last_two(names: Names, array: str) -> set[str]:
    """What the last two numbers of an array's shape are called, where they are taken out of it in one line."""
    counts = {f"{array}.shape": 4, f"{array}.shape[2:]": 2}
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Tuple) and len(target.elts) == counts.get(text_of(value)):
            return {part.id for part in target.elts[-2:] if isinstance(part, ast.Name)}
    return set()


def _size_of_upstream(names: Names) -> Lines:
    """A formula for the size of the output that begins with it."""
    dout = names.inputs[0] if names.inputs else ""
    sizes = _last_two(names, dout)
    for _, value, line in formulas(names):
        if sizes & names_in(value) or f"{dout}.shape[" in text_of(value):
            yield line


def _filters_for_kernel(names: Names) -> Lines:
    """The number of filters in a formula for the output size, as a window's end, or in place of HH or WW.

    Also a loop over it, inside of which nothing is indexed by filters, is one over the kernel.
    """
    shape = f"{''.join((names.cached or names.inputs)[1:2])}.shape"
    filters = {
        target.elts[0].id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and text_of(value) == shape and isinstance(target.elts[0], ast.Name)
    }
    yield from (line for _, value, line in formulas(names) if filters & names_in(value))
    for lower, upper, _, line in slices(names):
        if lower is not None and upper is not None and filters & names_in(upper):
            yield line
    for target, value, line in names.pairs():
        if isinstance(value, ast.Name) and value.id in filters and named_for(target):
            yield line
    for loop in names.loops:
        if filters & names_in(loop.iter) and isinstance(loop.target, ast.Name) and _indexes_places(names, loop):
            yield loop.lineno


def _indexes_places(names: Names, loop: ast.For) -> bool:
    """Whether its variable is always among the last two parts of an index of four, and is so somewhere."""
    indexes = [index_of(node) for node in parts_of(loop) if isinstance(node, ast.Subscript)]
    name = loop.target.id if isinstance(loop.target, ast.Name) else ""
    at = {i - len(parts) for parts in indexes for i, part in enumerate(parts) if name in names_in(part)}
    return bool(at) and at <= {-1, -2} and any(len(parts) == 4 for parts in indexes)


def _flat_index(names: Names) -> Lines:
    """A quotient or a remainder by a height, or a row times a height plus a column: it has to be a width."""
    for node in names.nodes(ast.BinOp):
        if isinstance(node.op, ast.Add) and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult):
            factors = {names.axis.get(getattr(part, "id", "")) for part in (node.left.left, node.left.right)}
            if factors == {HEIGHT} and names.axes_of(node.right) == {WIDTH}:
                yield node.lineno
    for node in names.nodes(ast.BinOp):
        if isinstance(node.op, ast.FloorDiv | ast.Mod) and names.axes_of(node.right) == {HEIGHT}:
            yield node.lineno
    for node in names.nodes(ast.Call):
        if called(node) == "divmod" and len(node.args) == 2 and names.axes_of(node.args[1]) == {HEIGHT}:
            yield node.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "cut by one": _cut_by_one, "end cut by one": _end_cut_by_one,
    "padded": _padded, "padded on one side": _padded_on_one_side,
    "pad set": pad_set, "padded by constant": _padded_by_constant,
    "stride set": _stride_set, "formula without pad": _formula_without_pad, "formula one less": _formula_one_less,
    "one inside": _one_inside,
    "one less": _one_less, "rounded up": _rounded_up, "from one": _from_one, "image size": _image_size,
    "size of upstream": _size_of_upstream, "filters for kernel": _filters_for_kernel, "flat index": _flat_index,
}  # fmt: skip
