"""The axes of the arrays in a convolution, and what the names of sizes count."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from .names import AXES, EMPTY, Names, called, index_of, is_call_of, is_shape, names_in, text_of
from .sizes import formulas

Axes = tuple[str, ...]
ROWS, COLUMNS, OF_KERNEL = "rows", "columns", " of the kernel"
_X: Axes = ("images", "channels", ROWS, COLUMNS)
_W: Axes = ("filters", "channels", ROWS + OF_KERNEL, COLUMNS + OF_KERNEL)
OUT: Axes = ("images", "filters", ROWS, COLUMNS)
_B: Axes = ("filters",)
_NAMED: Mapping[Axes, str] = {_X: "x(_?(p|pad|padded))?", _W: "w(eights?)?", _B: "b(ias)?"}
SAID = {"N": "images", "C": "channels", "F": "filters"}
"""What these names for a size say."""


def sizes_of(names: Names) -> dict[str, str]:
    """What the names of sizes count, such as "rows" or "rows of the kernel"; of those that are set once."""
    return _sizes(names, given(names))


def all_axes(names: Names) -> dict[str, Axes]:
    """The axes of the arrays that are given, made of known sizes, or cut from these."""
    arrays = given(names)
    arrays |= _made(names, arrays, _sizes(names, arrays))
    arrays |= {name: axes for name, axes in _padded(names, arrays).items() if times_set(names).get(name) == 1}
    return arrays | _cut(names, arrays)


def taken(names: Names, arrays: Mapping[str, Axes]) -> Iterator[tuple[str, str, str, int]]:
    """Name, axis, array and line of each size that is taken out of a shape."""
    for target, value, line in names.pairs():
        parts = target.elts if isinstance(target, ast.Tuple) else []
        axes = arrays.get(_array_of(value), ())
        if parts and len(axes) == len(parts):
            for part, axis in zip(parts, axes, strict=True):
                yield text_of(part), axis, _array_of(value), line
        elif isinstance(target, ast.Name) and (axis := counted_by(value, arrays)):
            yield target.id, axis, _array_of(getattr(value, "value", value)), line


_NUMBERS = ("stride", "step", "pad", "padding")
"""What a helper has last that is given one image: `conv_image(x, w, b, stride)`."""
_OF_FORWARD, _OF_BACKWARD = 4, 2
"""So many parameters the passes have."""


def given(names: Names) -> dict[str, Axes]:
    """The axes of the arrays that a pass is given, and of x with its padding; of those that are set no more.

    A helper may get one image or one filter: of what it is given, that which has four axes by its text.
    """
    inputs = names.inputs
    if names.cached and len(inputs) == _OF_BACKWARD and re.match("d|grad|up", inputs[0].lower()):
        found = {inputs[0]: OUT}
        found |= {name: axes for name, axes in zip(names.cached, (_X, _W, _B), strict=False) if _speaks_of(name, axes)}
    else:
        found = {name: axes for name in inputs for axes in (_X, _W, _B) if _speaks_of(name, axes)}
    if not _returns_as_a_pass(names):
        known = {axes for name, axes in found.items() if _has_four(names, name)}
        found = {name: axes for name, axes in found.items() if axes in known or (axes == _B and _W in known)}
    attributes = {text_of(node): node.attr for node in names.nodes(ast.Attribute) if text_of(node.value) == "self"}
    kept = {text: axes for text, name in attributes.items() for axes in (_X, _W) if _speaks_of(name, axes)}
    found |= _padded(names, found)
    set_once = times_set(names)
    set_here = {name: axes for name, axes in found.items() if set_once.get(name, 0) <= (name not in names.inputs)}
    return {**kept, **set_here}


def _padded(names: Names, arrays: Mapping[str, Axes]) -> dict[str, Axes]:
    """What `np.pad` makes of images."""
    images = {name for name, axes in arrays.items() if axes == _X}
    return {
        text_of(target): _X
        for target, value, _ in names.pairs()
        if isinstance(value, ast.Call) and text_of(value.func) == "np.pad" and {*map(text_of, value.args[:1])} & images
    }


def _returns_as_a_pass(names: Names) -> bool:
    """`return out, cache` or, of a cache of four parts, `return dx, dw, db`."""
    if names.cached:
        return len(names.returned) == 3 and len(names.cached) == AXES
    return len(names.returned) == 2 and len(names.inputs) == _OF_FORWARD and names.inputs[-1] not in _NUMBERS


def _has_four(names: Names, array: str) -> bool:
    """Whether an array of images is known to have four axes: by its shape, an index of four parts, or its padding."""
    shapes = [target for target, value, _ in names.pairs() if _array_of(value) == array]
    indices = [index_of(node) for node in names.nodes(ast.Subscript) if text_of(node.value) == array]
    padded = [
        call for call in names.nodes(ast.Call) if called(call) == "pad" and [*map(text_of, call.args[:1])] == [array]
    ]
    counts = [*shapes, *(part for call in padded for part in call.args[1:2])]
    return (
        any(len(getattr(part, "elts", ())) == AXES for part in counts)
        or any(len(parts) == AXES for parts in indices)
        or any(_array_of(node.value) == array and text_of(node.slice) == "3" for node in names.nodes(ast.Subscript))
    )


def _speaks_of(name: str, axes: Axes) -> bool:
    return re.fullmatch(_NAMED[axes], name.lower()) is not None


def times_set(names: Names) -> dict[str, int]:
    """How often each name is set, also by a loop or as a parameter of a function in it; not what is stored into."""
    set_here = [node.id for node in names.nodes(ast.Name) if not isinstance(node.ctx, ast.Load)]
    return Counter([*set_here, *names.of_inner])


def _sizes(names: Names, arrays: Mapping[str, Axes]) -> dict[str, str]:
    """What names of sizes count, by their places in shapes or the sizes that they are computed of; set once each."""
    times, found = times_set(names), dict[str, list[str]]()
    for name, axis, _, _ in taken(names, arrays):
        found.setdefault(name, []).append(axis)
    sizes = {name: axes[0] for name, axes in found.items() if len({*axes}) == 1 and times.get(name) == len(axes)}
    for target, value, _ in formulas(names):
        of_places = {sizes[name].removesuffix(OF_KERNEL) for name in names_in(value) if name in sizes}
        if isinstance(target, ast.Name) and len(of_places) == 1 and times.get(target.id) == 1:
            sizes[target.id] = of_places.pop()
    return sizes


def _array_of(shape: ast.expr) -> str:
    """The array of `x.shape` or `np.shape(x)`, as text."""
    if not is_shape(shape):
        return ""
    of = shape.args[:1] if isinstance(shape, ast.Call) else [shape.value] if isinstance(shape, ast.Attribute) else []
    return text_of(of[0]) if of else ""


def counted_by(value: ast.expr, arrays: Mapping[str, Axes]) -> str:
    """What `x.shape[0]` or `len(x)` counts."""
    if isinstance(value, ast.Subscript) and text_of(value.slice) in ("0", "1", "2", "3"):
        axes = arrays.get(_array_of(value.value), ())
        return axes[int(text_of(value.slice))] if axes else ""
    is_length = isinstance(value, ast.Call) and called(value) == "len" and len(value.args) == 1
    return arrays.get(text_of(value.args[0]), ("",))[0] if isinstance(value, ast.Call) and is_length else ""


def _made(names: Names, arrays: Mapping[str, Axes], sizes: Mapping[str, str]) -> dict[str, Axes]:
    """The axes of arrays that are made of known sizes, or like another."""
    set_once, found = times_set(names), dict[str, Axes]()
    for target, value, _ in names.pairs():
        if not isinstance(target, ast.Name) or set_once.get(target.id) != 1 or called(value) not in EMPTY:
            continue
        assert isinstance(value, ast.Call)
        like = {**arrays, **found}.get(text_of(value.args[0]).removesuffix(".shape"), ()) if value.args else ()
        shapes = [[sizes.get(getattr(part, "id", ""), "") for part in parts] for parts in names.shape_given(value)]
        of_filters = (_B for axes in shapes if axes == [*_B])
        found[target.id] = like or next((tuple(axes) for axes in shapes if len(axes) >= 3), next(of_filters, ()))
    return found


def _cut(names: Names, arrays: Mapping[str, Axes]) -> dict[str, Axes]:
    """The axes of what is cut from these: those of which a slice is taken, and those that the index does not name."""
    set_once, found = times_set(names), dict[str, Axes]()
    for loop in names.loops:
        for target, values in _gone_through(loop.target, loop.iter):
            if isinstance(target, ast.Name) and set_once.get(target.id) == 1:
                found[target.id] = arrays.get(text_of(values), ())[1:]
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Name) and set_once.get(target.id) == 1 and isinstance(value, ast.Subscript):
            parts, axes = index_of(value), {**arrays, **found}.get(text_of(value.value), ())
            if len(parts) <= len(axes) and all(isinstance(part, ast.Slice | ast.Name) for part in parts):
                cut = [(part, axis) for part, axis in zip(parts, axes, strict=False) if isinstance(part, ast.Slice)]
                left = tuple("" if axis in SAID.values() and text_of(part) != ":" else axis for part, axis in cut)
                found[target.id] = left + axes[len(parts) :]
    return found


def _gone_through(target: ast.expr, values: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a loop takes out of which array: `for n, (kernel, bias) in enumerate(zip(w, b))`."""
    parts = target.elts if isinstance(target, ast.Tuple) else []
    if is_call_of(values, "enumerate") and len(parts) == 2 and values.args:
        yield from _gone_through(parts[1], values.args[0])
    elif is_call_of(values, "zip") and len(parts) == len(values.args):
        yield from zip(parts, values.args, strict=True)
    else:
        yield target, values
