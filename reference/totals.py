"""Totals that are begun once and stored many times, so that each holds those before it, too.

It runs where submissions are read.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from reference.nodes import own_nodes, parts_of, root_of

KEPT, AGAIN = "total kept: ", "total added again: "
"""How the kinds of place begin where a total is stored that goes on growing, or is added to what it was added to
before; its name follows. The lines are those where it begins and where it is stored or added."""


def added_again(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, int]]:
    """Names of totals that are added while they grow, each with the line.

    >>> list(added_again({"total added again: s": [7, 12], "no return": [3]}))
    [('s', 12)]
    """
    return ((kind.removeprefix(AGAIN), [*lines][-1]) for kind, lines in places.items() if kind.startswith(AGAIN))


def kept(places: Mapping[str, Iterable[int]]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Names of totals that go on growing: the lines where they begin and where they are stored.

    >>> list(kept({"total kept: s": [7, 12], "no return": [3]}))
    [('s', (7, 12))]
    """
    totals = ((kind.removeprefix(KEPT), tuple(lines)) for kind, lines in places.items() if kind.startswith(KEPT))
    return ((name, (lines[0], lines[-1])) for name, lines in totals if lines)


def kept_totals(function: ast.FunctionDef) -> dict[str, list[int]]:
    """By kind, the line of `s = 0` and that of `out[...] = s` in a loop that adds to `s` and does not begin it anew.

    So with `s = []` and `out.append(s)`, where `s` is appended to. Not where parts of `out` are read again, and it is
    not returned: it may be a table of sums up to each place.
    Not where all turns of that loop store at one place, which then holds the last: that is the whole sum. What is
    added there, by `out[...] += s`, is that and all before it.
    """
    nodes, found = own_nodes(function), dict[str, list[int]]()
    sums = {name: node for node in nodes if (name := _grown(node)) and not _counts(node)}
    others = {root_of(node.target) for node in nodes if isinstance(node, ast.AugAssign) and not _adds(node)}
    sums = {name: node for name, node in sums.items() if name not in others | _set_otherwise(function)}
    begins: dict[str, list[ast.Assign]] = {}
    for node in (node for node in nodes if isinstance(node, ast.Assign) and not _grown(node)):
        for name in _set_by(node):
            begins.setdefault(name, []).append(node)
    loops = sorted((node for node in nodes if isinstance(node, ast.For)), key=lambda loop: loop.lineno)
    inside = {id(loop): {id(part) for part in parts_of(loop)} for loop in loops}
    returned = {name for node in nodes if isinstance(node, ast.Return) for name in map(root_of, _returned(node))}
    others |= {root_of(node) for node in nodes if isinstance(node, ast.Subscript) and _is_read(node)} - returned
    innermost = {part: parts for parts in inside.values() for part in parts}
    for stored in nodes:
        target, value = _stored_into(stored)
        if not isinstance(stored, ast.stmt) or target is None or value is None or root_of(target) in others:
            continue
        if any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub) for part in parts_of(value)):
            continue  # as where what was there before is taken off
        turning = [loop for loop in loops if id(stored) in inside[id(loop)] and _moves(loop, target)]
        around = innermost.get(id(stored), set())
        lists = {name for name, node in sums.items() if isinstance(node, ast.Expr)} - {getattr(value, "id", "")}
        for name in sorted((sums.keys() & _values_in(value)) - lists):
            begin, *more = begins.get(name, [None])
            if begin is None or more or not _is_number(begin.value) or begin.lineno >= stored.lineno:
                continue
            is_kept = any(id(begin) not in inside[id(loop)] for loop in turning)
            is_again = isinstance(stored, ast.AugAssign)
            if id(begin) not in around and id(sums[name]) in around and (is_kept or is_again):
                found.setdefault((AGAIN if is_again else KEPT) + name, [begin.lineno, stored.lineno])
    return found


