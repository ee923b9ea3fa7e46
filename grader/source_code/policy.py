"""What the code that the two functions reach imports and uses, found in the source alone: nothing runs here.

A `layers.py` imports things for its other functions too; those are nobody's business. So the walk starts at the two
functions, follows every top-level name that they use, and looks at the imports met on the way. An import that is
overridden by a definition, or of which nothing is read, is not used.
"""

import ast
import builtins
import sys
import warnings
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from grader.records import Violation
from grader.source_code.meanings import Meanings, door_in, dynamic_imports, is_part_of, may_import
from grader.source_code.names import bound_names, local_name, read_names
from grader.source_code.syntax import tree_of

_HARMLESS = frozenset({"__future__", "past", "future", "six"})
"""Python 2 compatibility; there is no convolution in it."""
_STANDARD = sys.stdlib_module_names
_PYTHON_2_BUILTINS = frozenset({"xrange", "unicode", "long", "raw_input", "basestring", "reduce", "unichr", "cmp"})
"""Names that a file may use without meaning a star import."""


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

    `__import__` and `importlib.import_module` count as imports (of whatever it may be, where the name is computed), and
    so does a way through NumPy to a module of the standard library, such as `numpy.ctypeslib`.

    >>> violations("import torch, numpy\ndef f(x): return torch.relu(x)", ["f"], ["numpy"])
    (Violation(line=1, module='torch', is_use=False),)
    >>> violations("import numpy as np\ndef f(x): return np.einsum('i->', x)", ["f"], ["numpy"], ["numpy.einsum"])
    (Violation(line=2, module='numpy.einsum', is_use=True),)
    """
    body = [s for s in tree_of(code).body if as_main or not is_main_guard(s)]
    looks_closer = bool(forbidden) or may_import(code)
    if not looks_closer and not any(_forbidden(_imports_inside(statement), allowed) for statement in body):
        return ()
    search = _Search(body, allowed, frozenset(forbidden), looks_closer=looks_closer)
    search.follow(functions)
    search.look_at_stars(functions)
    return tuple(sorted(search.found, key=lambda v: (v.line, v.module)))


class _Search:
    """All that some functions reach, from name to name, and what of it breaks the policy."""

    def __init__(
        self, body: Sequence[ast.stmt], allowed: Sequence[str], forbidden: frozenset[str], *, looks_closer: bool
    ) -> None:
        self.body = body
        self.allowed = allowed
        self.forbidden = forbidden
        self.bindings: dict[str, list[_Unit]] = {}
        for unit in _units(body):
            for name in bound_names(unit.statement):
                self.bindings.setdefault(name, []).append(unit)
        self.meanings = Meanings(body, self.bindings) if looks_closer else None
        self.found: set[Violation] = set()
        self.seen: set[tuple[str, bool]] = set()
        """Names that were reached, each with whether it is read when the top level has run."""
        self.done: set[tuple[int, bool]] = set()

    def follow(self, functions: Sequence[str]) -> None:
        """From these functions, which are called when the top level has run."""
        waiting = [(name, True) for name in functions]
        self.seen.update(waiting)
        while waiting:
            name, at_the_end = waiting.pop()
            bound = self.bindings.get(name, ())
            for unit in _last(bound) if at_the_end else bound:
                self.found.update(_forbidden(_imports_of_name(unit.statement, name), self.allowed))
                used = set(self._reached_by(unit, later=at_the_end and isinstance(unit.statement, _DEFINITION)))
                waiting += used - self.seen
                self.seen |= used

    def _reached_by(self, unit: "_Unit", *, later: bool) -> Iterator[tuple[str, bool]]:
        """The names that a statement reads, once it has been looked at."""
        statement = unit.statement
        if (id(unit), later) in self.done or isinstance(statement, ast.Import | ast.ImportFrom):
            return
        self.done.add((id(unit), later))
        if isinstance(statement, _DEFINITION) and not _compiles(statement):
            return
        if self.meanings is not None:
            self.found.update(_uses(statement, self.forbidden, self.meanings))
            self.found.update(_forbidden(dynamic_imports(statement, self.meanings), self.allowed))
        if isinstance(statement, _DEFINITION):
            self.found.update(_forbidden(_imports_used_inside(statement), self.allowed))
        yield from ((name, later) for name in read_names([statement, *unit.heads]))

    def look_at_stars(self, functions: Sequence[str]) -> None:
        """Where a name is nowhere bound, a star import is meant."""
        unknown = {name for name, _ in self.seen} - {*functions} - {*self.bindings} - {*dir(builtins)}
        if unknown - _PYTHON_2_BUILTINS:
            stars = [s for s in self.body if isinstance(s, ast.ImportFrom) and s.names[0].name == "*"]
            there = ((s.lineno, s.module) for s in stars if s.module and s.module.split(".")[0] in _STANDARD)
            self.found.update(_forbidden(there, self.allowed))


_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A statement of the top level, or the head of one, without the blocks that it stands in."""

    statement: ast.AST
    heads: tuple[ast.AST, ...]
    """Those of the blocks: what they ask, go through, open."""
    is_certain: bool
    """Whether it stands in none, and so runs."""


