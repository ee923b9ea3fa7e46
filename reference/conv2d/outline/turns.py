"""Places about what each turn of a loop replaces, begins anew, or does once more though nothing is different in it."""

import ast
from collections.abc import Callable, Iterator, Mapping

from reference.nodes import parts_of, root_of

from .names import Names, names_in

Lines = Iterator[int]
_STEPS = 3
"""How far names are followed."""


def forgets(names: Names) -> Lines:
    """An assignment in a loop of whose variable the value knows and the place does not."""
    yield from last_wins(names)
    for loop in names.loops:
        if not isinstance(loop.target, ast.Name):
            continue
        parts = [part for part in parts_of(loop) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)]
        turning = {part.id for part in parts_of(loop) if isinstance(part, ast.Name) and not _is_read(part)}
        for node in loop.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                target = node.targets[0]
                knows = loop.target.id in names_in(node.value) and not turning & (names_in(target) - {root_of(target)})
                reads = [part for part in parts if part.id == root_of(target)]
                if knows and reads == [part for part in parts_of(target) if part in reads]:  # nothing of it is used
                    yield node.lineno


def last_wins(names: Names) -> Lines:
    """A name that a loop sets in each turn, and which is only read after it.

    It is all that the loop sets, or it is returned, or the loop adds to it, or it is set before the loop, too. What
    `total = total + ...` reads there is what it adds to.
    """
    growing = [node for node in names.nodes(ast.Assign) if getattr(node.targets[0], "id", "") in names_in(node.value)]
    grown = {id(part): root_of(node.targets[0]) for node in growing for part in parts_of(node.value)}
    returned = {root_of(part) for part in names.returned}
    ever_read = {node.id for node in names.nodes(ast.Name) if _is_read(node)}
    for loop in names.loops:
        inside = [part for statement in loop.body for part in parts_of(statement)]
        read = {part.id for part in inside if isinstance(part, ast.Name) and _is_read(part)
                and grown.get(id(part)) != part.id}  # fmt: skip
        summed = {root_of(part.target) for part in inside if isinstance(part, ast.AugAssign)}
        summed |= {root_of(node.targets[0]) for node in growing if node in inside}
        before = {root_of(target) for target, _, line in names.pairs() if line < loop.lineno}
        for node in (one for one in loop.body if one not in growing):
            name = node.targets[0].id if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) else ""
            if name in ever_read - read and (len(loop.body) == 1 or name in returned | summed | before):
                yield node.lineno


def _stored_anew(names: Names) -> Lines:
    """A result stored by `=` in a loop of whose turn the value depends, but not the place: only the last is left.

    Not a sum that is stored while it grows, nor what is made of what was there before.
    """
    returned = {root_of(part) for part in names.returned}
    returned |= {root_of(v) for t, v, _ in names.pairs() if root_of(t) in returned and isinstance(v, ast.Subscript)}
    for loop in names.loops:
        inside = [part for statement in loop.body for part in parts_of(statement)]
        grown = {root_of(part.target) for part in inside if isinstance(part, ast.AugAssign)}
        turning, ids = names_in(loop.target), {id(part) for part in inside}
        set_there = {part.id for part in inside if isinstance(part, ast.Name) and not _is_read(part)}
        made_of: dict[str, set[str]] = {}
        for target, value, _ in names.pairs():
            if id(value) in ids:
                turning |= {root_of(target)} if isinstance(target, ast.Name) and names_in(value) & turning else set()
                made_of.setdefault(root_of(target), set()).update(names_in(value))
                grown |= {root_of(target)} if root_of(target) in names_in(value) else set()
        deeper = {id(part) for one in inside if isinstance(one, ast.For) for part in parts_of(one)}
        for node in (part for part in inside if id(part) not in deeper):
            place = node.targets[0] if isinstance(node, ast.Assign) else None
            if not isinstance(node, ast.Assign) or not isinstance(place, ast.Subscript | ast.Name):
                continue
            used, name = names_in(node.value), root_of(place)
            is_read = any(isinstance(one, ast.Name) and one.id == name for one in inside if _is_read(one))
            moves = (turning | grown | set_there) - {name}
            is_there = not names_in(place) & moves and not names_in(getattr(place, "slice", place)) & {name}
            is_there = is_there and not any(isinstance(one, ast.Call | ast.Attribute) for one in parts_of(place))
            is_there = is_there if isinstance(place, ast.Subscript) else not is_read
            is_of_before = any(name in made_of.get(one, ()) for one in used)
            is_last = used & (turning - {name}) and not used & grown and is_there and not is_of_before
            yield from (node.lineno,) if is_last and name in returned - grown else ()


def _is_read(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


def _repeated(which: int) -> Callable[[Names], Lines]:
    """What is added to a gradient in a loop whose variable is neither in that nor in where it is put."""

    def find(names: Names) -> Lines:
        wanted = root_of(names.returned[which]) if len(names.returned) == _GRADIENTS else ""
        for node in names.nodes(ast.AugAssign):
            if not wanted or root_of(node.target) != wanted:
                continue
            used = {*names_in(node.value), *names_in(node.target)}
            for _ in range(_STEPS):
                used |= {
                    name for target, value, _ in names.pairs() if root_of(target) in used for name in names_in(value)
                }
            around = [loop for loop in names.loops if any(part is node for part in parts_of(loop))]
            if any(not names_in(loop.target) & used for loop in around):
                yield node.lineno

    return find


_GRADIENTS = 3
"""That backward returns."""
KINDS: Mapping[str, Callable[[Names], Lines]] = {
    "forgets": forgets, "stored anew": _stored_anew,
    "repeated in dx": _repeated(0), "repeated in dw": _repeated(1), "repeated in db": _repeated(2),
}  # fmt: skip
