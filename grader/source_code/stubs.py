"""Functions that are as they were handed out: nothing in them computes anything."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.source_code.names import bound_names
from grader.source_code.syntax import tree_of

_PLAIN = (ast.Constant, ast.Name, ast.Tuple, ast.List, ast.expr_context)


@dataclass(frozen=True, slots=True)
class Told:
    """Which functions are stubs where they are last defined, and which are written.

    Neither has what is given a meaning otherwise than by `def`, or in code that does not parse.
    """

    stubs: frozenset[str]
    written: frozenset[str]


def told_apart(code: str, functions: Iterable[str]) -> Told:
    r"""Those of these functions, and methods as `Conv.forward`, of which code tells it.

    >>> told_apart("def f(x):\n    'F.'\n    out = None\n    return out, x\ndef g(x): return x + 1\n", "fgh")
    Told(stubs=frozenset({'f'}), written=frozenset({'g'}))
    """
    try:
        found = dict(_defined(tree_of(code).body, ""))
        known = {name: body for name in functions if (body := found.get(name))}
        stubs = frozenset(name for name, body in known.items() if all(map(_does_nothing, body)))
    except (SyntaxError, ValueError, RecursionError):
        return Told(frozenset(), frozenset())
    return Told(stubs, frozenset(known) - stubs)


def _defined(body: Iterable[ast.stmt], owner: str) -> Iterator[tuple[str, list[ast.stmt] | None]]:
    """The functions, and what is in them; None for what is given another meaning behind that."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield owner + statement.name, statement.body
        elif isinstance(statement, ast.ClassDef):
            yield from _defined(statement.body, f"{owner}{statement.name}.")
        else:
            yield from ((owner + name, None) for name in bound_names(statement))


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return statement.exc is not None and "NotImplementedError" in ast.dump(statement.exc)
    if isinstance(statement, ast.Return | ast.Assign | ast.Expr):
        return statement.value is None or all(isinstance(part, _PLAIN) for part in ast.walk(statement.value))
    return isinstance(statement, ast.Pass)
