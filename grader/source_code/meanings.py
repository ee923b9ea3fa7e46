"""What names and dotted paths in a submission's text stand for, as far as the text says it; nothing of it runs.

Attributes are told apart by their names alone: after `np.rows = np.mean` and `class A: rows = np.mean`, `.rows` of
anything may be `numpy.mean`.
"""

import ast
import sys
import unicodedata
from collections.abc import Container, Iterator, Sequence, Set

from grader.source_code.dotted import constant_step, namespace_key, path_of, taken_apart, whole
from grader.source_code.names import local_name, nodes_of_class, read_names

_IMPORTERS = frozenset({"__import__", "importlib.import_module", "importlib.__import__"})
_DOORS = {
    "ctypeslib": "ctypes", "ctypes": "ctypes", "importlib": "importlib", "os": "os", "subprocess": "subprocess",
    "sys": "sys",
}  # fmt: skip
"""What parts of NumPy are, or lead to: modules of the standard library, by their names inside NumPy and each other."""
_MOST_PARTS, _MOST_MEANINGS = 12, 16
"""The limits for a path and for one name. Honest code never needs as many, and a search must end."""


def may_import(code: str) -> bool:
    """Whether a text could import anything but by a statement; most do not, and need not be looked at closely."""
    plain = code if code.isascii() else unicodedata.normalize("NFKC", code)  # as Python reads names
    return any(word in plain for word in ("__import__", "importlib", "ctypes")) or any(
        f".{door}" in plain or f"._{door}" in plain for door in _DOORS
    )


def door_in(path: str) -> str | None:
    """The module of the standard library that a path through NumPy, or through another such module, leads to.

    >>> door_in("numpy.ctypeslib.as_ctypes"), door_in("random._os.getpid"), door_in("numpy.random.rand")
    ('ctypes', 'os', None)
    """
    first, *parts = path.split(".")
    if first != "numpy" and first not in sys.stdlib_module_names:
        return None
    return next((_DOORS[part.lstrip("_")] for part in parts if part.lstrip("_") in _DOORS), None)


def is_part_of(module: str, allowed: str) -> bool:
    """Whether `allowed` allows a module: it, or what it is a part of, but for ways out of NumPy.

    >>> is_part_of("numpy.linalg", "numpy"), is_part_of("numpy.ctypeslib", "numpy"), is_part_of("numpyro", "numpy")
    (True, False, False)
    """
    door = door_in(module)
    if door is not None and door_in(allowed) is None:
        return door == allowed
    return module == allowed or module.startswith(f"{allowed}.")


_Others = dict[str, dict[tuple[str, str], None]]
"""By name, in order, what else is given to what it stands for, each with the path from there."""


