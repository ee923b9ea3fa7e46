"""Marks into gradebooks: what was downloaded differs in the cells of the marks alone, and nobody gets another's."""

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.exports.names import handed
from grader.records import Who
from grader.sheets import Sheet
from tests.cli import Done, grade
from tests.exports import canvas, gradescope, moodle, written
from tests.html_reports import report
from tests.importers import as_read, pages

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,A1 (77),"A2, convolution (78)",Final Score
    Points Possible,,,,,10.0,100.0,(read only)
"Doe, Jane",1001,0071,jane,Sec 1,9,,88.1
"Lee, Bo",1002,0072,bo,Sec 1,,,70
"M\u00fcller, Ute",1003,0073,ute,Sec 1,7.5,,
"Okafor, Ng",1004,0074,ng,Sec 2,EX,,
"Con, Volver",1005,0075,cv,Sec 2,,,
"=cmd(), O'Neill",1999,0099,oneill,Sec 2,1,,
"Student, Test",1006,,,Sec 1,,,
"""
MOODLE = (
    '"Bezeichner","Vollst\u00e4ndiger Name","E-Mail-Adresse",Status,Bewertung,"Beste Bewertung",'
    '"Kann bewertet werden",Feedback\r\n'
    '"Teilnehmer/in2001","Jane Doe",jane@x.edu,"abgegeben","","100,00","Ja","a ""quoted"", line\nbreak"\r\n'
    '"Teilnehmer/in2002","Bo Lee",bo@x.edu,"abgegeben","","100,00","Ja",""\r\n'
    '"Teilnehmer/in2003","Ute M\u00fcller",ute@x.edu,"abgegeben","","100,00","Nein",""\r\n'
    '"Teilnehmer/in2004","Sean OBrien",sean@x.edu,"abgegeben","","100,00","Ja",""\r\n'
)


def test_whoever_gets_no_page_is_told_why() -> None:
    reports = [report((), who=Who(id, id, f"all.zip/{id}")) for id in ("ann.py", "bo.png", "cy")]
    found = handed(reports, lambda _, file: None if file == "cy" else file, "Canvas", "handed in no file")
    assert found.names == {"ann.py": "ann.py"}
    assert found.left == (
        "bo.png (bo.png): no page, since Canvas takes one only under the name of the hand-in, bo.png, and this is not "
        "code, a notebook or an archive",
        "cy (cy): handed in no file",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three platforms' exports, graded."""
    folder: Path = tmp_path_factory.mktemp("exports")
    for name, files in {"canvas": canvas(), "moodle": moodle(), "gradescope": gradescope()}.items():
        written(folder / f"{name}-in", files)
        done = grade(folder / f"{name}-in", "--no-timing", "-q", "--jobs", 1, "--out", folder / name)
        assert done.returncode in (0, 3), done.stderr
    return folder


def export(results: Path, to: str, data: bytes, *options: object) -> tuple[Done, bytes]:
    file = results.parent / f"{to}.csv"
    file.write_bytes(data)
    done = grade("export", results, "--to", to, "--into", file, *options)
    return done, file.read_bytes()


def table(data: bytes, encoding: str = "utf-8") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline="")))


def test_gradebook_of_canvas_differs_in_the_cells_of_the_marks_alone(folder: Path) -> None:
    done, data = export(folder / "canvas", "canvas", CANVAS.encode("utf-8-sig"), "--column", "78")
    assert (done.returncode, "6 marks are in" in done.stderr) == (0, True), done.stderr
    before, after = table(CANVAS.encode()), table(data, "utf-8-sig")
    marks = {"1001": "100", "1002": "100", "1003": "97.06", "1004": "100", "1005": "100", "1006": "0"}
    for old, new in zip(before, after, strict=True):
        assert new == [*old[:6], marks.get(old[1], old[6]), *old[7:]]
    assert len(data) == len(CANVAS.encode("utf-8-sig")) + sum(map(len, marks.values()))


