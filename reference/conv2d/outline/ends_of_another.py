"""Loops over images, channels or filters that end at the size of another of these."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .names import Names, called, index_of, is_call_of, is_shape, text_of

Lines = Iterator[int]
_OF_INPUTS = ("NC", "FC", "F")
"""The first axes of x, w and b, and of their gradients."""


def _axes(names: Names) -> dict[str, str]:
    """The first axes of the arrays of a pass, by the names that they have: `{"w": "FC"}`."""
    is_backward = len(names.inputs) == 2
    arrays = dict(zip(names.cached if is_backward else names.inputs, _OF_INPUTS, strict=False))
    arrays |= {names.inputs[0]: "NF"} if is_backward else {}
    arrays |= {root_of(part): axes for part, axes in zip(names.returned, _OF_INPUTS, strict=False) if is_backward}
    arrays |= {} if is_backward else {root_of(part): "NF" for part in names.returned[:1]}
    image = next((name for name, axes in arrays.items() if axes == "NC"), "")
    for target, value, _ in names.pairs():
        if isinstance(target, ast.Name) and isinstance(value, ast.Call) and called(value) == "pad" and value.args:
            arrays |= {target.id: "NC"} if root_of(value.args[0]) == image else {}
    return {name: axes for name, axes in arrays.items() if name and name != "_"}


def _sizes(names: Names, axes: Mapping[str, str]) -> dict[str, list[tuple[str, int]]]:
    """The names of sizes, each with what it counts and the line, one after the other where it is set again."""
    found: dict[str, list[tuple[str, int]]] = {}
    for target, value, line in names.pairs():
        array = axes.get(root_of(value), "") if is_shape(value) else ""
        parts = target.elts if isinstance(target, ast.Tuple) and len(target.elts) == 4 else []
        for part, letter in zip(parts, array, strict=False):
            if isinstance(part, ast.Name) and part.id != "_":
                found.setdefault(part.id, []).append((letter, line))
        if isinstance(target, ast.Name) and (letter := _of_shape(value, axes)):
            found.setdefault(target.id, []).append((letter, line))
    return found


def _of_shape(value: ast.expr, axes: Mapping[str, str]) -> str:
    """What `w.shape[0]` or `len(w)` counts."""
    if is_call_of(value, "len") and value.args and isinstance(value.args[0], ast.Name):
        return axes.get(value.args[0].id, "")[:1]
    if not isinstance(value, ast.Subscript) or not is_shape(value.value) or not isinstance(value.slice, ast.Constant):
        return ""
    letters, at = axes.get(root_of(value), ""), value.slice.value
    return letters[at] if isinstance(at, int) and 0 <= at < len(letters) else ""


def _counted(loop: ast.For, name: str, axes: Mapping[str, str]) -> set[str]:
    """Which axes a loop's variable is the index of, by itself."""
    letters = set()
    for node in parts_of(loop):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in axes:
            for part, letter in zip(index_of(node), axes[node.value.id], strict=False):
                letters |= {letter} if text_of(part) == name else set()
    return letters


def _ends_at_another(names: Names) -> Lines:
    """The loop; where its end has the name of another size, or means two things, the line that says what it is."""
    axes = _axes(names)
    sizes = _sizes(names, axes)
    for loop in names.loops:
        if not is_call_of(loop.iter, "range") or not loop.iter.args or not isinstance(loop.target, ast.Name):
            continue
        end = loop.iter.args[min(1, len(loop.iter.args) - 1)]
        told = sizes.get(end.id, []) if isinstance(end, ast.Name) else [(_of_shape(end, axes), loop.lineno)]
        counted = _counted(loop, loop.target.id, axes)
        if told and told[-1][0] and counted and told[-1][0] not in counted:
            letter, line = told[-1]
            is_misnamed = len({means for means, _ in told}) > 1 or text_of(end) in {*"NCF"} - {letter}
            yield line if is_misnamed else loop.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {"ends at another": _ends_at_another}
