"""Places where the first two axes of w are taken for each other, or an einsum has letters that meet nothing."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .names import Names, called, index_of, names_in

Lines = Iterator[int]


def _weights_swapped(names: Names) -> Lines:
    """An einsum whose letters of w meet the wrong axes, or `w[:, f]` in a loop over filters."""
    (w,) = (names.cached or names.inputs)[1:2] or [""]
    for call in names.nodes(ast.Call):
        if called(call) == "einsum" and _is_swapped(call, w, meets=1 if names.cached else 0):
            yield call.lineno
    of_filters = {*_counting_filters(names, w)}
    for node in names.nodes(ast.Subscript):
        parts = index_of(node)[:2]
        is_of_w = getattr(node.value, "id", "") == w and len(parts) == 2 and _is_whole(parts[0])
        if is_of_w and getattr(parts[1], "id", "") in of_filters:
            yield node.lineno


def _is_swapped(call: ast.Call, w: str, meets: int) -> bool:
    """Whether the letter of w's axis `meets`, 0 or 1, is one of another operand too, and its other one's comes out."""
    subscripts, *operands = call.args or [ast.Constant("")]
    text = subscripts.value if isinstance(subscripts, ast.Constant) else ""
    inside, arrow, result = text.replace(" ", "").partition("->") if isinstance(text, str) else ("", "", "")
    letters = inside.split(",")
    if not arrow or len(letters) != len(operands):
        return False
    for place, (own, operand) in enumerate(zip(letters, operands, strict=True)):
        is_all = isinstance(operand, ast.Name) or (
            isinstance(operand, ast.Subscript) and all(map(_is_whole, index_of(operand)[:2]))
        )
        if is_all and root_of(operand) == w and len(own) >= 2:
            others = "".join(letters[:place] + letters[place + 1 :])
            met, kept = own[meets], own[1 - meets]
            return met in others and met not in result and kept in result and kept not in others
    return False


def _summed_alone(names: Names) -> Lines:
    """An einsum of several arrays in which a letter stands once, and not behind the arrow."""
    for call in names.nodes(ast.Call):
        text = getattr(call.args[0], "value", None) if called(call) == "einsum" and call.args else None
        inside, arrow, result = str(text).replace(" ", "").partition("->")
        alone = [letter for letter in inside if letter.isalpha() and inside.count(letter) == 1 and letter not in result]
        yield from (call.lineno,) if arrow and "," in inside and alone else ()


def _is_whole(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) and part.lower is part.upper is part.step is None


def _counting_filters(names: Names, w: str) -> Iterator[str]:
    """Variables of loops over the first number of w's shape."""
    sizes = {
        target.elts[0].id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name)
        if isinstance(value, ast.Attribute) and value.attr == "shape" and root_of(value) == w
    }
    for loop in names.loops:
        if names_in(loop.iter) & sizes:
            yield from (part.id for part in parts_of(loop.target) if isinstance(part, ast.Name))


KINDS: Mapping[str, Callable[[Names], Lines]] = {"weights swapped": _weights_swapped, "summed alone": _summed_alone}
