"""Caches that are taken apart in another order than they were made in. It runs where submissions are read."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from reference.nodes import assigned, own_nodes

_KEPT, _TAKEN = "kept: ", "taken: "
"""How the kinds of place begin where a cache is made and taken apart; the names of its parts follow, in their order."""
_PADDED = "padded: "
"""How the kinds of place begin where a name is set to what `np.pad` makes; it follows."""


def moved(forward: Mapping[str, Iterable[int]], backward: Mapping[str, Iterable[int]]) -> tuple[str, int, int] | None:
    """A name under which backward takes another part than forward put there: the name, and the line of each.

    Caches are compared that have as many parts, and only where none that forward makes has these names in these places.

    >>> moved({"kept: x, beta, gamma": [7]}, {"taken: x, gamma, beta": [9]})
    ('beta', 7, 9)
    >>> moved({"kept: x, beta": [7], "kept: beta, x": [8]}, {"taken: x, beta": [9]})
    """
    made = list(_tuples(forward, _KEPT))
    for taken, at in _tuples(backward, _TAKEN):
        alike = [(kept, line) for kept, line in made if len(kept) == len(taken)]
        wrong = [(_moved(kept, taken), line) for kept, line in alike]
        first = next(((name, line) for name, line in wrong if name), None)
        if first is not None and all(name for name, _ in wrong):
            return *first, at
    return None


def taken_for_padded(
    forward: Mapping[str, Iterable[int]], backward: Mapping[str, Iterable[int]]
) -> tuple[str, str, int, int] | None:
    """What forward keeps as it came, and backward by its name takes for the padded one: both names, and their lines.

    Not what forward pads under that name.

    >>> taken_for_padded({"kept: x, w": [7]}, {"taken: x_pad, w": [9]})
    ('x', 'x_pad', 7, 9)
    >>> taken_for_padded({"kept: xp, w": [7]}, {"taken: x_pad, w": [9]})
    >>> taken_for_padded({"kept: x, w": [7], "padded: x": [4]}, {"taken: x_pad, w": [9]})
    """
    made = list(_tuples(forward, _KEPT))
    for taken, at in _tuples(backward, _TAKEN) if len(made) == 1 else ():
        kept, line = made[0]
        for one, other in zip(kept, taken, strict=True) if len(kept) == len(taken) else ():
            if one and other and _says_padded(other) and not (_says_padded(one) or _PADDED + one in forward):
                return one, other, line, at
    return None


def _says_padded(name: str) -> bool:
    """Whether it is called as a padded image is; `pad` and `padding` are widths.

    >>> [_says_padded(name) for name in ("x_pad", "padded_x", "XP", "pad", "P", "padding")]
    [True, True, True, False, False, False]
    """
    text = name.lower()
    return text in ("xp", "x_p", "padded") or ("pad" in text and re.search(r"x|im|img|image|padded", text) is not None)


def _tuples(places: Mapping[str, Iterable[int]], kind: str) -> Iterator[tuple[list[str], int]]:
    for name, lines in places.items():
        if name.startswith(kind):
            yield from ((name.removeprefix(kind).split(", "), line) for line in lines)


def _moved(kept: list[str], taken: list[str]) -> str:
    """The first name that both have, in different places; not where another stands there that is new."""
    once = {name for name in kept if kept.count(name) == 1}
    moved = (name for i, name in enumerate(kept) if name in once and name in taken and taken[i] in {"", *kept} - {name})
    return next((name for name in moved if name), "")


def cache_parts(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, where a function makes the tuple that it returns as its cache, takes its last argument apart, or pads.

    What an argument's name holds once it is set to something else is not told: backward may call it otherwise.
    """
    nodes, values = own_nodes(function), list(assigned(function))
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    set_anew = {argument.arg for argument in function.args.args} & {*stored}
    twice = {name for name in stored if stored.count(name) > 1}
    last = function.args.args[-1].arg if function.args.args else ""
    returned = [node.value for node in own_nodes(function) if isinstance(node, ast.Return)]
    caches = [value.elts[1] for value in returned if isinstance(value, ast.Tuple) and len(value.elts) == 2]
    names = {cache.id for cache in caches if isinstance(cache, ast.Name)}
    made = [*caches, *(value for target, value in values if isinstance(target, ast.Name) and target.id in names)]
    taken = [target for target, value in values if isinstance(value, ast.Name) and value.id == last]
    padded = [(target.id, value) for target, value in values if isinstance(target, ast.Name) and _pads(value)]
    found = {_PADDED + name: [value.lineno] for name, value in padded}
    for kind, tuples in ((_KEPT, made), (_TAKEN, taken)):
        for one in tuples:
            if isinstance(one, ast.Tuple) and len(one.elts) > 1:
                unsaid = {"_", *(set_anew if kind == _KEPT else twice)}
                parts = (part.id if isinstance(part, ast.Name) and part.id not in unsaid else "" for part in one.elts)
                found.setdefault(kind + ", ".join(parts), []).append(one.lineno)
    return found


def _pads(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "attr", "") == "pad"
