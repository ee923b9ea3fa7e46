"""What the code that the two functions reach imports and uses, found in the source alone: nothing runs here.

A `layers.py` imports things for its other functions too; those are nobody's business. So the walk starts at the two
functions, follows every top-level name that they use, and looks at the imports met on the way. An import that is
overridden by a definition, or of which nothing is read, is not used.
"""

import ast
import builtins
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache

from grader.records import Violation
from grader.source_code.changes import ANYTHING, attributes_read, changed_by, globals_in, handed_to
from grader.source_code.hidden import hidden_ways, modules_of
from grader.source_code.meanings import Meanings, door_in, dynamic_imports, is_part_of, may_import
from grader.source_code.names import bound_names, local_name, read_names
from grader.source_code.syntax import tree_of
from grader.source_code.units import DEFINITION, Unit, compiles, last, units

_HARMLESS = frozenset({"__future__", "past", "future", "six"})
"""Python 2 compatibility; there is no convolution in it."""
_NAME = "__name__"
_GLOBAL = re.compile(r"(?:^|[:;])[^\S\n]*global\b", re.MULTILINE)
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
    module = _module(code, as_main=as_main, forbidden=frozenset(forbidden))
    imports = (one for statement in module.body for one in _imports_inside(statement))
    if not module.looks_closer and not _forbidden(imports, allowed):
        return ()
    search = _Search(module, allowed)
    search.follow(functions)
    search.look_at_stars(functions)
    return tuple(sorted(search.found, key=lambda v: (v.line, v.module not in module.forbidden, v.module)))


class _Module:
    """The text of a submission, with what its names are bound to, may mean, and are changed by."""

    def __init__(self, code: str, forbidden: frozenset[str], *, as_main: bool) -> None:
        body = tree_of(code).body
        is_left_out = not as_main and not any(map(_may_set_its_name, body))
        self.body = [s for s in body if not (is_left_out and is_main_guard(s))]
        self.forbidden = forbidden
        self.modules = modules_of(forbidden)
        self.looks_closer = bool(forbidden) or may_import(code)
        self.has_globals = bool(_GLOBAL.search(code))

    @cached_property
    def units(self) -> Sequence[Unit]:
        """What its top level consists of."""
        return tuple(units(self.body))

    @cached_property
    def bindings(self) -> Mapping[str, Sequence[Unit]]:
        """By name, the units that bind it."""
        return _by_name((name, unit) for unit in self.units for name in bound_names(unit.statement))

    @cached_property
    def meanings(self) -> Meanings:
        """What its names may stand for."""
        return Meanings(self.body, self.bindings)

    @cached_property
    def changes(self) -> Mapping[str, Sequence[Unit]]:
        """By name, and attribute of modules as `.rows`, the units that change it without binding it."""
        return _by_name((name, unit) for unit in self.units for name in self._changed_by(unit.statement))

    def _changed_by(self, statement: ast.AST) -> Set[str]:
        if self.looks_closer:
            handed = handed_to(statement, self.meanings, self.forbidden, self.modules)
            return changed_by(statement, self.meanings) | handed
        return globals_in(statement) if self.has_globals else frozenset()


@lru_cache(maxsize=1)
def _module(code: str, *, as_main: bool, forbidden: frozenset[str]) -> _Module:
    """One is asked about for each of its functions."""
    return _Module(code, forbidden, as_main=as_main)


def _by_name(pairs: Iterable[tuple[str, Unit]]) -> dict[str, list[Unit]]:
    found: dict[str, list[Unit]] = {}
    for name, unit in pairs:
        found.setdefault(name, []).append(unit)
    return found


