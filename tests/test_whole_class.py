"""A generated class of every kind of submission: the same marks in every form, with any jobs, and after any kill.

CLASS_SIZE=300 makes it a large one, with 30 oddities.
"""

import os
import random
import time
from pathlib import Path

import pytest

from benchmarks.generated import FORMS, KINDS, make_class, programs
from tests.cli import grade, start
from tests.oddities import ODDITIES, OURS, add_oddities
from tests.test_batch import RUBRIC, marks

COUNT = int(os.environ.get("CLASS_SIZE", len(KINDS)))
Marks = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rubric") / "rubric.yaml"
    path.write_text(RUBRIC.replace("call_s: 0.1", "call_s: 0.2, total_s: 0.4"))  # of seven nested loops, and of all
    return path


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, rubric: Path) -> Marks:
    """The marks of the class as files, graded by one job."""
    root = tmp_path_factory.mktemp("files")
    folder = make_class(root / "class", programs(COUNT))
    done = grade(folder, "--rubric", rubric, "--out", root / "out", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    found = marks(root / "out")
    assert len(found) == COUNT
    for id, (verdict, score) in found.items():
        kind = id.partition("-")[2]
        assert verdict == ("rejected" if kind == "broken" else "graded"), id
        if kind in ("right", "slow", "identical"):
            assert score == "100.0", id
        elif kind == "wrong":
            assert 0 < float(score) < 100, id
        elif kind in ("dies", "raises", "hangs"):
            assert score == "0.0", id
    return found


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gets_the_same_marks(tmp_path: Path, rubric: Path, expected: Marks, form: str) -> None:
    folder = make_class(tmp_path / "class", programs(COUNT), form)
    jobs = 2 if form == next(iter(FORMS)) else 1  # `expected` was graded by one
    done = grade(folder, "--rubric", rubric, "--out", tmp_path / "out", "--jobs", jobs)
    assert done.returncode == 0, done.stderr
    assert marks(tmp_path / "out") == expected


def test_with_oddities_killed_five_times_and_resumed_everybody_has_their_mark(
    tmp_path: Path, rubric: Path, expected: Marks
) -> None:
    folder, out = make_class(tmp_path / "class", programs(COUNT)), tmp_path / "out"
    odd = add_oddities(folder, max(len(ODDITIES), COUNT // 10))
    moments = random.Random()
    for number in range(5):
        process = start(folder, "--rubric", rubric, "--out", out, "--jobs", 1 + number % 2)
        time.sleep(moments.uniform(0.3, 0.3 + COUNT / 16))
        process.kill()
        process.communicate(timeout=60)
    done = grade(folder, "--rubric", rubric, "--out", out, "--jobs", 1)
    assert done.returncode == (3 if OURS in odd.values() else 0), done.stderr
    assert marks(out) == expected | odd
