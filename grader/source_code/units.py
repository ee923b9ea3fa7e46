"""A module's top level, taken apart into statements that stand in no block."""

import ast
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
    certain = [i for i, unit in enumerate(bound) if unit.is_certain]
    return bound[certain[-1] :] if certain else bound
