"""Places about sizes: how large the output is taken to be, and how far slices and loops reach."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.early import left_out_at_the_edge
from reference.nodes import parts_of, remembered, root_of

from .arrays import padded
from .axis_names import HEIGHT, WIDTH, named_for
from .names import COUNTING, Names, called, index_of, is_call_of, is_keyed, names_in, slices, text_of
from .paddings import pad_calls, padded_on_one_side

Lines = Iterator[int]


def _end_cut_by_one(names: Names) -> Lines:
    """A slice from the pad on to one before the end."""
    for lower, upper, _, line in slices(names):
        ends = upper is not None and re.search(r"- ?1$", text_of(upper)) is not None
        if ends and lower is not None and names.mentions(lower, "pad"):
            yield line


def _from_one(names: Names) -> Lines:
    """A slice from 1 to a size further on, or a padding by 1 at one end and by the pad at the other."""
    for lower, upper, _, line in slices(names):
        if lower is not None and text_of(lower) == "1" and upper is not None and names.axes_of(upper):
            yield line
    for call in pad_calls(names):
        for width in call.args[1:2]:
            ones = [n for n in parts_of(width) if isinstance(n, ast.Constant) and n.value == 1]
            yield from (call.lineno,) if ones and names.mentions(width, "pad") else ()


@remembered
def formulas(names: Names) -> tuple[tuple[ast.expr, ast.expr, int], ...]:
    """Of `divisions`, those for the size of the output: what is computed of a loop's counter is a place."""
    counters = frozenset().union(*(names_in(loop.target) for loop in names.loops))
    return tuple(found for found in divisions(names) if not counters & names_in(found[1]))


def divisions(names: Names) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    """Target, value and line of what is divided by the stride, or by a number."""
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


def _returned(names: Names) -> Iterator[tuple[ast.expr, int]]:
    """Formulas of a helper that returns a size, or both."""
    for value in names.returned:
        divided = value.left if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) else value
        if isinstance(divided, ast.Call) and called(divided) == "int" and divided.args:
            divided = divided.args[0]
        if isinstance(divided, ast.BinOp) and isinstance(divided.op, ast.FloorDiv | ast.Div):
            yield from ((value, value.lineno),) if names.mentions(divided.right, "stride") else ()


def loops_by_stride(names: Names) -> Lines:
    """`range(0, H_out, stride)`, where H_out is the size of the output."""
    upstream = names.inputs[0] if names.cached and names.inputs else ""
    sizes = {target.id for target, _, _ in formulas(names) if isinstance(target, ast.Name)}
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Tuple) and upstream and text_of(value).startswith(f"{upstream}.shape"):
            sizes |= {part.id for part in target.elts[-2:] if isinstance(part, ast.Name)}
    for call in names.nodes(ast.Call):
        if is_call_of(call, "range") and len(call.args) == 3 and names.mentions(call.args[2], "stride"):
            end = call.args[1]
            is_of_out = isinstance(end, ast.Name) and end.id in sizes
            yield from (call.lineno,) if is_of_out or (upstream and f"{upstream}.shape" in text_of(end)) else ()


def _formula_without_pad(names: Names) -> Lines:
    """In which there is neither the pad nor a size of the padded image."""
    image = "".join(names.cached[:1] or names.inputs[:1])
    of_padded = {*padded(names, image)}
    of_padded |= {
        root_of(part)
        for target, value, _ in names.pairs()
        for part in (target.elts if isinstance(target, ast.Tuple) else [target])
        if names.mentions(value, "pad") or of_padded & names_in(value)
    }
    for _, value, line in formulas(names):
        if names.axes_of(value) and not names.mentions(value, "pad") and not of_padded & names_in(value):
            yield line
    for value, line in _returned(names) if names.pads & {*names.inputs} else ():
        yield from () if names.mentions(value, "pad") else (line,)


def _padded_before_only(names: Names) -> Lines:
    """Padded on one side, or else a formula for the output size that adds the pad once: `H + pad - HH`."""
    padded_so = list(padded_on_one_side(names))
    yield from padded_so
    sized = [(value, line) for _, value, line in formulas(names) if image_sizes(names) & names_in(value)]
    for value, line in () if padded_so else (*sized, *_returned(names)):
        products = [n for n in parts_of(value) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult)]
        pads = [part for part in parts_of(value) if getattr(part, "id", "") in names.pads or is_keyed(part, "pad")]
        if len(pads) == 1 and not products:
            yield line


def _formula_one_less(names: Names) -> Lines:
    """Without `+ 1`, also later, or with `- 1`; or a range over where windows begin that ends before the last."""
    one_more = {side.id for node in names.nodes(ast.BinOp) if _adds_one(node)
                for side in (node.left, node.right) if isinstance(side, ast.Name)}  # fmt: skip
    found = [(value, line) for target, value, line in formulas(names) if names.axes_of(value)
             if root_of(target) not in one_more]  # fmt: skip
    for value, line in (*found, *_returned(names)):
        if 1 not in [node.value for node in parts_of(value) if isinstance(node, ast.Constant)]:
            yield line
    ranges = (node for node in names.nodes(ast.Call) if is_call_of(node, "range"))
    yield from (node.lineno for node in ranges if _ends_before_last_window(names, node))


