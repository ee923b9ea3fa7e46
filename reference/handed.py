"""Calls that hand two values over in another order than the function has them. It runs where submissions are read."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from reference.nodes import own_nodes

_GIVEN, _GOT = "handed over: ", "handed back: "
"""How the kinds of place begin; the name of the function and the two names follow."""


def exchanged(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[tuple[str, str, str], bool, Sequence[int]]]:
    """The function and the two names, whether they are its arguments (and not what it returns), and the lines.

    >>> list(exchanged({"handed over: cut, WW, HH": (7,), "no return": (3,)}))
    [(('cut', 'WW', 'HH'), True, (7,))]
    """
    for lines, kind in sorted((lines, kind) for kind, lines in places.items() if kind.startswith((_GIVEN, _GOT))):
        function, one, other = kind.removeprefix(_GIVEN).removeprefix(_GOT).split(", ")
        yield (function, one, other), kind.startswith(_GIVEN), lines


def handed(caller: str, functions: Mapping[str, str]) -> dict[str, list[int]]:
    r"""By kind, lines of a function's text in which two names change places between a call and what is called.

    Args:
        caller: text of the function that calls.
        functions: by name, as calls have it, the text of those that may be called; of a class, that of its `__init__`.

    >>> cut = "def cut(x, HH, WW):\n    top, left = x\n    return top, left"
    >>> handed("def f(x):\n    left, top = cut(x, WW, HH)", {"cut": cut})
    {'handed over: cut, WW, HH': [2], 'handed back: cut, left, top': [2]}
    >>> handed("def f(x):\n    top, left = cut(x, HH, WW)", {"cut": cut})
    {}
    >>> handed("def f(x):\n    return cut(x, k_w, k_h)", {"cut": cut})
    {'handed over: cut, k_w, k_h': [2]}
    """
    found: dict[str, list[int]] = {}
    known = {name: function for name, text in functions.items() if (function := _function(text)) is not None}
    whole = _function(caller)
    for node in own_nodes(whole) if whole is not None else ():
        call = node.value if isinstance(node, ast.Assign) else node
        function = known.get(_name(call.func)) if isinstance(call, ast.Call) else None
        if function is None or not isinstance(node, ast.Assign | ast.Call) or not isinstance(call, ast.Call):
            continue
        if isinstance(node, ast.Assign):
            begin, pairs = _GOT, _crossed([_name(part) for part in _parts(node.targets[0])], _returned(function))
        else:
            parameters = [argument.arg for argument in function.args.args]
            own = parameters[1:] if parameters[:1] == ["self"] else parameters
            begin, pairs = _GIVEN, _crossed([_name(part) for part in call.args], own)
        for one, other in pairs:
            found.setdefault(f"{begin}{_name(call.func)}, {one}, {other}", []).append(node.lineno)
    return {kind: sorted(lines) for kind, lines in sorted(found.items(), key=lambda item: item[0].startswith(_GOT))}


def _function(text: str) -> ast.FunctionDef | None:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return next((node for node in body if isinstance(node, ast.FunctionDef)), None)


def _crossed(here: Sequence[str], there: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that have changed places; also of a height and a width that are called otherwise there."""
    for (one, its), (other, others) in combinations(zip(here, there, strict=False), 2):
        if one and other and one != other:
            is_crossed = _sides(one, other) in (("h", "w"), ("w", "h")) and _sides(one, other) == _sides(others, its)
            yield from ((one, other),) if is_crossed or (one, other) == (others, its) else ()


def _sides(one: str, other: str) -> tuple[str, str] | None:
    """Which of two names that differ in nothing else says height, and which width.

    >>> _sides("out_w", "out_h"), _sides("HH", "WW"), _sides("h", "pad_w")
    (('w', 'h'), ('h', 'w'), None)
    """
    left, right = one.lower(), other.lower()
    if left == right or left.replace("w", "h") != right.replace("w", "h"):
        return None
    sides = next((a, b) for a, b in zip(left, right, strict=True) if a != b)
    return sides if {*left} & {*sides} == {sides[0]} else None


def _name(node: ast.expr) -> str:
    """A name by itself, or that of an attribute or a method."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _parts(node: ast.expr) -> Sequence[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List) else []


def _returned(function: ast.FunctionDef) -> Sequence[str]:
    """The names that the only `return` of a function returns."""
    returns = [node for node in own_nodes(function) if isinstance(node, ast.Return)]
    value = returns[0].value if len(returns) == 1 else None
    return [_name(part) for part in _parts(value)] if value is not None else []
