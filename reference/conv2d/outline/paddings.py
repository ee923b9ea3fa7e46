"""Places about how much x is padded."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .crops import cuts, slices_in
from .guards import where_padded
from .names import EMPTY, Names, called, index_of, is_keyed, names_in, slices, text_of

Lines = Iterator[int]


_ENDS = ("[0, -1]", "(0, -1)", "[-1, 0]", "(-1, 0)")


def _cut_by_one(names: Names) -> Lines:
    """`1:-1`, or to one before the end of what is padded: `1 : H + 2 * pad - 1`; where dx is cut so, only there.

    Or `np.delete` of the first and the last.
    """
    found = {*_from_one(names, ast.Load)}
    for call in names.nodes(ast.Call):
        if called(call) == "slice" and len(call.args) == 2 and _is_from_one(names, *call.args):
            found.add(call.lineno)
        if called(call) == "delete" and any(text_of(part) in _ENDS for part in call.args[1:2]):
            found.add(call.lineno)
    yield from found & {line for _, line in cuts(names)} or found


def _one_around_and_cut(names: Names) -> Lines:
    """Dx cut from row 1 on, or else the same, and an array that is made two rows larger than something."""
    yield from [line for cut, line in cuts(names) if _begins_at_one(cut)] or _cut_by_one(names)
    for call in (call for call in names.nodes(ast.Call) if called(call) in EMPTY):
        sizes = [size for shape in names.shape_given(call) for size in shape]
        if any(text_of(size).endswith(" + 2") and not names.mentions(size, "pad") for size in sizes):
            yield call.lineno


def _begins_at_one(cut: ast.Subscript) -> bool:
    lowers = [part.lower for part in slices_in(cut)[-2:]]
    return bool(lowers) and all(lower is not None and text_of(lower) == "1" for lower in lowers)


def _from_one(names: Names, context: type[ast.expr_context]) -> Lines:
    for node in (one for one in names.nodes(ast.Subscript) if called(one.value) != "pad"):
        parts = (part for part in index_of(node) if isinstance(part, ast.Slice) and isinstance(node.ctx, context))
        if any(_is_from_one(names, part.lower, part.upper) for part in parts):
            yield node.lineno


def _is_from_one(names: Names, lower: ast.expr | None, upper: ast.expr | None) -> bool:
    return lower is not None and upper is not None and text_of(lower) == "1" and _is_last(names, upper)


def _is_last(names: Names, end: ast.expr) -> bool:
    """`-1`, or one less than the size of what is padded."""
    text = text_of(end)
    is_of_padded = names.mentions(end, "pad") or ".shape" in text
    return text == "-1" or (text.endswith(" - 1") and is_of_padded)


def pad_calls(names: Names) -> Iterator[ast.Call]:
    """Those of `np.pad`."""
    for node in names.nodes(ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "pad":
            yield node


def padded_once(names: Names) -> Lines:
    """The one call of `np.pad`."""
    lines = {call.lineno for call in pad_calls(names)}
    if len(lines) == 1:
        yield from lines


def _cleared(names: Names) -> Lines:
    """`a[-p:] = 0`, or by a name for what is put there; else a call of `np.pad` with a function of the student's own.

    Or x is put into an array of zeros only where there is padding.
    """
    filled = [*_filled_to_the_end(names)]
    yield from filled
    for call in pad_calls(names) if not filled else ():
        modes = [*call.args[2:3], *(one.value for one in call.keywords if one.arg == "mode")]
        if any(not isinstance(mode, ast.Constant) for mode in modes):
            yield call.lineno
    guarded, image = {*where_padded(names)}, "".join((names.cached or names.inputs)[:1])
    zeros = {root_of(target) for target, value, _ in names.pairs() if called(value) in EMPTY}
    stores = [pair for pair in names.pairs() if root_of(pair[0]) in zeros and image in names_in(pair[1]) and image]
    stores = [pair for pair in stores if called(pair[1]) not in EMPTY]
    yield from (line for _, _, line in stores if all(id(value) in guarded for _, value, _ in stores))


def _filled_to_the_end(names: Names) -> Lines:
    for target, value, line in names.pairs():
        if isinstance(target, ast.Subscript) and (isinstance(value, ast.Name) or text_of(value) in ("0", "0.0")):
            parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
            if any(isinstance(part, ast.Slice) and part.upper is None and _is_negative(part.lower) for part in parts):
                yield line


def _is_negative(bound: ast.expr | None) -> bool:
    return isinstance(bound, ast.UnaryOp) and isinstance(bound.op, ast.USub)


def _padded_with_others(names: Names) -> Lines:
    """A call of `np.pad` that names another mode than "constant", or what is to be put there; of ones, where x goes."""
    for call in pad_calls(names):
        modes = [*call.args[2:3], *(one.value for one in call.keywords if one.arg == "mode")]
        is_other = any(text_of(mode) != "'constant'" for mode in modes)
        if is_other or any(one.arg == "constant_values" for one in call.keywords):
            yield call.lineno
    yield from (node.lineno for node in names.nodes(ast.Call) if called(node) in ("ones", "ones_like"))


def _padded_along_one_axis(names: Names) -> Lines:
    """Four pairs of widths of which one is not of zeros, or a shape of four numbers with the pad in one of them."""
    for pairs, line in _widths(names):
        yield from (line,) if pairs.count(True) == 1 else ()
    for call in names.nodes(ast.Call):
        shape = call.args[0] if called(call) in ("zeros", "empty") and call.args else None
        parts = shape.elts if isinstance(shape, ast.Tuple) and len(shape.elts) == 4 else []
        if sum(names.mentions(part, "pad") for part in parts) == 1:
            yield call.lineno


def _channels_padded(names: Names) -> Lines:
    """Two of four pairs of widths are not of zeros, the second of them among these."""
    yield from (line for pairs, line in _widths(names) if pairs[1] and sum(pairs) == 2)


def _widths(names: Names) -> Iterator[tuple[list[bool], int]]:
    """For each four pairs of widths in the text, which are not of zeros, and the line."""
    for width, line in _given(names):
        pairs = width.elts if isinstance(width, ast.Tuple | ast.List) else []
        if len(pairs) == 4:
            yield [_is_nonzero(pair) for pair in pairs], line


def _given(names: Names) -> Iterator[tuple[ast.expr, int]]:
    """The widths that `np.pad` is given, or a name for them is set to, with the line."""
    for call in pad_calls(names):
        widths = call.args[1:2] + [keyword.value for keyword in call.keywords if keyword.arg == "pad_width"]
        yield from ((width, call.lineno) for width in widths)
        named = {width.id for width in widths if isinstance(width, ast.Name)}
        yield from ((value, line) for name, value, line in _literals(names) if name in named)


def _is_nonzero(pair: ast.expr) -> bool:
    """Whether a pair of widths, or one for both sides, is not of zeros."""
    ends = pair.elts if isinstance(pair, ast.Tuple | ast.List) else [pair]
    return any(text_of(end) != "0" for end in ends)


def padded_on_one_side(names: Names) -> Lines:
    """`np.pad` with a 0 before or after, and something else at the other end; x stored from row and column 0 on."""
    images = {names.inputs[0] if names.inputs else "", *names.cached[:1]}
    for target, value, line in names.pairs():
        parts = index_of(target) if isinstance(target, ast.Subscript) and getattr(value, "id", None) in images else []
        ends = [part for part in parts if isinstance(part, ast.Slice) and part.upper is not None]
        from_0 = [part for part in ends if part.lower is None or text_of(part.lower) == "0"]
        yield from (line,) if len(from_0) == 2 else ()
    yield from (line for width, line in _given(names) if _has_one_zero(width))


def _has_one_zero(widths: ast.expr) -> bool:
    """Whether a pair of widths has a 0 and something else."""
    pairs = [part.elts for part in parts_of(widths) if isinstance(part, ast.Tuple | ast.List)]
    return any(len(pair) == 2 and [text_of(end) for end in pair].count("0") == 1 for pair in pairs)


def _padded_by_constant(names: Names) -> Lines:
    """`np.pad` by a number in the text, or a pad that is set to one."""
    yield from _one_around_and_cut(names)
    yield from _padded_by_one(names)
    yield from pad_set(names)


def _padded_by_one(names: Names) -> Lines:
    """`np.pad` by the number 1, or x stored from row 1 on."""
    yield from (line for width, line in _given(names) if _has_ones(names, width))
    images = {names.inputs[0] if names.inputs else "", *names.cached[:1]}
    from_one = {*_from_one(names, ast.Store)}
    for target, value, line in names.pairs():
        if isinstance(target, ast.Subscript) and root_of(value) in images and line in from_one:
            yield line


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
    used = {name for call in pad_calls(names) for argument in call.args[1:2] for name in names_in(argument)}
    yield from set_to_number(names, used)


def _pad_of_kernel(names: Names) -> Lines:
    """A name that is padded with, or that is the pad, is set to half of something without a pad in it."""
    used = {name for width, _ in _given(names) for name in names_in(width)} | {"pad"}
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and target.id in used and _is_half(value) and not names.mentions(value, "pad"):
            yield line


def _is_half(value: ast.expr) -> bool:
    """`... // 2` or `int(... / 2)`."""
    whole = value.args[0] if isinstance(value, ast.Call) and called(value) == "int" and value.args else value
    if not isinstance(whole, ast.BinOp) or not isinstance(whole.op, ast.FloorDiv | ast.Div):
        return False
    return text_of(whole.right) == "2"


def set_to_number(names: Names, wanted: set[str]) -> Lines:
    """One of these names is set to a number in the text, or by a key that nobody sets, with a number as its default."""
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and target.id in wanted and (_is_number(value) or _is_default(value)):
            yield line


def _is_number(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, int)


def _is_default(value: ast.expr) -> bool:
    """`conv_param.get("padding", 1)`, where the key is "pad"."""
    if not isinstance(value, ast.Call) or called(value) != "get" or len(value.args) != 2:
        return False
    return not is_keyed(value, "pad") and not is_keyed(value, "stride") and _is_number(value.args[1])


def _upstream_padded(names: Names) -> Lines:
    """`np.pad` by sizes less 1, which is what a full convolution needs of its input."""
    for width, line in _given(names):
        parts = [part for part in parts_of(width) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub)]
        if any(text_of(part.right) == "1" for part in parts) and not names.mentions(width, "pad"):
            yield line


def _upstream_convolved(*, with_x: bool) -> Callable[[Names], Lines]:
    """Backward hands dout to a function that convolves it, with x or without, or pads it, and steps over no places."""

    def found(names: Names) -> Lines:
        image, upstream = (names.cached or [""])[0], (names.inputs or [""])[0]
        steps = [step for _, _, step, _ in slices(names) if step is not None and text_of(step) != "-1"]
        for call in names.nodes(ast.Call) if image and not steps else ():
            given = {root_of(one.func if isinstance(one, ast.Call) else one) for one in call.args}  # x.swapaxes(0, 1)
            is_convolved = re.search("^pad$|conv|correl", called(call).lower()) is not None
            yield from (call.lineno,) if is_convolved and upstream in given and with_x == (image in given) else ()

    return found


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "cut by one": _cut_by_one, "one around, and cut": _one_around_and_cut,
    "padded": padded_once, "padding cleared": _cleared, "padded with others": _padded_with_others,
    "padded on one side": padded_on_one_side,
    "padded along one axis": _padded_along_one_axis, "channels padded": _channels_padded,
    "pad of kernel": _pad_of_kernel, "pad set": pad_set, "padded by constant": _padded_by_constant,
    "padded by one": _padded_by_one, "dout padded": _upstream_padded,
    "upstream convolved for dx": _upstream_convolved(with_x=False),
    "upstream convolved for dw": _upstream_convolved(with_x=True),
}  # fmt: skip
