"""Settings of all tests: what is together in a worker, and what is fast."""

import gc
import importlib
import os
import re
import signal
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

import pytest
from _pytest.doctest import DoctestModule
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.garbage import LOOKS_SELDOM

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `grade` does: idle threads would spin beside what is tested
settings.register_profile("convgrade", deadline=None, derandomize="CI" in os.environ)
# That of benchmarks.fuzzing.
settings.register_profile("fuzzing", deadline=None, max_examples=1000, database=None, print_blob=True)
settings.load_profile("convgrade")

# A shell's background jobs and nohup ignore these, and what the tests start would ignore them too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

collect_ignore = ["attacks", "dask_frames.py", "dask_other_numpy.py"]
"""Nobody imports those here, not even in search of examples in docstrings: some change NumPy when they are imported."""

_GROUPS = {
    "tests/test_attacks.py::test_cheating": "timed",
    "tests/test_audience.py": "timed",
    "tests/test_bad_input.py::test_forbidden_import_gets": "timed",
    "tests/test_benchmarks.py": "timed",
    "tests/test_calibration.py": "timed",
    "tests/test_deserved_speed.py": "timed",
    "tests/test_guide.py::test_step_of_the_guide_is_measured": "timed",
    "tests/test_identity.py": "timed",
    "tests/test_leaderboard.py": "timed",
    "tests/test_readme.py": "timed",
    "tests/test_results.py::TestTiming": "timed",
    "tests/test_retime.py": "timed",
    "tests/test_time_command.py": "timed",
    "tests/test_timing.py": "timed",
    "tests/test_hostile_content.py": "browser",
    "tests/test_html_report.py": "browser",
    "tests/test_html_steps.py": "browser",
    "tests/test_index.py": "browser",
    "tests/test_lateness.py": "browser",
    "tests/test_leaderboard_page.py": "browser",
    "tests/test_max_pool.py": "browser",
    "tests/test_own_operator.py": "browser",
    "tests/test_serve.py": "browser",
    "tests/test_several_operators.py": "browser",
    "tests/test_similar.py": "browser",
    "tests/test_site.py": "browser",
    "tests/test_words.py": "browser",
}
"""By how the ids of tests begin. All tests of a group run in one worker, one after the other: what times a submission
would only wait for another that does, since one is timed at a time. It need not be alone on the machine. What opens
pages in a browser would start one for each worker."""
_APART = {"test_batch", "test_cli", "test_grading", "test_audit", "test_sources", "test_diagnose"}
"""Files of which each test goes to whichever worker is free. Any other file is a group: what it shares is made once."""
_STARTS_PROCESSES = {
    "Grader",
    "Popen",
    "Zygote",
    "grade",
    "grade_in_a_process",
    "main",
    "opened",
    "start",
    "subprocess",
}
"""Names that a fast test does not get at."""


def group_of(test: str) -> str:
    """The group of the test with this id: what its last parameter is followed by after an @, or by the tables above."""
    file, _, name = test.partition("::")
    if (marked := re.search(r"@([a-z ]+)]$", name)) is not None:
        return f"{file} {marked[1]}"
    named = (group for beginning, group in _GROUPS.items() if test.startswith(beginning))
    return next(named, test if Path(file).stem in _APART or not file.startswith("tests/") else file)


def pytest_configure(config: pytest.Config) -> None:
    """Run the grader as users run it. Since it has a plugin for pytest, that would compile every module of it anew."""
    config.pluginmanager.rewrite_hook._must_rewrite.difference_update(("grader", "reference", "rubrics"))  # type: ignore[attr-defined]


class _Groups(LoadScopeScheduling):  # type: ignore[misc]  # without types
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Groups, for `-n`. The mark `xdist_group` is not known where tests are handed out, or not by every pytest."""
    return _Groups(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each worker begin with other files, so that in a fresh clone all do not compile the same ones at a time."""
    everything = [Path(name).name for name in session.config.args] == session.config.getini("testpaths")
    if (worker := os.environ.get("PYTEST_XDIST_WORKER")) is None or not everything:
        return
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    count = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    begin = len(files) * int(worker.removeprefix("gw")) // count
    for file in files[begin : begin + len(files) // count]:
        importlib.import_module(f"tests.{file.stem}")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for examples in docstrings only where the text has any: what is said of objects takes a millisecond each."""
    collectors = yield
    has_any = file_path.suffix == ".py" and b">>> " in file_path.read_bytes()
    return collectors if has_any else [each for each in collectors if not isinstance(each, DoctestModule)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests are fast, and put the groups first: single tests fill up what is left."""
    for item in items:
        if not _reached(item) & _STARTS_PROCESSES and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.fast)
    groups = {item: group_of(item.nodeid) for item in items}
    items.sort(key=lambda item: groups[item] == item.nodeid)


def pytest_collection_finish() -> None:
    """Nobody looks for garbage in what is there by now: it took 0.2 s for each submission that is timed."""
    gc.freeze()
    gc.set_threshold(*LOOKS_SELDOM)


def _fixtures(item: pytest.Item) -> Iterator[pytest.FixtureDef[object]]:
    for definitions in item._fixtureinfo.name2fixturedefs.values() if hasattr(item, "_fixtureinfo") else ():
        yield from definitions


def _reached(item: pytest.Item) -> set[str]:
    """Every name in the code of a test, of its fixtures and of the functions of tests that they call."""
    if not isinstance(item, pytest.Function):
        return set()
    functions: list[Callable[..., object]] = [item.function, *(fixture.func for fixture in _fixtures(item))]
    names: set[str] = set()
    done: set[Callable[..., object]] = set()
    while functions:
        function = functions.pop()
        if function not in done:
            done.add(function)
            found, called = _in_code(function)
            names |= found
            functions += called
    return names


@cache
def _in_code(function: Callable[..., object]) -> tuple[frozenset[str], tuple[Callable[..., object], ...]]:
    """The names in the code of a function of ours, and what of them can be called."""
    function = getattr(function, "__wrapped__", function)
    if not isinstance(function, FunctionType) or not function.__module__.startswith("tests."):
        return frozenset(), ()
    found = _names(function.__code__)
    called: list[Callable[..., object]] = []
    for name in found:
        value = function.__globals__.get(name)
        if isinstance(value, type):
            called += [each for each in vars(value).values() if callable(each)]
        elif callable(value):
            called.append(value)
    return frozenset(found), tuple(called)


def _names(code: CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)
