"""Dotted paths in a text, taken apart: what they begin with, and the attributes on the way."""

import ast
from collections.abc import Sequence

_HARMLESS_CALLS = frozenset({"dir", "hasattr", "help", "id", "isinstance", "print", "reload", "repr", "str"})


def is_harmless(call: ast.Call) -> bool:
    """Whether what is called does nothing with a module that it is given but look at it."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="importlib"), attr=name):
            return name in _HARMLESS_CALLS
    return False


def namespace_key(node: ast.AST) -> str | None:
    """The name in `globals()["name"]`."""
    match node:
        case ast.Subscript(
            value=ast.Call(func=ast.Name(id="globals" | "vars" | "locals"), args=[]),
            slice=ast.Constant(value=str(name)),
        ):
            return name
    return None


def constant_step(node: ast.AST) -> tuple[ast.expr, str] | None:
    """What a node takes an attribute of, and which: `np.f`, `getattr(np, "f")`, `vars(np)["f"]`."""
    match node:
        case (
            ast.Attribute(value=value, attr=attr)
            | ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(attr)), *_])
            | ast.Call(
                func=ast.Attribute(value=value, attr="__getattr__" | "__getattribute__"),
                args=[ast.Constant(value=str(attr))],
            )
            | ast.Subscript(
                value=ast.Call(func=ast.Name(id="vars"), args=[value]) | ast.Attribute(value=value, attr="__dict__"),
                slice=ast.Constant(value=str(attr)),
            )
        ):
            return value, attr
    return None


def taken_apart(node: ast.AST) -> tuple[ast.AST, list[str]]:
    """A dotted path as what it begins with, and the rest: `np.a.b` and `getattr(np.a, "b")` as `np` and `a`, `b`."""
    parts: list[str] = []
    while True:
        if step := constant_step(node):
            node = step[0]
            parts.append(step[1])
        elif isinstance(node, ast.NamedExpr):
            node = node.value
        elif module := _module_called(node):
            first, *others = module.split(".")
            return ast.Name(first, ast.Load()), [*others, *reversed(parts)]
        else:
            return node, parts[::-1]


def _module_called(node: ast.AST) -> str | None:
    """The module that a call imports."""
    match node:
        case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(module))], keywords=[]):
            return module.partition(".")[0]
        case ast.Call(
            func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="__import__" | "import_module"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            return module
    return None


def path_of(parts: Sequence[str]) -> str:
    """What follows a name: `.a.b` of `a` and `b`."""
    return "".join(f".{part}" for part in parts)


def whole(path: str) -> str:
    """A path as its module is called for the public: without detours through NumPy's own names for itself.

    >>> whole("numpy.lib.scimath.nx.einsum"), whole("numpy.core.einsumfunc.einsum"), whole("builtins.eval")
    ('numpy.einsum', 'numpy._core.einsumfunc.einsum', 'eval')
    """
    first, *parts = path.split(".")
    if first == "builtins" and parts:
        return ".".join(parts)
    if first != "numpy":
        return path
    detours = [i for i, part in enumerate(parts, 1) if part in ("np", "numpy", "nx", "_nx")]
    parts = parts[detours[-1] :] if detours else parts
    return ".".join([first, *(["_core", *parts[1:]] if parts[:1] == ["core"] else parts)])
