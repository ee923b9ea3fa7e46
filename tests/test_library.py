"""`import grader`: from a prompt, over a class, in a notebook; and docs/library.md, whose examples are run."""

import doctest
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import grader
from grader.api.notebook import grade_cells
from grader.errors import RubricError, UsageError
from tests.cli import ROOT, SUBMISSIONS, grade, kept_zygotes

QUICK = """\
schema: convgrade/1
extends: correctness-only
name: quick
cases: {count: 20}
"""


@pytest.fixture(autouse=True)
def _one_sandbox() -> Iterator[None]:
    with kept_zygotes():
        yield


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "quick.yaml"
    path.write_text(QUICK)
    return path


def _copy(folder: Path, *names: str) -> None:
    folder.mkdir()
    for name in names:
        shutil.copy(SUBMISSIONS / f"{name}.py", folder)


def test_a_report_has_every_form_as_the_command_prints_it(rubric: Path) -> None:
    report = grader.grade(SUBMISSIONS / "carol.py", rubric)
    same = {"started_at": "", "wall_s": 0}
    printed = json.loads(grade(SUBMISSIONS / "carol.py", "--rubric", rubric, "--format", "json").stdout)
    assert json.loads(report.to_json()) | same == printed | same
    assert f"{report}\n" == grade(SUBMISSIONS / "carol.py", "--rubric", rubric).stdout
    assert report.to_markdown() == grade(SUBMISSIONS / "carol.py", "--rubric", rubric, "--format", "markdown").stdout
    assert report.to_html().startswith("<!doctype html>")
    assert "&lt;!doctype html&gt;" in report._repr_html_() and 'sandbox="allow-scripts"' in report._repr_html_()
    assert report.for_student().audience == "student"
    assert '"seed": null' in report.for_student().to_json()


def test_a_seed_and_a_rubric_that_was_read_are_taken(rubric: Path) -> None:
    whole = grader.load_rubric(rubric)
    assert grader.grade(SUBMISSIONS / "alice.py", whole, seed=5).seed == 5
    assert grader.grade(SUBMISSIONS / "alice.py", whole).seed == whole.seed


def test_what_is_wrong_with_a_call_is_raised_in_the_words_of_the_command(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(f"{QUICK}itms: []\nseeed: 1\n")
    with pytest.raises(RubricError) as error:
        grader.grade_class(SUBMISSIONS, wrong)  # before the first report is asked for
    assert len(error.value.problems) == 2
    with pytest.raises(UsageError, match=r"holds \d+ submissions; name one"):
        grader.grade(SUBMISSIONS)
    with pytest.raises(UsageError, match="isolation: there is no 'strct'; choose from strict, auto, none"):
        grader.grade(SUBMISSIONS / "alice.py", isolation="strct")  # type: ignore[arg-type]  # that is the subject
    with pytest.raises(UsageError, match="seed: -1 is not a whole number"):
        grader.grade(SUBMISSIONS / "alice.py", seed=-1)
    with pytest.raises(UsageError, match="jobs: 0 is below 1"):
        grader.grade_class(SUBMISSIONS, jobs=0)
    with pytest.raises(AttributeError, match="it has GradeReport, grade, grade_class, load_rubric"):
        grader.grades  # type: ignore[attr-defined]  # noqa: B018  # that it is not there


def test_a_class_that_is_left_early_goes_on_where_it_was(tmp_path: Path, rubric: Path) -> None:
    people, out = tmp_path / "class", tmp_path / "results"
    _copy(people, "alice", "carol", "frank")
    run = grader.grade_class(people, rubric, out=out)
    first = next(run)
    run.close()  # type: ignore[attr-defined]  # what is promised is an iterator
    reports = {report.who.id: report for report in grader.grade_class(people, rubric, out=out)}
    assert sorted(reports) == ["alice", "carol", "frank"]
    assert reports[first.who.id].started_at == first.started_at
    assert [line.split(",")[0] for line in (out / "grades.csv").read_text().splitlines()[1:]] == sorted(reports)
    assert isinstance(first, grader.GradeReport)
    assert {r.who.id: r.score for r in grader.grade_class(people, rubric)} == {i: r.score for i, r in reports.items()}


def test_whoever_was_missing_has_one_row_in_a_run_of_the_library_too(tmp_path: Path, rubric: Path) -> None:
    _copy(tmp_path / "hw", "alice")
    (tmp_path / "late").mkdir()
    shutil.copy(SUBMISSIONS / "bob.py", tmp_path / "late" / "Bob Ray.py")
    (tmp_path / "roster.csv").write_text("id,name\nalice,Ann Lee\n7,Bob Ray\n")
    out = tmp_path / "out"
    list(grader.grade_class(tmp_path / "hw", rubric, out=out, roster=tmp_path / "roster.csv"))
    assert grade(tmp_path / "late" / "Bob Ray.py", "--rubric", rubric, "--out", out, "--no-timing").returncode == 0
    list(grader.grade_class(tmp_path / "hw", rubric, out=out, roster=tmp_path / "roster.csv"))
    assert [row["person"]["id"] for row in json.loads((out / "grades.json").read_text())] == ["Bob Ray", "alice"]


def test_a_notebook_grades_the_cells_that_have_been_run(rubric: Path) -> None:
    shell: Any = InteractiveShell(warn_venv=False)  # type: ignore[no-untyped-call]  # IPython has no types
    code = (SUBMISSIONS / "carol.py").read_text().replace("import numpy as np", "")
    cells = ["%load_ext grader", "import numpy as np", "1 / 0", f"%%grade --rubric {rubric}\n{code}"]
    with patch("grader.api.notebook.grade_cells", wraps=grade_cells) as graded, capture_output() as shown:
        for cell in [*cells, "%%grade --rubics\npass", "%%grade\n1 / 0"]:
            shell.run_cell(cell, store_history=True)
    assert "conv_forward_naive" in shell.user_ns
    assert graded.call_args_list[0].args[0][1:4] == cells[:3]
    as_a_file = grader.grade(SUBMISSIONS / "carol.py", rubric)
    assert as_a_file.score != 100
    assert repr(shell.user_ns["Out"][4]) == f"<GradeReport this_notebook: {as_a_file.score} / 100>"
    assert (
        "%%grade: unrecognized arguments: --rubics; it takes [--rubric FILE] [--timing]" in shown.stdout + shown.stderr
    )
    assert len(graded.call_args_list) == 2  # a cell that fails is not graded
    assert graded.call_args_list[1].args[0][-2:] == [code.rstrip("\n"), "pass\n"]


def test_examples_of_the_page_about_the_library_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _copy(tmp_path / "submissions", "alice", "carol")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```pycon\n(.*?)```", (ROOT / "docs" / "library.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for block in blocks:
        example = doctest.DocTestParser().get_doctest(block, names, "docs/library.md", None, None)
        assert runner.run(example, clear_globs=False).failed == 0
        names.update(example.globs)
    assert runner.tries >= 10


def test_the_library_is_typed() -> None:
    assert (ROOT / "grader" / "py.typed").is_file()
    assert set(grader.__all__) <= set(dir(grader))
    assert all(getattr(grader, name).__doc__ for name in grader.__all__)
