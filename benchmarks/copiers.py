"""What copiers make of somebody's file: changes of the syntax tree that leave what it computes as it is."""

import ast
from collections.abc import Callable, Mapping

import numpy as np

Random = np.random.Generator
_WORDS = ("alpha", "data", "grid", "item", "left", "node", "part", "slot", "temp", "unit", "val", "zone")


def renamed(code: str, random: Random) -> str:
    """Every local under another name, with comments, type hints and docstrings of his own."""
    tree = ast.parse(code)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            locals_ = {
                node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            locals_ |= {argument.arg for argument in function.args.args}
            numbers = random.permutation(1000)
            new = {name: f"{_WORDS[k % len(_WORDS)]}_{numbers[k]}" for k, name in enumerate(sorted(locals_))}
            _Renamer(new).visit(function)
            for argument in function.args.args:
                argument.annotation = ast.Name("np.ndarray")
            function.body.insert(0, ast.Expr(ast.Constant("My own implementation, after the lecture.")))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Renamer(ast.NodeTransformer):
    def __init__(self, new: Mapping[str, str]) -> None:
        self.new = new

    def visit_Name(self, node: ast.Name) -> ast.Name:  # as `ast` calls it
        return ast.Name(self.new.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.new.get(node.arg, node.arg), node.annotation)


def reordered(code: str, random: Random) -> str:
    """Statements that do not depend on each other in another order."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.For):
            node.body = _shuffled(node.body, random)
    return ast.unparse(tree)


def _shuffled(body: list[ast.stmt], random: Random) -> list[ast.stmt]:
    """Neighbours change places where neither touches a name that the other gives a value to, or writes into."""
    body = list(body)
    for _ in range(3 * len(body)):
        k = int(random.integers(max(1, len(body) - 1)))
        pair = body[k : k + 2]
        if len(pair) == 2 and not any(isinstance(s, ast.Return) for s in pair):
            (reads, writes), (other_reads, other_writes) = map(_touched, pair)
            if not (writes & (other_reads | other_writes) or reads & other_writes):
                body[k : k + 2] = reversed(pair)
    return body


def _touched(statement: ast.stmt) -> tuple[set[str], set[str]]:
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    writes = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    into = [node for node in ast.walk(statement) if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    writes |= {node.value.id for node in into if isinstance(node.value, ast.Name)}
    return {node.id for node in names}, writes


def with_while(code: str, random: Random) -> str:
    """Each loop over a range as a while loop."""
    return ast.unparse(ast.fix_missing_locations(_While().visit(ast.parse(code))))


class _While(ast.NodeTransformer):
    def visit_For(self, node: ast.For) -> object:  # as `ast` calls it
        self.generic_visit(node)
        call = node.iter
        if (
            not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range")
            or len(call.args) > 1
        ):
            return node
        assert isinstance(node.target, ast.Name)
        name = node.target.id
        start = ast.parse(f"{name} = 0").body
        step = ast.parse(f"{name} += 1").body
        test = ast.Compare(ast.Name(name, ast.Load()), [ast.Lt()], [call.args[0]])
        return [*start, ast.While(test, [*node.body, *step], [])]


def in_helpers(code: str, random: Random) -> str:
    """What comes before the first loop of a function in a helper of its own, and the rest in another."""
    tree = ast.parse(code)
    helpers: list[ast.stmt] = []
    for function in [s for s in tree.body if isinstance(s, ast.FunctionDef)]:
        cut = next((k for k, s in enumerate(function.body) if isinstance(s, ast.For)), len(function.body) - 1)
        before, after = function.body[:cut], function.body[cut:]
        given = [argument.arg for argument in function.args.args]
        made = sorted(
            {n.id for s in before for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            - {"_"}
        )
        everything = ", ".join(dict.fromkeys((*given, *made)))
        head = ast.parse(f"def prepare_{function.name}({', '.join(given)}):\n    return {', '.join(made)},").body[0]
        rest = ast.parse(f"def finish_{function.name}({everything}):\n    pass").body[0]
        assert isinstance(head, ast.FunctionDef)
        assert isinstance(rest, ast.FunctionDef)
        head.body = [*before, *head.body]
        rest.body = after
        helpers += [head, rest]
        function.body = ast.parse(
            f"{', '.join(made)}, = prepare_{function.name}({', '.join(given)})\nfinish_{function.name}({everything})"
        ).body
        last = function.body[-1]
        assert isinstance(last, ast.Expr)
        function.body[-1] = ast.Return(last.value)
    tree.body[1:1] = helpers
    return ast.unparse(ast.fix_missing_locations(tree))


def half(code: str, other: str, random: Random) -> str:
    """One of the two functions, and the other of his own."""
    keep = int(random.integers(2))
    functions = [[s for s in ast.parse(text).body if isinstance(s, ast.FunctionDef)] for text in (code, other)]
    body = [ast.parse("import numpy as np").body[0], functions[keep][0], functions[1 - keep][1]]
    return ast.unparse(ast.Module(body, []))


def everything(code: str, random: Random) -> str:
    """All of it at once."""
    return renamed(in_helpers(reordered(code, random), random), random)


WAYS: Mapping[str, Callable[[str, Random], str]] = {
    "renamed": renamed, "reordered": reordered, "while": with_while, "helpers": in_helpers, "everything": everything,
}  # fmt: skip
