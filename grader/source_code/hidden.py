"""Ways to a module's objects that do not say to which: nobody can see whether they lead to what a rubric forbids."""

import ast
from collections.abc import Iterator, Set

from grader.source_code.dotted import constant_step, is_harmless
from grader.source_code.meanings import Meanings, given
from grader.source_code.names import read_names

_BLIND = frozenset(
    {
        "eval", "exec", "compile", "globals", "locals", "vars", "__annotations__", "__builtins__", "__loader__",
        "__spec__", "sys.meta_path", "sys.modules", "sys._getframe", "types.CodeType", "types.FunctionType",
        "typing.get_type_hints",
    }
)  # fmt: skip
"""What leads to everything, or to what is written as text."""
_BLIND_ATTRIBUTES = frozenset(
    {
        "__annotations__", "__array_namespace__", "__builtins__", "__closure__", "__globals__", "__subclasses__",
        "_convert_", "f_builtins", "f_globals", "f_locals", "load_module",
    }
)  # fmt: skip
_PLAIN_ATTRIBUTES = frozenset(
    {"__all__", "__config__", "__doc__", "__file__", "__name__", "__package__", "__path__", "__version__"}
)
"""Those of every module that hold nothing but words."""


def modules_of(forbidden: Set[str]) -> frozenset[str]:
    """The modules through which any of these can be had.

    >>> sorted(modules_of({"numpy.linalg.norm", "eval"}))
    ['builtins', 'numpy', 'numpy.linalg']
    """
    parents = {".".join(parts[:i]) for parts in (path.split(".") for path in forbidden) for i in range(1, len(parts))}
    return frozenset(parents | ({"builtins"} if any("." not in path for path in forbidden) else set()))


def hidden_ways(statement: ast.AST, meanings: Meanings, modules: Set[str]) -> Iterator[tuple[int, str]]:
    r"""Line and name of each: one of `modules` as a value, other than in `np.name` and `m = np`; `eval`, `globals`.

    >>> body = ast.parse("import numpy as np\nget(np, name), np.pi, hasattr(np, 'pi')").body
    >>> list(hidden_ways(body[1], Meanings(body, ()), {"numpy"}))
    [(2, 'numpy')]
    """
    here: dict[int, str] = {}
    blind: dict[int, str] = {}
    for expression, path in meanings.paths_in(statement):
        parent, _, last = path.rpartition(".")
        if path in modules or (isinstance(expression, ast.Name) and parent in modules and _is_telling(last)):
            here[id(expression)] = path
        elif path in _BLIND or ".".join(path.split(".")[-2:]) in _BLIND:
            blind[id(expression)] = path
    free = read_names([statement]) if blind else set()
    seen = _seen(statement) if here or blind else set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and node.attr in _BLIND_ATTRIBUTES:
            yield node.lineno, node.attr
        if isinstance(node, ast.expr) and id(node) not in seen:
            is_own = isinstance(node, ast.Name) and (node.id not in free or meanings.is_bound(node.id))
            what = here.get(id(node)) or (None if is_own else blind.get(id(node)))
            if what is not None:
                yield node.lineno, what


def _seen(statement: ast.AST) -> set[int]:
    """The expressions of which the text says what becomes of them."""
    found: set[int] = set()
    for node in ast.walk(statement):
        step = constant_step(node)
        if step is not None and not _is_telling(step[1]):
            found.add(id(step[0]))
        found.update(id(value) for _, value in given(node))
        match node:
            case ast.Call(args=args) if is_harmless(node):
                found.update(map(id, args))
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[value, ast.Constant(), *_]):
                found.add(id(value))
            case ast.Call(func=ast.Name(id="vars") as called, args=[_]):
                found.add(id(called))
            case ast.Compare(left=left, comparators=others):
                found.update(map(id, (left, *others)))
            case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                found.update(map(id, ast.walk(annotation)))
            case ast.Expr(value=value):
                found.add(id(value))
    return found


def _is_telling(attribute: str) -> bool:
    """Whether this attribute of a module leads to others, or may do so."""
    return attribute.startswith("__") and attribute.endswith("__") and attribute not in _PLAIN_ATTRIBUTES
