"""`pytest --grade PATH`: in a pytest of its own, in this process."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

import grader.api.pytest_items
from grader.pipeline import Grader
from tests.cli import ENVIRONMENT, ROOT, SUBMISSIONS, kept_zygotes

pytest_plugins = ["pytester"]
PLUGIN = "grader.api.pytest_plugin"
QUICK = "schema: convgrade/1\nextends: cs231n-conv\nname: quick\ncases: {count: 20}\n"
assert grader.api.pytest_items  # imported here, so that a pytest in this process has the same as this one


@pytest.fixture(autouse=True)
def _class(pytester: pytest.Pytester) -> Iterator[None]:
    """Two submissions, a rubric, and a test that is none of ours."""
    folder = pytester.mkdir("hw")
    for name in ("carol", "starter"):
        shutil.copy(SUBMISSIONS / f"{name}.py", folder)
    (pytester.path / "quick.yaml").write_text(QUICK)
    pytester.makepyfile(test_own="def test_it(): pass")
    with kept_zygotes():
        yield


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", PLUGIN, "-p", "no:cacheprovider", *arguments)


def test_each_item_of_each_submission_is_a_test(pytester: pytest.Pytester) -> None:
    done = run(pytester, "--grade", "hw", "--rubric", "quick.yaml", "--grade-no-timing", "-v")
    # carol loses points for dx, the starter for all that is not timed
    done.assert_outcomes(passed=4, failed=6, skipped=4)
    done.stdout.fnmatch_lines(
        ["hw::carol::dx FAILED*", "hw::carol::speed-forward SKIPPED (not timed)*", "*carol: dx*",
         "* of 25 points. Wrong for pad=0*", "The padding is cut off with a slice that is empty at pad 0.*"]
    )  # fmt: skip
    assert "Traceback" not in done.stdout.str()


def test_named_tests_run_beside_the_submissions_and_the_plugin_alone_changes_nothing(pytester: pytest.Pytester) -> None:
    arguments = (
        "test_own.py",
        "--grade",
        "hw/carol.py",
        "--rubric",
        "quick.yaml",
        "--grade-no-timing",
        "--collect-only",
        "-q",
    )
    named = run(pytester, *arguments).outlines
    assert named[:2] == ["test_own.py::test_it", "hw/carol.py::carol::forward"]
    alone = run(pytester, "--collect-only", "-q").outlines
    assert [line for line in alone if "::" in line] == ["test_own.py::test_it"]


def test_hand_ins_may_be_called_anything(pytester: pytest.Pytester) -> None:
    for name in ("a[1]", "b::c[", "d\x1b[31m", "e\nhw::carol::dx PASSED"):
        (pytester.path / "hw" / f"{name}.py").write_text("")
    done = run(pytester, "--grade=hw", "--rubric", "quick.yaml", "--grade-no-timing", "--collect-only", "-q")
    named = {line.split("::")[1] for line in done.outlines if line.endswith("::dx")}
    assert {name.partition("-")[0] for name in named} == {
        "a_1",
        "b_c",
        "d_31m",
        "e_hw_carol_dx_PASSED",
        "carol",
        "starter",
    }


@pytest.mark.parametrize(
    "arguments", [("--grade=hw", "--rootdir=."), ("--grade=hw/carol.py",), ("--grade", "hw/carol.py")]
)
def test_no_conftest_is_run_where_no_tests_are_named(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    for folder in (pytester.path, pytester.path / "hw", pytester.mkdir("tests")):
        (folder / "conftest.py").write_text("raise SystemExit('handed in')")
    done = run(pytester, *arguments, "--rubric", "quick.yaml", "--grade-no-timing", "--collect-only", "-q")
    assert (done.ret, "handed in" in done.stdout.str() + done.stderr.str()) == (0, False)


def test_settings_of_pytest_that_were_handed_in_are_refused(pytester: pytest.Pytester) -> None:
    settings = pytester.path / "hw/pytest.ini"
    settings.write_text("[pytest]\naddopts = -k nothing\n")
    arguments = ("--rubric", "quick.yaml", "--grade-no-timing", "--collect-only", "-q")
    refused = run(pytester, "--grade", "hw", *arguments)
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines([f"*{settings}: lies with what is graded*"])
    for passed in (("--grade=hw",), ("--grade", "hw", "-c", str(pytester.makeini("[pytest]\n")))):
        assert "hw::carol::dx" in run(pytester, *passed, *arguments).stdout.str()


def test_a_failure_of_the_grader_is_an_error(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Grader, "_checked", broken)
    done = run(pytester, "--grade", "hw/carol.py", "--rubric", "quick.yaml", "--grade-no-timing")
    done.assert_outcomes(errors=7)
    done.stdout.fnmatch_lines(["the grader failed, which is not the submission's fault*RuntimeError: broken*"])
    assert "Traceback" not in done.stdout.str()


@pytest.mark.parametrize(("arguments", "told"), [
    (("--rubric", "quick.yaml"), "--rubric is for --grade PATH"),
    (("--grade", "nobody"), "nobody: no such file or folder"),
    (("--grade", "hw", "--rubric", "cs231"), "cs231: no such file, and no packaged rubric has this name*"),
])  # fmt: skip
def test_a_wrong_option_is_told_in_a_line(pytester: pytest.Pytester, arguments: tuple[str, ...], told: str) -> None:
    done = run(pytester, *arguments)
    assert done.ret is pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"ERROR: {told}"])


def test_a_run_that_does_not_use_it_imports_next_to_nothing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}
    code = f"import sys, pytest; before = {{*sys.modules}}; import {PLUGIN}; print(*{{*sys.modules}} - before)"
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"grader", "grader.api", PLUGIN}
