"""What is left of a function without names, layout, comments and an order that does not matter: for finding copies.

A function becomes a row of tokens: what it does, but not what things are called. Loops are loops, whether `for` or
`while`; `a += b` is `a = a + b`; statements that do not touch each other stand in one order. Each piece of `LENGTH`
tokens is hashed, and of every `WINDOW` hashes in a row the smallest is kept: two texts that share `LENGTH + WINDOW - 1`
tokens in a row share a fingerprint (winnowing; Schleimer, Wilkerson and Aiken, SIGMOD 2003). A fingerprint depends on
nothing but those tokens, on no run and no version of Python.
"""

import ast
import builtins
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeGuard

from grader.records.similarity import Print
from grader.source_code.names import bound_names, read_names
from grader.source_code.order import ordered
from grader.source_code.syntax import tree_of

LENGTH, WINDOW = 14, 2
"""Measured by `benchmarks.similarity`: shorter pieces are shared by those who know nothing of each other."""
_BUILTINS = frozenset(dir(builtins))
_MOST_LITERAL = 20
_LONG_BITS = 10_000
_IDLE = (ast.Pass, ast.Assert, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)
Token = tuple[str, int]
"""What it says, and its line."""


def fingerprints(code: str, functions: Sequence[str]) -> dict[str, list[Print]]:
    r"""By graded function, the fingerprints of it and of all functions of the file that it reaches.

    >>> one = fingerprints("def f(x):\n    y = x * 2\n    return y + x - y * (x + y) ** x", ["f"])["f"]
    >>> other = fingerprints("def f(a):  # mine\n    b = a * 2\n\n    return b + a - b * (a + b) ** a", ["f"])["f"]
    >>> [p.hash for p in one] == [p.hash for p in other] != []
    True
    """
    body = tree_of(code).body
    known = {name for s in body if isinstance(s, ast.Import | ast.ImportFrom) for name in bound_names(s)}
    there = {name: one for s in body for name, one in _functions_in(s)}
    own = _own_attributes(body)
    rows: dict[str, list[Print]] = {}
    found = {}
    for function in functions:
        reached = _reached(function, there)
        for name in reached:
            if name not in rows:
                tokens = _Tokens(known, owner=_owner(name, there[name]), own=own)
                rows[name] = list(_winnowed(tokens.of(there[name])))
        found[function] = [one for name in reached for one in rows[name]]
    return found


_Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions_in(statement: ast.stmt) -> list[tuple[str, _Function]]:
    """A function under its name, those of a class as `Conv.forward`."""
    if isinstance(statement, _Function):
        return [(statement.name, statement)]
    if isinstance(statement, ast.ClassDef):
        return [(f"{statement.name}.{one.name}", one) for one in statement.body if isinstance(one, _Function)]
    return []