class _Search:
    """All that some functions reach, from name to name, and what of it breaks the policy."""

    def __init__(self, module: _Module, allowed: Sequence[str]) -> None:
        self.module = module
        self.allowed = allowed
        self.found: set[Violation] = set()
        self.seen: set[tuple[str, bool]] = set()
        """Names that were reached, each with whether it is read when the top level has run."""
        self.done: set[tuple[int, bool]] = set()
        self.looked_at: set[int] = set()

    def follow(self, functions: Sequence[str]) -> None:
        """From these functions, which are called when the top level has run."""
        waiting = [(name, True) for name in (*functions, ANYTHING)]
        self.seen.update(waiting)
        while waiting:
            name, at_the_end = waiting.pop()
            bound = self.module.bindings.get(name, ())
            for unit in (*(last(bound) if at_the_end else bound), *self.module.changes.get(name, ())):
                self.found.update(_forbidden(_imports_of_name(unit.statement, name), self.allowed))
                used = set(self._reached_by(unit, later=at_the_end and isinstance(unit.statement, DEFINITION)))
                waiting += used - self.seen
                self.seen |= used

    def _reached_by(self, unit: Unit, *, later: bool) -> Iterator[tuple[str, bool]]:
        """The names that a statement reads, once it has been looked at."""
        statement = unit.statement
        if (id(unit), later) in self.done or isinstance(statement, ast.Import | ast.ImportFrom):
            return
        self.done.add((id(unit), later))
        if isinstance(statement, DEFINITION) and not compiles(statement):
            return
        for part in (statement, *unit.heads) if self.module.looks_closer else ():
            if id(part) not in self.looked_at:
                self.looked_at.add(id(part))
                self.found.update(self._uses(part))
                self.found.update(_forbidden(dynamic_imports(part, self.module.meanings), self.allowed))
        if isinstance(statement, DEFINITION):
            self.found.update(_forbidden(_imports_used_inside(statement), self.allowed))
        yield from ((name, later) for name in self._read(statement, unit.heads))

    def _read(self, statement: ast.AST, heads: tuple[ast.AST, ...]) -> set[str]:
        """The names that a statement reads; of those that something changes its own, too, and attributes."""
        names, changes = read_names([statement, *heads]), self.module.changes
        if not changes:
            return names
        own = bound_names(statement)
        return names | (changes.keys() & (own | attributes_read(statement)))

    def _uses(self, statement: ast.AST) -> Iterator[Violation]:
        """What is used of what the rubric forbids, and where nobody can see whether it is."""
        meanings, forbidden = self.module.meanings, self.module.forbidden
        if forbidden:
            uses = ((node.lineno, path) for node, path in meanings.paths_in(statement) if path in forbidden)
            for line, what in (*uses, *hidden_ways(statement, meanings, self.module.modules)):
                yield Violation(line, what, is_use=True)

    def look_at_stars(self, functions: Sequence[str]) -> None:
        """Where a name is nowhere bound, a star import is meant."""
        unknown = {name for name, _ in self.seen if name.isidentifier()}
        if unknown - {*functions} - {*self.module.bindings} - {*dir(builtins)} - _PYTHON_2_BUILTINS:
            stars = [s for s in self.module.body if isinstance(s, ast.ImportFrom) and s.names[0].name == "*"]
            there = ((s.lineno, s.module) for s in stars if s.module and s.module.split(".")[0] in _STANDARD)
            self.found.update(_forbidden(there, self.allowed))


def is_main_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":` and nothing else, which does not run here."""
    match statement:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[]):
            names = [side.id for side in (left, right) if isinstance(side, ast.Name)]
            values = [side.value for side in (left, right) if isinstance(side, ast.Constant)]
            return names == ["__name__"] and values == ["__main__"]
    return False


def _may_set_its_name(statement: ast.stmt) -> bool:
    """Whether something may set `__name__`, so that a guard's block runs."""
    return not is_main_guard(statement) and any(
        (isinstance(node, ast.Name) and node.id == _NAME and not isinstance(node.ctx, ast.Load))
        or _NAME in (getattr(node, "name", None), getattr(node, "asname", None), getattr(node, "value", None))
        for node in ast.walk(statement)
    )


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


def _forbidden(imports: Iterable[Imported], allowed: Sequence[str]) -> list[Violation]:
    return [
        Violation(line, module)
        for line, module in imports
        if not any(is_part_of(module, name) for name in (*allowed, *_HARMLESS))
    ]
