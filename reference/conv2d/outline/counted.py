"""Places where something counts too often: the padding in a formula, the stride in an end, filters in a product."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .axis_names import HEIGHT, WIDTH, named_for
from .names import Names, called, index_of, is_shape, names_in, slices, text_of
from .paddings import pad_calls

Lines = Iterator[int]


def _padding_twice(names: Names) -> Lines:
    """A formula that adds the pad to a size which comes of what is padded already."""
    padded: set[str] = set()
    for target, value, line in names.pairs():
        is_formula = any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.FloorDiv | ast.Div)
                         for part in parts_of(value))  # fmt: skip
        is_padded = names.mentions(value, "pad")
        if is_formula and ((is_padded and names_in(value) & padded) or _times_four(names, value)):
            yield line
        elif not is_formula and (called(value) == "pad" or is_padded or _is_of(value, padded)):
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            padded |= {root_of(part) for part in parts if isinstance(part, ast.Name | ast.Subscript)}
            padded -= names.pads


def _is_of(value: ast.expr, padded: set[str]) -> bool:
    """Whether it is the shape of such an array, or a size of it."""
    shape = value.value if isinstance(value, ast.Subscript) else value
    return is_shape(shape) and root_of(shape) in padded


def _times_four(names: Names, value: ast.expr) -> bool:
    """`4 * pad`"""
    return any(
        isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult) and names.mentions(part, "pad")
        and "4" in (text_of(part.left), text_of(part.right))
        for part in parts_of(value)
    )  # fmt: skip


def _ends_by_stride(names: Names) -> Lines:
    """`i * stride : (i + 1) * stride`, `i * stride : i * stride + stride`, and the like by names."""
    for lower, upper, step, line in slices(names):
        if lower is None or upper is None or step is not None:
            continue
        begin, end = _written_out(names, lower), _written_out(names, upper)
        known = names_in(begin) | names_in(lower) | names.strides
        if names.mentions(begin, "stride") and names.mentions(end, "stride") and names_in(end) <= known:
            yield line


def _written_out(names: Names, bound: ast.expr) -> ast.expr:
    """What a name is set to, if it is in one place."""
    values = [value for target, value, _ in names.pairs() if getattr(target, "id", None) == getattr(bound, "id", "")]
    return values[0] if isinstance(bound, ast.Name) and len(values) == 1 else bound


def _all_filters(names: Names) -> Lines:
    """A product with all of w, that is not indexed."""
    weights = (names.cached or names.inputs)[1:2]
    for node in names.nodes(ast.BinOp):
        if isinstance(node.op, ast.Mult) and any(
            isinstance(side, ast.Name) and side.id in weights for side in (node.left, node.right)
        ):
            yield node.lineno


def _every_axis(names: Names) -> Lines:
    """`np.pad(x, pad)`, or with one pair; not of what is one channel of an image."""
    for call in pad_calls(names):
        array = call.args[0] if call.args else call
        indices = index_of(array) if isinstance(array, ast.Subscript) else []
        if sum(not isinstance(part, ast.Slice) for part in indices) > 1:
            continue
        widths = call.args[1:2] + [keyword.value for keyword in call.keywords if keyword.arg == "pad_width"]
        for width in widths:
            parts = width.elts if isinstance(width, ast.Tuple | ast.List) else [width]
            is_plain = not any(isinstance(part, ast.Tuple | ast.List) for part in parts)
            yield from (call.lineno,) if is_plain and names.mentions(width, "pad") else ()


def _shape_turned(names: Names) -> Lines:
    """`N, C, W, H = x.shape`, where x is that of the cache."""
    image = names.cached[0] if names.cached else ""
    for target, value, line in names.pairs():
        parts = target.elts[-2:] if isinstance(target, ast.Tuple) else []
        is_turned = [named_for(part) for part in parts] == [WIDTH, HEIGHT]
        yield from (line,) if image and is_turned and root_of(value) == image and "shape" in text_of(value) else ()


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "padding counted twice": _padding_twice, "ends by stride": _ends_by_stride, "all filters": _all_filters,
    "every axis padded": _every_axis, "shape turned": _shape_turned,
}  # fmt: skip
