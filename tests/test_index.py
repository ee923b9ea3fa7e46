"""The instructor's page of a class, in a real browser."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.records import Who
from grader.reports import index
from tests.browser import INK, WIDTHS, Opened, opened
from tests.cli import SUBMISSIONS, grade
from tests.gradebooks import PEOPLE, report_of

RUBRIC = "schema: convgrade/1\nextends: correctness-only.yaml\nname: quick\ncases: {count: 20}\n"
SLICE = "The padding is cut off with a slice that is empty at pad 0"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two with the same mistake, who are twins, one who is right, one who cannot be read, and a decision."""
    folder: Path = tmp_path_factory.mktemp("index")
    (folder / "hw").mkdir()
    (folder / "rubric.yaml").write_text(RUBRIC)
    for name, text in {"ann 10": "carol", "ann 9": "carol", "bob": "alice"}.items():
        shutil.copy(SUBMISSIONS / f"{text}.py", folder / "hw" / f"{name}.py")
    (folder / "hw" / "<b>eve.py").write_text("def (:")
    done = grade(folder / "hw", "--rubric", folder / "rubric.yaml", "--out", folder / "out", "-q")
    assert done.returncode == 0, done.stderr
    done = grade("override", folder / "out", "bob", "--points", "70", "--reason", "late talk")
    assert done.returncode == 0, done.stderr
    return folder / "out"


def names(seen: Opened) -> list[str]:
    return seen.page.locator("table.sorted tbody tr:visible th a").all_inner_texts()


def test_page_tells_what_was_hard_and_who_needs_a_look(results: Path) -> None:
    with opened(results / "index.html") as seen:
        text = " ".join(seen.page.locator("main").inner_text().split())
        assert "4 submissions: 3 graded, 1 rejected." in text
        assert "<b>eve 0 / 100 rejected <b>eve.py:1: SyntaxError: invalid syntax" in text
        assert f"2 of 3 fail at pad=0: 2 of them with “{SLICE}”" in text
        assert "bob: a person gave 70 for the mark, less than the 100 computed" in text
        assert "<b>eve: <b>eve.py:1: SyntaxError" in text
        assert "ann 9: the same functions as ann 10" in text
        assert "dx 1 2 1 dw 3 0 1" in text
        assert f"{SLICE} 2" in text
        assert "bob 70 / 100 graded" in text
        assert (seen.console, seen.requests) == ([], [(results / "index.html").as_uri()])


