"""Names of folders, rubrics and people, and what is written on the command line, do nothing to a terminal or a page."""

import csv
from pathlib import Path

import pytest

from grader.reports.base import markdown_text, spreadsheet_cell
from grader.said import say
from tests.cli import grade
from tests.test_batch import SAMPLE
from tests.test_sources import write

ODD = "\x1b[31m\x07\x9b2J\u202ered"
CONTROLS = set("\x1b\x07\x9b\u202e\r")


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    """With controls in every text that a rubric may choose, and in its own name."""
    path = tmp_path / f"{ODD}.yaml"
    name = ODD.encode("unicode_escape").decode()
    path.write_text(
        f'schema: convgrade/1\nextends: correctness-only.yaml\nname: "{name}"\ncases: {{count: 16}}\n'
        f'items: [{{id: dx, kind: correctness, output: dx, points: 25, title: "=dx {name} @all http://x.y"}}]\n'
    )
    return path


def test_names_in_a_class_and_its_rubric_do_nothing(tmp_path: Path, rubric: Path) -> None:
    folder = write(tmp_path / f"class{ODD}", {f"carol{ODD}.py": SAMPLE["carol"], "\uff1dcmd.py": SAMPLE["starter"]})
    out = tmp_path / f"out{ODD}"
    run = (folder, "--rubric", rubric, "--out", out, "--no-timing", "--jobs", 1)
    results = [
        grade(*run), grade(*run, "-v"), grade(*run, "--format", "markdown"), grade("report", out, "-v"),
        grade("report", out, f"carol{ODD}", "-v"), grade("leaderboard", out),
        grade("leaderboard", out, "--format", "csv"),
        grade("rubric", "check", rubric), grade("rubric", "audit", rubric, "--seeds", 1),
    ]  # fmt: skip
    for done in results:
        assert done.returncode == 0, done.stderr
        assert not CONTROLS & set(done.stdout + done.stderr)
    for path in (out / "reports").iterdir():
        assert not CONTROLS & set(path.read_text()), path
    with (out / "grades.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert [cell for row in rows for cell in row if cell[:1] in ("=", "\uff1d")] == []
    assert "'\uff1dcmd" in [row[0] for row in rows]


WRONG: list[tuple[str, ...]] = [
    (".", f"--{ODD}"), (ODD,), (f"nowhere/{ODD}.py",), ("report", ODD), ("report", ODD, ODD), ("leaderboard", ODD),
    ("time", ODD), ("rubric", "check", ODD), ("rubric", ODD), ("rubric", "check", f"{ODD}.yaml"), (ODD, "--seed", ODD),
    (ODD, "--format", ODD), (ODD, "--without", ODD), (ODD, "--fail-under", ODD), ("doctor", ODD),
    (".", "--rubric", ODD), ("time", ".", "--workload", ODD), ("leaderboard", ".", "--names", ODD),
]  # fmt: skip


def test_errors_of_the_command_line_do_nothing(tmp_path: Path) -> None:
    for arguments in WRONG:
        done = grade(*arguments, cwd=tmp_path)
        assert done.returncode == 2, arguments
        assert "\\x1b[31m" in done.stderr, (arguments, done.stderr)
        assert not CONTROLS & set(done.stdout + done.stderr), arguments


def test_errors_of_a_rubric_do_nothing(tmp_path: Path) -> None:
    path = tmp_path / f"{ODD}.yaml"
    name = ODD.encode("unicode_escape").decode()
    path.write_text(f'"{name}": 1\nname: "{name}"\nextends: "{name}"\npolicy: {{imports: ["{name}"]}}\n')
    done = grade("rubric", "check", path)
    assert done.returncode == 2
    assert "\\x1b" in done.stderr
    assert not CONTROLS & set(done.stderr)


def test_what_is_said_begins_no_other_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\nben: 100 / 100\x1b")
    assert capsys.readouterr().err == "grade: a\n  ben: 100 / 100\\x1b\n"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", " =", "\t"])
def test_formulas_are_text_in_a_spreadsheet(first: str) -> None:
    cell = spreadsheet_cell(f"{first}1+cmd")
    assert isinstance(cell, str)
    assert cell.startswith("'")


@pytest.mark.parametrize("text", ["é\uff1d1", "1-2", "a@b", "", "√ = 1"])
def test_other_cells_are_left_alone(text: str) -> None:
    assert spreadsheet_cell(text) == text


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("ask @octocat", "@octocat"),
        ("mail a@b.org", "@b.org"),
        ("see http://evil.example/x", "http://evil"),
        ("see HTTPS://evil.example", "HTTPS://evil"),
        ("see www.evil.example", "www.evil"),
        ("_www.evil.example", "www.evil"),
        ("[x](javascript:alert(1))", "[x]("),
        ("<https://evil.example>", "https://"),
    ],
)
def test_nothing_in_markdown_becomes_a_link_or_a_mention(text: str, never: str) -> None:
    shown = markdown_text(text)
    assert never not in shown
    assert shown.replace("\\", "").replace("\u200b", "") == text
