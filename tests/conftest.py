"""Settings of all tests."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.readme import run_commands

settings.register_profile("convgrade", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("convgrade")

# A shell's background jobs and nohup ignore these, and what the tests start would ignore them too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def readme_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str, str]]]:
    """A folder in which the README's commands were run, and (arguments, shown, printed) of each.

    Its `results` are those of the samples, graded as a class by the packaged rubric, timing and all.
    """
    folder = tmp_path_factory.mktemp("readme")
    return folder, run_commands(folder)