class Meanings:
    """What the names of a module may stand for: imports, star imports, and other names and attributes given to those.

    Args:
        body: of the module.
        bound: the names that its top level binds.
    """

    def __init__(self, body: Sequence[ast.stmt], bound: Container[str]) -> None:
        self._bound = bound
        self._of: dict[str, set[str]] = {}
        self._stars: list[str] = []
        self._last: tuple[ast.AST | None, Sequence[tuple[ast.expr, str]]] = None, ()
        others: _Others = {}
        for node in (node for statement in body for node in ast.walk(statement)):
            self._look_at(node, others)
            if isinstance(node, ast.ClassDef):
                for inside in nodes_of_class(node):
                    self._look_at(inside, others, ".")
        self._imported = frozenset(self._of)
        self._hand_on(others)

    def _look_at(self, node: ast.AST, others: _Others, before: str = "") -> None:
        """What a node gives to names; `before` is a dot for those of a class, which are attributes."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._take(node, before)
        for target, value in given(node):
            root, parts = taken_apart(value)
            name = target if target.startswith(".") else before + target
            if isinstance(root, ast.Name):
                others.setdefault(root.id, {})[name, path_of(parts)] = None
            for i, part in enumerate(parts[:_MOST_PARTS], 1):
                others.setdefault(f".{part}", {})[name, path_of(parts[i:])] = None

    def _take(self, node: ast.Import | ast.ImportFrom, before: str) -> None:
        for alias in node.names:
            name = before + local_name(alias)
            if isinstance(node, ast.Import):
                self._of.setdefault(name, set()).add(alias.name if alias.asname else local_name(alias))
            elif node.module and alias.name == "*":
                self._stars.append(node.module)
            elif node.module:
                self._of.setdefault(name, set()).add(whole(f"{node.module}.{alias.name}"))

    def _hand_on(self, others: _Others) -> None:
        """Names that are given to what other names stand for stand for the same."""
        waiting = [(name, path) for name, paths in self._of.items() for path in paths]
        while waiting:
            name, path = waiting.pop()
            for target, parts in others.get(name, ()):
                paths, new = self._of.setdefault(target, set()), whole(path + parts)
                if new not in paths and len(paths) < _MOST_MEANINGS and new.count(".") < _MOST_PARTS:
                    paths.add(new)
                    waiting.append((target, new))

    def is_imported(self, name: str) -> bool:
        """Whether an import binds a name somewhere."""
        return name in self._imported

    def is_of_a_module(self, name: str) -> bool:
        """Whether a name may stand for what an import binds."""
        return name in self._of

    def may_be(self, name: str) -> Set[str]:
        """What a name may stand for, as far as that is imported."""
        return self._of.get(name, frozenset())

    def is_bound(self, name: str) -> bool:
        """Whether the top level of the module gives a name to something."""
        return name in self._bound

    def paths_in(self, statement: ast.AST) -> Sequence[tuple[ast.expr, str]]:
        """Every expression that is a name or a dotted path, with each thing that it may be."""
        if self._last[0] is not statement:  # one statement is asked about several times in a row
            self._last = statement, tuple(self._paths_in(statement))
        return self._last[1]

    def _paths_in(self, statement: ast.AST) -> Iterator[tuple[ast.expr, str]]:
        of_the_module = read_names([statement]) if self._stars else set()
        for node in ast.walk(statement):
            if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                continue
            root, parts = taken_apart(node)
            if isinstance(root, ast.Name) and isinstance(root.ctx, ast.Load):
                names = self._of.get(root.id) or {root.id}
                if root.id not in self._bound:
                    names = names | self._of.get(f".{root.id}", set())
                    if root.id in of_the_module:
                        names = names | {f"{star}.{root.id}" for star in self._stars}
                yield from ((node, whole(name + path_of(parts))) for name in names)
            for i, part in enumerate(parts[-_MOST_PARTS:], 1 + max(0, len(parts) - _MOST_PARTS)):
                yield from ((node, whole(name + path_of(parts[i:]))) for name in self._of.get(f".{part}", ()))


def dynamic_imports(statement: ast.AST, meanings: Meanings) -> Iterator[tuple[int, str]]:
    """Line and module of what is imported by a call, or reached through NumPy; `__import__` where that is computed."""
    called = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            called[id(node.func)] = node.args[0] if node.args else None
    for node, path in meanings.paths_in(statement):
        if path in _IMPORTERS:
            match called.get(id(node)):
                case ast.Constant(value=str(module)):
                    yield node.lineno, module
                case _:
                    yield node.lineno, "__import__"
        elif door_in(path) and not door_in(path.rpartition(".")[0]):
            yield node.lineno, path


def given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names, and attributes as `.rows`, that a node gives to values, each with its value."""
    pairs: list[tuple[ast.AST, ast.expr | None]] = []
    if isinstance(node, ast.Assign):
        pairs += ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        pairs.append((node.target, node.value))
    elif isinstance(node, ast.arguments):
        parameters = [*node.posonlyargs, *node.args]
        pairs += zip(parameters[len(parameters) - len(node.defaults) :], node.defaults, strict=True)
        pairs += zip(node.kwonlyargs, node.kw_defaults, strict=True)
    while pairs:
        target, value = pairs.pop()
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            pairs += zip(target.elts, value.elts, strict=False)
        elif isinstance(value, ast.IfExp):
            pairs += ((target, value.body), (target, value.orelse))
        elif isinstance(value, ast.BoolOp):
            pairs += ((target, each) for each in value.values)
        elif value is not None and (name := _target(target)):
            yield name, value
    match node:
        case ast.Call(func=ast.Name(id="setattr"), args=[_, ast.Constant(value=str(attr)), value]):
            yield f".{attr}", value


def _target(node: ast.AST) -> str | None:
    """A name, or an attribute as `.rows`, to which something is given."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    step = constant_step(node)
    return f".{step[1]}" if step else namespace_key(node)
