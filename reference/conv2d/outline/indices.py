"""Indices that count along another axis than that on which they stand: `dout[f, n]` in loops over images n, filters f.

What counts what is known by the size that a loop ends at; names may be anything.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from reference.asked import only_asked
from reference.indexed import kind_of, kind_of_number, kind_of_size
from reference.nodes import parts_of, root_of

from .axes import COLUMNS, OF_KERNEL, OUT, ROWS, SAID, Axes, all_axes, counted_by, given, sizes_of, taken, times_set
from .names import EMPTY, Names, called, index_of, is_call_of, names_in, text_of


def of_another_axis(names: Names) -> dict[str, list[int]]:
    """By kind, which has the names in it, the lines."""
    arrays = all_axes(names)
    found: dict[str, list[int]] = {}
    counters = list(_counters(names, arrays, sizes_of(names)))
    for name, counted, nodes in counters:
        for node in nodes:
            for array, axis, part in _stands_at(node, arrays):
                is_read = array not in names.cached[2:3]  # whose numbers no gradient comes of
                if is_read and getattr(part, "id", "") == name and _is_another(names, array, axis, counted):
                    found.setdefault(kind_of(name, counted, axis, array), []).append(node.lineno)
    for kind, line in _numbers(names, arrays, counters):
        found.setdefault(kind, []).append(line)
    return found


def cut_elsewhere(names: Names) -> Iterator[int]:
    """`image[i : i + HH, j : j + WW, :]`: slices of rows or columns where channels, images or filters stand."""
    arrays = all_axes(names)
    for node in names.nodes(ast.Subscript):
        for _, axis, part in _stands_at(node, arrays):
            is_of_places = isinstance(part, ast.Slice) and part.lower is not None and len(names.axes_of(part)) == 1
            yield from (node.lineno,) if is_of_places and axis in SAID.values() else ()


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
            if is_number and is_told and (axis in SAID.values() or arrays[array] == OUT):
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


_SAID_OF_PLACES = re.compile(r"(?i)(h)(?:h|_?out|o|_?prime|_?new)?|(w)(?:w|_?out|o|_?prime|_?new)?|(oh)|(ow)")


def sizes_of_another_axis(names: Names) -> dict[str, list[int]]:
    """By kind, which has the name in it, the lines that set a name for one axis to the size of another, for good.

    Not where all names of heights and widths are exchanged, or where one line has but one such name for what is counted
    otherwise, as C for filters: then each may mean the other.
    """
    read = {node.id for node in names.nodes(ast.Name) if isinstance(node.ctx, ast.Load)}
    sizes = [
        (name, axis.removesuffix(OF_KERNEL), array, line) for name, axis, array, line in taken(names, given(names))
    ]
    sizes = [one for one in sizes if one[0] in read]
    last = {name: line for name, _, _, line in sizes}
    wrong = [(name, axis, array, line) for name, axis, array, line in sizes if _said_by(name) not in ("", axis)]
    of_places = [_said_by(name) == axis for name, axis, _, _ in sizes if _said_by(name) in (ROWS, COLUMNS)]
    of_counts = [line for name, axis, _, line in wrong if name in SAID and axis in SAID.values()]
    found: dict[str, list[int]] = {}
    for name, axis, array, line in wrong:
        is_crossed = of_counts.count(line) > 1 if name in SAID else any(of_places)
        if last[name] == line and is_crossed:
            found.setdefault(kind_of_size(name, axis, array), []).append(line)
    return found


def _said_by(name: str) -> str:
    """What a name for a size says."""
    of_places = _SAID_OF_PLACES.fullmatch(name)
    if of_places is None:
        return SAID.get(name, "")
    return ROWS if of_places[1] or of_places[3] else COLUMNS


def _is_another(names: Names, array: str, axis: str, counted: str) -> bool:
    """Whether an index counts another axis; in a window, rows of the kernel are rows, but not in what is as dout."""
    if array in names.inputs[:1] and names.cached:
        return axis != counted
    return axis.removesuffix(OF_KERNEL) != counted.removesuffix(OF_KERNEL)


def _counters(names: Names, arrays: Mapping[str, Axes], sizes: Mapping[str, str]) -> Iterator[_Counter]:
    """What loops count with, what they count, and the indices in them in which the name still is theirs."""
    is_set = times_set(names)
    for loop in names.loops:
        call, target = loop.iter, loop.target
        if not isinstance(call, ast.Call) or len(call.args) != 1:
            continue
        end = call.args[0]
        if is_call_of(call, "enumerate") and isinstance(target, ast.Tuple):
            target, counted = target.elts[0], arrays.get(text_of(end), ("",))[0]
        elif called(call) in ("range", "xrange"):
            counted = sizes.get(end.id, "") if isinstance(end, ast.Name) else counted_by(end, arrays)
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