def _one_inside(names: Names) -> Lines:
    """`(H + 2 * pad - HH + 1) // stride`"""
    for value, line in (*((value, line) for _, value, line in formulas(names)), *_returned(names)):
        for node in parts_of(value):
            above = node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Div) else None
            if above is not None and any(_adds_one(part) for part in parts_of(above)):
                yield line


def _adds_one(node: ast.AST) -> bool:
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else ()
    return "1" in map(text_of, sides)


def _part_divided(names: Names) -> Lines:
    """A size or the pad beside what is divided: `(H - HH) // s + 2 * pad + 1`, `H + 2 * pad - HH // s + 1`."""
    for _, value, line in formulas(names):
        operations = (node for node in parts_of(value) if isinstance(node, ast.BinOp))
        divisions = (node for node in operations if isinstance(node.op, ast.FloorDiv | ast.Div))
        divided = {id(part) for division in divisions for part in parts_of(division)}
        beside = [part for part in parts_of(value) if isinstance(part, ast.Name) and id(part) not in divided]
        if any(part.id in names.pads or names.axes_of(part) for part in beside):
            yield line


_LESS_ONE = r".* - 1|\(\w+ - 1\) \* [\w.\[\]'\"]+|[\w.\[\]'\"]+ \* \(\w+ - 1\)"
"""A bound that ends one early, or that is so many times the stride."""


def _one_less(names: Names) -> Lines:
    """A range, a slice or a formula that ends one early, or a condition that leaves out what is at the edge."""
    yield from _formula_one_less(names)
    yield from left_out_at_the_edge(names.function)
    for node in names.nodes(ast.Call):
        if is_call_of(node, "range"):
            ends = node.args[:2][-1:] if len(node.args) < 3 or text_of(node.args[2])[:1] != "-" else []
            is_early = any(re.fullmatch(_LESS_ONE, text_of(end)) and len(names.axes_of(end)) < 2 for end in ends)
            yield from (node.lineno,) if is_early else ()
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
    is_of_image = bool(names.axes_of(bound)) or names.mentions(bound, "pad")
    return is_difference and not ones and is_of_image and not names.mentions(bound, "stride")


def _rounded_up(names: Names) -> Lines:
    for node in names.nodes(ast.Call):
        if text_of(node.func).rpartition(".")[2] in ("ceil", "round"):
            yield node.lineno


def _image_size(names: Names) -> Lines:
    """A loop over H or W of the image itself, or an output size that is set to one."""
    image = image_sizes(names)
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


def image_sizes(names: Names) -> set[str]:
    """What the last two numbers of x.shape are called."""
    return _last_two(names, "".join(names.cached[:1] or names.inputs[:1]))


def _last_two(names: Names, array: str) -> set[str]:
    """What the last two numbers of an array's shape are called, taken out of it in one line or one by one."""
    counts = {f"{array}.shape": 4, f"{array}.shape[2:]": 2}
    alone = {f"{array}.shape[{place}]" for place in (2, 3, -2, -1)}
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Tuple) and len(target.elts) == counts.get(text_of(value)):
            return {part.id for part in target.elts[-2:] if isinstance(part, ast.Name)}
    return {target.id for target, value, _ in names.pairs() if isinstance(target, ast.Name) and text_of(value) in alone}


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
        sides = ((node.left, node.right), (node.right, node.left)) if isinstance(node.op, ast.Add) else ()
        for row, column in sides:
            if isinstance(row, ast.BinOp) and isinstance(row.op, ast.Mult):
                factors = {names.axis.get(getattr(part, "id", "")) for part in (row.left, row.right)}
                if factors == {HEIGHT} and names.axes_of(column) == {WIDTH}:
                    yield node.lineno
    for node in names.nodes(ast.BinOp):
        if isinstance(node.op, ast.FloorDiv | ast.Mod) and names.axes_of(node.right) == {HEIGHT}:
            yield node.lineno
    for node in names.nodes(ast.Call):
        quotient = node.args[0] if called(node) == "int" and node.args else None
        if isinstance(quotient, ast.BinOp) and isinstance(quotient.op, ast.Div):
            yield from (node.lineno,) if names.axes_of(quotient.right) == {HEIGHT} else ()
        turned = _SPREADING.get(called(node))
        if turned is not None and len(node.args) == 2 and called(node.args[0]) == "arange":
            yield from (node.lineno,) if tuple(map(names.axes_of, node.args)) == ({turned}, {_OTHER[turned]}) else ()
        if called(node) == "divmod" and len(node.args) == 2 and names.axes_of(node.args[1]) == {HEIGHT}:
            yield node.lineno


_SPREADING = {"repeat": WIDTH, "tile": HEIGHT}
"""What is wrong as the first size in `np.repeat(np.arange(H_out), W_out)` and `np.tile(np.arange(W_out), H_out)`."""
_OTHER = {WIDTH: HEIGHT, HEIGHT: WIDTH}


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "end cut by one": _end_cut_by_one,
    "formula without pad": _formula_without_pad, "formula one less": _formula_one_less,
    "part divided": _part_divided,
    "one inside": _one_inside, "padded before only": _padded_before_only,
    "one less": _one_less, "rounded up": _rounded_up, "from one": _from_one, "image size": _image_size,
    "size of upstream": _size_of_upstream, "filters for kernel": _filters_for_kernel, "flat index": _flat_index,
    "loops by stride": loops_by_stride,
}  # fmt: skip
