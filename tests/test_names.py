"""Which names code reads: as the compiler's own table of symbols says, for real code of the standard library."""

import ast
import importlib.util
import symtable
from pathlib import Path

import pytest

from grader.source_code.names import read_names


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node


def by_the_compiler(statement: ast.stmt) -> set[str]:
    """The names that are the module's where they are read."""
    top = symtable.symtable(ast.unparse(statement), "m", "exec")
    names, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
    return names


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
