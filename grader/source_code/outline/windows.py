"""Places about sizes, padding, the stride, and which windows are taken."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from grader.source_code.outline.names import HEIGHT, WIDTH, Names, is_arithmetic, named_for, names_in, root_of

Lines = Iterator[int]


def slices(names: Names) -> Iterator[tuple[ast.expr | None, ast.expr | None, ast.expr | None, int]]:
    """Lower, upper, step and line of every slice, also of those that are made with `slice(...)`."""
    for node in names.nodes:
        if isinstance(node, ast.Subscript):
            for part in index_of(node):
                if isinstance(part, ast.Slice):
                    yield part.lower, part.upper, part.step, node.lineno
        elif _is_call_of(node, "slice") and len(node.args) >= 2:  # type: ignore[attr-defined]
            yield (*(*node.args, None)[:3], node.lineno)  # type: ignore[attr-defined]


_COUNTING = ("range", "xrange", "np.arange")


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def index_of(node: ast.Subscript) -> list[ast.expr]:
    """The parts of an index."""
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _cut_to_minus(names: Names) -> Lines:
    """`p:-p`."""
    for lower, upper, _, line in slices(names):
        if upper is None or lower is None or isinstance(lower, ast.Constant):
            continue
        if isinstance(upper, ast.UnaryOp) and ast.unparse(upper) == f"-{ast.unparse(lower)}":
            yield line


def _cut_by_one(names: Names) -> Lines:
    """`1:-1`."""
    for lower, upper, _, line in slices(names):
        if lower is not None and upper is not None and (ast.unparse(lower), ast.unparse(upper)) == ("1", "-1"):
            yield line


def _pad_calls(names: Names) -> Iterator[ast.Call]:
    for node in names.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "pad":
            yield node


def _padded(names: Names) -> Lines:
    """The one call of `np.pad`."""
    lines = {call.lineno for call in _pad_calls(names)}
    if len(lines) == 1:
        yield from lines


def _padded_by_constant(names: Names) -> Lines:
    """`np.pad` by a number in the text, or a pad that is set to one."""
    yield from _cut_by_one(names)
    for call in _pad_calls(names):
        widths = call.args[1:2] + [keyword.value for keyword in call.keywords if keyword.arg == "pad_width"]
        ones = [n for w in widths for n in ast.walk(w) if isinstance(n, ast.Constant) and n.value == 1]
        if ones and not names.mentions(widths[0], "pad"):
            yield call.lineno
    yield from _pad_set(names)


def _pad_set(names: Names) -> Lines:
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
    divisions = [n.right for n in names.nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.FloorDiv | ast.Div)]
    yield from _set_to_number(names, {node.id for node in divisions if isinstance(node, ast.Name)})


def formulas(names: Names) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    """Target, value and line of the formulas for the size of the output: what is divided by the stride."""
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and any(
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.FloorDiv | ast.Div)
            and (names.mentions(node.right, "stride") or isinstance(node.right, ast.Constant))
            for node in ast.walk(value)
        ):
            yield target, value, line


def _formula_without_pad(names: Names) -> Lines:
    for _, value, line in formulas(names):
        if names.axes_of(value) and not names.mentions(value, "pad"):
            yield line


def _formula_one_less(names: Names) -> Lines:
    """Without `+ 1`, or with `- 1`."""
    for _, value, line in formulas(names):
        constants = [node.value for node in ast.walk(value) if isinstance(node, ast.Constant)]
        if names.axes_of(value) and 1 not in constants:
            yield line


def _one_less(names: Names) -> Lines:
    """A range, a slice or a formula that ends one early."""
    yield from _formula_one_less(names)
    for node in names.nodes:
        if _is_call_of(node, "range"):
            for bound in node.args:  # type: ignore[attr-defined]
                if isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Sub) and ast.unparse(bound.right) == "1":
                    yield node.lineno  # type: ignore[attr-defined]
    for lower, upper, _, line in slices(names):
        if lower is None and upper is not None and re.search(r"- 1\b|^-1$", ast.unparse(upper)):
            yield line


def _rounded_up(names: Names) -> Lines:
    for node in names.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ("ceil", "round"):
            yield node.lineno


def _without_stride(names: Names) -> Lines:
    """A place that begins at a bare loop variable, and where the stride is not in that part of the index."""
    counters = set(_counters(names))
    for lower, _, step, line in slices(names):
        if isinstance(lower, ast.Name) and lower.id in counters and step is None:
            yield line
    for node in names.nodes:
        parts = index_of(node) if isinstance(node, ast.Subscript) else node.elts if isinstance(node, ast.Tuple) else []
        sums = [part for part in parts if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add)]
        is_index = isinstance(node, ast.Subscript) or any("slice" in names_in(part) for part in parts)
        if is_index and any(_of_two_names(part) and not names.mentions(part, "stride") for part in sums):
            yield node.lineno  # type: ignore[attr-defined]


def _of_two_names(part: ast.BinOp) -> bool:
    return isinstance(part.left, ast.Name) and isinstance(part.right, ast.Name)


def _counters(names: Names) -> Iterator[str]:
    """Loop variables that count from 0 by one."""
    for loop in names.loops:
        call = loop.iter
        counts = isinstance(call, ast.Call) and ast.unparse(call.func) in _COUNTING
        if counts and len(call.args) == 1 and isinstance(loop.target, ast.Name):  # type: ignore[attr-defined]
            yield loop.target.id


def _of_image(names: Names) -> Lines:
    """Windows that are cut from x itself."""
    image = names.cached[0] if names.cached else ""
    for node in names.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == image:
            parts = index_of(node)
            whole = len(parts) < 3 or any(isinstance(part, ast.Constant) for part in parts[-2:])
            if isinstance(node.ctx, ast.Load) and not whole:
                yield node.lineno


def _wrong_axis(names: Names) -> Lines:
    """A width that is made of a height, an index that has one in the place of the other, and the reverse."""
    for target, value, line in names.pairs():
        axes, named = names.axes_of(value), named_for(target)
        if named is not None and axes and axes != {named} and is_arithmetic(value):
            yield line
        parts = target.elts if isinstance(target, ast.Tuple) else []
        pair = [named_for(part) for part in parts[-2:]]
        if pair == [WIDTH, HEIGHT] and "shape" in ast.unparse(value):
            yield line
    yield from _swapped_loops(names) if not _renamed(names) else ()


def _renamed(names: Names) -> bool:
    """Whether a shape is unpacked in the wrong order, so that what follows only follows from that."""
    return any(
        isinstance(target, ast.Tuple) and [named_for(part) for part in target.elts[-2:]] == [WIDTH, HEIGHT]
        for target, _, _ in names.pairs()
    )


def _places(names: Names) -> Iterator[tuple[ast.Subscript, list[ast.expr]]]:
    """Subscripts with a part for rows and one for columns."""
    for node in names.nodes:
        if isinstance(node, ast.Subscript) and len(index_of(node)) >= 3:
            yield node, index_of(node)[-2:]


def _swapped_loops(names: Names) -> Lines:
    """A loop over heights whose variable says a column, and the reverse; or an index that mixes the two."""
    wrong_loops: set[str] = set()
    for loop in names.loops:
        if isinstance(loop.target, ast.Name) and (axis := names.axis.get(loop.target.id)):
            used = {i for _, pair in _places(names) for i, part in enumerate(pair) if loop.target.id in names_in(part)}
            if used == {0 if axis == WIDTH else 1} and _is_output_loop(names, loop):
                wrong_loops.add(loop.target.id)
                yield loop.lineno
    for node, pair in _places(names):
        for axis, part in zip((HEIGHT, WIDTH), pair, strict=True):
            axes = names.axes_of(part)
            if axes and axes != {axis} and not (names_in(part) & wrong_loops):
                yield node.lineno


def _is_output_loop(names: Names, loop: ast.For) -> bool:
    return isinstance(loop.iter, ast.Call) and len(loop.iter.args) == 1 and not isinstance(loop.target, ast.Tuple)


def _exchanged(names: Names) -> Lines:
    """Rows and columns of an array exchanged, or the place of a number written the wrong way round."""
    for node in names.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            text = f"{node.func.attr}({', '.join(map(ast.unparse, node.args))})"
            if text in _EXCHANGES:
                yield node.lineno
    for node, (row, column) in _places(names):
        if (names.axes_of(row), names.axes_of(column)) == ({WIDTH}, {HEIGHT}):
            yield node.lineno


_EXCHANGES = (
    "transpose(0, 1, 3, 2)", "swapaxes(2, 3)", "swapaxes(3, 2)", "swapaxes(-1, -2)", "swapaxes(-2, -1)",
)  # fmt: skip


def _backwards(names: Names) -> Lines:
    """What runs backwards: `::-1`, a flip, an index that is subtracted."""
    counters = set(_counters(names))
    for _, _, step, line in slices(names):
        if step is not None and ast.unparse(step) == "-1":
            yield line
    for node in names.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _FLIPS:
            yield node.lineno
        if isinstance(node, ast.Subscript):
            for part in index_of(node):
                if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) and names_in(part.right) & counters:
                    yield node.lineno


_FLIPS = ("flip", "fliplr", "flipud", "rot90", "convolve", "convolve2d")


def _from_one(names: Names) -> Lines:
    """A slice from 1 to a size further on, or a padding by 1."""
    for lower, upper, _, line in slices(names):
        if lower is not None and ast.unparse(lower) == "1" and upper is not None and names.axes_of(upper):
            yield line
    for call in _pad_calls(names):
        if any(isinstance(n, ast.Constant) and n.value == 1 for width in call.args[1:2] for n in ast.walk(width)):
            yield call.lineno


def _image_size(names: Names) -> Lines:
    """A loop over H or W of the image itself, or an output size that is set to one."""
    image = _image_sizes(names)
    for node in names.nodes:
        counts = isinstance(node, ast.Call) and ast.unparse(node.func) in (*_COUNTING, "np.indices")
        if counts and any(image & names_in(one) and _is_bare(one) for one in node.args):  # type: ignore[attr-defined]
            yield node.lineno  # type: ignore[attr-defined]
    for target, value, line in names.pairs():
        if isinstance(value, ast.Name) and value.id in image and named_for(target):
            yield line


def _is_bare(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Name | ast.Tuple)


def _image_sizes(names: Names) -> set[str]:
    """What the last two numbers of x.shape are called."""
    image = names.cached[:1] or names.inputs[:1]
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Tuple) and len(target.elts) == 4 and ast.unparse(value) == f"{''.join(image)}.shape":
            return {part.id for part in target.elts[2:] if isinstance(part, ast.Name)}
    return set()


def _kernel_times_stride(names: Names) -> Lines:
    """The number of a row or column of the kernel, multiplied by the stride."""
    sizes = {
        part.id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and len(target.elts) == 4 and ast.unparse(value) in _kernel_shapes(names)
        for part in target.elts[2:]
        if isinstance(part, ast.Name)
    }
    inside = {
        part.id
        for loop in names.loops
        if names_in(loop.iter) & sizes and not names_in(loop.iter) - sizes - {"range", "xrange", "np"}
        for part in ast.walk(loop.target)
        if isinstance(part, ast.Name)
    } | {
        part.id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and "indices" in ast.unparse(value) and names_in(value) & sizes
        for part in target.elts[-2:]
        if isinstance(part, ast.Name)
    }
    for node in names.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and names.mentions(node, "stride"):
            factors = {getattr(node.left, "id", ""), getattr(node.right, "id", "")}
            yield from (node.lineno,) if inside & factors else ()


def _kernel_shapes(names: Names) -> tuple[str, ...]:
    return tuple(f"{name}.shape" for name in (names.cached or names.inputs)[1:2])


def _cut(names: Names) -> Lines:
    """The slice that becomes dx."""
    wanted = root_of(names.returned[0]) if len(names.returned) == 3 else ""
    for target, value, line in names.pairs():
        cut = isinstance(value, ast.Subscript) and sum(isinstance(p, ast.Slice) for p in index_of(value)) >= 2
        if cut and root_of(target) == wanted:
            yield line
    for part in names.returned[:1] if len(names.returned) == 3 else ():
        if isinstance(part, ast.Subscript):
            yield part.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "cut to minus": _cut_to_minus, "cut by one": _cut_by_one, "padded": _padded, "pad set": _pad_set,
    "padded by constant": _padded_by_constant, "stride set": _stride_set, "formula without pad": _formula_without_pad,
    "formula one less": _formula_one_less, "one less": _one_less, "rounded up": _rounded_up,
    "without stride": _without_stride, "of image": _of_image, "wrong axis": _wrong_axis, "exchanged": _exchanged,
    "backwards": _backwards, "cut": _cut, "from one": _from_one, "image size": _image_size,
    "kernel times stride": _kernel_times_stride,
}  # fmt: skip
