"""Places about what is added up, where it is stored, and what is returned."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.cleared import begun_for_each, cleared, stored_in_their_turn
from reference.nodes import parts_of, root_of

from .arrays import padded
from .names import EMPTY, Names, called, index_of, names_in, text_of
from .others import but_for_others
from .sizes import formulas
from .turns import forgets
from .uncropped import uncropped

Lines = Iterator[int]


def _is_made(value: ast.expr) -> bool:
    return called(value) in EMPTY


def _is_zero(value: ast.expr) -> bool:
    return text_of(value) in ("0", "0.0")


def _returned(names: Names, which: int) -> str:
    return root_of(names.returned[which]) if len(names.returned) > which else ""


def cut_from(names: Names, which: int) -> str:
    """Of what array a gradient is returned as a part: `canvas` after `dx = canvas[:, :, p:-p, p:-p]`."""
    name = _returned(names, which)
    return next((root_of(v) for t, v, _ in names.pairs() if text_of(t) == name and isinstance(v, ast.Subscript)), name)


def _made_again(names: Names) -> Lines:
    """An array of zeros made, or set to zero, in a loop; not where nothing was added to it yet."""
    begins = cleared(names.function) | begun_for_each(names.function)
    for loop in names.loops:
        for node in parts_of(loop):
            if (
                isinstance(node, ast.Assign)
                and (_is_made(node.value) or _is_zero(node.value))
                and id(node) not in begins
            ):
                yield from (node.lineno,) if root_of(node.targets[0]).lower().startswith("d") else ()


def _not_over(names: Names) -> Lines:
    yield from _made_again(names)
    yield from forgets(names)


def _not_over_in_dw(names: Names) -> Lines:
    """As above, but an array made anew that is then stored by `=` in the same turn is right: it should be added."""
    stores = {made: [node.lineno for node in nodes] for made, nodes in stored_in_their_turn(names.function).items()}
    for line in _not_over(names):
        yield from stores.get(line, (line,))


def _image_for_filter(names: Names) -> Lines:
    """What has a place for each filter (w, b, dw), indexed first by what counts images."""
    given = names.cached or names.inputs
    image, is_backward = "".join(given[:1]), bool(names.cached)
    images = {image, *names.inputs[:1], *(padded(names, image) if image else ())} - {""}
    arrays = {*given[1:3], *(root_of(part) for part in names.returned[1:] if is_backward)}
    batch = {
        target.elts[0].id
        for target, value, _ in names.pairs()
        if isinstance(target, ast.Tuple) and text_of(value) in {f"{one}.shape" for one in images}
        if isinstance(target.elts[0], ast.Name)
    }
    loops = names.nodes(ast.For, ast.comprehension)
    counters = {
        loop.target.id
        for loop in loops
        if isinstance(loop.target, ast.Name)
        and (names_in(loop.iter) & batch or f"{image}.shape[0]" in text_of(loop.iter))
    } | {
        text_of(loop.target.elts[0])
        for loop in loops
        if isinstance(loop.target, ast.Tuple) and text_of(loop.iter) in {f"enumerate({one})" for one in images}
    }
    for node in names.nodes(ast.Subscript):
        if isinstance(node.value, ast.Name) and node.value.id in arrays and text_of(index_of(node)[0]) in counters:
            yield node.lineno


def _divided(names: Names) -> Lines:
    """A mean, or a division that is no formula for a size."""
    sizes = {line for _, _, line in formulas(names)}
    divisions = [node for node in names.nodes(ast.BinOp, ast.AugAssign) if isinstance(node.op, ast.Div)]
    averages = [node for node in names.nodes(ast.Call) if called(node) in ("mean", "average")]
    yield from (node.lineno for node in (*divisions, *averages) if node.lineno not in sizes)


def _without_effect(names: Names) -> Lines:
    """A sum that is computed and stored nowhere; else where an array of zeros is made that is returned as it is."""
    for node in names.nodes(ast.Expr):
        if isinstance(node.value, ast.BinOp):
            yield node.lineno


def _zeros(which: int) -> Callable[[Names], Lines]:
    def find(names: Names) -> Lines:
        name = _returned(names, which)
        found = list(_without_effect(names))
        of_it = [line for line in found if name and name in _line_names(names, line)]
        yield from of_it
        sets = [(value, line) for target, value, line in names.pairs() if root_of(target) == name]
        sets = [(value, line) for value, line in sets if not isinstance(value, ast.Constant)]
        added = any(root_of(n.target) == name for n in names.nodes(ast.AugAssign))
        passed = any("at" in text_of(n.func) and name in names_in(n) for n in names.nodes(ast.Call))
        if sets and not of_it and not added and not passed and all(_is_made(value) for value, _ in sets):
            yield from (line for _, line in sets)
        sources = {name, *(_cut_from(value) for value, _ in sets)} - {""}
        yield from _left_behind(names, sources)

    return find


def _left_behind(names: Names, arrays: set[str]) -> Lines:
    """`part = part + ...` of a slice of an array, which makes a new array and leaves the slice as it is.

    A function of the file may have cut it. Or what is added to is a copy of such a part, and nothing reads it.
    """
    named = [(target.id, value, line) for target, value, line in names.pairs() if isinstance(target, ast.Name)]
    sliced = {name for name, value, _ in named if _cut_from(value) in arrays}
    stores = (value for target, value, _ in names.pairs() if isinstance(target, ast.Subscript))
    stored = {name for value in stores for name in names_in(value)}
    for name, value, line in named:
        if name in sliced - stored and isinstance(value, ast.BinOp):
            yield from (line,) if name in names_in(value) else ()
    read = {node.id for node in names.nodes(ast.Name) if isinstance(node.ctx, ast.Load)}
    for name, value, line in named:
        if isinstance(value, ast.Call) and called(value) in ("copy", "array") and name not in read:
            of = value.args[0] if value.args else getattr(value.func, "value", value)
            yield from (line,) if _cut_from(of) in arrays else ()


def _cut_from(value: ast.expr) -> str:
    """The array of which this is a part, cut here or by a function that is given it first."""
    if isinstance(value, ast.Subscript):
        return root_of(value)
    is_call = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and called(value) not in ("len", "int")
    return root_of(value.args[0]) if isinstance(value, ast.Call) and is_call and value.args else ""


def _line_names(names: Names, line: int) -> set[str]:
    return {name for n in names.nodes(ast.Expr) if n.lineno == line for name in names_in(n)}


def _made_of(names: Names, found: set[str]) -> set[str]:
    """These names, and those of what is made of their numbers."""
    for _ in range(3):
        found = found | {
            target.id
            for target, value, _ in names.pairs()
            if isinstance(target, ast.Name) and names_in(value) & found and "shape" not in text_of(value)
        }
    return found


def _without_upstream(which: str) -> Callable[[Names], Lines]:
    """Something is put into places of dx, dw or db that has nothing of dout in it, and is w, a window or 1 itself."""

    def find(names: Names) -> Lines:
        tainted = _made_of(names, {*names.inputs[:1]})
        kernel = _made_of(names, {*names.cached[1:2]}) if which == "dx" else set()
        for node in names.nodes(ast.AugAssign, ast.Assign):
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            if not isinstance(target, ast.Subscript) or which not in root_of(target).lower():
                continue
            grown = [n for n in names.nodes(ast.AugAssign) if text_of(n.target) == text_of(node.value)]
            if any(names_in(n.value) & tainted for n in grown):
                continue
            used = {*names_in(node.value), *(name for n in grown for name in names_in(n.value))}
            if not used & tainted and not _is_zero(node.value) and (which != "dx" or used & kernel):
                yield from (n.lineno for n in grown) if grown else (node.lineno,)

    return find


def _sum_of(which: int) -> Callable[[Names], Lines]:
    """The line that makes a gradient of dout, if that is one; not what another function returns in its place.

    It may be made where it is returned, also by a helper that returns a sum without a product in it and nothing else.
    """

    def find(names: Names) -> Lines:
        name = _returned(names, which) or "db"  # a method may leave it in an attribute, which is a name here
        by_itself = names.returned[:1] if not names.cached and len(names.returned) == 1 else []
        for part in names.returned[which : which + 1] or by_itself:
            nodes = [] if isinstance(part, ast.Name) else parts_of(part)
            is_product = any(
                isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.MatMult) for node in nodes
            )
            yield from (part.lineno,) if any(called(node) == "sum" for node in nodes) and not is_product else ()
        if not names.cached and "b" not in name.lower() and "grad" not in name.lower():
            return
        lines = {
            node.lineno
            for node in names.nodes(ast.Assign, ast.AugAssign)
            if root_of(node.target if isinstance(node, ast.AugAssign) else node.targets[0]) == name
            and not _is_made(node.value)
            and not isinstance(node.value, ast.Constant)
        }
        if name and len(lines) == 1:
            yield from lines

    return find


def _returns(names: Names) -> Lines:
    """The return statement; where its names are in order, the lines that set two of them to arrays of other names."""
    order = [getattr(part, "id", "").lower() for part in names.returned]
    is_in_order = len(order) == 3 and all(map(str.__contains__, order, ("dx", "dw", "db")))
    returned = [getattr(part, "id", "") for part in names.returned]
    set_last = {target.id: (value, line) for target, value, line in names.pairs() if isinstance(target, ast.Name)}
    last = [set_last[name] for name in returned if name in set_last]
    others = [line for value, line in last if isinstance(value, ast.Name)]
    yield from others if is_in_order and len(others) > 1 else (node.lineno for node in names.nodes(ast.Return))


def _returns_in_loop(names: Names) -> Lines:
    """A return that ends the first turn of a loop, whatever happens in it; not where one turn is all there is."""
    for loop in names.loops:
        leaves = [part for statement in loop.body for part in parts_of(statement)]
        is_of_one = text_of(loop.iter) == "range(1)" or len(getattr(loop.iter, "elts", "more")) == 1
        if not is_of_one and not any(isinstance(part, ast.Continue | ast.Break) for part in leaves):
            yield from (node.lineno for node in loop.body if isinstance(node, ast.Return))


def _returns_input(names: Names) -> Lines:
    """An input is returned, or x with its padding, or a part of that is stored in the array that is returned for dx."""
    inputs = {*names.cached[:3], *(names.cached and padded(names, names.cached[0]))}
    for part in names.returned:
        if isinstance(part, ast.Name) and part.id in inputs:
            yield part.lineno
    returned = {getattr(part, "id", "") for part in names.returned} - {*names.cached}
    alike = [pair for pair in names.pairs() if isinstance(pair[1], ast.Name) and pair[1].id in inputs]
    yield from (line for target, _, line in alike if isinstance(target, ast.Name) and target.id in returned)
    dx, stored = _returned(names, 0), [pair for pair in names.pairs() if isinstance(pair[1], ast.Subscript)]
    of_x = {root_of(target) for target, value, _ in stored if isinstance(target, ast.Name) and root_of(value) in inputs}
    yield from (line for target, value, line in stored if root_of(target) == dx and root_of(value) in inputs | of_x)


def _single(names: Names) -> Lines:
    for node in names.nodes(ast.Attribute, ast.Constant):
        text = node.attr if isinstance(node, ast.Attribute) else node.value
        if text in ("float32", "single", "f4", "float16", "half", "f2"):
            yield node.lineno


def _single_of(which: int) -> Callable[[Names], Lines]:
    """Where the array that becomes a gradient is made of a dtype of its own; else every place with one."""

    def find(names: Names) -> Lines:
        name, found = _returned(names, which), list(_single(names))
        made = {line for target, _, line in names.pairs() if root_of(target) == name}
        yield from [line for line in found if line in made] or found

    return find


def _subtracted(names: Names) -> Lines:
    for node in names.nodes(ast.AugAssign):
        if isinstance(node.op, ast.Sub):
            yield node.lineno


def _clipped(names: Names) -> Lines:
    """What sets negative numbers to zero."""
    for node in names.nodes(ast.Call):
        if called(node) in ("max", "maximum", "clip", "relu"):
            yield node.lineno
    for node in names.nodes(ast.Compare):
        if text_of(node).endswith((" < 0", " > 0", " <= 0", " >= 0")):
            yield node.lineno


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "not over": _not_over, "not over in dw": _not_over_in_dw,
    "image for filter": _image_for_filter, "image for filter of dw": but_for_others(_image_for_filter, 1),
    "divided": _divided, "divided for dx": but_for_others(_divided, 0),
    "divided for dw": but_for_others(_divided, 1), "divided for db": but_for_others(_divided, 2),
    "dx zeros": _zeros(0), "dw zeros": _zeros(1),
    "db zeros": _zeros(2), "dx without upstream": _without_upstream("dx"),
    "dw without upstream": _without_upstream("dw"), "db without upstream": _without_upstream("db"),
    "sum for db": _sum_of(2), "returns": _returns, "return in loop": _returns_in_loop,
    "returns input": _returns_input, "alias": uncropped,
    "single": _single, "single in dx": _single_of(0), "single in dw": _single_of(1), "single in db": _single_of(2),
    "subtracted": _subtracted, "clipped": _clipped,
}  # fmt: skip
