"""Indices that count along another axis than that on which they stand: `dout[f, n]` in loops over images n, filters f.

What counts what is known by the size that a loop ends at; names may be anything.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from reference.asked import only_asked
from reference.indexed import kind_of, kind_of_number, kind_of_size
from reference.nodes import parts_of, root_of

from .names import EMPTY, Names, called, index_of, is_call_of, is_shape, names_in, text_of
from .sizes import formulas

Axes = tuple[str, ...]
ROWS, COLUMNS, _OF_KERNEL = "rows", "columns", " of the kernel"
_X: Axes = ("images", "channels", ROWS, COLUMNS)
_W: Axes = ("filters", "channels", ROWS + _OF_KERNEL, COLUMNS + _OF_KERNEL)
_OUT: Axes = ("images", "filters", ROWS, COLUMNS)
_B: Axes = ("filters",)
_NAMED: Mapping[Axes, str] = {_X: "x(_?(p|pad|padded))?", _W: "w(eights?)?", _B: "b(ias)?"}


def of_another_axis(names: Names) -> dict[str, list[int]]:
    """By kind, which has the names in it, the lines."""
    arrays = _given(names)
    sizes = _sizes(names, arrays)
    arrays |= _made(names, arrays, sizes)
    arrays |= _cut(names, arrays)
    found: dict[str, list[int]] = {}
    counters = list(_counters(names, arrays, sizes))
    for name, counted, nodes in counters:
        for node in nodes:
            for array, axis, part in _stands_at(node, arrays):
                is_read = array not in names.cached[2:3]  # whose numbers no gradient comes of
                if is_read and getattr(part, "id", "") == name and _is_another(names, array, axis, counted):
                    found.setdefault(kind_of(name, counted, axis, array), []).append(node.lineno)
    for kind, line in _numbers(names, arrays, counters):
        found.setdefault(kind, []).append(line)
    return found


_Counter = tuple[str, str, list[ast.Subscript]]
"""A name that loops count with, what they count, and the indices in them."""


def _numbers(names: Names, arrays: Mapping[str, Axes], counters: Sequence[_Counter]) -> Iterator[tuple[str, int]]:
    """Kind and line of indices that are a number, in a loop over what the axis is of, or where there is none.

    Of what is given, where it is read, and of what is returned, where it is stored. Not where a condition asks for the
    counter, where the counter stands at that axis in the same line, nor, without a loop, where another index does.
    """
    asked, pairs = only_asked(names.function), [(root_of(target), value) for target, value, _ in names.pairs()]
    made = {root_of(part) for part in names.returned} | {root_of(value) for name, value in pairs if name[:1] == "d"}
    unread = {name for name, value in pairs if called(value) in EMPTY} | {*names.cached[2:3]}
    by_place: dict[tuple[str, str], list[tuple[int, str]]] = {}
    found: list[tuple[ast.Subscript, str, str, str]] = []
    for node in names.nodes(ast.Subscript):
        for array, axis, part in _stands_at(node, arrays):
            by_place.setdefault((array, axis), []).append((node.lineno, text_of(part)))
            is_number = isinstance(part, ast.Constant) and type(part.value) is int and id(node) not in asked
            is_told = array not in unread if isinstance(node.ctx, ast.Load) else array in made
            if is_number and is_told and (axis in _SAID.values() or arrays[array] == _OUT):
                found.append((node, array, axis, text_of(part)))
    for node, array, axis, number in found:
        over = [(name, nodes) for name, counted, nodes in counters if counted == axis]
        inside = [name for name, nodes in over if any(one is node for one in nodes)]
        others = [(line, text) for line, text in by_place[array, axis] if text not in (number, ":")]
        if inside and not _is_asked_for(names, inside[-1], node) and (node.lineno, inside[-1]) not in others:
            yield kind_of_number(inside[-1], number, axis, array), node.lineno
        elif not over and not others:
            yield kind_of_number("", number, axis, array), node.lineno


def _is_asked_for(names: Names, counter: str, node: ast.AST) -> bool:
    """Whether a condition on the counter stands around: `if n == 0`."""
    around = [one for one in names.nodes(ast.If, ast.IfExp, ast.While) if any(part is node for part in parts_of(one))]
    return any(counter in names_in(one.test) for one in around)


_SAID = {"N": "images", "C": "channels", "F": "filters"}
_SAID_OF_PLACES = re.compile(r"(?i)(h)(?:h|_?out|o|_?prime|_?new)?|(w)(?:w|_?out|o|_?prime|_?new)?|(oh)|(ow)")


def sizes_of_another_axis(names: Names) -> dict[str, list[int]]:
    """By kind, which has the name in it, the lines that set a name for one axis to the size of another, for good.

    Not where all names of heights and widths are exchanged, or where one line has but one such name for what is counted
    otherwise, as C for filters: then each may mean the other.
    """
    read = {node.id for node in names.nodes(ast.Name) if isinstance(node.ctx, ast.Load)}
    sizes = [
        (name, axis.removesuffix(_OF_KERNEL), array, line) for name, axis, array, line in taken(names, _given(names))
    ]
    sizes = [one for one in sizes if one[0] in read]
    last = {name: line for name, _, _, line in sizes}
    wrong = [(name, axis, array, line) for name, axis, array, line in sizes if _said_by(name) not in ("", axis)]
    of_places = [_said_by(name) == axis for name, axis, _, _ in sizes if _said_by(name) in (ROWS, COLUMNS)]
    of_counts = [line for name, axis, _, line in wrong if name in _SAID and axis in _SAID.values()]
    found: dict[str, list[int]] = {}
    for name, axis, array, line in wrong:
        is_crossed = of_counts.count(line) > 1 if name in _SAID else any(of_places)
        if last[name] == line and is_crossed:
            found.setdefault(kind_of_size(name, axis, array), []).append(line)
    return found


def taken(names: Names, arrays: Mapping[str, Axes]) -> Iterator[tuple[str, str, str, int]]:
    """Name, axis, array and line of each size that is taken out of a shape."""
    for target, value, line in names.pairs():
        parts = target.elts if isinstance(target, ast.Tuple) else []
        axes = arrays.get(_array_of(value), ())
        if parts and len(axes) == len(parts):
            for part, axis in zip(parts, axes, strict=True):
                yield text_of(part), axis, _array_of(value), line
        elif isinstance(target, ast.Name) and (axis := _of_one(value, arrays)):
            yield target.id, axis, _array_of(getattr(value, "value", value)), line


def _said_by(name: str) -> str:
    """What a name for a size says."""
    of_places = _SAID_OF_PLACES.fullmatch(name)
    if of_places is None:
        return _SAID.get(name, "")
    return ROWS if of_places[1] or of_places[3] else COLUMNS


def _is_another(names: Names, array: str, axis: str, counted: str) -> bool:
    """Whether an index counts another axis; in a window, rows of the kernel are rows, but not in what is as dout."""
    if array in names.inputs[:1] and names.cached:
        return axis != counted
    return axis.removesuffix(_OF_KERNEL) != counted.removesuffix(_OF_KERNEL)


def sizes_of(names: Names) -> dict[str, str]:
    """What the names of sizes count, such as "rows" or "rows of the kernel"; of those that are set once."""
    return _sizes(names, _given(names))


def _given(names: Names) -> dict[str, Axes]:
    """The axes of the arrays that a pass is given, and of x with its padding; of those that are set no more.

    Nothing of a helper that has other parameters than a pass: what they are nobody says.
    """
    inputs = names.inputs
    if names.cached and len(inputs) == _OF_BACKWARD and re.match("d|grad|up", inputs[0].lower()):
        found = {inputs[0]: _OUT}
        found |= {name: axes for name, axes in zip(names.cached, (_X, _W, _B), strict=False) if _speaks_of(name, axes)}
    elif len(inputs) == _OF_FORWARD and inputs[-1] not in _NUMBERS:
        found = {name: axes for name, axes in zip(inputs, (_X, _W, _B), strict=False) if _speaks_of(name, axes)}
    else:
        found = {}
    attributes = {text_of(node): node.attr for node in names.nodes(ast.Attribute) if text_of(node.value) == "self"}
    kept = {text: axes for text, name in attributes.items() for axes in (_X, _W) if _speaks_of(name, axes)}
    images = {name for name, axes in found.items() if axes == _X}
    found |= {
        text_of(target): _X
        for target, value, _ in names.pairs()
        if isinstance(value, ast.Call) and text_of(value.func) == "np.pad" and {*map(text_of, value.args[:1])} & images
    }
    set_once = _set_times(names)
    set_here = {name: axes for name, axes in found.items() if set_once.get(name, 0) <= (name not in names.inputs)}
    return {**kept, **set_here}


_NUMBERS = ("stride", "step", "pad", "padding")
"""What a helper has last that is given one image: `conv_image(x, w, b, stride)`."""
_OF_FORWARD, _OF_BACKWARD = 4, 2
"""So many parameters the passes have."""


def _speaks_of(name: str, axes: Axes) -> bool:
    return re.fullmatch(_NAMED[axes], name.lower()) is not None


def _set_times(names: Names) -> dict[str, int]:
    """How often each name is set, also by a loop; what is stored into an array does not set it."""
    found: dict[str, int] = {}
    for node in names.nodes(ast.Name):
        if not isinstance(node.ctx, ast.Load):
            found[node.id] = found.get(node.id, 0) + 1
    return found


def _sizes(names: Names, arrays: Mapping[str, Axes]) -> dict[str, str]:
    """What names of sizes count, by their places in shapes or the sizes that they are computed of; set once each."""
    times, found = _set_times(names), dict[str, list[str]]()
    for name, axis, _, _ in taken(names, arrays):
        found.setdefault(name, []).append(axis)
    sizes = {name: axes[0] for name, axes in found.items() if len({*axes}) == 1 and times.get(name) == len(axes)}
    for target, value, _ in formulas(names):
        of_places = {sizes[name].removesuffix(_OF_KERNEL) for name in names_in(value) if name in sizes}
        if isinstance(target, ast.Name) and len(of_places) == 1 and times.get(target.id) == 1:
            sizes[target.id] = of_places.pop()
    return sizes


def _array_of(shape: ast.expr) -> str:
    """The array of `x.shape` or `np.shape(x)`, as text."""
    if not is_shape(shape):
        return ""
    of = shape.args[:1] if isinstance(shape, ast.Call) else [shape.value] if isinstance(shape, ast.Attribute) else []
    return text_of(of[0]) if of else ""


def _of_one(value: ast.expr, arrays: Mapping[str, Axes]) -> str:
    """What `x.shape[0]` or `len(x)` counts."""
    if isinstance(value, ast.Subscript) and text_of(value.slice) in ("0", "1", "2", "3"):
        axes = arrays.get(_array_of(value.value), ())
        return axes[int(text_of(value.slice))] if axes else ""
    is_length = isinstance(value, ast.Call) and called(value) == "len" and len(value.args) == 1
    return arrays.get(text_of(value.args[0]), ("",))[0] if isinstance(value, ast.Call) and is_length else ""


def _made(names: Names, arrays: Mapping[str, Axes], sizes: Mapping[str, str]) -> dict[str, Axes]:
    """The axes of arrays that are made of known sizes, or like another."""
    set_once, found = _set_times(names), dict[str, Axes]()
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
    set_once, found = _set_times(names), dict[str, Axes]()
    for loop in names.loops:
        for target, values in _gone_through(loop.target, loop.iter):
            if isinstance(target, ast.Name) and set_once.get(target.id) == 1:
                found[target.id] = arrays.get(text_of(values), ())[1:]
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Name) and set_once.get(target.id) == 1 and isinstance(value, ast.Subscript):
            parts, axes = index_of(value), {**arrays, **found}.get(text_of(value.value), ())
            if len(parts) <= len(axes) and all(isinstance(part, ast.Slice | ast.Name) for part in parts):
                cut = [(part, axis) for part, axis in zip(parts, axes, strict=False) if isinstance(part, ast.Slice)]
                left = tuple("" if axis in _SAID.values() and text_of(part) != ":" else axis for part, axis in cut)
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


def _counters(names: Names, arrays: Mapping[str, Axes], sizes: Mapping[str, str]) -> Iterator[_Counter]:
    """What loops count with, what they count, and the indices in them in which the name still is theirs."""
    is_set = _set_times(names)
    for loop in names.loops:
        call, target = loop.iter, loop.target
        if not isinstance(call, ast.Call) or len(call.args) != 1:
            continue
        end = call.args[0]
        if is_call_of(call, "enumerate") and isinstance(target, ast.Tuple):
            target, counted = target.elts[0], arrays.get(text_of(end), ("",))[0]
        elif called(call) in ("range", "xrange"):
            counted = sizes.get(end.id, "") if isinstance(end, ast.Name) else _of_one(end, arrays)
        else:
            continue
        times = sum(text_of(target) in names_in(one.target) for one in names.loops)
        if not isinstance(target, ast.Name) or not counted or is_set.get(target.id, 0) > times:
            continue
        inside = [part for statement in loop.body for part in parts_of(statement)]
        inner = [part for part in inside if isinstance(part, ast.For) and target.id in names_in(part.target)]
        own = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
        hidden = {id(part) for one in (*inner, *(p for p in inside if isinstance(p, own))) for part in parts_of(one)}
        yield (
            target.id,
            counted,
            [part for part in inside if isinstance(part, ast.Subscript) and id(part) not in hidden],
        )


def _stands_at(node: ast.Subscript, arrays: Mapping[str, Axes]) -> Iterator[tuple[str, str, ast.expr]]:
    """Array, axis and what stands there, for each place of an index; of `a[i][j]`, of the last index alone."""
    before, value = 0, node.value
    while isinstance(value, ast.Subscript):
        if not all(isinstance(part, ast.Name) for part in index_of(value)):
            return
        before, value = before + len(index_of(value)), value.value
    axes = arrays.get(text_of(value), ())
    parts = index_of(node)
    if any(text_of(part) in ("...", "None", "np.newaxis") for part in parts):
        return
    for axis, part in zip(axes[before:], parts, strict=False):
        if axis:
            yield text_of(value), axis, part
