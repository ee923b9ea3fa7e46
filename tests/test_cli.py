"""The command line: statuses, streams, forms of output, and whose fault a failure is."""

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import grader.judging.compare
import grader.judging.judged
from grader.command_line.main import main
from grader.said import escape
from tests.cli import (
    ENVIRONMENT,
    QUICKLY,
    ROOT,
    SUBMISSIONS,
    grade,
    grade_in_a_process,
    grade_json,
    items,
    start,
    wait_for,
)
from tests.test_batch import QUICKLY_TIMED

ALICE, CAROL = SUBMISSIONS / "alice.py", SUBMISSIONS / "carol.py"


def test_json_has_every_field_of_the_contract(tmp_path: Path) -> None:
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text(QUICKLY_TIMED)
    report = grade_json(CAROL, "--rubric", rubric)
    assert {
        "schema", "submission", "verdict", "message", "score", "max_score", "items", "speed", "stdout", "isolation",
        "seed", "rubric", "versions", "started_at", "wall_s",
    } <= set(report)  # fmt: skip
    assert report["schema"] == "convgrade/1"
    assert set(report["submission"]) == {"id", "name", "source", "sha256"}
    assert report["submission"]["id"] == "carol"
    assert set(report["isolation"]) == {"process", "rlimits", "namespaces", "landlock", "seccomp"}
    assert set(report["rubric"]) == {"name", "sha256"}
    assert set(report["versions"]) == {"grader", "numpy", "python"}
    assert datetime.fromisoformat(report["started_at"]).utcoffset() is not None
    for item in report["items"]:
        assert {
            "id", "kind", "points", "max_points", "verdict", "message", "hint", "traits", "counterexample", "diagnosis",
        } <= set(item)  # fmt: skip
    for function in ("forward", "backward"):
        assert set(report["speed"][function]) == {
            "ratio", "low", "high", "student_s", "baseline_s", "rounds", "extrapolated", "stable",
            "unstable_because", "attempts", "student_wall_s", "baseline_wall_s", "loops_s", "student_protocol_s",
            "baseline_protocol_s",
        }  # fmt: skip
    example = items(report)["dx"]["counterexample"]
    assert example["shapes"]["x"] == [1, 1, 1, 1]
    assert "assert " in example["snippet"]
    assert {"bug", "title", "explanation", "confidence"} <= set(items(report)["dx"]["diagnosis"])
    assert example["conv_param"] == {"stride": 1, "pad": 0}
    assert report["score"] == pytest.approx(sum(item["points"] for item in report["items"]))


def test_same_seed_same_mark_other_seed_other_cases() -> None:
    first, again, other = (grade_json(CAROL, "--no-timing", *seed) for seed in ((), ("--seed", 231), ("--seed", 9)))
    drop = ("started_at", "wall_s")
    assert {k: v for k, v in first.items() if k not in drop} == {k: v for k, v in again.items() if k not in drop}
    assert other["seed"] == 9
    assert items(other)["dx"]["counterexample"]["seed"] != items(first)["dx"]["counterexample"]["seed"]
    assert other["score"] == first["score"]


def test_grade_works_from_another_directory(tmp_path: Path) -> None:
    shown = "alice: 100 / 100 (speed not timed)\n"
    assert grade_in_a_process(ALICE, "--no-timing", cwd=tmp_path).stdout.startswith(shown)
    assert grade_in_a_process("run", ALICE, "--no-timing", "-q", cwd=tmp_path).stdout == shown


