"""What statements change without giving a name to it: attributes of modules and classes, what is in lists and dicts.

Such a change reaches whoever reads what is changed. A change of a module is known by the attribute alone (`.rows`, and
`rows`, if it is the submission's own module), since there are many names for one module; one of anything else by the
name that it begins with.
"""

import ast
from collections.abc import Iterator, Set

from grader.source_code.dotted import constant_step, is_harmless, namespace_key
from grader.source_code.meanings import Meanings
from grader.source_code.names import read_names
from grader.source_code.units import DEFINITION

ANYTHING = "?"
"""What is changed where the text does not say which of a module's names it is."""
_CHANGING = frozenset(
    {"add", "append", "appendleft", "extend", "insert", "setdefault", "update", "__setattr__", "__setitem__"}
)
"""Methods that put something into what they belong to."""
_LOOKS_INTO = ("getattr", "vars")
_IN_IT = ""
"""What is inside, also where it gets another name, by which it may be changed."""
Changed = tuple[ast.AST, str | None]
"""What is changed, and which attribute of it; None where the name is computed."""


def changed_by(statement: ast.AST, meanings: Meanings) -> set[str]:
    r"""The names, and attributes of modules, that a statement, or a definition once it is called, changes.

    >>> body = ast.parse("import numpy as np\nnp.rows = 1\nd['f'] = 2").body
    >>> [sorted(changed_by(statement, Meanings(body, ()))) for statement in body]
    [[], ['.rows', 'rows'], ['d']]
    """
    found = globals_in(statement)
    rooted: list[tuple[str, str | None]] = []
    for node in ast.walk(statement):
        if _runs_text(node, meanings) and not isinstance(statement, DEFINITION):
            found.add(ANYTHING)
        for thing, attribute in _changes(node):
            root = _root(thing)
            if _is_namespace(root) and (attribute or not isinstance(statement, DEFINITION)):
                found.add(attribute or ANYTHING)
            elif isinstance(root, ast.Name):
                rooted.append((root.id, attribute))
    free = read_names([statement]) if rooted else set()
    for name, attribute in rooted:
        if name in free and not meanings.is_imported(name):
            found.add(name)
        if name in free and attribute != _IN_IT and meanings.is_of_a_module(name):
            found.update({attribute, f".{attribute}"} if attribute else {name})
    return found


def globals_in(statement: ast.AST) -> set[str]:
    """The names that functions and classes in a statement bind at the top level."""
    return {name for node in ast.walk(statement) if isinstance(node, ast.Global) for name in node.names}


def handed_to(statement: ast.AST, meanings: Meanings, forbidden: Set[str], modules: Set[str]) -> set[str]:
    """The names to which calls at the top level hand something forbidden, and those of modules that they are handed.

    So `f` and `d` of `f(d, np.einsum)`, and `np` of `f(np)`.
    """
    calls = [] if isinstance(statement, DEFINITION) or not forbidden else list(ast.walk(statement))
    found: set[str] = set()
    for call in calls:
        if isinstance(call, ast.Call) and not is_harmless(call) and not _is_plain(call):
            values = list(_elements([*call.args, *(keyword.value for keyword in call.keywords)]))
            names = {value.id for value in values if isinstance(value, ast.Name)}
            handed = [value for value in values if not isinstance(value, ast.Call)]
            if any(path in forbidden for value in handed for _, path in meanings.paths_in(value)):
                roots = (_root(value) for value in (call.func, *values))
                own = {root.id for root in roots if isinstance(root, ast.Name)}
                found |= names | {name for name in own if not meanings.is_imported(name)}
            found.update(name for name in names if meanings.may_be(name) & modules)
    return found


def _elements(values: list[ast.expr]) -> Iterator[ast.expr]:
    """Values, and those that lists and the like of them are made of."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        match value:
            case ast.List(elts=inside) | ast.Tuple(elts=inside) | ast.Set(elts=inside) | ast.Dict(values=inside):
                waiting += inside
            case ast.Starred(value=inside):
                waiting.append(inside)
            case _:
                yield value


def attributes_read(statement: ast.AST) -> set[str]:
    """The attributes that a statement reads, each as `.rows`."""
    steps = (constant_step(node) for node in ast.walk(statement))
    return {f".{step[1]}" for step in steps if step is not None}


def _runs_text(node: ast.AST, meanings: Meanings) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="exec" | "eval" as name)):
            return not meanings.is_bound(name)
    return False


def _changes(node: ast.AST) -> Iterator[Changed]:
    match node:
        case ast.Attribute(value=value, attr=attr, ctx=ast.Store() | ast.Del()):
            yield value, attr
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            step = constant_step(node)
            yield step or (value, namespace_key(node) or (None if _is_all_of_it(value) else _IN_IT))
        case (
            ast.Assign(value=ast.Name() | ast.Attribute() as value)
            | ast.AnnAssign(value=ast.Name() | ast.Attribute() as value)
        ):
            yield value, _IN_IT
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[value, ast.Constant(value=str(attr)), *_]):
            yield value, attr
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[value, *_]):
            yield value, None
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _CHANGING:
            yield value, None if attr == "__setattr__" or _is_all_of_it(value) else _IN_IT


def _root(node: ast.AST) -> ast.AST:
    """What a path through attributes and items begins with."""
    while True:
        match node:
            case ast.Attribute(value=value) | ast.Subscript(value=value):
                node = value
            case ast.Call(func=ast.Name(id=name), args=[value, *_]) if name in _LOOKS_INTO:
                node = value
            case _:
                return node


def _is_plain(call: ast.Call) -> bool:
    """Whether the text says elsewhere what comes of a call."""
    return isinstance(call.func, ast.Name) and call.func.id in (*_LOOKS_INTO, "setattr", "delattr")


def _is_all_of_it(node: ast.AST) -> bool:
    """`np.__dict__` or `vars(np)`."""
    match node:
        case ast.Attribute(attr="__dict__") | ast.Call(func=ast.Name(id="vars")):
            return True
    return False


def _is_namespace(node: ast.AST) -> bool:
    """`globals()`, and what else has names by which they are found without a path."""
    match node:
        case ast.Name(id="__builtins__") | ast.Call(func=ast.Name(id="globals" | "locals" | "vars")):
            return True
    return False