def _units(body: Sequence[ast.stmt], heads: tuple[ast.AST, ...] = (), *, is_certain: bool = True) -> Iterator[_Unit]:
    for statement in body:
        blocks = list(_blocks(statement))
        if not blocks:
            yield _Unit(statement, heads, is_certain)
            continue
        parts = (ast.stmt, ast.ExceptHandler, ast.match_case)
        own = tuple(node for node in ast.iter_child_nodes(statement) if not isinstance(node, parts))
        for block, more in blocks:
            yield from (_Unit(head, (*heads, *own), is_certain=False) for head in (*own, *more))
            yield from _units(block, (*heads, *own, *more), is_certain=False)


def _blocks(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], tuple[ast.AST, ...]]]:
    """The blocks of statements in one that is no definition, each with the head that only it has."""
    if isinstance(statement, _DEFINITION):
        return
    for field in ("body", "orelse", "finalbody"):
        if block := getattr(statement, field, None):
            yield block, ()
    for handler in getattr(statement, "handlers", ()):
        yield handler.body, (handler.type,) if handler.type else ()
    for case in getattr(statement, "cases", ()):
        yield case.body, tuple(node for node in (case.pattern, case.guard) if node)


def _compiles(definition: ast.stmt) -> bool:
    """Whether a definition that parses can run at all: only then it uses anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(ast.Module([definition], []), "submission", "exec")
    except SyntaxError:
        return False
    except (ValueError, RecursionError, MemoryError):  # nobody can say, so it is looked at
        return True
    return True


def _last(units: Sequence[_Unit]) -> Sequence[_Unit]:
    """Those that still matter when the whole module has run: the last that certainly ran, and what may come later."""
    certain = [i for i, unit in enumerate(units) if unit.is_certain]
    return units[certain[-1] :] if certain else units


def _uses(statement: ast.AST, forbidden: frozenset[str], meanings: Meanings) -> Iterator[Violation]:
    for node, path in meanings.paths_in(statement) if forbidden else ():
        if path in forbidden:
            yield Violation(node.lineno, path, is_use=True)


def is_main_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":` and nothing else, which does not run here."""
    match statement:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[]):
            names = [side.id for side in (left, right) if isinstance(side, ast.Name)]
            values = [side.value for side in (left, right) if isinstance(side, ast.Constant)]
            return names == ["__name__"] and values == ["__main__"]
    return False


Imported = tuple[int, str]
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields in which a statement, an exception handler or a case has statements."""


def _modules(node: ast.Import | ast.ImportFrom, names: Set[str] | None = None) -> Iterator[Imported]:
    """Line and module of an import, only of the aliases that bind one of `names` if some are given."""
    for alias in node.names:
        if names is None or local_name(alias) in names:
            if isinstance(node, ast.Import):
                yield node.lineno, alias.name
            elif node.level == 0 and node.module:
                yield node.lineno, node.module
                if door_in(path := f"{node.module}.{alias.name}"):
                    yield node.lineno, path


def _imports_of_name(statement: ast.AST, name: str) -> Iterator[Imported]:
    """What an import that binds `name` takes it from."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield from _modules(statement, {name})


def _imports_used_inside(definition: ast.AST) -> Iterator[Imported]:
    """Imports in a definition of which something is read there, which bind a name of the module, or cannot succeed."""
    used = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    used |= {name for node in ast.walk(definition) if isinstance(node, ast.Global) for name in node.names}
    for node in ast.walk(definition):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _modules(node, used)
            yield from (one for one in _modules(node) if one[1].split(".")[0] not in _STANDARD)


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
        if not any(is_part_of(module, name) for name in (*allowed, *_HARMLESS))
    ]
