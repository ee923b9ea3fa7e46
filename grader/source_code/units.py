"""A module's top level, taken apart into statements that stand in no block."""

import __future__

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Unit:
    """A statement of the top level, or the head of one, without the blocks that it stands in."""

    statement: ast.AST
    heads: tuple[ast.AST, ...]
    """Those of the blocks: what they ask, go through, open."""
    is_certain: bool
    """Whether it stands in none, and so runs."""


def units(body: Sequence[ast.stmt], heads: tuple[ast.AST, ...] = (), *, is_certain: bool = True) -> Iterator[Unit]:
    """Those of a module, or of a block under these heads."""
    for statement in body:
        blocks = list(_blocks(statement))
        if not blocks:
            yield Unit(statement, heads, is_certain)
            continue
        parts = (ast.stmt, ast.ExceptHandler, ast.match_case)
        own = tuple(node for node in ast.iter_child_nodes(statement) if not isinstance(node, parts))
        for block, more in blocks:
            yield from (Unit(head, (*heads, *own), is_certain=False) for head in (*own, *more))
            yield from units(block, (*heads, *own, *more), is_certain=False)


def _blocks(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], tuple[ast.AST, ...]]]:
    """The blocks of statements in one that is no definition, each with the head that only it has."""
    if isinstance(statement, DEFINITION):
        return
    for field in ("body", "orelse", "finalbody"):
        if block := getattr(statement, field, None):
            yield block, ()
    for handler in getattr(statement, "handlers", ()):
        yield handler.body, (handler.type,) if handler.type else ()
    for case in getattr(statement, "cases", ()):
        yield case.body, tuple(node for node in (case.pattern, case.guard) if node)


def last(bound: Sequence[Unit]) -> Sequence[Unit]:
    """Those that still matter when the whole module has run: the last that certainly ran, and what may come later."""
    surely = (i for i in range(len(bound) - 1, -1, -1) if bound[i].is_certain and _binds(bound[i].statement))
    return bound[next(surely, 0) :]


def _binds(statement: ast.AST) -> bool:
    """Whether a statement gives its names a meaning, or else fails: not `f: int`, nor an import of nothing."""
    if isinstance(statement, DEFINITION):
        return compiles(statement)
    is_declared = isinstance(statement, ast.AnnAssign) and statement.value is None
    return isinstance(statement, (ast.Assign, ast.AnnAssign)) and not is_declared


def compiles(definition: ast.stmt) -> bool:
    """Whether a definition that parses can run at all: only then it uses anything."""
    return any(_compiles(definition, flags) for flags in (0, __future__.annotations.compiler_flag))


def _compiles(definition: ast.stmt, flags: int) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(ast.Module([definition], []), "submission", "exec", flags, dont_inherit=True)
    except SyntaxError:
        return False
    except (ValueError, RecursionError, MemoryError):  # nobody can say, so it is looked at
        return True
    return True
