"""Imports point downward only: the contracts are in `pyproject.toml`, CONTRIBUTING.md draws them."""

import ast
import sys
from pathlib import Path

from importlinter.cli import lint_imports

from tests.cli import ROOT

INSIDE = ROOT / "grader" / "sandbox" / "inside"


def imports(path: Path) -> set[str]:
    """The packages that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names}


def test_contracts_about_imports_are_kept() -> None:
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_what_runs_inside_imports_only_numpy_beside_the_standard_library() -> None:
    for path in INSIDE.glob("*.py"):
        assert imports(path) - sys.stdlib_module_names <= {"grader", "numpy", "pyseccomp"}, path


def modules_of_ours(path: Path) -> set[str]:
    """The modules of ours that a file imports: `from grader.sources import people` imports `grader.sources.people`."""
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    pairs = [(node.module or "", alias.name) for node in nodes for alias in node.names]
    names = {f"{module}.{name}" if is_module(f"{module}.{name}") else module for module, name in pairs}
    return {name for name in names if name.startswith("grader.")}


def is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def test_no_module_knows_more_than_fifteen_others() -> None:
    counts = {path: len(modules_of_ours(path)) for path in (ROOT / "grader").rglob("*.py")}
    assert sum(counts.values()) > 500  # they are found
    assert {path: count for path, count in counts.items() if count > 15} == {}


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    files = [path for folder in ("grader", "reference") for path in (ROOT / folder).rglob("*.py")]
    assert len(files) > 200  # they are found
    assert [path for path in files if len(path.read_text().splitlines()) > 300] == []
