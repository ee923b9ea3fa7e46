"""Places where x stands as it came, in which the padded image belongs."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .names import COUNTING, EMPTY, Names, called, index_of, is_arithmetic, is_call_of, names_in, text_of
from .paddings import pad_set
from .sizes import image_sizes

Lines = Iterator[int]
_OF_FORWARD = 4
"""Arguments of forward."""


def _image(names: Names) -> str:
    """The name of x as it came; nothing where that is set to something else later."""
    image = names.cached[0] if names.cached else names.inputs[0] if _is_forward(names) else ""
    return "" if _times_set(names, image) else image


def _is_forward(names: Names) -> bool:
    """Whether it has the dict of the parameters as its last argument; what has the stride there may be given xp."""
    given = names.inputs[-1] if len(names.inputs) == _OF_FORWARD else ""
    keyed = [part.value for part in names.nodes(ast.Subscript) if isinstance(part.slice, ast.Constant)]
    asked = [part.value for part in names.nodes(ast.Attribute) if part.attr in ("get", "pop", "values", "items")]
    handed_on = [part for call in names.nodes(ast.Call) for part in call.args if called(call) not in COUNTING]
    of_dicts = {getattr(part, "id", "") for part in (*keyed, *asked, *handed_on)} - {"", *names.strides, *names.pads}
    return given in of_dicts


def _times_set(names: Names, name: str) -> int:
    return sum(isinstance(target, ast.Name) and target.id == name for target, _, _ in names.pairs())


def _other_names(names: Names) -> dict[str, int]:
    """Further names that stand for x as it came and for nothing else, with the lines where they are set to it."""
    image = _image(names)
    return {
        target.id: line
        for target, value, line in names.pairs()
        if isinstance(target, ast.Name) and isinstance(value, ast.Name) and value.id == image
        if _times_set(names, target.id) == 1
    }


def _of_image(names: Names) -> Lines:
    """Windows that are cut from x itself; where it has another name for that, the line that gives it the name."""
    image, others = names.cached[0] if names.cached else _kept(names), _other_names(names)
    yield from _cut_elsewhere(names, image)
    for node in names.nodes(ast.Subscript):
        if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load) and _is_part(node):
            name = node.value.id
            yield from (others.get(name, node.lineno),) if name in (image, *others) else ()


def _kept(names: Names) -> str:
    """What a method of backward has x under, as its attribute."""
    is_method = len(names.inputs) == 1 and re.match("d|grad|up", names.inputs[0]) is not None
    anew = any(getattr(target, "id", "") == "x" != getattr(value, "id", "") for target, value, _ in names.pairs())
    return "x" if is_method and not anew else ""


def _cut_elsewhere(names: Names, image: str) -> Lines:
    """An image of x that is handed to a function which cuts windows from other arrays, too: `window(x[n], r, c)`."""
    cut = [call for call in names.nodes(ast.Call) if isinstance(call.func, ast.Name) and call.args]
    for call in cut:
        array = call.args[0]
        others = [root_of(one.args[0]) for one in cut if called(one) == called(call)]
        if isinstance(array, ast.Subscript) and root_of(array) == image and {*others} - {image, ""}:
            yield call.lineno


def _is_part(node: ast.Subscript) -> bool:
    """Whether the index says something of rows and columns."""
    parts = index_of(node)
    return len(parts) >= 3 and not any(isinstance(part, ast.Constant) for part in parts[-2:])


def _dx_like_x(names: Names) -> Lines:
    """An array is made as large as x, and windows are added to it."""
    yield from (line for line, _ in _as_large_as_x(names))


def _as_large_as_x(names: Names) -> Iterator[tuple[int, str]]:
    """Lines, with what stands there for the size."""
    added = {node.target for node in names.nodes(ast.AugAssign)}
    windows = {root_of(one) for one in added if isinstance(one, ast.Subscript) and _is_part(one)}
    windows |= {root_of(node.args[0]) for node in names.nodes(ast.Call) if text_of(node.func) == "np.add.at"}
    by_name = {one.id for one in added if isinstance(one, ast.Name)}
    cut = {getattr(target, "id", ""): value for target, value, _ in names.pairs() if isinstance(value, ast.Subscript)}
    windows |= {root_of(value) for name, value in cut.items() if name in by_name and _is_part(value)}
    known = {text for name in (_image(names), *_other_names(names)) if name for text in _sizes(names, name)}
    for target, value, line in names.pairs():
        if isinstance(target, ast.Name) and target.id in windows and isinstance(value, ast.Call):
            size = text_of(value.args[0]) if called(value) in EMPTY and value.args else ""
            yield from ((line, size),) if size in known else ()


def _sizes(names: Names, name: str) -> Iterator[str]:
    """What gives the size of an array: its name, its shape, and names to which that is set and nothing else."""
    yield from (name, f"{name}.shape")
    changed = {root_of(node.target) for node in names.nodes(ast.AugAssign)}
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Tuple) and text_of(value) == f"{name}.shape":
            parts = [root_of(part) for part in target.elts]
            if not changed & {*parts} and not any(_times_set(names, part) for part in parts):
                yield f"({', '.join(parts)})"


def _forward_left_out(names: Names) -> Lines:
    """The pad is set to a number, or windows are cut from x as it came, or pixels of it found, or it is its own pad."""
    yield from pad_set(names)
    image = _image(names) if not names.cached else ""
    for node in names.nodes(ast.Subscript) if image else ():
        if root_of(node) == image and isinstance(node.ctx, ast.Load) and _is_part(node) and _is_cut(node):
            yield node.lineno
    yield from _other_names(names).values() if image else ()


def _is_cut(node: ast.Subscript) -> bool:
    """Whether rows and columns are looked for there, and not all of them taken."""
    return all(names_in(part) for part in index_of(node)[-2:])


def _left_out(names: Names) -> Lines:
    """The pad is set to a number, or windows are cut from x as it came and added to an array that is as large."""
    yield from pad_set(names)
    image, large = _image(names), list(_as_large_as_x(names))
    if large:
        cut = list(_of_image(names))
        yield from (*cut, *(line for line, size in large if cut and size in _sizes(names, image)))


def _within_image(names: Names) -> Lines:
    """`if h * s + HH > H`, `while i + HH <= H`, or `range(0, H - HH + 1, s)`, where H is that of x as it came.

    Beside a range over what there is of the output, in a `zip`, also `range(0, H, s)`.
    """
    sizes = image_sizes(names)
    zipped = {id(one) for call in names.nodes(ast.Call) if is_call_of(call, "zip") for one in call.args}
    for node in names.nodes(ast.Compare):
        ends = [node.left, *node.comparators]
        sums = [one for one in ends if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add)]
        if len(ends) == 2 and len(sums) == 1 and not names.mentions(sums[0], "pad"):
            yield from (node.lineno,) if root_of(ends[1 - ends.index(sums[0])]) in sizes else ()
    for call in names.nodes(ast.Call):
        if is_call_of(call, "range") and len(call.args) == 3 and not names.mentions(call.args[1], "pad"):
            is_end = isinstance(call.args[1], ast.BinOp) or id(call) in zipped
            is_stepping = names.mentions(call.args[2], "stride")
            yield from (call.lineno,) if is_end and is_stepping and sizes & names_in(call.args[1]) else ()


def _is_shifted(names: Names) -> bool:
    """Whether places are counted from the padding on, which is never there: `row = i * stride + kh - pad`."""
    counted = {part.id for loop in names.loops for part in parts_of(loop.target) if isinstance(part, ast.Name)}
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Name) and is_arithmetic(value) and names_in(value) & counted:
            counted.add(target.id)
    shifts = (node for node in names.nodes(ast.BinOp) if isinstance(node.op, ast.Sub))
    return any(names.mentions(node.right, "pad") and names_in(node.left) & counted for node in shifts)


def _unless_shifted(find: Callable[[Names], Lines]) -> Callable[[Names], Lines]:
    return lambda names: iter(()) if _is_shifted(names) else find(names)


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "of image": _unless_shifted(_of_image), "dx like x": _unless_shifted(_dx_like_x),
    "pad left out": _unless_shifted(_left_out),
    "pad left out of forward": _unless_shifted(_forward_left_out),
    "within the image": _unless_shifted(_within_image),
}  # fmt: skip
