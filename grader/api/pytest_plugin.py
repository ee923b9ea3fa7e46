"""`pytest --grade PATH`: a test for each item of the rubric and each submission. Without it, nothing is imported."""

from importlib import import_module

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ours, which do nothing unless `--grade` is given."""
    group = parser.getgroup("convgrade", "grading submissions (convgrade)")
    group.addoption("--grade", metavar="PATH", help="grade what lies there: a test for each item of the rubric")
    group.addoption("--rubric", metavar="RUBRIC", help="a file or a packaged one's name; default: cs231n-conv")
    group.addoption("--grade-no-timing", action="store_true", help="do not time; speed is then no part of the mark")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in this run, if that is asked for."""
    if config.getoption("grade") is not None:
        config.pluginmanager.register(import_module("grader.api.pytest_items").Grading(config))
    elif config.getoption("rubric") is not None:
        raise pytest.UsageError("--rubric is for --grade PATH")
