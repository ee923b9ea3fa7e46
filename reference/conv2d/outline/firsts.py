"""Places where only the first of an axis is used, or all of it where one belongs."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.asked import only_asked
from reference.nodes import parts_of, root_of

from .arrays import padded
from .names import AXES, Names, called, index_of, is_call_of, is_shape, names_in, text_of

Lines = Iterator[int]
_FIRST = frozenset({"0", ":1"})
_OTHER_LOOPS = (ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def _first_only(names: Names) -> Lines:
    """An index 0, or a slice of one, of an array that is not only asked for its sizes; a loop that runs once.

    Or a condition that the first turn of a loop alone fulfils: `n == 0`.
    """
    asked = only_asked(names.function)
    for node in names.nodes(ast.Subscript):
        if id(node) not in asked and _FIRST & {*map(text_of, index_of(node))} and not _is_one_of_many(names, node):
            yield node.lineno
    for loop in names.loops:
        if is_call_of(loop.iter, "range") and loop.iter.args and text_of(loop.iter.args[-1]) == "1":
            yield loop.lineno
    counters = {part.id for loop in names.loops for part in parts_of(loop.target) if isinstance(part, ast.Name)}
    for node in names.nodes(ast.Compare):
        is_equal = [*map(type, node.ops)] == [ast.Eq] and text_of(node.comparators[0]) == "0"
        yield from (node.lineno,) if is_equal and text_of(node.left) in counters else ()


def _is_one_of_many(names: Names, node: ast.Subscript) -> bool:
    """Whether a first part is taken outside of loops, and others of that array elsewhere: it goes before them."""
    in_loops = {id(part) for one in (*names.loops, *names.nodes(*_OTHER_LOOPS)) for part in parts_of(one)}
    others = [one for one in names.nodes(ast.Subscript) if root_of(one) == root_of(node) and not is_shape(one.value)]
    places = [place for place, part in enumerate(index_of(node)) if text_of(part) in _FIRST]
    parts = [text_of(part) for one in others for place, part in enumerate(index_of(one)) if place in places]
    return id(node) not in in_loops and any(part not in (*_FIRST, ":") for part in parts)


def _all_images(names: Names) -> Lines:
    """A window of all images, in a loop over images; or an einsum that leaves out the letter of images."""
    image = "".join((names.cached or names.inputs)[:1])
    sources = {image, *padded(names, image)} if image else set()
    batch = {
        target.elts[0].id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and text_of(value) == f"{image}.shape" and isinstance(target.elts[0], ast.Name)
    }
    over_images = [loop for loop in names.loops if names_in(loop.iter) & batch]
    for node in (part for loop in over_images for part in parts_of(loop) if isinstance(part, ast.Subscript)):
        parts = index_of(node) if root_of(node) in sources else []
        if len(parts) == AXES and text_of(parts[0]) == ":" and all(isinstance(part, ast.Slice) for part in parts):
            yield node.lineno
    for call in names.nodes(ast.Call):
        text = getattr(call.args[0], "value", None) if called(call) == "einsum" and call.args else None
        inside, arrow, made = str(text).replace(" ", "").partition("->")
        if arrow and len(inside.split(",")[0]) == AXES and inside[0] not in made:
            yield call.lineno


def _into_all_images(names: Names) -> Lines:
    """What is made of one image's upstream gradient, or summed over images, is added to a part of all images."""
    parts_of_all = {text_of(target) for target, value, _ in names.pairs() if _is_of_all(value)}
    in_loops = {id(part) for loop in names.loops if _is_over_images(names, loop) for part in parts_of(loop)}
    others = {root_of(part) for part in names.returned[1:]}
    for node in names.nodes(ast.AugAssign, ast.Call):
        is_added = isinstance(node, ast.AugAssign)
        target, value = (node.target, node.value) if is_added else (*node.args[:1], *node.args[2:3], None, None)[:2]
        if value is None or not (is_added or called(node) == "at"):
            continue
        is_part = _is_of_all(target) or (isinstance(target, ast.Name) and target.id in {*parts_of_all, "dx"})
        is_any = isinstance(target, ast.Name) and target.id[:1] == "d" and target.id not in others and _is_summed(value)
        is_of_one = _is_of_one_image(names, value) or _is_summed(value) or (is_added and id(node) in in_loops)
        if is_any or (is_part and is_of_one):
            yield node.lineno


def _into_all_filters(names: Names) -> Lines:
    """What is made of one filter's upstream gradient, by its number, is added to all of dw."""
    dw = root_of(names.returned[1]) if len(names.returned) > 1 else ""
    of_one = {root_of(target) for target, value, _ in names.pairs() if _is_of_one_filter(names, value)}
    for node in names.nodes(ast.AugAssign):
        parts = index_of(node.target) if isinstance(node.target, ast.Subscript) else []
        is_whole = not parts or text_of(parts[0]) == ":"
        if dw and root_of(node.target) == dw and is_whole and not isinstance(node.target, ast.Attribute):
            is_of_one = bool(names_in(node.value) & of_one) or _is_of_one_filter(names, node.value)
            yield from (node.lineno,) if is_of_one else ()


def _is_of_one_filter(names: Names, value: ast.expr) -> bool:
    """`dout[n, f, h, k]`"""
    found = [part for part in parts_of(value) if isinstance(part, ast.Subscript) and root_of(part) in names.inputs[:1]]
    return any(len(index_of(part)) > 1 and isinstance(index_of(part)[1], ast.Name) for part in found)


def _is_of_all(node: ast.expr | None) -> bool:
    """`dx[:, :, top:bottom, left:right]`"""
    parts = index_of(node) if isinstance(node, ast.Subscript) else []
    is_of_dx = parts and root_of(node).lower().startswith("d") if node is not None else False
    return bool(is_of_dx) and len(parts) == AXES and text_of(parts[0]) == ":"


def _is_summed(value: ast.expr) -> bool:
    """Whether it is summed over the first axis alone."""
    calls = [part for part in parts_of(value) if called(part) == "sum" and isinstance(part, ast.Call)]
    given = [text_of(keyword.value) for call in calls for keyword in call.keywords if keyword.arg == "axis"]
    return "0" in given


def _is_over_images(names: Names, loop: ast.For) -> bool:
    """Whether it counts images, or goes through them."""
    images = [*names.inputs[:1], *names.cached[:1]]
    batch = {
        text_of(target.elts[0])
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and text_of(value) in {f"{image}.shape" for image in images}
    }
    sizes = {f"{image}.shape[0]" for image in images} | {f"len({image})" for image in images}
    text, image = text_of(loop.iter), "".join(names.cached[:1])
    of_images = {image, *padded(names, image)} if image and not is_call_of(loop.iter, "range") else set()
    return bool(names_in(loop.iter) & (batch | of_images)) or any(size in text for size in sizes)


def _is_of_one_image(names: Names, value: ast.expr) -> bool:
    found = [part for part in parts_of(value) if isinstance(part, ast.Subscript) and root_of(part) in names.inputs[:1]]
    return bool(found) and all(isinstance(index_of(part)[0], ast.Name) for part in found)


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "first only": _first_only,
    "all images": _all_images,
    "into all images": _into_all_images,
    "into all filters": _into_all_filters,
}
