"""`pytest --grade PATH`: a test for each item of the rubric and each submission. Without it, nothing is imported."""

from importlib import import_module
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ours, which do nothing unless `--grade` is given."""
    group = parser.getgroup("convgrade", "grading submissions (convgrade)")
    group.addoption("--grade", metavar="PATH", help="grade what lies there: a test for each item of the rubric")
    group.addoption("--rubric", metavar="RUBRIC", help="a file or a packaged one's name; default: cs231n-conv")
    group.addoption("--grade-no-timing", action="store_true", help="do not time; speed is then no part of the mark")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Run nothing of what was handed in as pytest's own: no `conftest.py` where no tests are named, and no settings.

    Raises:
        pytest.UsageError: where pytest has its settings from there; it may have run what they name.
    """
    known = early_config.known_args_namespace
    if known.grade is None:
        return
    known.noconftest |= not known.file_or_dir
    handed, settings = Path(known.grade).absolute(), early_config.inipath
    folder = handed if handed.is_dir() else handed.parent
    if settings is not None and known.inifilename is None and settings.resolve().is_relative_to(folder.resolve()):
        raise pytest.UsageError(
            f"{settings}: lies with what is graded, and pytest takes its settings from it, which may run anything; say "
            "--grade=PATH with a `=`, from a folder of your own, or name your own settings with -c"
        )


def pytest_configure(config: pytest.Config) -> None:
    """Take part in this run, if that is asked for."""
    if config.getoption("grade") is not None:
        config.pluginmanager.register(import_module("grader.api.pytest_items").Grading(config))
    elif config.getoption("rubric") is not None:
        raise pytest.UsageError("--rubric is for --grade PATH")