def test_installed_wheel_grades_from_any_directory(tmp_path: Path) -> None:
    """The rubrics are in the package, and nothing else of the repository is needed.

    It is built elsewhere, for what an earlier version has left in `build/` would get into it.
    """
    source = tmp_path / "source"
    for name in ("grader", "reference", "rubrics"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", "--out-dir", str(tmp_path), str(source)]
    if subprocess.run(build, check=False, capture_output=True, timeout=300).returncode:  # pip takes thrice as long
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", *build[-2:]]
        subprocess.run(build, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("convgrade-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        assert (
            "console_scripts"
            in archive.read(next(n for n in archive.namelist() if n.endswith("entry_points.txt"))).decode()
        )
    command = [sys.executable, "-P", "-m", "grader", str(ALICE), "--no-timing", "-q"]
    environment = {"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "alice: 100 / 100 (speed not timed)\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_the_run_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "sub.py"
    path.write_text("print(1)\nwhile True: pass\n")
    process = start(path, TMPDIR=str(tmp_path))
    wait_for(process, lambda: list(tmp_path.glob("convgrade-*")))
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "grade: interrupted\n")
    assert list(tmp_path.glob("convgrade-*")) == []


def test_hang_up_is_ignored_under_nohup(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text("import time\ntime.sleep(2)\n" + ALICE.read_text())
    command = ["nohup", sys.executable, "-m", "grader", str(path), "--no-timing", "-q"]
    environment = {**ENVIRONMENT, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    wait_for(process, lambda: list(tmp_path.glob("convgrade-*")))
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "sub: 100 / 100 (speed not timed)\n")


def test_closed_and_full_standard_streams_are_survived() -> None:
    shell = f"exec {sys.executable} -m grader {ALICE} --no-timing -q"
    for redirection, status in (("<&- 2>&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 3)):
        done = subprocess.run(
            ["sh", "-c", f"{shell} {redirection}"],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == status, done
        assert "Traceback" not in done.stderr
    assert done.stderr == "grade: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize(("percent", "status"), [(97, 0), (98, 1), (0, 0)])
def test_fail_under(percent: int, status: int) -> None:
    assert grade(CAROL, "--no-timing", "-q", "--fail-under", percent).returncode == status


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--format", "xml", "a.py"),
        ("--seed", "-1", "a.py"),
        ("--seed", "x", "a.py"),
        ("-q", "-v", "a.py"),
        ("--fail-under", "nan", "a.py"),
    ],
)
def test_wrong_command_line_is_status_2(arguments: tuple[str, ...]) -> None:
    done = grade(*arguments) if arguments else grade_in_a_process()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("grade: ")
    assert done.stderr.endswith("(see `grade --help`)\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("stage", "kind"),
    [("grader.judging.judged.compare_all", ZeroDivisionError), ("grader.sandbox.inside.wire.output", TypeError)],
    ids=["comparing", "reading an answer"],
)
def test_failure_in_a_stage_of_ours_is_a_judge_error(
    stage: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: Any) -> Any:
        raise kind("ours")

    monkeypatch.setattr(stage, broken)
    assert main([str(ALICE), *map(str, QUICKLY), "--format", "json"]) == 3
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert report["verdict"] == "judge_error"
    assert report["score"] is None
    assert {item["points"] for item in report["items"]} == {None}
    assert f"{kind.__name__}: ours" in report["message"]
    assert "not the submission's fault" in err
    assert "Traceback" not in out + err
    assert main([str(ALICE), *map(str, QUICKLY), "-v"]) == 3
    assert "Traceback" in capsys.readouterr().out


def test_after_a_judge_error_the_next_submission_is_graded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, calls = grader.judging.compare.compare_all, []

    def broken_once(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise OSError("ours")
        return real(*arguments)

    monkeypatch.setattr(grader.judging.judged, "compare_all", broken_once)
    assert main([str(CAROL), str(ALICE), *map(str, QUICKLY), "-q"]) == 3
    assert capsys.readouterr().out.splitlines()[-1] == "alice: 100 / 100 (speed not timed)"


def test_sandbox_that_cannot_start_is_a_judge_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert main([str(ALICE), *map(str, QUICKLY), "--format", "json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["score"]) == ("judge_error", None)


def test_terminal_report_fits_80_columns_and_has_no_colour() -> None:
    for name in ("carol", "kim", "starter", "heidi"):
        done = grade(SUBMISSIONS / f"{name}.py", *QUICKLY)
        assert max(map(len, done.stdout.splitlines())) <= 80
        assert "\x1b" not in done.stdout
        assert done.stderr == ""


def test_verbose_tells_how_it_was_run_and_what_was_printed(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text("print('\\x1b[31mhello\\x07')\n" + ALICE.read_text())
    done = grade(path, *QUICKLY, "-v")
    assert "isolation: process, rlimits" in done.stdout
    assert "  | \\x1b[31mhello\\x07" in done.stdout
    assert "pad=0" in done.stdout


def test_exception_text_of_a_submission_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "sub.py"
    path.write_text("def conv_forward_naive(*a): raise ValueError('\\x1b[2J\\u202e' + 'x' * 10**6)\n")
    for form in ("terminal", "json"):
        done = grade(path, *QUICKLY, "--format", form)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
        assert len(done.stdout) < 30_000


def test_escape_keeps_text_and_shows_controls() -> None:
    assert escape("é\n\t\x00\x9b\u2028") == "é\n\t\\x00\\x9b\\u2028"


def test_output_survives_a_terminal_without_unicode(tmp_path: Path) -> None:
    path = tmp_path / "é.py"
    path.write_bytes(ALICE.read_bytes())
    command = [sys.executable, "-m", "grader", str(path), "--no-timing", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=60)
    assert done.returncode == 0
    assert done.stdout.endswith(b": 100 / 100 (speed not timed)\n")


def test_version_and_help_do_without_numpy() -> None:
    for option in ("--version", "--help"):
        code = (
            f"import sys, grader.command_line.main\ntry: grader.command_line.main.main([{option!r}])\n"
            "except SystemExit: print('numpy' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
        assert done.stdout.endswith("False\n")


def test_packaged_rubric_needs_no_path_and_no_ending(tmp_path: Path) -> None:
    assert grade(ALICE, "--rubric", "correctness-only.yaml", "-q", cwd=tmp_path).stdout == "alice: 100 / 100\n"
    (tmp_path / "correctness-only").mkdir()  # such as a folder of results
    for name in ("correctness-only", "correctness-only.yaml", "cs231n-conv"):
        checked = grade("rubric", "check", name, cwd=tmp_path)
        assert (checked.returncode, "valid" in checked.stdout) == (0, True), checked.stderr
    (tmp_path / "cs231n-conv").write_text("mine: 1\n")
    assert "mine: unknown key" in grade("rubric", "check", "cs231n-conv", cwd=tmp_path).stderr
    failed = grade(ALICE, "--rubric", "corectness", cwd=tmp_path)
    assert failed.returncode == 2
    packaged = sorted(path.stem for path in (ROOT / "rubrics").glob("*.yaml"))
    assert f"there are {', '.join(packaged)}\n" in failed.stderr


def test_contract_s_formats_are_there() -> None:
    for form in ("terminal", "json", "markdown", "html", "junit", "gradescope"):
        done = grade(ALICE, *QUICKLY, "--format", form)
        assert (done.returncode, done.stderr, bool(done.stdout)) == (0, "", True), form


def test_page_is_of_one_submission(tmp_path: Path) -> None:
    carol = SUBMISSIONS / "carol.py"
    page = grade(carol, *QUICKLY, "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert "empty at pad 0" in page
    assert "--format html is for one submission" in grade(SUBMISSIONS, "--format", "html").stderr
    done = grade(carol, *QUICKLY, "--out", tmp_path / "results", "--format", "html")
    assert done.stdout == grade("report", tmp_path / "results", "carol", "--format", "html").stdout
    assert "empty at pad 0" in (tmp_path / "results" / "reports" / "carol.html").read_text()
    failed = grade("report", tmp_path / "results", "--format", "html")
    assert (failed.returncode, "reports/" in failed.stderr) == (2, True)
