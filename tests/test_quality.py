"""Lint, format, types and the examples in docstrings are part of the tests."""

import subprocess
import sys
from doctest import DocTestFinder
from importlib import import_module

import pytest

from tests.cli import ROOT


@pytest.mark.parametrize(
    "tool", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--cache-dir=/dev/null"]], ids=" ".join
)
def test_tool_is_content(tool: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


EXAMPLES = {
    "grader.cases.draw": 1, "grader.judging.compare": 1, "grader.source_code.twins": 3,
    "grader.classroom.leaderboard": 1, "grader.messages.loading": 1, "grader.messages.timing": 1,
    "grader.messages.words": 2, "grader.said": 1,
    "grader.source_code.meanings": 2, "grader.source_code.dotted": 1, "grader.rubric.paths": 1,
    "grader.source_code.policy": 1,
    "grader.classroom.pseudonyms": 1, "grader.records.sources": 1, "grader.reports.base": 1,
    "grader.reports.heat_maps": 1, "grader.reports.forms.html": 2, "grader.reports.view": 2, "grader.reports.timing": 1,
    "grader.classroom.files": 1, "grader.sandbox.inside.wire": 1, "grader.timing.plan": 1,
    "grader.judging.points": 1, "grader.feedback.snippet": 1, "grader.timing.stats": 1,
    "reference.conv2d.oracle": 6, "reference.conv2d.baseline": 3,
    "reference.einsum": 1, "grader": 2, "grader.api.rubrics": 1, "grader.api.single": 2,
    "grader.testing": 3,
}  # fmt: skip
"""How many each module has at least."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_in_docstrings_are_run(pytestconfig: pytest.Config, name: str) -> None:
    """By pytest itself, which collects them beside the tests."""
    assert pytestconfig.getoption("doctestmodules")
    assert {"grader", "reference"} <= set(pytestconfig.getini("testpaths"))
    assert sum(len(found.examples) for found in DocTestFinder().find(import_module(name))) >= EXAMPLES[name]
