"""The page about a first course: its commands, one after the other, as somebody who begins would type them."""

import csv
import re
import shlex
from pathlib import Path
from zipfile import ZipFile

import pytest

from grader.exports.base import find_export
from tests.cli import ROOT, grade
from tests.exports import RIGHT, WRONG, zipped

PAGE = (ROOT / "docs" / "first-course.md").read_text()
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77),Homework 2 (78)
    Points Possible,,,,,10.0,100.0
"Doe, Jane",1001,,jane,A,9,
"Lee, Bo",1002,,bo,A,8,
"M\u00fcller, Ute",1003,,ute,A,7,
"Ray, May",1004,,may,A,6,
"""
HAND_INS: dict[str, str | bytes] = {
    "doejane_1001_50001_layers.py": RIGHT,
    "leebo_LATE_1002_50002_layers.py": RIGHT,
    "m\u00fcllerute_1003_50003_layers.py": WRONG,
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder in which the commands were run, and what each printed, by its first words."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "submissions.zip").write_bytes(zipped(HAND_INS))
    (folder / "gradebook.csv").write_text(GRADEBOOK)
    printed = {}
    for line in re.findall(r"^    grade (.*)$", PAGE, re.MULTILINE):
        done = grade(*shlex.split(line), cwd=folder)
        assert (done.returncode, "Ray, May (1004)" in done.stderr) == (0, False), (line, done.stderr)
        printed[line] = done.stdout
    return folder, printed


def test_marks_are_in_the_gradebook_and_nothing_else_has_changed(said: tuple[Path, dict[str, str]]) -> None:
    rows = [line.split(",") for line in (said[0] / "upload.csv").read_text().splitlines()]
    before = [line.split(",") for line in GRADEBOOK.splitlines()]
    assert [row[:-1] for row in rows] == [row[:-1] for row in before]
    assert [row[-1] for row in rows[2:]] == ["100", "100", "100", "0"]  # one by an override, one handed in nothing


def test_every_student_who_handed_in_has_a_page_to_upload(said: tuple[Path, dict[str, str]]) -> None:
    assert set(ZipFile(said[0] / "pages.zip").namelist()) >= set(HAND_INS)
    with (said[0] / "marks" / "grades.csv").open(newline="") as file:
        verdicts = {row["id"]: row["verdict"] for row in csv.DictReader(file)}
    assert verdicts == {"1001": "graded", "1002": "graded", "1003": "graded", "1004": "missing"}


def test_what_the_table_gives_to_into_is_filled_in() -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("|")]
    for _, _, into, to in rows[2:]:
        for name in re.findall(r"`(\w+)`", to):
            assert find_export(name).needs_file is not into.endswith("as `--roster` alone"), name


def test_what_the_page_says_of_its_commands_is_so(said: tuple[Path, dict[str, str]]) -> None:
    folder, printed = said
    assert len(printed) == 9
    assert [text for line, text in printed.items() if "hw2/starter.py" in line] == [
        "starter: 0 / 100 (speed not timed)\n"
    ]
    assert all(
        (folder / "hw2" / name).is_file() for name in ("rubric.yaml", "starter.py", "test_public.py", "README.md")
    )
    assert (folder / "marks" / "index.html").is_file()
    assert "dx" in next(text for line, text in printed.items() if line.startswith("explain"))
