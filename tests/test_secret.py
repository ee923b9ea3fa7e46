"""Who knows the public cases, or passes on what it is asked, gains nothing by it: some cases are secret."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from grader.cases.draw import COMBINED, draw_cases, secret_cases
from grader.cases.numbers import draw_arrays
from grader.cases.problems import Problem, pose_fairly
from grader.operators import find_operator
from tests.cli import grade, grade_json
from tests.rubrics import one_operator
from tests.test_batch import RUBRIC, SAMPLE, marks
from tests.test_sources import write

TABLE = """
import numpy as np
TABLE = {table!r}
def look_up(*arrays):
    key = " ".join(float(array.ravel()[0]).hex() for array in arrays)
    print("asked for", key)
    if key not in TABLE:
        raise ValueError("asked for " + key)
    return [np.frombuffer(bytes.fromhex(data)).reshape(shape) for shape, data in TABLE[key]]
def conv_forward_naive(x, w, b, conv_param):
    return look_up(x, w)[0], (x, w)
def conv_backward_naive(dout, cache):
    return tuple(look_up(*cache[:2], dout)[:3])
"""
"""Answers by the first numbers of the inputs. What is not in the table is printed, and told in an exception."""


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "rubric.yaml"
    path.write_text(f"{RUBRIC}seed: 4711\n")
    return path


def public_problems(path: Path) -> list[Problem]:
    """Every problem that follows from the seed."""
    rubric, operator = one_operator(path), find_operator("conv2d")
    assert operator is not None
    cases = rubric.cases
    drawn = draw_cases(operator, cases.ranges, cases.count, cases.dtypes, ragged=cases.ragged, seed=rubric.seed)
    return [pose_fairly(operator, case) for case in drawn]


def key_of(*arrays: Any) -> str:
    return " ".join(float(array.ravel()[0]).hex() for array in arrays)


def table_of(problems: list[Problem]) -> str:
    """A submission that knows all their answers, and computes nothing."""
    table = {}
    for problem in problems:
        x, w = problem.arrays["x"], problem.arrays["w"]
        answers = {n: (a.shape, a.astype(float).tobytes().hex()) for n, a in problem.expected.items()}
        table[key_of(x, w)] = [answers["out"]]
        table[key_of(x, w, problem.upstream)] = [answers[name] for name in ("dx", "dw", "db")]
    return TABLE.format(table=table)


def test_table_of_all_public_answers_earns_nothing(tmp_path: Path, rubric: Path) -> None:
    """In a class, graded again, and alone, where the secret comes from the text that the table is part of."""
    problems = public_problems(rubric)
    files: dict[str, str | bytes] = {
        "table.py": table_of(problems),
        "honest.py": SAMPLE["alice"],
        "carol.py": SAMPLE["carol"],
    }
    folder, out = write(tmp_path / "class", files), tmp_path / "out"
    found = []
    for options in ((), ("--fresh",)):
        done = grade(folder, "--rubric", rubric, "--out", out, "--no-timing", "--jobs", 1, *options)
        assert done.returncode == 0, done.stderr
        found.append(marks(out))
    assert found[0] == found[1]
    assert found[0]["table"] == ("graded", "0.0")
    assert found[0]["honest"] == ("graded", "100.0")
    for name in files:
        alone = grade_json(folder / name, "--rubric", rubric, "--no-timing")
        assert alone["score"] == float(found[0][Path(name).stem][1])
        forward = next(item for item in alone["items"] if item["id"] == "forward")
        assert (forward["message"] is None) == (name != "table.py")
    assert forward["counterexample"] is None or name != "table.py"
    told = json.loads((out / "grades.json").read_text())
    (report,) = (one for one in told if one["submission"]["id"] == "table")
    for item in report["items"][:4]:
        assert item["verdict"] == "crashed"
        assert "is right in every public case, and wrong in secret cases" in item["message"]
        assert item["counterexample"] is None
    assert {row["total"] - row["passed"] for row in report["items"][0]["traits"].values()} == {1}


def test_a_submission_is_not_told_what_its_file_is_called(tmp_path: Path) -> None:
    """The secret cases are drawn from its text, and a table of answers could stand in the name."""
    code = SAMPLE["alice"] + "\nprint(__file__, conv_forward_naive.__code__.co_filename)\n"
    for name in ("one", "other"):
        report = grade_json(write(tmp_path, {f"{name}.py": code}) / f"{name}.py", "--no-timing")
        assert report["stdout"].split() == ["submission.py"] * 2


def test_nothing_of_the_secret_cases_reaches_anybody(tmp_path: Path, rubric: Path) -> None:
    problems = public_problems(rubric)
    out = tmp_path / "out"
    folder = write(tmp_path / "class", {"table.py": table_of(problems)})
    done = grade(folder / "table.py", "--rubric", rubric, "--out", out, "--no-timing", "-v", "--format", "json")
    with closing(sqlite3.connect(out / "results.sqlite")) as database:
        secret = json.loads(database.execute("SELECT secret FROM secrets").fetchone()[0])
    operator = find_operator("conv2d")
    assert operator is not None
    cases = secret_cases([problem.case for problem in problems], secret)
    posed = [pose_fairly(operator, case) for case in cases]
    keys = [key_of(problem.arrays["x"]) for problem in posed]
    shown = done.stdout + done.stderr + "".join(path.read_text() for path in (out / "reports").iterdir())
    assert len(keys) > 15
    assert [key for key in keys if key in shown] == []
    assert key_of(problems[3].arrays["x"]) in shown  # what was printed in public cases is there


SHORTER = """
SEEN = []
_right_forward = conv_forward_naive
def conv_forward_naive(x, w, b, conv_param):
    SEEN.append(float(x.ravel()[0]).hex())
    print("asked for", SEEN[-1])
    if (x.shape, w.shape) == {shapes}:
        raise ValueError(" ".join(SEEN[:-6:-1]))
    return _right_forward(x, w, b, conv_param)
