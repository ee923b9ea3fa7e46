"""Calls that hand two values over in another order than the function has them. It runs where submissions are read."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from reference.nodes import own_nodes, parts_of

_GIVEN, _GOT, _AS = "handed over: ", "handed back: ", "handed as: "
"""How the kinds of place begin; the name of the function and the two names follow."""
_ROLES = re.compile(r"(?i)(stride|step|s)|pad(?:ding)?|margin|p")
_OF_ROWS, _OF_COLUMNS = re.compile(r"height|rows?|^r$|^top$"), re.compile(r"width|col(?:umn)?s?|^c$|^left$")


def exchanged(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[Sequence[str], bool, Sequence[int]]]:
    """The function and the two names, whether they are its arguments (and not what it returns), and the lines.

    Behind the two names stand those that it has, where they are others.

    >>> list(exchanged({"handed over: cut, WW, HH": (7,), "no return": (3,)}))
    [(['cut', 'WW', 'HH'], True, (7,))]
    """
    for lines, kind in sorted((lines, kind) for kind, lines in places.items() if kind.startswith((_GIVEN, _GOT))):
        yield kind.removeprefix(_GIVEN).removeprefix(_GOT).split(", "), kind.startswith(_GIVEN), lines


def taken_for(places: Mapping[str, Sequence[int]]) -> Iterator[tuple[Sequence[str], Sequence[int]]]:
    """The function, a name that it is given, and the parameter that it is given as, where one is a stride, one a pad.

    >>> list(taken_for({"handed as: cut, pad, stride": (7,)}))
    [(['cut', 'pad', 'stride'], (7,))]
    """
    for lines, kind in sorted((lines, kind) for kind, lines in places.items() if kind.startswith(_AS)):
        yield kind.removeprefix(_AS).split(", "), lines


def handed(caller: str, functions: Mapping[str, str], owner: str = "") -> dict[str, list[int]]:
    r"""By kind, lines of a function's text in which two names change places between a call and what is called.

    Args:
        caller: text of the function that calls.
        functions: the text of those of the file that may be called, by name: `cut`, `Window.rows`.
        owner: the class of which the caller is a method.

    >>> cut = "def cut(x, HH, WW):\n    top, left = x\n    return top, left"
    >>> handed("def f(x):\n    left, top = cut(x, WW, HH)", {"cut": cut})
    {'handed over: cut, WW, HH': [2], 'handed back: cut, left, top': [2]}
    >>> handed("def f(x):\n    top, left = cut(x, HH, WW)", {"cut": cut})
    {}
    >>> handed("def f(x):\n    return cut(x, k_w, k_h)", {"cut": cut})
    {'handed over: cut, k_w, k_h, HH, WW': [2]}
    >>> crop = "def crop(dx, margin, rows, cols): return dx"
    >>> handed("def f(x):\n    return crop(dx, margin, W, H), crop(dx, margin=stride)", {"crop": crop})
    {'handed over: crop, W, H, rows, cols': [2], 'handed as: crop, stride, margin': [2]}
    >>> handed("def f(x):\n    crop(dx, pad, H, W)\n    crop(dx, 1, H, W)", {"crop": crop})
    {}
    >>> handed("def f(x):\n    crop(dx, get(x, 1).stride, H, W)", {"crop": crop})
    {'handed as: crop, stride, margin': [2]}
    >>> handed("def f(x):\n    return np.cut(x, k_w, k_h)", {"cut": cut})
    {}
    >>> rows = {"Window.__init__": "def __init__(self, HH, WW): pass", "Window.rows": "def rows(self, h, w): pass"}
    >>> handed("def f(x):\n    win = Window(WW, HH)\n    return win.rows(w, h)", rows)
    {'handed over: Window, WW, HH': [2], 'handed over: rows, w, h': [3]}
    """
    found: dict[str, list[int]] = {}
    known = {name: function for name, text in functions.items() if (function := _function(text)) is not None}
    whole = _function(caller)
    objects = {"self": owner} if whole is None else {"self": owner, **_objects(whole, known)}
    for node in own_nodes(whole) if whole is not None else ():
        call = node.value if isinstance(node, ast.Assign) else node
        if not isinstance(node, ast.Assign | ast.Call) or not isinstance(call, ast.Call):
            continue
        called = _called(call.func, objects)
        function = known.get(called) or known.get(f"{called}.__init__")
        if function is None:
            continue
        if isinstance(node, ast.Assign):
            begin, pairs = _GOT, [*_crossed([_name(part) for part in _parts(node.targets[0])], _returned(function))]
        else:
            parameters = [argument.arg for argument in function.args.args]
            own = parameters[1:] if parameters[:1] == ["self"] else parameters
            begin, pairs = _GIVEN, [*_crossed([_name(part) for part in call.args], own)]
            by_name = [(one.arg or "", one.value) for one in call.keywords]
            for parameter, value in (*zip(own, call.args, strict=False), *by_name):
                is_sure = len(parameter) > 1 or {"s", "p"} <= {*own}
                if is_sure and {_role(_name(value)), _role(parameter)} == {"stride", "pad"}:
                    kind = f"{_AS}{_name(call.func)}, {_name(value)}, {parameter}"
                    found.setdefault(kind, []).append(value.lineno)
        for names in pairs if not _all_turned(pairs) else ():
            found.setdefault(f"{begin}{', '.join((_name(call.func), *names))}", []).append(node.lineno)
    begins = (_GIVEN, _GOT, _AS)
    in_order = sorted(found.items(), key=lambda item: (*map(item[0].startswith, begins[1:]), sorted(item[1])))
    return {kind: sorted(lines) for kind, lines in in_order}


def _objects(function: ast.FunctionDef, known: Mapping[str, ast.FunctionDef]) -> dict[str, str]:
    """The class of the file of what names are set to, if that is once and an object of one; "" for other names."""
    nodes = [node for node in parts_of(function) if node is not function]
    stored = Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    made = {_name(node.targets[0]): _maker(node.value) for node in nodes if isinstance(node, ast.Assign)}
    classes = {name: made[name] for name, times in stored.items() if times == 1 and name in made}
    others = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    given = [argument.arg for argument in function.args.args if argument.arg != "self"]
    is_there = {name: owner for name, owner in classes.items() if f"{owner}.__init__" in known}
    return dict.fromkeys([*stored, *others, *given], "") | is_there


def _maker(value: ast.expr) -> str:
    """What is called by its bare name."""
    return value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""


def _called(function: ast.expr, objects: Mapping[str, str]) -> str:
    """The function of the file that is called: by its name, as a method of an object, or the class that makes one."""
    if isinstance(function, ast.Name):
        return function.id if function.id not in objects else ""
    owner = objects.get(getattr(function.value, "id", ""), "") if isinstance(function, ast.Attribute) else ""
    return f"{owner}.{_name(function)}" if owner else ""


def _function(text: str) -> ast.FunctionDef | None:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return next((node for node in body if isinstance(node, ast.FunctionDef)), None)


def _role(name: str) -> str | None:
    """Whether a name says stride, or pad.

    >>> [_role(name) for name in ("STRIDE", "margin", "pad_h", "x_pad")]
    ['stride', 'pad', None, None]
    """
    said = _ROLES.fullmatch(name)
    return None if said is None else "stride" if said[1] else "pad"


def _crossed(here: Sequence[str], there: Sequence[str]) -> Iterator[Sequence[str]]:
    """Pairs of names that have changed places; also of a height and a width that are called otherwise there.

    What these are called there follows.
    """
    for (one, its), (other, others) in combinations(zip(here, there, strict=False), 2):
        if one and other and one != other:
            is_crossed = _sides(one, other) in (("h", "w"), ("w", "h")) and _sides(one, other) == _sides(others, its)
            if (one, other) == (others, its):
                yield one, other
            elif is_crossed:
                yield one, other, its, others


def _all_turned(pairs: Sequence[Sequence[str]]) -> bool:
    """Whether more than one height and width change places: then it is about a turned image, on purpose.

    >>> _all_turned([("W", "H"), ("WW", "HH")]), _all_turned([("WW", "HH")]), _all_turned([("n", "x"), ("W", "H")])
    (True, False, False)
    """
    return sum(_sides(one, other) is not None for one, other, *_ in pairs) > 1


def _sides(one: str, other: str) -> tuple[str, str] | None:
    """Which of two names that differ in nothing else says height, and which width.

    >>> _sides("out_w", "out_h"), _sides("HH", "WW"), _sides("h", "pad_w")
    (('w', 'h'), ('h', 'w'), None)
    >>> _sides("out_cols", "out_rows"), _sides("c", "r")
    (('w', 'h'), ('w', 'h'))
    """
    left, right = (_OF_COLUMNS.sub("w", _OF_ROWS.sub("h", name.lower())) for name in (one, other))
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
