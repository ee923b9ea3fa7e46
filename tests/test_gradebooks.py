"""Forty people's marks to each platform and back by the platform's own rules; nobody gets another's mark or page."""

import csv
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock, patch

import openpyxl
import pytest

from grader.errors import UsageError
from grader.exports.base import Options, placed
from grader.exports.kinds import classroom50, github, sakai
from grader.exports.marks import points_of
from grader.records import ItemResult, Member, Verdict, Who
from tests import gradebooks as books
from tests import importers
from tests.cli import Done, grade
from tests.gradebooks import MARKED, MARKS, PEOPLE, Person, results_of
from tests.test_leaderboard import graded

AS_WRITTEN = [f"{one.score:.2f}".rstrip("0").rstrip(".") for one in MARKED]
FAILED = next(one for one in PEOPLE if one.score is None)
WHO = {
    "canvas": books.on_canvas,
    "moodle": books.on_moodle,
    "blackboard": books.on_blackboard,
    "brightspace": books.on_brightspace,
    "sakai": books.on_sakai,
    "nbgrader": books.on_nbgrader,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder for each platform, made without running anything."""
    folder: Path = tmp_path_factory.mktemp("gradebooks")
    for name, who in WHO.items():
        results_of(folder / name, who)
    return folder


def export(results: Path, data: bytes, *options: object) -> tuple[Done, bytes]:
    file = results.parent / f"{results.name}.downloaded"
    file.write_bytes(data)
    done = grade("export", results, "--to", results.name, "--into", file, *options)
    return done, file.read_bytes()


def check_said(done: Done, *left: str, marks: int = len(MARKED)) -> None:
    """One person has no mark, who is named; everybody else has, but for those who are named too."""
    assert done.returncode == 1, done.stderr
    first, *named = (line for line in done.stderr.splitlines() if "above the maximum, to which" not in line)
    assert first.startswith(f"grade: {marks} marks are in")
    assert named[-1].endswith(": has no mark (judge error)")
    assert [line.removeprefix("grade: ") for line in named[:-1]] == list(left)


def test_canvas_has_everybody_s_mark_and_nobody_s_is_cleared(folder: Path) -> None:
    before = {str(one.number): "5.00" for one in PEOPLE} | {"999": ""}
    wanted = before | {str(number): mark for number, mark in MARKS.items()} | {str(FAILED.number): ""}
    for text, encoding in ((books.canvas_book(), "utf-8"), (books.canvas_book(";"), "utf-8-sig")):
        done, data = export(folder / "canvas", text.encode(encoding), "--column", "78")
        check_said(done)
        # whoever has no mark had a blank cell in the download, which is Canvas's own blank
        assert importers.canvas(data, before) == wanted
        assert inserted(text.encode(encoding), data, encoding) == AS_WRITTEN


def test_moodle_has_everybody_s_mark_but_what_is_above_its_maximum(folder: Path) -> None:
    above = next(one for one in MARKED if float(one.mark) > books.MOST)
    wanted = {str(number): mark for number, mark in MARKS.items() if number != above.number}
    why = "104.5 points are more than the 100 that the worksheet takes; raise the maximum there"
    for text, encoding in ((books.moodle_book(), "utf-8"), (books.moodle_book(";"), "utf-8-sig")):
        done, data = export(folder / "moodle", text.encode(encoding))
        check_said(done, f"{above.name} ({above.number}): {why}", marks=len(wanted))
        assert importers.moodle(data) == wanted
        assert inserted(text.encode(encoding), data, encoding) == [mark for mark in AS_WRITTEN if mark != "104.5"]


def inserted(before: bytes, after: bytes, encoding: str) -> list[str]:
    """What stands in a file that did not, line by line; all else is the same, byte by byte."""
    found = []
    old, new = (data.decode(encoding).splitlines(keepends=True) for data in (before, after))
    for line, changed in zip(old, new, strict=True):
        start = next((at for at, pair in enumerate(zip(line, changed, strict=False)) if pair[0] != pair[1]), len(line))
        assert changed.endswith(line[start:])
        found.append(changed[start : len(changed) - len(line) + start])
    return [what for what in found if what]


def test_blackboard_and_brightspace_and_sakai_have_everybody_s_mark(folder: Path) -> None:
    done, data = export(folder / "blackboard", books.blackboard_book().encode("utf-16"))
    check_said(done)
    assert importers.blackboard(data) == {one.user: one.mark for one in MARKED}
    done, data = export(folder / "brightspace", books.brightspace_book().encode("utf-8-sig"), "--column", "A2")
    check_said(done)
    assert importers.brightspace(data) == {one.sid: f"{min(100.0, one.score or 0):.2f}" for one in MARKED}
    above = sum((one.score or 0) > 100 for one in MARKED)
    (told,) = (line for line in done.stderr.splitlines() if "above the maximum, to which Brightspace cuts" in line)
    assert above == told.count(";") + 1
    in_german = books.sakai_book().replace(",grade,", ",Note,")
    for text, options in ((books.sakai_book(), []), (in_german, ["--column", "Note"])):
        done, data = export(folder / "sakai", text.encode(), *options)
        check_said(done)
        assert importers.sakai(data) == {one.user: one.mark for one in MARKED}


def test_whose_name_two_rows_have_gets_no_mark_and_is_told_why(folder: Path) -> None:
    one, other = MARKED[1], MARKED[2]
    book = books.brightspace_book().replace(f"{other.last},{other.first},", f"{one.last},{one.first},")
    done, data = export(folder / "brightspace", book.encode(), "--column", "A2")
    why = "several rows of the grade file have this name; enter the right mark by hand"
    nowhere = f"{other.name} ({other.number}-64): is not in the grade file"
    check_said(done, f"{one.name} ({one.number}-64): {why}", nowhere, marks=len(MARKED) - 2)
    assert not {one.sid, other.sid} & importers.brightspace(data).keys()


def test_groups_of_sakai_have_one_row_with_everybody_s_ids(tmp_path: Path) -> None:
    pairs = list(zip(MARKED[::2], MARKED[1::2], strict=False))
    members = {one.number: tuple(Member(each.user, each.name) for each in (one, other)) for one, other in pairs}
    first = [one for one, _ in pairs]
    results = results_of(
        tmp_path / "sakai", lambda one: Who(one.user, "", f"hw.zip/A2/{one.name}", members=members[one.number]), first
    )
    rows = {one.user: "; ".join(f"{each.last}, {each.first}({each.user})" for each in (one, other))
            for one, other in pairs}  # fmt: skip
    lines = [["A2", "Score"], [], ["Group", "ID", "Members", "grade", "Submission date", "Late submission"],
             *([one.name, rows[one.user], "", "", "2026-02-03", "On time"] for one in first)]  # fmt: skip
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    done, data = export(results, text.getvalue().encode())
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert importers.sakai_groups(data) == {rows[one.user]: one.mark for one in first}


def test_nbgrader_has_everybody_s_mark_beside_other_cells(folder: Path) -> None:
    done, data = export(folder / "nbgrader", books.nbgrader_book(), "--column", "ps2/conv")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 2), done.stderr
    essay, computed = 7, 5
    wanted = {one.user: (round((one.score or 0) + essay, 2), 0) for one in MARKED}
    found = {user: (round(score, 2), waiting) for user, (score, waiting) in importers.nbgrader(data).items()}
    assert found == wanted | {FAILED.user: (essay + computed, 1)}


def test_tables_have_everybody_s_mark_and_ids_as_they_are(folder: Path) -> None:
    out = folder / "marks.xlsx"
    check_said(grade("export", folder / "moodle", "--to", "xlsx", "--out", out))
    rows = list(openpyxl.load_workbook(out)["marks"].iter_rows(values_only=True))
    wanted = [(str(one.number), books.on_moodle(one).name, one.score) for one in PEOPLE]
    assert [(row[0], row[1], row[4]) for row in rows[1:]] == wanted
    assert {row[1] for row in rows} >= {"=cmdx Plus", "+41 Phone", "Robert Smith, Jr."}
    table = list(csv.DictReader(io.StringIO(grade("export", folder / "moodle", "--to", "csv").stdout)))
    assert [(row["id"], importers.two(row["score"]) if row["score"] else "") for row in table] == [
        (str(one.number), one.mark) for one in PEOPLE
    ]


def percent(text: str) -> float:
    return round(100 * importers.prairielearn(text), 2)


EACH: dict[str, tuple[str, Callable[[str], object], Callable[[Person], object]]] = {
    "gradescope": (".json", importers.gradescope, lambda one: (one.score, False)),
    "prairielearn": (
        ".json",
        percent,
        lambda one: min(100.0, one.score or 0),
    ),
    "autolab": (".txt", lambda text: round(importers.total(importers.autolab(text)), 2), lambda one: one.score),
}


@pytest.mark.parametrize("to", EACH)
def test_platforms_are_handed_a_file_for_each_with_the_mark(folder: Path, tmp_path: Path, to: str) -> None:
    ending, read, wanted = EACH[to]
    done = grade("export", folder / "canvas", "--to", to, "--out", tmp_path / "out")
    assert (done.returncode, f"{books.flat(FAILED)}: has no mark" in done.stderr) == (1, True)
    found = {path.name: read(path.read_text()) for path in (tmp_path / "out").iterdir()}
    assert found == {f"{one.number}{ending}": wanted(one) for one in MARKED}
    again = grade("export", folder / "canvas", "--to", to, "--out", tmp_path / "out")
    assert (again.returncode, "is there already; name a new folder" in again.stderr) == (2, True)
    alone = grade("export", folder / "canvas", MARKED[1].number, "--to", to)
    assert (alone.returncode, alone.stdout) == (0, (tmp_path / "out" / f"{MARKED[1].number}{ending}").read_text())


def test_hidden_items_keep_what_they_say_to_themselves(folder: Path) -> None:
    tests = json.loads(grade("export", folder / "canvas", 1002, "--to", "gradescope").stdout)["tests"]
    (hidden,) = (test for test in tests if test["visibility"] == "hidden")
    assert (hidden["name"], hidden["score"], hidden["output"]) == ("secret-db", 19.41, "")
    assert "at pad 0" in tests[0]["output"]
    text = grade("export", folder / "canvas", 1002, "--to", "prairielearn").stdout
    assert "secret-db" not in {test["name"] for test in json.loads(text)["tests"]}


def test_classroom50_takes_whole_points_in_its_runner_alone(folder: Path) -> None:
    refused = grade("export", folder / "canvas", 1002, "--to", "classroom50")
    assert (refused.returncode, "its runner sets CLASSROOM, ASSIGNMENT," in refused.stderr) == (2, True)
    runner = {"CLASSROOM": "c", "ASSIGNMENT": "a2", "SUBMISSION_TAG": "submit/1", "COMMIT_URL": "u", "RELEASE_URL": "r"}
    with patch.dict(os.environ, runner):
        reports = [books.report_of(one, Who(one.user, one.name, "")) for one in MARKED]
        files = classroom50.EXPORT.fill(reports, None, books.OPTIONS).files
    assert {id: importers.classroom50(data.decode()) for id, data in files.items()} == {
        one.user: round(one.score or 0) for one in MARKED
    }


def test_github_takes_a_name_in_an_archive_that_is_longer_than_any_path() -> None:
    source = "c.zip/" + "\U00020000" * 1000 + f"/{'x' * 200}.py"
    report = replace(graded("ann"), who=Who("ann", "ann", source), file="layers.py", message="no")
    filled = github.EXPORT.fill([report], None, books.OPTIONS)
    assert (filled.written, filled.printed) == (1, "::error title=ann::no\n")


def test_github_shows_a_reason_without_a_known_mistake_at_the_line_that_it_names() -> None:
    item = ItemResult("dx", "dx", "correctness", 0, 25, Verdict.POLICY, message="layers.py:85: uses numpy.einsum")
    report = replace(graded("ann"), items=(item, replace(item, id="dw", title="dw")), file="layers.py")
    ((kind, properties, message),) = importers.annotations(github.EXPORT.fill([report], None, books.OPTIONS).printed)
    assert (kind, properties["line"], properties["title"], message) == ("error", "85", "dx, dw", item.message)


def test_github_gets_a_summary_and_at_most_ten_annotations(folder: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    done = grade("export", folder / "canvas", "--to", "github", "--out", summary)
    found = importers.annotations(done.stdout)
    assert (done.returncode, len(found)) == (1, 10)
    kind, properties, message = found[0]
    assert (kind, properties["file"]) == ("error", f"submissions.zip/{books.canvas_file(PEOPLE[1])}")
    assert (properties["title"], "100 % of the cases, at pad 0" in message) == (
        f"{books.flat(PEOPLE[1])}: forward, dx",
        True,
    )
    rows = [line.split(" | ") for line in summary.read_text().splitlines()[2:]]
    assert [row[1].partition(" ")[0] for row in rows[:3]] == ["100", "97.06", "0"]
    assert len(rows) == len(PEOPLE)


PAGES: dict[str, bytes | None] = {"canvas": None, "sakai": None, "moodle": books.moodle_book().encode(),
                                  "nbgrader": books.nbgrader_book()}  # fmt: skip


def owner_on(to: str, name: str) -> tuple[int, str]:
    """Whose page an archive's file becomes on a platform, and the name under which it is shown there."""
    by_user = {one.user: one.number for one in PEOPLE}
    if to == "canvas":
        return importers.canvas_comment(name, {one.number + 50000: one.number for one in PEOPLE})
    if to == "moodle":
        found = importers.moodle_feedback(name, {one.number for one in PEOPLE})
        assert found is not None
        return found
    parts = name.split("/")
    if to == "sakai":
        assert (parts[0], parts[2]) == ("A2", "Feedback Attachment(s)")
        return by_user[parts[1].rpartition("(")[2].rstrip(")")], parts[3]
    assert (parts[0], parts[2]) == ("feedback", "ps2")
    return by_user[parts[1]], parts[3]


@pytest.mark.parametrize("to", PAGES)
def test_everybody_gets_their_own_page_in_a_form_that_opens(folder: Path, tmp_path: Path, to: str) -> None:
    book, column = PAGES[to], ["--column", "ps2/conv"] if to == "nbgrader" else []
    into: list[object] = []
    if book is not None:
        (tmp_path / "book").write_bytes(book)
        into = ["--into", tmp_path / "book", "--out", tmp_path / "filled"]
    done = grade("export", folder / to, "--to", to, "--feedback", tmp_path / "p.zip", *into, *column)
    assert (done.returncode, f"{len(PEOPLE)} pages are in" in done.stderr) == (int(bool(into)), True), done.stderr
    shown = {}
    for name, data in importers.pages(tmp_path / "p.zip").items():
        number, called = owner_on(to, name)
        shown[number] = called
        assert importers.as_read(name, data) == f"page of {number}\n", name
    assert set(shown) == {one.number for one in PEOPLE}
    expected = {"canvas": {"a2.zip", "layers.py", "conv 1_2.ipynb"}, "nbgrader": {"ConvolutionalNetworks.html"}}
    assert set(shown.values()) == expected.get(to, {"report.html"})


def test_pages_for_sakai_have_the_marks_beside_them(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "book").write_text(books.sakai_book())
    both = ("--into", tmp_path / "book", "--out", tmp_path / "filled", "--feedback", tmp_path / "p.zip")
    grade("export", folder / "sakai", "--to", "sakai", *both)
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert archive.read("A2/grades.csv") == (tmp_path / "filled").read_bytes()
    assert importers.sakai((tmp_path / "filled").read_bytes()) == {one.user: one.mark for one in MARKED}


@pytest.mark.parametrize("name", ["Lee (Team 3), Bo(bl2)", "Lee (Team 3), Bo(bl2)_Submission attachment(s)_my_net.py"])
def test_sakai_s_folders_are_known_from_a_download_without_them(name: str) -> None:
    report = replace(graded("bo"), who=Who("bl2", "Bo Lee", f"all.zip/A2/{name}"))
    assert sakai.EXPORT.feedback is not None
    found = sakai.EXPORT.feedback([report], None, books.OPTIONS)
    assert dict(found.names) == {"A2/Lee (Team 3), Bo(bl2)/Feedback Attachment(s)/report.html": "bl2"}


def test_marks_that_are_filled_in_beside_pages_are_told_unless_they_go_to_another_file(
    folder: Path, tmp_path: Path
) -> None:
    told = f"the marks are filled into {tmp_path / 'book'}, too; --out FILE leaves it as it is"
    for more, is_told in ((("--out", tmp_path / "filled"), False), ((), True)):
        (tmp_path / "book").write_bytes(books.moodle_book().encode())
        both = ("--into", tmp_path / "book", "--feedback", tmp_path / "p.zip", *more)
        done = grade("export", folder / "moodle", "--to", "moodle", *both)
        assert (told in done.stderr) is is_told
        assert ((tmp_path / "book").read_bytes() != books.moodle_book().encode()) is is_told


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


COLUMN = "A2, convolution (78)"
BAD: dict[str, tuple[str, bytes, list[str], str]] = {
    "a title that Canvas ignores": (
        "canvas", changed(books.canvas_book(), (COLUMN, "Final Score of A2 (78)")).encode(), ["--column", "78"],
        "Canvas would ignore 'Final Score of A2 (78)', since 'Final Score' is in its name",
    ),
    "a full column": (
        "canvas", changed(books.canvas_book(), (",9,,88.1", ",9,55,88.1")).encode(), ["--column", "78"],
        "has other marks already (Doe, Jane in line 3, Lee, Bo in line 4, Müller, Ute in line 5 and 36 more)",
    ),
    "a row cut off": (
        "canvas", books.canvas_book().partition(",00020")[0].encode(), ["--column", "78"],
        "the gradebook: line 22 is too short: is the file cut off?",
    ),
    "the last row cut off in its name": (
        "canvas", books.canvas_book().partition("26,")[0].encode(), ["--column", "78"], "is too short",
    ),
    "somebody twice": (
        "canvas", (books.canvas_book() + '"Doe, Jane",1001,,,S,9,,\n').encode(), ["--column", "78"],
        "the gradebook: 1001 is in lines 3 and 44: remove one, or download it again",
    ),
    "a participant twice": (
        "moodle", (books.moodle_book() + 'Teilnehmer/in 1002,Bo,b,Abgegeben,,"100,00",Ja,-,\r\n').encode(), [],
        "the worksheet: Teilnehmer/in 1002 is in lines 4 and 82",
    ),
    "a worksheet of another assignment": (
        "moodle", books.moodle_book().replace("in 10", "in 70").encode(), [],
        "has other numbers for these people: is it another assignment's? Download this one's",
    ),
    "a worksheet whose numbers are other people's": (
        "moodle", changed(books.moodle_book(), *((f"in {one.number},", f"in x{one.number + 1},") for one in PEOPLE),
                          ("in x", "in ")).encode(), [],
        "has these people's numbers under other names, such as Jane Doe for Bo Lee: is it another assignment's?",
    ),
    "a worksheet cut off": ("moodle", books.moodle_book()[:-20].encode(), [], "the worksheet: line 80 is too short"),
    "a worksheet that is locked": (
        "moodle", books.moodle_book().replace(",Ja,", ",Nein,").encode(), [], "no grade in it can be changed",
    ),
    "another course's": (
        "canvas", books.canvas_book().replace(",00", ",90").replace(",10", ",80").replace(",800.0", ",100.0").encode(),
        ["--column", "78"], "none of these people is in it: is it another course's? First here: ",
    ),
    "another maximum": (
        "blackboard", changed(books.blackboard_book(), ("Pts: 100", "Pts: 20")).encode("utf-16"), [],
        "20 points are possible there, and 100 here: is it another assignment?",
    ),
    "another maximum with its thousands": (
        "canvas", books.canvas_book().replace("100.0", '"1.000,00"', 1).encode(), ["--column", "78"],
        "1000 points are possible there, and 100 here: is it another assignment?",
    ),
    "a maximum that is no number": (
        "canvas", books.canvas_book().replace("100.0", "nan", 1).encode(), ["--column", "78", "--scale"],
        "the gradebook: 'nan' is no number of points; correct the maximum there",
    ),
    "no maximum to scale to": (
        "sakai", books.sakai_book().encode(), ["--scale"], "says no maximum that --scale could convert the marks to",
    ),
    "a worksheet that is locked in another language": (
        "moodle", books.moodle_book().replace(",Ja,", ",Nej,").encode(), [], "no grade in it can be changed",
    ),
    "no column with an id": (
        "blackboard", changed(books.blackboard_book(), (" |123456", "")).encode("utf-16"), [], "has no assignments",
    ),
    "a full column of Blackboard": (
        "blackboard", changed(books.blackboard_book(), ('"12"\t""', '"12"\t"3"')).encode("utf-16-le"), [],
        "has other marks already (Doe in line 2,",
    ),
    "several columns": ("brightspace", books.brightspace_book().encode(), [], "name one with --column: 'A1', 'A2'"),
    "a line without its end": (
        "brightspace", books.brightspace_book().encode()[:-3], ["--column", "A2"], "line 41 does not end in #",
    ),
    "no file of Sakai's": ("sakai", books.canvas_book().encode(), [], "is none of Sakai's, whose third line"),
    "another language": (
        "sakai", changed(books.sakai_book(), (",grade,", ",Note,")).encode(), [],
        "has no grades under 'grade'; is it 'Note'? Say so with --column",
    ),
    "a quote without end": ("sakai", books.sakai_book().encode() + b'"', [], "is cut off: a quote in it has no end"),
    "a full column of Moodle": (
        "moodle", changed(books.moodle_book(), ("Abgegeben,,", "Abgegeben,3,")).encode(), [],
        "has other marks already (Teilnehmer/in 1001 in line 2,",
    ),
    "no database": ("nbgrader", b"id,name", [], "is no gradebook.db of nbgrader, or is cut off"),
    "a database cut off": ("nbgrader", books.nbgrader_book()[:5000], ["--column", "ps2/conv"], "or is cut off"),
    "several cells": ("nbgrader", books.nbgrader_book(), [], "--column ASSIGNMENT/CELL: 'ps2/conv', 'ps2/essay'"),
    "no such cell": ("nbgrader", books.nbgrader_book(), ["--column", "ps3"], "has no graded cell 'ps3'"),
    "a full cell": ("nbgrader", books.nbgrader_book(), ["--column", "ps2/essay", "--scale"], "marks already (u_00001,"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_must_not_be_filled_in_is_left_as_it_is(folder: Path, what: str) -> None:
    to, data, options, wanted = BAD[what]
    pages = ["--feedback", folder / "p.zip"] if to in PAGES else []
    done, after = export(folder / to, data, *options, *pages)
    assert (done.returncode, after) == (2, data)
    assert wanted in " ".join(done.stderr.split()), done.stderr
    assert not (folder / "p.zip").exists()


def test_numbers_of_teams_lead_to_nobody_s_mark_or_page(tmp_path: Path) -> None:
    """Moodle names a team's folder by the group's number, which is some participant's as well."""
    team = Who("1003", "Team 3", "hw.zip/Team 3_1003_assignsubmission_file")
    results = results_of(
        tmp_path / "moodle", lambda one: team if one is PEOPLE[2] else books.on_moodle(one), MARKED[:4]
    )
    done, data = export(results, books.moodle_book().encode(), "--feedback", tmp_path / "p.zip")
    said = "Team 3 (1003): its number is Ute Müller's in the worksheet: is it a team? Enter its marks by hand"
    assert (done.returncode, done.stderr.count(said)) == (1, 1)
    assert set(importers.moodle(data)) == {"1001", "1002", "1004"}
    assert [owner_on("moodle", name)[0] for name in importers.pages(tmp_path / "p.zip")] == [1001, 1002, 1004]


def test_people_of_another_platform_are_found_by_name_in_a_worksheet(tmp_path: Path) -> None:
    results = results_of(
        tmp_path / "moodle", lambda one: Who(f"9{one.number}", one.name, "hw/submission_1"), MARKED[:3]
    )
    done, data = export(results, books.moodle_book().encode())
    assert (done.returncode, set(importers.moodle(data))) == (0, {"1001", "1002", "1003"}), done.stderr


def test_what_lies_in_somebody_s_archive_is_no_mark_of_others(tmp_path: Path) -> None:
    """Whose archive is laid out like a section chose the names in it; `lab1` is nobody, so its names are people's."""
    mallory, bob, late, zoe = (str(one.number) for one in PEOPLE[:4])
    people = {
        bob: Who(f"{mallory}-{bob}", PEOPLE[1].name, f"hw/{mallory}.tar.gz/{bob}.py"),
        late: Who(late, PEOPLE[2].name, f"hw/{late}.py"),
        zoe: Who(f"lab1-{zoe}", PEOPLE[3].name, f"hw/lab1.zip/{zoe}.py"),
    }
    results = results_of(tmp_path / "moodle", lambda one: people[str(one.number)], PEOPLE[1:4])
    done, data = export(results, books.moodle_book().encode())
    said = f"({mallory}-{bob}): lies in what {mallory} handed in, who is in the worksheet; enter the right mark by hand"
    assert (done.returncode, " ".join(done.stderr.split()).count(said)) == (1, 1), done.stderr
    assert set(importers.moodle(data)) == {late, zoe}


def test_who_is_there_by_their_own_id_has_their_mark_wherever_it_lay() -> None:
    report = Mock(who=Who("anna-lena", "Anna-Lena", "/home/anna/hw/anna-lena.py"))
    ((_, row, why),) = placed([report], [{"anna": 1, "anna-lena": 2}], "the gradebook")
    assert (row, why) == (2, "")


def test_people_without_names_are_found_by_number(tmp_path: Path) -> None:
    """Where Moodle hides names, folders have its word for a participant, and the worksheet no names."""
    rows = ["Bezeichner,Status,Bewertung,Beste Bewertung,Bewertung kann geändert werden"]
    rows += [f'Teilnehmer/in {one.number},Abgegeben,,"100,00",Ja' for one in PEOPLE]
    blind = results_of(tmp_path / "moodle", lambda one: Who(str(one.number), "Teilnehmerin", "x"), MARKED[:4])
    done, data = export(blind, "\n".join(rows).encode())
    assert (done.returncode, importers.moodle(data)) == (0, {str(one.number): one.mark for one in MARKED[:4]}), (
        done.stderr
    )


def test_options_that_do_not_go_together_are_told(folder: Path) -> None:
    for options, wanted in (
        (["--to", "blackboard", "--feedback", "p.zip"], "there is no upload of feedback for all students"),
        (["--to", "moodle", "--feedback", "p.zip"], "name the file that was downloaded with --into"),
        (["--to", "canvas", "--feedback", "p.zip", "--out", "x"], "--out is where marks are written"),
        (["--to", "gradescope"], "name a new folder with --out, or one submission"),
        (["--to", "xlsx"], "name the file with --out"),
        (["999", "--to", "gradescope"], "has no submission 999"),
    ):
        done = grade("export", folder / "canvas", *options)
        assert (done.returncode, wanted in " ".join(done.stderr.split())) == (2, True), done.stderr


def test_maximum_of_a_gradebook_may_have_room_for_the_bonus() -> None:
    bonus = ItemResult("speed", "speed", "speed", 4.5, 10.0, Verdict.PARTIAL, bonus=True)
    marked = graded("ann", 104.5, items=(bonus,))
    assert [points_of(marked, most, Options(), "the worksheet") for most in ("", "100", "104", "110")] == [104.5] * 4
    assert points_of(marked, "110", Options(scale=True), "the worksheet") == pytest.approx(1.045 * 110)
    for most in ("99", "111", "10"):
        with pytest.raises(UsageError, match="is it another assignment"):
            points_of(marked, most, Options(), "the worksheet")
        assert points_of(marked, most, Options(scale=True), "the worksheet") == pytest.approx(1.045 * float(most))
    assert points_of(graded("bob", 0.0), "20", Options(), "the worksheet") == 0


def test_mark_that_a_person_has_yet_to_give_points_for_is_not_scaled() -> None:
    style = ItemResult("style", "Style and comments", "manual", None, 5.0, Verdict.SKIPPED)
    waiting = graded("ann", 80.0, max_score=95.0, items=(style,))
    for options in (Options(), Options(scale=True)):
        with pytest.raises(
            UsageError, match="ann has no points for Style and comments yet: `grade mark RESULTS ann --"
        ):
            points_of(waiting, "100", options, "the worksheet")
    assert points_of(waiting, "95", Options(), "the worksheet") == 80