"""
"""Tells in an exception what it was asked before, where x and w have these shapes."""


def test_what_fails_in_second_cases_alone_is_shown_and_explained_without_the_secret_ones(
    tmp_path: Path, rubric: Path
) -> None:
    """They are asked with secret numbers first; then with public ones, by a process that has seen nothing else."""
    rubric.write_text(rubric.read_text().replace("count: 20", "count: 60"))
    problems = public_problems(rubric)
    turned = next(p for p in problems if p.case.second and p.case.judges == ("H!=W",))
    shapes = tuple(turned.arrays[name].shape for name in "xw")
    assert [p for p in problems if tuple(p.arrays[name].shape for name in "xw") == shapes] == [turned]
    text = SAMPLE["alice"] + SHORTER.format(shapes=shapes)
    out, folder = tmp_path / "out", write(tmp_path / "class", {"turned.py": text, "alice.py": SAMPLE["alice"]})
    done = grade(folder, "--rubric", rubric, "--out", out, "--no-timing", "-v", "--format", "json")
    told = {report["submission"]["id"]: report for report in json.loads((out / "grades.json").read_text())}
    forward = told["turned"]["items"][0]
    assert forward["traits"]["H!=W"] == {"passed": 1, "total": 3}
    assert forward["traits"]["HH!=WW"] == {"passed": 3, "total": 3}
    assert told["alice"]["items"][0]["traits"]["H!=W"] == {"passed": 2, "total": 2}
    assert forward["counterexample"]["case"] == turned.case.index
    assert key_of(turned.arrays["x"]) in forward["message"]
    with closing(sqlite3.connect(out / "results.sqlite")) as database:
        secret = json.loads(database.execute("SELECT secret FROM secrets").fetchone()[0])
    operator = find_operator("conv2d")
    assert operator is not None
    asked = [pose_fairly(operator, case) for case in secret_cases([problem.case for problem in problems], secret)]
    shown = done.stdout + done.stderr + "".join(path.read_text() for path in (out / "reports").iterdir())
    assert [p.case.index for p in asked if key_of(p.arrays["x"]) in shown] == []


@pytest.mark.parametrize("count", [16, 60])
def test_secret_cases_have_each_trait_once_and_numbers_of_their_own(rubric: Path, count: int) -> None:
    rubric.write_text(rubric.read_text().replace("count: 20", f"count: {count}"))
    operator = find_operator("conv2d")
    assert operator is not None
    public = [problem.case for problem in public_problems(rubric)]
    one, same, other = (secret_cases(public, secret) for secret in ((1, 2), (1, 2), (1, 3)))
    assert one == same
    judged = [trait for case in one for trait in case.judges]
    assert sorted(judged) == sorted({trait for case in public for trait in case.judges})
    in_secret = [(case.judges, case.sizes) for case in one]
    assert [case.judges for case in public if case.second and (case.judges, case.sizes) not in in_secret] == []
    assert any(case.second for case in public) == (count == 60)
    assert COMBINED in judged
    numbers = [draw_arrays(operator, case)["x"].tobytes() for case in (*public, *one, *other)]
    assert len(set(numbers)) == len(numbers)


def test_students_are_shown_no_seed(tmp_path: Path, rubric: Path) -> None:
    folder, out = (
        write(tmp_path / "class", {"carol.py": SAMPLE["carol"], "other.py": SAMPLE["carol"]}),
        tmp_path / "out",
    )
    arguments = (folder, "--rubric", rubric, "--out", out, "--no-timing", "--jobs", 1, "-v")
    for audience in ("instructor", "student"):
        shown = [grade(*arguments, "--audience", audience, "--format", form).stdout for form in ("json", "terminal")]
        shown.append(grade("report", out, "carol", "--audience", audience, "-v").stdout)
        shown.append(grade("report", out, "carol", "--audience", audience, "--format", "html").stdout)
        assert ["4711" in text for text in shown] == [audience == "instructor", False, *[audience == "instructor"] * 2]
        first = json.loads(shown[0].splitlines()[0])
        (dx,) = (item for item in first["items"] if item["id"] == "dx")
        assert (first["seed"], "seed" in dx["counterexample"]) == (
            (4711, True) if audience == "instructor" else (None, False)
        )
        assert first.get("identical_to") == (["other"] if audience == "instructor" else None)
    for path in (out / "reports").iterdir():
        assert "4711" not in path.read_text(), path
