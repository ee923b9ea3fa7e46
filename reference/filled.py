"""Names that are returned and never filled, in a function that does something. It runs where submissions are read."""

import ast
from collections.abc import Iterable, Mapping

from reference.nodes import own_nodes

_LEFT = "left None: "
"""How the kinds of place begin; the name follows."""


def never_filled(places: Mapping[str, Iterable[int]]) -> dict[str, int]:
    """Names that are returned and stay None, with the line that sets them so.

    >>> never_filled({"left None: out": [7], "no return": [3]})
    {'out': 7}
    """
    return {kind.removeprefix(_LEFT): next(iter(lines)) for kind, lines in places.items() if kind.startswith(_LEFT)}


def left_none(function: ast.FunctionDef) -> dict[str, list[int]]:
    r"""By kind, the line that sets a returned name to None, where nothing else sets it and the function has a loop.

    >>> text = "def f(x):\n out = None\n for i in x:\n  z = i\n return out, x"
    >>> left_none(ast.parse(text).body[0])
    {'left None: out': [2]}
    """
    nodes = own_nodes(function)
    values = [
        part for node in nodes if isinstance(node, ast.Return) for part in getattr(node.value, "elts", [node.value])
    ]
    returned = {part.id for part in values if isinstance(part, ast.Name)}
    nones = {id(name): name for node in nodes if isinstance(node, ast.Assign) for name in _set_to_none(node)}
    stores = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    others = {node.id for node in stores if id(node) not in nones}
    works = any(isinstance(node, ast.For | ast.While | ast.comprehension) for node in nodes)
    left = [name for name in nones.values() if name.id in returned - others] if works else []
    return {f"{_LEFT}{name.id}": [name.lineno] for name in left}


def _set_to_none(node: ast.Assign) -> list[ast.Name]:
    """The names in `out = None` and `dx, dw = None, None`."""
    target, value = node.targets[0], node.value
    pairs = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        pairs = [*zip(target.elts, value.elts, strict=True)]
    return [one for one, other in pairs if isinstance(one, ast.Name) and getattr(other, "value", other) is None]
