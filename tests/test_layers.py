"""Imports point downward only, as CONTRIBUTING.md draws it."""

import ast
from pathlib import Path

from tests.cli import ROOT

INSIDE = {"child", "loading", "zygote", "confine", "wire"}
LEVELS = [
    {"cli"},
    {"commands.run"},
    {"commands.grading"},
    {"commands.whole_class"},
    {"commands.report", "commands.leaderboard", "commands.time", "commands.rubric", "commands.doctor"},
    {"commands.class_printing"},
    {"commands.choices", "commands.stored", "commands.printing", "commands.class_reports"},
    {"commands.isolation"},
    {"batch", "results", "progress", "doctor"},
    {"leaderboard", "roots"},
    {"executors.local"},
    {"executors.base", "store"},
    {"pipeline"},
    {"timing", "explain", "audit"},
    {"race", "diagnose", "shrink", "snippet"},
    {"scaling", "steadiness"},
    {"marking"},
    {"verify", "scoring"},
    {"rubric_file"},
    {"sandbox.session", "rubric"},
    {"sandbox.processes", "sandbox.exchange"},
    {
        "sandbox.filter",
        "sandbox.clocks",
        "sandbox.memory",
        "sandbox.affinity",
        "sandbox.answers",
        "sources.file",
        "sources.folder",
        "sources.archive",
        "audience",
        "sources.zip_archive",
        "sources.tar_archive",
        "sources.sevenzip_archive",
        "compare",
        "extends",
        "problems",
        "locks",
        "identity",
        "paths",
        "pseudonyms",
    },
    {"cases", "messages", "operators", "located_yaml", "stats", "sources.base"},
    {"sources.people"},
    {"sources.choice", "sources.names"},
    {"sources.archives"},
    {"sources.tree"},
    {"sources.text"},
    {"sources.notebook"},
    {"records", "policy"},
    {"feedback", "database", "meanings"},
    {"scratch"},
    {"errors", "said", "syntax", "names", "sources.cells"},
]


def imports(path: Path) -> set[str]:
    """Our own modules that a file imports when it runs (not those for type checking only)."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(n) for i in ast.walk(tree) if isinstance(i, ast.If) and "TYPE_CHECKING" in ast.dump(i.test) for n in i.body
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in skipped and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("grader", "reference", "rubrics", "tests", "numpy")}


def test_imports_point_downward() -> None:
    for level, names in enumerate(LEVELS):
        above = {f"grader.{name}" for upper in LEVELS[: level + 1] for name in upper}
        for name in names:
            path = ROOT / "grader" / f"{name.replace('.', '/')}.py"
            assert imports(path) & (above - {f"grader.{name}"}) == set(), path


def test_every_module_has_its_level() -> None:
    known = {name for level in LEVELS for name in level} | {f"sandbox.{name}" for name in INSIDE} | {"__main__"}
    files = [p.relative_to(ROOT / "grader").with_suffix("") for p in (ROOT / "grader").rglob("*.py")]
    modules = {".".join(f.parts) for f in files if f.name != "__init__" and f.parts[0] != "reports"}
    assert modules == known


def test_what_runs_inside_imports_only_numpy_and_its_like() -> None:
    for name in INSIDE:
        inner = {f"grader.sandbox.{other}" for other in INSIDE} | {"grader.sandbox", "numpy"}
        assert imports(ROOT / "grader" / "sandbox" / f"{name}.py") <= inner


def test_reference_knows_nothing_of_the_grader() -> None:
    for path in (ROOT / "reference").glob("*.py"):
        assert {name for name in imports(path) if name.startswith(("grader", "tests"))} == set()


def test_reports_know_records_and_each_others_helpers_only() -> None:
    for path in (ROOT / "grader" / "reports").glob("*.py"):
        known = ("grader.records", "grader.feedback", "grader.said", "grader.SCHEMA", "grader.reports")
        assert {name for name in imports(path) if not name.startswith(known)} <= {"grader"}
