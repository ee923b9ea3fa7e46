"""Which of a module's names a piece of code reads: neither parameters nor other locals. Nothing of it is run."""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPE = (*_FUNCTION, *_COMPREHENSION, ast.ClassDef)


def read_names(nodes: Iterable[ast.AST]) -> set[str]:
    r"""The names that code at the top level of a module reads, in functions inside it too.

    Annotations are not looked at: nothing is computed with them.

    >>> sorted(read_names(ast.parse("def f(x, y: torch.Tensor = start):\n    z = x\n    return z + np.pi").body))
    ['np', 'start']
    """
    found: set[str] = set()
    nothing: frozenset[str] = frozenset()
    waiting: list[tuple[ast.AST, frozenset[str], frozenset[str]]] = [(node, nothing, nothing) for node in nodes]
    while waiting:
        node, local, of_functions = waiting.pop()
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and node.id not in local:
                found.add(node.id)
        elif isinstance(node, _SCOPE):
            inner = _names_inside(node, of_functions)
            waiting += ((child, local, of_functions) for child in _around(node))
            seen_by_functions = of_functions if isinstance(node, ast.ClassDef) else inner
            waiting += ((child, inner, seen_by_functions) for child in _within(node))
        elif isinstance(node, ast.AnnAssign):
            waiting += ((child, local, of_functions) for child in (node.target, node.value) if child is not None)
        else:
            waiting += ((child, local, of_functions) for child in ast.iter_child_nodes(node))
    return found


def bound_names(statement: ast.AST) -> set[str]:
    """The names that a statement, with all that is inside it but no other scope, may give to where it stands."""
    return {name for node in _own_nodes([statement]) for name in _binds(node)}


def nodes_of_class(definition: ast.ClassDef) -> Iterator[ast.AST]:
    """The nodes in the body of a class, where names become attributes: none of its methods."""
    return _own_nodes(definition.body)


def local_name(alias: ast.alias) -> str:
    """The name that an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def _binds(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from map(local_name, node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes in one scope: of an inner one only the node itself, and what is computed around it."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _around(node) if isinstance(node, _SCOPE) else ast.iter_child_nodes(node)


def _around(node: ast.AST) -> list[ast.AST]:
    """What of a scope is computed where it stands: decorators, defaults, bases, the first iterable."""
    found: list[ast.AST] = list(getattr(node, "decorator_list", ()))
    if isinstance(node, _FUNCTION):
        found += [default for default in (*node.args.defaults, *node.args.kw_defaults) if default is not None]
    elif isinstance(node, ast.ClassDef):
        found += [*node.bases, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, _COMPREHENSION):
        found.append(node.generators[0].iter)
        found += _bound_around(node)
    return found


@lru_cache(maxsize=1024)
def _bound_around(comprehension: ast.AST) -> tuple[ast.AST, ...]:
    """The names that `:=` in a comprehension, or in one inside it, binds where the comprehension stands."""
    found: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(comprehension))
    while waiting:
        node = waiting.pop()
        if isinstance(node, _COMPREHENSION):  # looked at once, and not once more for each that is around it
            found += _bound_around(node)
        else:
            waiting += ast.iter_child_nodes(node)
            found += [node.target] if isinstance(node, ast.NamedExpr) else []
    return tuple(found)


def _within(node: ast.AST) -> list[ast.AST]:
    """What of a scope is computed inside it; nothing of what is around it, so that nothing is looked at twice."""
    if isinstance(node, ast.Lambda):
        return [node.body]
    if isinstance(node, _COMPREHENSION):
        first, *others = node.generators
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return [*results, first.target, *first.ifs, *others]
    return list(getattr(node, "body", ()))


def _names_inside(node: ast.AST, local: frozenset[str]) -> frozenset[str]:
    """The names that are local inside a scope, those of the functions around it included."""
    own = list(_own_nodes(_within(node)))
    shared = {name for each in own if isinstance(each, ast.Global) for name in each.names}
    bound = {name for each in own for name in _binds(each)}
    if isinstance(node, _FUNCTION):
        bound |= {argument.arg for argument in ast.iter_child_nodes(node.args) if isinstance(argument, ast.arg)}
    return (local - shared) | (bound - shared)