def test_worksheet_of_moodle_in_any_language_keeps_all_else(folder: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        done, data = export(folder / "moodle", "moodle", MOODLE.encode(encoding))
        assert done.returncode == 1
        assert "Ute M\u00fcller (2003): the grade cannot be changed there" in done.stderr
        assert "Default group (Default group): is not in the worksheet" in done.stderr
        rows = table(data, encoding)
        assert [row[4] for row in rows[1:]] == ["100", "97.06", "", "0"]
        assert [row[:4] + row[5:] for row in rows] == [row[:4] + row[5:] for row in table(MOODLE.encode())]
        assert data.count(b"\r\n") == MOODLE.encode().count(b"\r\n")


def test_pages_go_back_under_the_names_of_the_download(folder: Path, tmp_path: Path) -> None:
    done = grade("export", folder / "canvas", "--to", "canvas", "--feedback", tmp_path / "p.zip")
    assert (done.returncode, "raymay (1006): has no file to comment on" in done.stderr) == (1, True)
    found = pages(tmp_path / "p.zip")
    assert set(found) == {
        "convolvers3_1005_50006_layers.py", "doejane_1001_50001_layers.py", "leebo_LATE_1002_50002_a2-1.zip",
        "m\u00fcllerute_1003_50003_layers-2.py", "okafor_ng_LATE_1004_50005_my_solution_1_2.py",
    }  # fmt: skip
    assert as_read("a2-1.zip", found["leebo_LATE_1002_50002_a2-1.zip"]).startswith("<!doctype html>")
    text = (folder / "canvas" / "reports" / "1003.txt").read_text()
    assert as_read("layers.py", found["m\u00fcllerute_1003_50003_layers-2.py"]).split() == text.split()


def test_pages_of_a_class_that_is_no_download_are_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    done = grade("export", folder / "gradescope", "--to", "canvas", "--feedback", tmp_path / "p.zip")
    assert (done.returncode, (tmp_path / "p.zip").exists()) == (2, False)
    (line,) = done.stderr.splitlines()
    assert "this class was not read as a download of Canvas" in line


def test_column_of_canvas_has_the_title_that_canvas_shows(folder: Path) -> None:
    (title,) = (cell for cell in table(CANVAS.encode())[0] if cell.endswith(" (78)"))
    shown = title.removesuffix(" (78)")
    done, data = export(folder / "canvas", "canvas", CANVAS.encode(), "--column", shown)
    assert data == export(folder / "canvas", "canvas", CANVAS.encode(), "--column", "78")[1]
    assert done.returncode == 0
    twice = CANVAS.replace(table(CANVAS.encode())[0][5], f'"{shown} (77)"')
    done, data = export(folder / "canvas", "canvas", twice.encode(), "--column", shown)
    assert (done.returncode, data) == (2, twice.encode())
    assert f"has several assignments {shown!r}; there are '{shown} (77)', '{title}'" in done.stderr


def test_marks_that_are_there_already_are_not_replaced_unless_asked(folder: Path) -> None:
    full = CANVAS.replace("Sec 1,9,,", "Sec 1,9,50,")
    done, data = export(folder / "canvas", "canvas", full.encode(), "--column", "78")
    assert (done.returncode, data) == (2, full.encode())
    assert "has other marks already (Doe, Jane in line 3); --overwrite replaces them" in done.stderr
    done, data = export(folder / "canvas", "canvas", full.encode(), "--column", "78", "--overwrite")
    assert (done.returncode, table(data)[2][6]) == (0, "100")
    same = CANVAS.replace("Sec 1,9,,", "Sec 1,9,100.00,")  # as Canvas writes the mark that was imported
    assert export(folder / "canvas", "canvas", same.encode(), "--column", "78")[0].returncode == 0


def test_nobody_gets_a_mark_that_may_be_another_s(folder: Path) -> None:
    both = CANVAS.replace("1002,0072,bo", "1002,1003,bo").replace("1003,0073,ute", "1998,0073,ute")
    done, data = export(folder / "canvas", "canvas", both.encode(), "--column", "78")
    assert done.returncode == 1
    for one, other in (("leebo (1002)", "1003"), ("m\u00fcllerute (1003)", "1002")):
        assert f"{one}: has the same row in the gradebook as {other}; enter the right mark by hand" in done.stderr
    assert [row[6] for row in table(data)[2:6]] == ["100", "", "", "100"]


def test_whose_id_is_another_s_id_of_another_kind_gets_no_mark(folder: Path) -> None:
    """Jane's student id is also Canvas's number of somebody else."""
    book = CANVAS.replace("1999,0099,oneill", "0071,0099,oneill").replace("1002,0072,bo", "1002,72,bo")
    done, data = export(folder / "gradescope", "canvas", book.encode(), "--column", "78")
    why = "is found in several rows of the gradebook, by id, address or name; enter the right mark by hand"
    assert (done.returncode, f"Jane Doe (0071): {why}" in done.stderr) == (1, True)
    assert [row[6] for row in table(data)[2:]] == ["", "97.06", "97.06", "", "", "", ""]


def test_whoever_is_not_in_the_gradebook_is_named(folder: Path) -> None:
    without = "\n".join(line for line in CANVAS.split("\n") if "Lee, Bo" not in line)
    done, data = export(folder / "canvas", "canvas", without.encode(), "--column", "78")
    assert (done.returncode, "leebo (1002): is not in the gradebook" in done.stderr) == (1, True)
    assert table(data)[2][6] == "100"


def test_marks_are_scaled_only_where_that_is_asked(folder: Path) -> None:
    other = CANVAS.replace("100.0,(read", "50.0,(read")
    done, data = export(folder / "canvas", "canvas", other.encode(), "--column", "78")
    assert (done.returncode, data, "--scale converts" in done.stderr) == (2, other.encode(), True)
    _, data = export(folder / "canvas", "canvas", other.encode(), "--column", "78", "--scale")
    assert [row[6] for row in table(data)[2:5]] == ["50", "50", "48.53"]


BAD: dict[str, tuple[str, str, list[Any], str]] = {
    "two assignments": ("canvas", CANVAS, [], "several assignments; name one with --column: 'A1 (77)', 'A2, conv"),
    "no such assignment": ("canvas", CANVAS, ["--column", "79"], "has no assignment '79'"),
    "cut off": ("canvas", CANVAS[:-120] + ',"', ["--column", "78"], "is cut off"),
    "read only": ("canvas", CANVAS.replace("100.0,(read", "(read only),(read"), ["--column", "78"], "is read only"),
    "another platform's": ("canvas", MOODLE, [], "is no gradebook of Canvas"),
    "no worksheet": ("moodle", CANVAS, [], "is no grading worksheet of Moodle, whose first column"),
    "no table": ("canvas", "hello", [], "is no table"),
}


@pytest.mark.parametrize("what", BAD)
def test_file_that_is_not_what_it_should_be_is_left_as_it_is(folder: Path, what: str) -> None:
    to, text, options, wanted = BAD[what]
    done, data = export(folder / "canvas", to, text.encode(), *options)
    assert (done.returncode, data) == (2, text.encode())
    assert wanted in " ".join(done.stderr.split())


def test_everybody_of_a_group_has_its_mark(folder: Path) -> None:
    done = grade("export", folder / "gradescope", "--to", "csv")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert (done.returncode, "Cut Off: has no mark" in done.stderr) == (1, True)
    assert {id: row["score"] for id, row in rows.items()} == {
        "70": "", "0071": "100", "72": "97.06", "0073": "97.06", "noid@x.edu": "100", "submission_304": "0",
    }  # fmt: skip
    assert rows["0073"]["email"] == "ute@x.edu"


def test_junit_says_what_the_reports_say(folder: Path) -> None:
    out = folder / "junit.xml"
    assert grade("export", folder / "canvas", "--to", "junit", "--out", out).returncode == 0
    suites = {suite.get("name"): suite for suite in ET.parse(out).getroot()}
    assert len(suites) == 6
    assert [(case.get("name"), [child.tag for child in case]) for case in suites["1003"]][:2] == [
        ("forward", []), ("dx", ["failure"]),
    ]  # fmt: skip
    assert suites["1001"].get("failures") == "0"
    assert suites["1006"].get("failures") == "5"


def test_junit_of_one_submission_is_its_suite_of_all(folder: Path) -> None:
    """`grade FILE --format junit` is in the contract; of several submissions it is one file."""
    everybody = grade("export", folder / "canvas", "--to", "junit").stdout
    done = grade("report", folder / "canvas", "1003", "--format", "junit")
    assert done.returncode == 0
    (suite,) = ET.fromstring(done.stdout)
    (same,) = (each for each in ET.fromstring(everybody) if each.get("name") == "1003")
    assert ET.tostring(suite) == ET.tostring(same)
    refused = grade("report", folder / "canvas", "--format", "junit")
    assert (refused.returncode, f"`grade export {folder}/canvas --to junit` writes all" in refused.stderr) == (2, True)


def test_what_cannot_be_asked_for_is_told(folder: Path) -> None:
    for options, wanted in (
        (["--to", "canvs"], "there is no 'canvs' (did you mean canvas?); choose from autolab, blackboard,"),
        (["--to", "canvas"], "name the file that was downloaded with --into"),
        (["--to", "csv", "--into", "x"], "--into is not for it"),
        (["--to", "canvas", "--into", "nowhere.csv"], "nowhere.csv: cannot be read"),
    ):
        done = grade("export", folder / "canvas", *options)
        assert (done.returncode, wanted in " ".join(done.stderr.split())) == (2, True), done.stderr


CELL = st.text(st.sampled_from('ab"\u00fc 0,;\n'), max_size=4)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=1, max_size=4), st.data())
def test_only_the_cells_that_are_replaced_differ(rows: list[list[str]], data: st.DataObject) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["x", "y", "z,z"], *rows])
    try:
        sheet = Sheet.of(text.getvalue().encode(), "x")
    except UsageError:
        return
    if sheet.between != ",":
        return
    there = [["x", "y", "z,z"], *rows]
    assert [sheet.row(row) for row in range(len(there))] == there
    row = data.draw(st.integers(0, len(there) - 1))
    column = data.draw(st.integers(0, len(there[row]) - 1))
    changed = [list(each) for each in there]
    changed[row][column] = "97.06"
    assert table(sheet.replaced({(row, column): "97.06"})) == changed
