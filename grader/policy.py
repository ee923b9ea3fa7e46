"""What the code that the two functions reach imports and uses, found in the source alone: nothing runs here.

A `layers.py` imports things for its other functions too; those are nobody's business. So the walk starts at the two
functions, follows every top-level name that they use, and looks at the imports met on the way.
"""

import ast
import builtins
import symtable
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.syntax import tree_of

_HARMLESS = frozenset({"__future__", "past", "future", "six"})
"""Python 2 compatibility; there is no convolution in it."""
_PYTHON_2_BUILTINS = frozenset({"xrange", "unicode", "long", "raw_input", "basestring", "reduce", "unichr", "cmp"})
"""Names that a file may use without meaning a star import."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One import that the rubric does not allow, or one use of what it forbids."""

    line: int
    module: str
    """The module, or the full name of what is used."""
    is_use: bool = False


def violations(
    code: str,
    functions: Sequence[str],
    allowed: Sequence[str],
    forbidden: Sequence[str] = (),
    *,
    as_main: bool = False,
) -> tuple[Violation, ...]:
    r"""Imports beyond `allowed` and uses of `forbidden` in the code that `functions` reach, by their lines.

    `allowed` names packages; a name such as `numpy` allows `numpy.linalg` too. Relative imports are not judged:
    a single file has nothing beside it that they could find. Nor are star imports of packages that the sandbox does
    not offer: what is used of them is a NameError when it runs.

    `forbidden` has names such as `numpy.einsum` or `eval`; however the module was imported, and whether it is called
    there or handed on, a use is a use. `as_main` says that the code runs as `__main__`, as a notebook does.

    >>> violations("import torch, numpy\ndef f(x): return torch.relu(x)", ["f"], ["numpy"])
    (Violation(line=1, module='torch', is_use=False),)
    >>> violations("import numpy as np\ndef f(x): return np.einsum('i->', x)", ["f"], ["numpy"], ["numpy.einsum"])
    (Violation(line=2, module='numpy.einsum', is_use=True),)
    """
    try:
        body = [s for s in tree_of(code).body if as_main or not is_main_guard(s)]
        return _violations(body, functions, allowed, frozenset(forbidden))
    except RecursionError:  # nested beyond what Python itself would run
        return ()


def _violations(
    body: Sequence[ast.stmt], functions: Sequence[str], allowed: Sequence[str], forbidden: frozenset[str]
) -> tuple[Violation, ...]:
    """`violations` in the top-level statements that run."""
    if not forbidden and not any(_forbidden(_imports_inside(statement), allowed) for statement in body):
        return ()
    meanings = _meanings(body) if forbidden else {}
    bindings: dict[str, list[ast.stmt]] = {}
    for statement in body:
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
            found.update(_uses(statement, forbidden, meanings))
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.update(_forbidden(_imports_inside(statement), allowed))
            used = _reads(statement) - seen
            names += used
            seen |= used
    if seen - set(functions) - set(bindings) - set(dir(builtins)) - _PYTHON_2_BUILTINS:  # then a star import is meant
        stars = [s for s in body if isinstance(s, ast.ImportFrom) and s.names[0].name == "*"]
        there = ((s.lineno, s.module) for s in stars if s.module and s.module.split(".")[0] in sys.stdlib_module_names)
        found.update(_forbidden(there, allowed))
    return tuple(sorted(found, key=lambda v: (v.line, v.module)))


def _meanings(body: Sequence[ast.stmt]) -> dict[str, str]:
    """What imported names stand for: `np` for `numpy`, `einsum` for `numpy.einsum`."""
    meanings = {}
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            meanings.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module:
            meanings.update({_local_name(alias): f"{node.module}.{alias.name}" for alias in node.names})
    return meanings


def _uses(statement: ast.stmt, forbidden: frozenset[str], meanings: Mapping[str, str]) -> Iterator[Violation]:
    for node in ast.walk(statement) if forbidden else ():
        path, root = [], node
        while isinstance(root, ast.Attribute):
            path.append(root.attr)
            root = root.value
        if isinstance(root, ast.Name) and isinstance(root.ctx, ast.Load):
            full = ".".join([meanings.get(root.id, root.id), *reversed(path)])
            if full in forbidden and isinstance(node, ast.expr):
                yield Violation(node.lineno, full, is_use=True)


def is_main_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":` and nothing else, which does not run here."""
    if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.test, ast.Compare):
        return False
    sides = [ast.unparse(side) for side in (statement.test.left, *statement.test.comparators)]
    return isinstance(statement.test.ops[0], ast.Eq) and sorted(sides) == ["'__main__'", "__name__"]


def _reads(statement: ast.stmt) -> set[str]:
    """The module's names that a top-level statement reads: neither parameters nor other locals."""
    try:
        top = symtable.symtable(ast.unparse(statement), "submission", "exec")
    except (SyntaxError, ValueError):  # it parses but cannot be compiled, so it reaches nothing
        return set()
    names, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
    return names


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
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields in which a statement, an exception handler or a case has statements."""


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
    waiting: list[ast.AST] = [statement]  # statements are in statements alone: most nodes need not be looked at
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _modules(node)
        for field in _BLOCKS:
            waiting += getattr(node, field, ())


def _forbidden(imports: Iterator[Imported], allowed: Sequence[str]) -> list[Violation]:
    return [
        Violation(line, module)
        for line, module in imports
        if not any(module == name or module.startswith(f"{name}.") for name in (*allowed, *_HARMLESS))
    ]
