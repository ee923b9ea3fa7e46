"""Whatever a submission controls is harmless wherever it is shown: its name, what it prints, raises and returns."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from grader.said import escape
from tests.browser import opened
from tests.cli import SUBMISSIONS, grade
from tests.test_sources import write

EVIL = (
    "\x1b[31m\x1b]0;title\x07", "\x9b2J", "\r", "\b\b\b", "\u202e", "\u2066", "<script>alert(1)</script>",
    "[x](javascript:1)",
    "![i](http://evil.example/x.png)", "`code`", "| cell |", "=cmd|' /C calc'!A0", "&lt;b&gt;", "{{ 7 * 7 }}", "\ud800",
)  # fmt: skip
TEXT = " ".join(EVIL)
RAISES = f"""
print({TEXT!r})
def conv_forward_naive(x, w, b, conv_param):
    raise ValueError({TEXT!r})
def conv_backward_naive(dout, cache):
    raise type({TEXT!r}, (Exception,), {{}})({TEXT!r})
"""
RIGHT = (SUBMISSIONS / "alice.py").read_text() + f"\nprint({TEXT!r})\n"
SYNTAX = f"def conv_forward_naive(x, w, b, conv_param:  # {TEXT}"
NAME = "=<b>x [31m `a` {{7*7}} \u202e \x1b[31m \n |c|"
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    files: dict[str, str | bytes] = {
        f"{NAME}{i}.py": text.encode("utf-8", "surrogatepass") for i, text in enumerate((RAISES, SYNTAX))
    }
    folder = write(root / "class", {**files, f"{NAME}right.py": RIGHT.replace("\ud800", "").encode()})
    rubric = root / "rubric.yaml"
    rubric.write_text(
        'schema: convgrade/1\nextends: correctness-only.yaml\nname: "<b>{{7*7}}</b>\\e\\u202e"\ncases: {count: 20}\n'
        "leaderboard: {eligible: all, rank_by: score}\n"
    )
    done = grade(folder, "--rubric", rubric, "--out", root / "out")
    assert done.returncode == 0, done.stderr
    assert FORBIDDEN.search(done.stdout + done.stderr) is None
    return root / "out"


def test_every_file_of_the_results_is_clean(results: Path) -> None:
    files = [path for path in results.rglob("*") if path.suffix in (".txt", ".md", ".html", ".csv", ".json")]
    assert len(files) == 12
    for path in files:
        text = path.read_text()
        assert FORBIDDEN.search(text) is None, path
        if path.suffix == ".md":
            assert re.search(r"(?<!\\)<|(?<!\\)\]\(|(?<!\\)!\[", text) is None, path
    with (results / "grades.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []


@pytest.mark.parametrize("form", ["terminal", "json", "markdown", "junit"])
@pytest.mark.parametrize("loudness", ["-v", "-q"])
def test_every_form_of_a_report_is_clean(results: Path, form: str, loudness: str) -> None:
    for report in json.loads((results / "grades.json").read_text()):
        done = grade("report", results, report["submission"]["id"], "--format", form, loudness)
        assert done.returncode == 0
        assert FORBIDDEN.search(done.stdout + done.stderr) is None


@pytest.mark.parametrize("form", ["terminal", "markdown", "fragment", "latex", "csv", "json"])
def test_every_form_of_the_leaderboard_is_clean(results: Path, form: str) -> None:
    text = grade("leaderboard", results, "--format", form).stdout
    assert FORBIDDEN.search(text) is None
    assert "{{7*7}}" in text.replace("\\", "")
    if form in ("fragment", "markdown"):
        assert re.search(r"(?<!\\)<b>", text) is None


@pytest.mark.parametrize("to", ["csv", "github", "junit"])
def test_every_export_is_clean(results: Path, to: str) -> None:
    out = results.parent / to
    done = grade("export", results, "--to", to, "--out", out)
    assert done.returncode == 0
    assert FORBIDDEN.search(done.stdout + done.stderr + out.read_text()) is None
    assert all(line.startswith("::error ") for line in done.stdout.splitlines())
    if to == "junit":
        assert f"{escape(NAME)}0" in {suite.get("name") for suite in ET.parse(out).getroot()}


def test_page_shows_names_and_runs_nothing_of_them(results: Path) -> None:
    page = results / "board.html"
    grade("leaderboard", results, "--format", "html", "--out", page)
    assert FORBIDDEN.search(page.read_text()) is None
    with opened(page) as seen:
        assert seen.page.locator("h1").inner_text() == r"<b>{{7*7}}</b>\x1b\u202e"
        assert seen.page.locator("tbody b").count() == 0
        assert (seen.console, len(seen.requests)) == ([], 1)
