"""Places where something is put into a gradient that should be added to it."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.cleared import cleared
from reference.nodes import parts_of, root_of

from .names import Names, index_of, names_in
from .sums import cut_from
from .turns import last_wins

Lines = Iterator[int]


def _assigned_into(which: str) -> Callable[[Names], Lines]:
    """Something is put into places of dx (dw, db), or the whole of it set, in a loop, and not added.

    An image that is stored whole, once it is computed, is as it should be: `dx[n] = part[:, p : p + H, p : p + W]`. So
    is one that is cleared first: `dx[n] = 0`.
    """

    def find(names: Names) -> Lines:
        wanted = {cut_from(names, ("dx", "dw", "db").index(which))}
        stores = [node for node in names.nodes(ast.Assign, ast.AugAssign) if isinstance(_target(node), ast.Subscript)]
        filled = {root_of(_target(node)) for node in stores}
        whole = set(cleared(names.function))
        for node in stores:
            root, source = root_of(_target(node)), root_of(node.value)
            if (which in root.lower() or root in wanted) and _is_of_an_image(node) and source in filled - {root}:
                whole.add(id(node))
                wanted.add(source)
        for loop in names.loops:
            for node in parts_of(loop):
                if isinstance(node, ast.Assign) and len(node.targets) == 1 and id(node) not in whole:
                    root = root_of(node.targets[0]) if isinstance(node.targets[0], ast.Subscript) else ""
                    if root and (which in root.lower() or root in wanted) and root not in names_in(node.value):
                        yield node.lineno
        yield from (line for line in last_wins(names) if which in ("dw", "db"))
        yield from _added_behind(names, which) if which == "db" else ()
        counting = {name for loop in names.loops for name in names_in(loop.target)}
        for node in stores:
            target = _target(node)
            is_of_it = which in root_of(target).lower() or root_of(target) in wanted
            if is_of_it and isinstance(target, ast.Subscript) and id(node) not in whole:
                indices = {part.id for part in index_of(target) if isinstance(part, ast.Name)}
                if indices and not indices & counting:  # arrays, which may name a place twice
                    yield node.lineno

    return find


def _added_behind(names: Names, which: str) -> Lines:
    """What a loop sets is added behind it, so that only the last of it is."""
    set_in = {
        target.id: {id(part) for part in parts_of(loop)}
        for loop in names.loops
        for target in (part.targets[0] for part in parts_of(loop) if isinstance(part, ast.Assign))
        if isinstance(target, ast.Name)
    }
    for node in names.nodes(ast.AugAssign):
        if isinstance(node.value, ast.Name) and which in root_of(node.target).lower():
            yield from () if id(node) in set_in.get(node.value.id, {id(node)}) else (node.lineno,)


def _target(node: ast.Assign | ast.AugAssign) -> ast.expr:
    return node.targets[0] if isinstance(node, ast.Assign) else node.target


def _is_of_an_image(node: ast.Assign | ast.AugAssign) -> bool:
    """Whether it stores at one index of the first axis, and all of the others."""
    target = _target(node)
    parts = index_of(target) if isinstance(target, ast.Subscript) else []
    cut = [part for part in parts if not (isinstance(part, ast.Slice) and part.lower is part.upper is None)]
    return isinstance(node, ast.Assign) and len(cut) == 1 and cut[0] is parts[0] and isinstance(cut[0], ast.Name)


KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "assigned into dx": _assigned_into("dx"), "assigned into dw": _assigned_into("dw"),
    "assigned into db": _assigned_into("db"),
}  # fmt: skip