def _own_attributes(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Attributes and methods that the writer has named: those that a file with classes defines or sets."""
    classes = [statement for statement in body if isinstance(statement, ast.ClassDef)]
    methods = {one.name for each in classes for one in each.body if isinstance(one, _Function)}
    nodes = (node for statement in body for node in ast.walk(statement) if classes)
    return frozenset(methods | {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)})


def _reached(function: str, there: dict[str, _Function]) -> list[str]:
    """The functions that one reaches; of a class that it names, all methods."""
    methods: dict[str, set[str]] = {}
    for name in (name for name in there if "." in name):
        methods.setdefault(name.partition(".")[0], set()).add(name)
    reached: list[str] = []
    waiting = [function]
    while waiting:
        name = waiting.pop()
        if name in there and name not in reached:
            reached.append(name)
            read = read_names([there[name]])
            of_classes = set().union(*(methods[one] for one in read & methods.keys()))
            waiting += sorted((read | of_classes | _methods_in(name, there[name])) & there.keys())
    return reached


def _owner(name: str, function: _Function) -> str:
    """What a method calls its object; empty for a function."""
    return function.args.args[0].arg if "." in name and function.args.args else ""


def _methods_in(name: str, function: _Function) -> set[str]:
    """Names of methods of its own class that a method may call."""
    owner = _owner(name, function)
    return {f"{name.partition('.')[0]}.{node.attr}" for node in ast.walk(function) if _is_of(node, owner)}


def _literal(value: object) -> str:
    """A constant as text; Python writes no integer of thousands of digits in decimals."""
    return hex(value) if isinstance(value, int) and value.bit_length() > _LONG_BITS else repr(value)


def _is_of(node: ast.AST, owner: str) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == owner


def _winnowed(tokens: Sequence[Token]) -> Iterable[Print]:
    sizes = Counter(line for _, line in tokens)
    hashed = [_hashed(tokens[i : i + LENGTH], sizes) for i in range(len(tokens) - LENGTH + 1)]
    last = -1
    for start in range(min(len(hashed), max(1, len(hashed) - WINDOW + 1))):
        kept = min(range(start, min(start + WINDOW, len(hashed))), key=lambda i: (hashed[i].hash, -i))
        if kept != last:
            yield hashed[kept]
            last = kept


def _hashed(piece: Sequence[Token], sizes: Mapping[int, int]) -> Print:
    """Its fingerprint, with the lines of which it has half of the tokens, and the line of which it has most."""
    digest = hashlib.blake2b(" ".join(text for text, _ in piece).encode("utf-8", "replace"), digest_size=6).digest()
    counts = Counter(line for _, line in piece)
    most = max(counts.values())
    lines = sorted(line for line, count in counts.items() if count == most or 2 * count >= sizes[line])
    return Print(int.from_bytes(digest), tuple(lines))


class _Tokens(ast.NodeVisitor):
    """The tokens of one function. What `ast` calls `visit_...` adds those of such a node.

    Args:
        known: names that are not the writer's own, those of modules.
        counters: variables by which loops count themselves.
        owner: what a method calls its object, whose attributes are named by the writer as variables are.
        own: attributes and methods that are, too, whatever object has them.
    """

    def __init__(
        self, known: set[str], counters: Iterable[str] = (), owner: str = "", own: frozenset[str] = frozenset()
    ) -> None:
        self._known = known
        self._own = own
        self._owner = owner
        self._counters = set(counters)
        self._line = 0
        self._row: list[Token] = []

    def of(self, function: _Function) -> list[Token]:
        """Those of its body."""
        self._line = function.lineno
        self._block(function.body)
        return self._row

    def _add(self, *texts: str) -> None:
        self._row += ((text, self._line) for text in texts)

    def _block(self, body: Iterable[ast.stmt]) -> None:
        statements = [statement for statement in body if not _is_idle(statement)]
        rows = [self._alone(statement) for statement in statements]
        for i in ordered(statements, [" ".join(text for text, _ in row) for row in rows]):
            self._row += rows[i]

    def _alone(self, statement: ast.stmt) -> list[Token]:
        """The tokens of a statement for itself."""
        other = _Tokens(self._known, self._counters, self._owner, self._own)
        other.visit(statement)
        return other._row

    def visit(self, node: ast.AST) -> None:
        """As usual, with the line remembered."""
        self._line = getattr(node, "lineno", self._line)
        super().visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """What there is no more to know of than its kind."""
        if not isinstance(node, ast.expr_context):
            self._add(type(node).__name__)
            super().generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._add(node.id if node.id in self._known or node.id in _BUILTINS else "name")

    def visit_Constant(self, node: ast.Constant) -> None:
        self._add(_literal(node.value)[:_MOST_LITERAL])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if _is_of(node, self._owner):
            self._add("name")
        else:
            self.visit(node.value)
            self._add("." if node.attr in self._own else f".{node.attr}")

    def visit_Expr(self, node: ast.Expr) -> None:
        self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._add("=")
        for part in (*node.targets, node.value):
            self.visit(part)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._add("=")
        for part in (node.target, node.value):
            if part is not None:
                self.visit(part)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if not (isinstance(node.target, ast.Name) and node.target.id in self._counters):
            self._add("=")
            for part in (node.target, node.op, node.target, node.value):
                self.visit(part)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        for part in (node.op, node.left, node.right):
            self.visit(part)

    def visit_For(self, node: ast.For) -> None:
        self._loop(_bound(node.iter), [*node.body, *node.orelse])

    def visit_While(self, node: ast.While) -> None:
        test = node.test
        if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name):
            self._counters.add(test.left.id)
            test = test.comparators[-1]
        self._loop(test, [*node.body, *node.orelse])

    def _loop(self, bound: ast.expr, body: Iterable[ast.stmt]) -> None:
        self._add("loop")
        self.visit(bound)
        self._block(body)

    def visit_If(self, node: ast.If) -> None:
        self._add("if")
        self.visit(node.test)
        self._block(node.body)
        if node.orelse:
            self._add("else")
            self._block(node.orelse)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._add("function")
        self._block(node.body)

    def visit_Return(self, node: ast.Return) -> None:
        self._add("return")
        if node.value is not None:
            self.visit(node.value)


def _bound(over: ast.expr) -> ast.expr:
    """What a loop counts up to, or goes over."""
    if isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id in ("range", "xrange"):
        return over.args[min(1, len(over.args) - 1)] if over.args else over
    return over


def _is_idle(statement: ast.stmt) -> bool:
    """Whether it says nothing about how the result is computed."""
    if isinstance(statement, ast.Expr):
        value = statement.value
        is_print = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"
        return is_print or isinstance(value, ast.Constant)
    return isinstance(statement, _IDLE)
