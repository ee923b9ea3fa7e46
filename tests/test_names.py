"""Which names code reads: as the compiler's own table of symbols says, for real code of the standard library."""

import ast
import importlib.util
import symtable
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from grader.source_code.names import read_names


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        vars(node)["type_params"] = []  # as of Python 3.12; they are for annotations
        self.generic_visit(node)
        return node


class _AsGenerators(ast.NodeTransformer):
    """Comprehensions as generators, which read the same. As of Python 3.12 only these have tables of their own."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, ast.ListComp | ast.SetComp):
            return ast.GeneratorExp(node.elt, node.generators)
        if isinstance(node, ast.DictComp):
            return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)
        return node


def by_the_compiler(statement: ast.stmt) -> set[str]:
    """The names that are the module's where they are read."""
    top = symtable.symtable(ast.unparse(_AsGenerators().visit(deepcopy(statement))), "m", "exec")
    names, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
    return names - {"__class__"}  # which `super()` reads, as of Python 3.12


@pytest.mark.parametrize(
    "module", ["argparse", "ast", "dataclasses", "enum", "functools", "inspect", "typing", "unittest.mock"]
)
def test_names_are_those_of_the_compiler(module: str) -> None:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree = _WithoutAnnotations().visit(ast.parse(Path(spec.origin).read_text()))
    found = [(s.lineno, by_the_compiler(s), read_names([s])) for s in tree.body if not isinstance(s, ast.AnnAssign)]
    assert [row for row in found if row[1] != row[2]] == []
    assert len(found) > 20


NESTED = {
    "first iterables": ("[i for i in ", " if i]"),
    "results": ("[", " for i in x]"),
    "walruses": ("[(a := ", ") for i in x]"),
    "walruses that are gone through": ("[i for i in (a := ", ")]"),
    "dictionaries": ("{i: i for i in ", "}"),
    "defaults": ("lambda a=", ": a"),
}


@pytest.mark.parametrize("nested", NESTED)
def test_what_is_nested_is_looked_at_once(nested: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not twice for each time that it is nested in: 8 KB of it took up all the time that reading has."""
    before, after = NESTED[nested]
    looks: list[ast.AST] = []
    counts, children = [], ast.iter_child_nodes

    def counted(node: ast.AST) -> Iterator[ast.AST]:
        looks.append(node)
        return children(node)

    monkeypatch.setattr(ast, "iter_child_nodes", counted)
    for depth in (4, 8):
        looks.clear()
        found = read_names(ast.parse("f = " + before * depth + "torch" + after * depth).body)
        assert found - {"x", "i"} == {"torch"}
        counts.append(len(looks))
    assert counts[1] < 3 * counts[0], counts
