"""What the code that the two functions reach imports, found in the source alone: nothing runs here.

A `layers.py` imports things for its other functions too; those are nobody's business. So the walk starts at the two
functions, follows every top-level name that they use, and looks at the imports met on the way.
"""

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HARMLESS = frozenset({"__future__", "past", "future", "six"})
"""Python 2 compatibility; there is no convolution in it."""
_PYTHON_2_BUILTINS = frozenset({"xrange", "unicode", "long", "raw_input", "basestring", "reduce", "unichr", "cmp"})
"""Names that a file may use without meaning a star import."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One import that the rubric does not allow."""

    line: int
    module: str


def violations(code: str, functions: Sequence[str], allowed: Sequence[str]) -> tuple[Violation, ...]:
    r"""Imports beyond `allowed` in the code that `functions` reach, in the order of their lines.

    `allowed` names packages; a name such as `numpy` allows `numpy.linalg` too. Relative imports are not judged:
    a single file has nothing beside it that they could find.

    >>> violations("import torch, numpy\ndef f(x): return torch.relu(x)", ["f"], ["numpy"])
    (Violation(line=1, module='torch'),)
    """
    top_level = ast.parse(code).body
    bindings: dict[str, list[ast.stmt]] = {}
    for statement in top_level:
        for name in _bound(statement):
            bindings.setdefault(name, []).append(statement)
    found: set[Violation] = set()
    names, seen, statements = list(functions), set(functions), set[ast.stmt]()
    while names:
        name = names.pop()
        for statement in bindings.get(name, ()):
            found.update(_forbidden(_imports_of_name(statement, name), allowed))
            if statement in statements or isinstance(statement, ast.Import | ast.ImportFrom):
                continue
            statements.add(statement)
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.update(_forbidden(_imports_inside(statement), allowed))
            used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} - seen
            names += used
            seen |= used
    if _unresolved(statements, bindings):
        stars = [s for s in top_level if isinstance(s, ast.ImportFrom) and s.names[0].name == "*"]
        found.update(_forbidden(((s.lineno, s.module) for s in stars if s.level == 0 and s.module), allowed))
    return tuple(sorted(found, key=lambda v: (v.line, v.module)))


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a top-level statement, taken with everything inside it, may give the module."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    names = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(_local_name(alias) for alias in node.names)
    return names


def _local_name(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


Imported = tuple[int, str]


def _modules(node: ast.Import | ast.ImportFrom, name: str | None = None) -> Iterator[Imported]:
    """Line and module of an import, only of the alias that binds `name` if one is given."""
    for alias in node.names:
        if name in (None, _local_name(alias)):
            if isinstance(node, ast.Import):
                yield node.lineno, alias.name
            elif node.level == 0 and node.module:
                yield node.lineno, node.module


def _imports_of_name(statement: ast.stmt, name: str) -> Iterator[Imported]:
    """Imports in a top-level statement that bind `name`; those inside functions bind nothing at the top."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _modules(node, name)


def _imports_inside(statement: ast.stmt) -> Iterator[Imported]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _modules(node)


def _forbidden(imports: Iterator[Imported], allowed: Sequence[str]) -> Iterator[Violation]:
    for line, module in imports:
        if not any(module == name or module.startswith(f"{name}.") for name in (*allowed, *_HARMLESS)):
            yield Violation(line, module)


def _unresolved(statements: set[ast.stmt], bindings: dict[str, list[ast.stmt]]) -> set[str]:
    """Names that the statements use and that nothing in the file defines: a star import must be meant."""
    used, defined = set[str](), set(bindings) | set(dir(builtins)) | _PYTHON_2_BUILTINS
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else defined).add(node.id)
            elif isinstance(node, ast.arg):
                defined.add(node.arg)
            elif isinstance(node, ast.ExceptHandler | ast.FunctionDef | ast.ClassDef):
                defined.add(node.name or "")
            elif isinstance(node, ast.Import | ast.ImportFrom):
                defined.update(_local_name(alias) for alias in node.names)
    return used - defined