def test_functions_that_were_not_run_are_wrong_for_no_kind_of_input(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    shutil.copy(SUBMISSIONS / "carol.py", tmp_path / "hw" / "carol.py")
    code = (SUBMISSIONS / "alice.py").read_text().replace("    stride, pad =", "    signal.lfilter\n    stride, pad =")
    (tmp_path / "hw" / "not_allowed.py").write_text(f"from scipy import signal\n{code}")
    out = tmp_path / "out"
    done = grade(tmp_path / "hw", "--rubric", tmp_path / "rubric.yaml", "--out", out, "-q")
    assert "not_allowed: 0 / 100" in done.stdout
    page = (out / "index.html").read_text()
    assert set(re.findall(r"<li>(\d+ of \d+) fail at", page)) == {"1 of 1"}
    explained = grade("explain", out, "not_allowed").stdout
    assert "deterministic: not shown, since no function was right in any case; that counts" in explained
    assert "x (0 + 0) / 2 = 0" in explained


def test_function_that_cannot_be_read_needs_a_look_and_one_that_is_not_written_does_not(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    alice = (SUBMISSIONS / "alice.py").read_text()
    old = alice.replace("    return ", '    print "done"\n    return ', 1)
    (tmp_path / "hw" / "old.py").write_text(old)
    for name in ("alice", "starter"):
        shutil.copy(SUBMISSIONS / f"{name}.py", tmp_path / "hw" / f"{name}.py")
    assert grade(tmp_path / "hw", "--rubric", tmp_path / "rubric.yaml", "--out", tmp_path / "out", "-q").returncode == 0
    looks = (tmp_path / "out" / "index.html").read_text().partition('<ul class="looks">')[2].partition("</ul>")[0]
    assert re.findall(r"<li>.*>(.*)</a>: (.*): old.py:", looks) == [("old", "conv_forward_naive could not be read")]
    assert looks.count("<li>") == 1


def test_page_sorts_searches_and_leads_to_each_page(results: Path) -> None:
    with opened(results / "index.html") as seen:
        seen.page.get_by_role("button", name="name").click()
        assert names(seen) == ["<b>eve", "ann 9", "ann 10", "bob"]
        seen.page.get_by_role("button", name="mark").click()
        assert names(seen)[-2:] == ["bob", "<b>eve"]
        seen.page.get_by_role("searchbox").fill("ANN")
        assert sorted(names(seen)) == ["ann 10", "ann 9"]
        assert seen.page.get_by_role("status").inner_text() == "2 of 4 shown"
        places = [link.get_attribute("href") for link in seen.page.locator("table.sorted th a").all()]
        assert all((results / (place or "nowhere")).is_file() for place in places)
        seen.page.locator("table.sorted th a:visible").first.click()
        assert seen.page.locator("h1").inner_text().startswith("ann")


def test_phone_shows_mistakes_and_whole_names(results: Path) -> None:
    with opened(results / "index.html", width=390) as seen:
        row = seen.page.locator("table.sorted tbody tr", has_text="ann 9")
        assert SLICE in row.inner_text()
        name = row.locator("a")
        assert name.evaluate("a => a.getClientRects().length") == 1
        mistakes, above = row.locator("td.wide").bounding_box(), name.bounding_box()
        assert mistakes is not None
        assert above is not None
        assert mistakes["y"] > above["y"]
        seen.page.get_by_role("searchbox").fill("bob")
        assert names(seen) == ["bob"]


def test_page_fits_every_screen_and_is_dark_where_that_is_wanted(results: Path) -> None:
    with opened(results / "index.html", scheme="dark") as seen:
        seen.page.locator("ul.looks a").first.evaluate("link => link.after('_and_a_file_name'.repeat(20))")
        for width in WIDTHS:
            seen.page.set_viewport_size({"width": width, "height": 800})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        dark = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        ink = seen.page.evaluate(INK)
        seen.page.emulate_media(media="print", color_scheme="dark")
        assert seen.page.evaluate(INK) != ink
    with opened(results / "index.html") as seen:
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_page_says_what_is_wrong_where_it_is_no_known_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_KINDS", 99)
    (tmp_path / "hw").mkdir()
    for name in ("leo", "starter", "ivan"):
        shutil.copy(SUBMISSIONS / f"{name}.py", tmp_path / "hw")
    flat = "import numpy as np\n\n\ndef conv_forward_naive(x, w, b, conv_param):\n    return np.zeros(3), None\n"
    (tmp_path / "hw" / "flat.py").write_text(flat)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    done = grade(tmp_path / "hw", "--rubric", tmp_path / "rubric.yaml", "--out", tmp_path / "out", "-q")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "index.html").read_text()
    said = dict(
        re.findall(r'<a href="reports/(\w+).html">.*?<td class="wide">(.*?)</td>', page.split("<tbody>")[-1], re.DOTALL)
    )
    assert said["leo"].startswith("forward: leo.py:23: TypeError: ")
    assert said["starter"] == "forward, dx, dw, db: not implemented"
    assert said["flat"].startswith("forward: out has shape (3,), expected (")
    assert said["ivan"] == "forward: ivan.py:21: AssertionError"
    assert "fail at <b>the notebook&#39;s own cases</b>" in page


def test_page_that_cannot_be_written_costs_nothing_else(results: Path, tmp_path: Path) -> None:
    out = shutil.copytree(results, tmp_path / "out")
    (out / "index.html").unlink()
    (out / "index.html").mkdir()
    done = grade("override", out, "bob", "--undo")
    assert (done.returncode, done.stdout) == (3, "bob: 100 / 100, before: 70 / 100\n")
    assert f"{out}/index.html: cannot be written" in done.stderr
    assert "bob,bob,graded,100.0" in (out / "grades.csv").read_text()


def test_page_stays_as_it_was_where_not_everybody_could_be_listed(results: Path, tmp_path: Path) -> None:
    out = shutil.copytree(results, tmp_path / "out")
    (out / "grades.csv").unlink()
    (out / "grades.csv").mkdir()
    done = grade("override", out, "bob", "--undo")
    assert (done.returncode, f"{out}/grades.csv: cannot be written" in done.stderr) == (3, True)
    assert (out / "index.html").read_text() == (results / "index.html").read_text()


def test_summary_and_page_say_who_handed_in_two_files_and_which_was_graded(tmp_path: Path) -> None:
    for name, text in {"dora/layers.py": "alice", "dora/old.py": "carol", "eli/layers.py": "bob"}.items():
        (tmp_path / "hw" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SUBMISSIONS / f"{text}.py", tmp_path / "hw" / name)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    done = grade(tmp_path / "hw", "--rubric", tmp_path / "rubric.yaml", "--out", tmp_path / "out")
    said = "graded layers.py; the functions are also in old.py (not graded)"
    assert f"More than one file with the functions: dora ({said})" in " ".join(done.stdout.split())
    page = (tmp_path / "out" / "index.html").read_text()
    assert [line for line in page.split("\n") if said in line] == [
        f'<li><a href="reports/dora.html">dora</a>: {said}</li>'
    ]


def test_page_names_the_command_that_says_why_a_timing_is_uncertain() -> None:
    seen = report_of(PEOPLE[0], Who("40112", "Ann", "ann.py"))
    speed = replace(seen.speed_by_item["speed"], stable=False)
    with index.ClassIndex("Homework") as page:
        page.add(replace(seen, speed_by_item={"speed": speed}), "reports/40112.html")
        assert "<code>grade report . 40112</code> says why for Ann" in "".join(page.pieces())
