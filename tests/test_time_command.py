"""`grade time`: one submission, its ratio and a histogram."""

import json
import re
from pathlib import Path
from statistics import median

import pytest

from tests.cli import grade, grade_in_a_process
from tests.test_timing import ALICE, SMALL, rubric_with


def test_time_shows_the_ratio_and_a_histogram_in_80_columns(tmp_path: Path) -> None:
    rubric = rubric_with(tmp_path, timing_s=0.1)
    done = grade_in_a_process("time", ALICE, "--workload", SMALL, "--repeat", 2, "--rubric", rubric)
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.count(f"forward: {SMALL}") == done.stdout.count(f"backward: {SMALL}") == 2
    bars = re.findall(r"^  [\d.e-]+ +#+ (\d+)$", done.stdout, re.MULTILINE)
    rounds = re.findall(r"\((\d+) rounds", done.stdout)
    assert sum(map(int, bars)) == 2 * sum(map(int, rounds))  # a pair for each half of a round
    assert re.search(r"^forward +2 .*%$", done.stdout, re.MULTILINE)


def test_time_tells_programs_every_ratio(tmp_path: Path) -> None:
    rubric = rubric_with(tmp_path, timing_s=0.1)
    found = json.loads(grade("time", ALICE, "--workload", SMALL, "--rubric", rubric, "--format", "json").stdout)
    assert found["submission"] == "alice"
    for timing in found["timings"]:
        assert timing["verdict"] == "passed"
        assert timing["speed"]["ratio"] == pytest.approx(median(timing["ratios"]))


def test_time_of_a_wrong_result_is_no_time(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text(ALICE.read_text().replace("+ b[:, None]", ""))
    done = grade("time", tmp_path / "s.py", "--workload", SMALL, "--rubric", rubric_with(tmp_path, timing_s=0.1))
    assert done.returncode == 0
    assert "failed: not timed: on the timed workload " in done.stdout
    assert done.stdout.count("ratio    pairs") == 1  # backward is right


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--workload", "x(1,2) w 3"], "is not a workload; write it like 'x(1,1,7,7) w(1,1,3,3) s1 p1'"),
        (["--workload", "x(1,2) w(3) s1"], "x must have 4 sizes: N C H W; w must have 4 sizes: F C HH WW; pad is"),
        (["--workload", "x(1,2,3,4) w(1,2,1,1) s1 p0 q1"], "q is unknown; conv2d has x, w, b, stride, pad"),
        (["--workload", "x(1,2,3,4) w(1,3,1,1) s1 p0"], "x has 2 channels and w has 3"),
        (["--workload", "x(0,2,3,4) w(1,2,1,1) s1 p0"], "N must be at least 1"),
        (["--workload", "x(1,2,3,4) w(1,2,1,1) s0 p0"], "stride must be at least 1"),
        (["--workload", "x(9999,99,99,99) w(1,99,1,1) s1 p0"], "at most 50000000 are allowed"),
        (["--rubric", "correctness-only.yaml"], "the rubric has no speed items, so there is nothing to time"),
        (["--repeat", "0"], "0 is not a whole number from 1 to 1000"),
    ],
)
def test_time_that_cannot_be_taken_is_explained(arguments: list[str], complaint: str) -> None:
    done = grade("time", ALICE, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


def test_time_of_a_file_that_cannot_be_loaded_is_explained(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("def conv_forward_naive(x, w, b:\n")
    done = grade("time", tmp_path / "s.py")
    assert done.returncode == 2
    assert "s.py" in done.stderr