def _is_read(node: ast.Subscript) -> bool:
    """Whether single places are taken out, not only what lies within a padding."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return isinstance(node.ctx, ast.Load) and not all(isinstance(part, ast.Slice) for part in parts)


def _returned(node: ast.Return) -> list[ast.expr]:
    return node.value.elts if isinstance(node.value, ast.Tuple) else [node.value] if node.value is not None else []


def _set_otherwise(function: ast.FunctionDef) -> set[str]:
    """Names that loops, conditions or other functions set, and lists from which something is taken out."""
    found = set[str]()
    for node in parts_of(function):
        if isinstance(node, ast.NamedExpr | ast.AnnAssign | ast.For | ast.comprehension):
            found |= {part.id for part in parts_of(node.target) if isinstance(part, ast.Name)}
        elif isinstance(node, ast.Global | ast.Nonlocal):
            found |= {*node.names}
        elif isinstance(node, ast.Delete):
            found |= {root_of(target) for target in node.targets}
        elif isinstance(node, ast.Attribute) and node.attr not in _ONLY_GROW:
            found.add(root_of(node.value))
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Slice):
            found.add(root_of(node))
    return found


_ONLY_GROW = ("append", "extend", "copy", "index", "count", "shape", "dtype", "size", "ndim", "T", "sum", "astype")
"""What may be asked of a total without changing it."""


def _counts(node: ast.AST) -> bool:
    """Whether it only counts, or steps: `k += 1`, `top += stride`."""
    value = getattr(node, "value", None)
    return isinstance(node, ast.AugAssign) and (isinstance(value, ast.Constant) or _is_step(value))


def _is_step(value: ast.expr | None) -> bool:
    name = getattr(value, "id", "")
    return re.fullmatch(r"(?i)s|stride|step|[hw]+|[hw]_?out|out_?[hw]", name) is not None


def _is_number(value: ast.expr) -> bool:
    """Whether a total begins with a number: a constant, or one of the bias; or a list with nothing."""
    if isinstance(value, ast.List):
        return not value.elts
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        return value.value.id in ("b", "bias") and isinstance(value.slice, ast.Name)
    return isinstance(value, ast.Constant)


def _stored_into(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    """The part of an array that is stored, or to which something is added, or a list that grows; and by what."""
    appended = _appended(node)
    if appended is not None:
        return appended
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target if _adds(node) else None
    is_part = isinstance(node, ast.Assign | ast.AugAssign) and isinstance(target, ast.Subscript)
    return (target, node.value) if isinstance(node, ast.Assign | ast.AugAssign) and is_part else (None, None)


def _appended(node: ast.AST) -> tuple[ast.Name, ast.expr] | None:
    """The list and the value of `a.append(b)`."""
    call = node.value if isinstance(node, ast.Expr) else None
    owner = call.func if isinstance(call, ast.Call) and len(call.args) == 1 else None
    if not isinstance(call, ast.Call) or not isinstance(owner, ast.Attribute) or owner.attr != "append":
        return None
    return (owner.value, call.args[0]) if isinstance(owner.value, ast.Name) else None


def _adds(node: ast.AST) -> TypeGuard[ast.AugAssign]:
    return isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)


def _moves(loop: ast.For, stored: ast.expr) -> bool:
    """Whether each turn of a loop may store at another place; what is put behind the others does."""
    if not isinstance(stored, ast.Subscript):
        return True
    changed = {part.id for part in parts_of(loop) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return any(isinstance(part, ast.Name) and part.id in changed for part in parts_of(stored.slice))


def _set_by(node: ast.Assign) -> list[str]:
    parts = (part for target in node.targets for part in parts_of(target))
    return [part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]


def _values_in(node: ast.expr) -> set[str]:
    """The names of an expression but for those that only say which part of an array is meant, or are handed on."""
    parts = list(parts_of(node))
    indices = [whole.slice for whole in parts if isinstance(whole, ast.Subscript)]
    handed = [argument for whole in parts if isinstance(whole, ast.Call) for argument in whole.args]
    others = {id(part) for one in (*indices, *handed) for part in parts_of(one)}
    return {part.id for part in parts if isinstance(part, ast.Name) and id(part) not in others}


def _grown(node: ast.AST) -> str:
    """The name of the total in `s += ...` or `s = s + ...`, and of the list in `s.append(...)`."""
    if (appended := _appended(node)) is not None:
        return appended[0].id
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name, value = node.targets[0].id, node.value
        while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            if name in (getattr(value.left, "id", ""), getattr(value.right, "id", "")):
                return name
            value = value.left
    return node.target.id if _adds(node) and isinstance(node.target, ast.Name) else ""
