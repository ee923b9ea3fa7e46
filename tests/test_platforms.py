"""Exports of learning platforms: who handed in, as folder and as zip, zipped again on a Mac or not."""

import csv
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from grader.errors import JudgeError, UsageError
from grader.reading import reader
from grader.reading.reader import OwnReader
from grader.records import Entry, Member
from grader.sandbox.child_process import Child
from grader.sandbox.inside.confine import LAYERS
from grader.sources import COURSE_FUNCTIONS, find_entries, people_at
from grader.sources.found import understood
from grader.sources.places import read
from grader.sources.told import Told
from tests.cli import QUICKLY, grade
from tests.exports import (
    MAC,
    RIGHT,
    WRONG,
    Files,
    autolab,
    blackboard,
    brightspace,
    canvas,
    gradescope,
    moodle,
    sakai,
    written,
    zipped,
)

PLATFORMS: dict[str, tuple[Callable[[], Files], dict[str, str], str]] = {
    "Canvas": (
        canvas,
        {
            "1001": "doejane", "1002": "leebo", "1003": "m\u00fcllerute", "1004": "okafor_ng", "1005": "convolvers3",
            "1006": "raymay",
        },
        "Canvas export: 6 people, 2 late, 1 without anything gradable",
    ),
    "Moodle": (
        moodle,
        {
            "2001": "Jane Doe", "2002": "Bo Lee", "2003": "Ute M\u00fcller", "2004": "Sean OBrien",
            "Default group": "Default group",
        },
        "Moodle export: 5 people, 1 without anything gradable",
    ),
    "Gradescope": (
        gradescope,
        {
            "70": "Cut Off", "0071": "Jane Doe", "72": "Bo Lee, Doe, Ute", "noid@x.edu": "No Id",
            "submission_304": "submission_304",
        },
        "Gradescope export: 6 people, 1 group",
    ),
    "Autolab": (
        autolab,
        {one: one for one in ("ute@x.edu", "bo_lee@x.edu", "jane@x.edu")},
        "Autolab export: 3 people",
    ),
    "Brightspace": (
        brightspace,
        {"11-64": "Jane Doe", "12-64": "Bo Lee", "13-64": "Ute - Anna M\u00fcller"},
        "Brightspace export: 3 people",
    ),
    "Blackboard": (
        blackboard,
        {"jdoe7": "Jane Doe", "bo_lee": "Bo Lee", "ute": "Ute M\u00fcller"},
        "Blackboard export: 3 people, 1 without anything gradable",
    ),
    "Sakai": (
        sakai,
        {"jdoe7": "Jane Doe", "bl2": "Bo Lee (Team 3)", "ute": "Ute M\u00fcller"},
        "Sakai export: 3 people, 1 without anything gradable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", ["folder", "zip", "zip of a Mac"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_people_of_an_export_are_found(platform: str, form: str, tmp_path: Path) -> None:
    files, wanted, said = PLATFORMS[platform]
    path = tmp_path / "export"
    if form == "folder":
        written(path, files())
    else:
        path = path.with_suffix(".zip")
        path.write_bytes(zipped(files() | (MAC if form == "zip of a Mac" else {})))
    found = people_at(path, COURSE_FUNCTIONS)
    assert {entry.id: entry.name for entry in found.entries} == wanted
    assert understood("x", found).startswith(f"x: {said}")
    assert [entry.id for entry in find_entries([path], COURSE_FUNCTIONS)] == [entry.id for entry in found.entries]


def test_what_is_not_called_as_the_platform_calls_hand_ins_is_told(tmp_path: Path) -> None:
    files: Files = {
        "nils.py": RIGHT, "Late Larry/a2/layers.py": RIGHT, "Eve_2009/a2.zip": zipped({"layers.py": RIGHT}),
        "notes/grading.pdf": "due on Friday",
    }  # fmt: skip
    written(tmp_path / "export", moodle() | files)
    found = people_at(tmp_path / "export", COURSE_FUNCTIONS)
    assert len(found.entries) == 5
    assert understood("x", found).endswith(
        "; passed over, since its hand-ins are not called so: Eve_2009, Late Larry, nils.py"
    )
    told: list[str] = []
    for is_all, place in ((True, "export"), (False, "export"), (False, "plain")):
        written(tmp_path / "plain", {"ann.py": RIGHT, "README.md": "what is here"})
        find_entries([tmp_path / place], COURSE_FUNCTIONS, told.append, tell_all=is_all)
    assert [line.rpartition(": ")[2] for line in told] == ["Eve_2009, Late Larry, nils.py"] * 2  # with -q, too
    for name, (make, *_) in PLATFORMS.items():
        written(tmp_path / name, make())
        assert people_at(tmp_path / name, COURSE_FUNCTIONS).passed_over == []


def test_people_of_one_name_have_their_numbers_on_moodle_which_may_hide_names(tmp_path: Path) -> None:
    names = ("Participant_4711_assignsubmission_file", "Participant_4712_assignsubmission_file")
    written(tmp_path / "export", {f"{name}/layers.py": RIGHT for name in names})
    entries = people_at(tmp_path / "export", COURSE_FUNCTIONS).entries
    assert [(one.id, one.name) for one in entries] == [("4711", "Participant 4711"), ("4712", "Participant 4712")]


def graded(files: Files, folder: Path) -> dict[str, dict[str, Any]]:
    written(folder / "export", files)
    done = grade(folder / "export", "--no-timing", "-q", "--jobs", 1, "--out", folder / "out")
    assert done.returncode in (0, 3), done.stderr
    reports = json.loads((folder / "out" / "grades.json").read_text())
    return {report["person"]["id"]: report for report in reports}


def test_hand_ins_of_canvas_are_graded_under_their_own_names(tmp_path: Path) -> None:
    found = graded(canvas(), tmp_path)
    scores = {id: report["score"] for id, report in found.items()}
    assert scores == {"1001": 100, "1002": 100, "1003": 97.06, "1004": 100, "1005": 100, "1006": 0}
    assert [id for id, report in found.items() if report["person"]["is_late"]] == ["1002", "1004"]
    assert found["1006"]["verdict"] == "rejected"
    assert "text.html" in found["1006"]["message"]
    assert found["1001"]["submission"]["source"].endswith("doejane_1001_50001_layers.py")


def test_same_people_from_two_platforms_get_the_same_marks(tmp_path: Path) -> None:
    of_moodle, of_gradescope = graded(moodle(), tmp_path / "m"), graded(gradescope(), tmp_path / "g")
    marks = [
        {id: of[id]["score"] for id in ids}
        for of, ids in ((of_moodle, ("2001", "2002")), (of_gradescope, ("0071", "72")))
    ]
    assert [list(one.values()) for one in marks] == [[100, 97.06], [100, 97.06]]
    assert (of_moodle["2003"]["score"], of_moodle["2004"]["verdict"]) == (100, "rejected")
    assert of_gradescope["70"]["verdict"] == "judge_error"  # the export was cut off: that is not his fault
    person = of_gradescope["72"]["person"]
    assert person["group"] == "Bo Lee, Doe, Ute"
    assert [one["id"] for one in person["members"]] == ["72", "0073"]
    assert of_gradescope["0071"]["person"]["submitted_at"] == "2026-02-03T17:34:00Z"
    assert of_gradescope["submission_304"]["person"]["submitted_at"] == "2026-02-05T14:00:00Z"
    assert of_gradescope["0071"]["person"]["email"] == "jane@x.edu"


def test_newest_attempt_counts_and_is_told_with_its_time(tmp_path: Path) -> None:
    marks = {
        "autolab": (autolab, {"jane@x.edu": 100, "bo_lee@x.edu": 100, "ute@x.edu": 97.06}),
        "brightspace": (brightspace, {"11-64": 100, "12-64": 100, "13-64": 0}),
        "blackboard": (blackboard, {"jdoe7": 100, "bo_lee": 100, "ute": 0}),
        "sakai": (sakai, {"jdoe7": 100, "bl2": 97.06, "ute": 0}),
    }
    times: dict[str, str | None] = {}
    for name, (files, wanted) in marks.items():
        found = graded(files(), tmp_path / name)
        assert {id: report["score"] for id, report in found.items()} == wanted
        times |= {id: report["person"]["submitted_at"] for id, report in found.items()}
    assert (times["11-64"], times["jdoe7"]) == ("2025-10-03T21:22:00", "2026-02-03T14:05:09Z")


@pytest.mark.parametrize(
    ("files", "own", "other"),
    [
        (canvas, "leebo_LATE_1002_50007_", "doejane_1001_99999_layers.py"),
        (moodle, "Bo Lee_2002_assignsubmission_file/", "Jane Doe_2001_assignsubmission_file/layers.py"),
        (autolab, "bo_lee@x.edu_11_", "jane@x.edu_99_handin.py"),
        (brightspace, "12-64 - Bo Lee - Oct 10, 2025 1022 AM - ", "11-64 - Jane Doe - Oct 3, 2030 922 PM - layers.py"),
        (blackboard, "A2_bo_lee_attempt_2026-02-03-14-05-09_", "A2_jdoe7_attempt_2030-02-03-14-05-09_layers.py"),
        (sakai, "A2/Lee (Team 3), Bo(bl2)/Submission attachment(s)/", "Doe, Jane(jdoe7)/layers.py"),
    ],
    ids=["Canvas", "Moodle", "Autolab", "Brightspace", "Blackboard", "Sakai"],
)
def test_file_that_is_called_like_another_s_newer_hand_in_is_its_own_person_s(
    files: Callable[[], Files], own: str, other: str, tmp_path: Path
) -> None:
    def found(exported: Files) -> dict[str, Entry]:
        return {one.id: one for one in people_at(written(tmp_path / "export", exported), COURSE_FUNCTIONS).entries}

    before, after = found(files()), found(files() | {own + other: "def conv_forward_naive(): ..."})
    assert before.keys() == after.keys()
    assert sum(before[id] != after[id] for id in before) <= 1
    (jane,) = {"1001", "2001", "jane@x.edu", "11-64", "jdoe7"} & before.keys()
    assert before[jane] == after[jane]


def test_class_whose_names_have_numbers_is_no_export_of_canvas(tmp_path: Path) -> None:
    files: Files = {f"{name}_2026_{k}_layers.py": "def conv_forward_naive(): ...\ndef conv_backward_naive(): ...\n"
             for k, name in enumerate(("ann", "ben", "cem"))}  # fmt: skip
    found = people_at(written(tmp_path / "hw", files), COURSE_FUNCTIONS)
    assert found.platform is None
    assert len(found.entries) == 3


def test_what_is_called_otherwise_in_an_export_of_canvas_is_told_and_a_few_such_names_make_none(tmp_path: Path) -> None:
    odd = "jonesmary-ann_1007_50007_layers.py"
    path = written(tmp_path / "export", canvas() | {odd: RIGHT})
    found = people_at(path, COURSE_FUNCTIONS)
    said = PLATFORMS["Canvas"][2]
    assert understood("x", found) == f"x: {said}; passed over, since its hand-ins are not called so: {odd}"
    few = written(tmp_path / "few", {"a_1_2_x.py": RIGHT, "b_3_4_x.py": RIGHT, "cem.py": RIGHT, "dee.py": RIGHT})
    assert people_at(few, COURSE_FUNCTIONS).platform is None
    with pytest.raises(UsageError, match=r"`doejane_1234_56789_a2.zip`, and in it there is cem.py, dee.py$"):
        people_at(few, COURSE_FUNCTIONS, told=Told("canvas"))
    pictures: Files = {"fig_1_2_a.png": b"x", "fig_3_4_b.png": b"x", "layers.py": RIGHT}
    assert [one.id for one in people_at(written(tmp_path / "ann", pictures), COURSE_FUNCTIONS).entries] == ["ann"]


def test_damaged_metadata_leave_the_folders_as_they_are(tmp_path: Path) -> None:
    files = gradescope() | {"assignment_9_export/submission_metadata.yml": "---\n  - [broken\n:"}
    found = people_at(written(tmp_path / "export", files), COURSE_FUNCTIONS)
    assert [entry.id for entry in found.entries] == [f"submission_{k}" for k in (301, 302, 303, 304)]


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_hand_in_that_an_export_lists_without_its_files_is_no_zero(form: str, tmp_path: Path) -> None:
    path = written(tmp_path / "export", gradescope())
    if form == "zip":
        path = tmp_path / "export.zip"
        path.write_bytes(zipped(gradescope()))
    (entry,) = (entry for entry in people_at(path, COURSE_FUNCTIONS).entries if entry.id == "70")
    with pytest.raises(JudgeError, match=r"/submission_300: (is listed in the export|cannot be read)"):
        read(entry.place, COURSE_FUNCTIONS)


UNPACKED = {
    "Canvas": ("doejane_1234_56789_a2", "leebo_1235_56790_a2"),
    "Blackboard": ("A2_jdoe7_attempt_2026-02-03-14-05-09_a2", "A2_bo_attempt_2026-02-03-14-05-09_a2"),
    "Moodle": ("Jane Doe_1234_assignsubmission_file_a2", "Bo Lee_1235_assignsubmission_file_a2"),
    "Brightspace": ("3-64 - Jane Doe - Oct 3, 2025 922 PM - a2", "4-64 - Bo Lee - Oct 3, 2025 922 PM - a2"),
}


@pytest.mark.parametrize(("platform", "tops"), UNPACKED.items())
def test_archive_that_was_unpacked_in_its_place_is_the_same_hand_in(
    tmp_path: Path, platform: str, tops: tuple[str, str]
) -> None:
    for k, inner in enumerate(("", "a2/cs231n/")):
        text = {name: f"# {name}\ndef conv_forward_naive(): ...\ndef conv_backward_naive(): ...\n" for name in tops}
        files: Files = {f"{name}/{inner}layers.py": text[name] for name in tops}
        files |= {f"{name}/notes.txt": "x" for name in tops}
        found = people_at(written(tmp_path / f"unpacked{k}", files), COURSE_FUNCTIONS)
        packed: Files = {f"{name}.zip": zipped({f"{inner}layers.py": text[name], "notes.txt": "x"}) for name in tops}
        same = people_at(written(tmp_path / f"packed{k}", packed), COURSE_FUNCTIONS)
        assert (found.platform, [entry.id for entry in found.entries]) == (
            platform,
            [entry.id for entry in same.entries],
        )
        theirs, ours = ([read(one.place, COURSE_FUNCTIONS).data for one in each.entries] for each in (same, found))
        assert sorted(ours) == sorted(theirs) == sorted(each.encode() for each in text.values())


MOMENTS = {
    "2026-02-03 14:05:09.861687000 Z": "2026-02-03T14:05:09Z",
    "2026-02-03 14:05:09.861687000 -08:00": "2026-02-03T22:05:09Z",
    "2026-02-03T14:05:09.123Z": "2026-02-03T14:05:09Z",
    "2026-02-03T14:05+0530": "2026-02-03T08:35:00Z",
    "2026-02-03 14:05:09 GMT": "2026-02-03T14:05:09Z",
    "2026-13-03T14:05:09Z": None,
    "0001-01-01T00:00:00+01:00": None,
    "yesterday": None,
}


@pytest.mark.parametrize(("text", "at"), MOMENTS.items())
def test_moments_are_read_in_every_form_of_iso_8601(tmp_path: Path, text: str, at: str | None) -> None:
    people: Files = {
        "gradescope/submission_metadata.yml": f"submission_1:\n  :submitters: []\n  :created_at: {text}\n",
        "gradescope/submission_1/layers.py": "x",
        "sakai/Doe, Jane(jdoe7)/timestamp.txt": f"\ufeff{text}\r\n",
        "sakai/Doe, Jane(jdoe7)/Submission attachment(s)/layers.py": "x",
        "sakai/Lee, Bo(bl2)/Submission attachment(s)/layers.py": "x",
        "nbgrader/jane/ps2/timestamp.txt": f"{text}\n",
        "nbgrader/bo/ps2/timestamp.txt": "2026-02-03 14:05:09.1 UTC",
    }
    written(tmp_path, people)
    for platform in ("gradescope", "sakai", "nbgrader"):
        found = people_at(tmp_path / platform, COURSE_FUNCTIONS)
        assert found.platform is not None
        (jane,) = (entry for entry in found.entries if entry.id in ("submission_1", "jdoe7", "jane"))
        assert jane.submitted_at == at, platform


def test_null_in_the_metadata_of_gradescope_is_nobody_s_id(tmp_path: Path) -> None:
    folder = "  :submitters:\n  - :name: {0}\n    :sid: {1}\n    :email: {0}@x.edu\n"
    text = "".join(f"submission_{k}:\n{folder.format(k, none)}" for k, none in ((1, "null"), (2, "~"), (3, "null")))
    files: Files = {f"submission_{k}/layers.py": "x" for k in (1, 2, 3)}
    found = people_at(written(tmp_path / "export", files | {"submission_metadata.yml": text}), COURSE_FUNCTIONS)
    assert [entry.id for entry in found.entries] == ["1@x.edu", "2@x.edu", "3@x.edu"]


def test_members_are_told_with_their_addresses(tmp_path: Path) -> None:
    found = people_at(written(tmp_path / "export", gradescope()), COURSE_FUNCTIONS)
    group = next(entry for entry in found.entries if entry.group)
    assert group.members == (Member("72", "Bo Lee", "bo@x.edu"), Member("0073", "Doe, Ute", "ute@x.edu"))


def test_what_reads_a_hand_in_of_several_files_may_read_these_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, canvas())
    reads = []

    def child(zygote: Any, region: Any, request: Any, *others: Any, **options: Any) -> Child:
        reads.append([Path(path).name for path in request["reads"]])
        return Child(zygote, region, request, *others, **options)

    monkeypatch.setattr("grader.reading.reader.Child", child)
    (ute,) = (entry for entry in find_entries([tmp_path], COURSE_FUNCTIONS) if entry.id == "1003")
    with OwnReader(LAYERS) as reader:
        assert reader.shape(ute, COURSE_FUNCTIONS, ()).origin.filename == "layers-2.py"
    assert reads == [["m\u00fcllerute_1003_50003_layers-2.py", "m\u00fcllerute_1003_50004_notes.pdf"]]


@pytest.mark.parametrize(
    ("classroom", "repositories", "ids"),
    [("hw", ["hw-", "hw-ann"], ["hw-", "hw-ann"]), ("\u0130hw", ["\u0130hw-ann", "\u0130hw-Ben"], ["ann", "ben"])],
)
def test_repository_without_a_login_is_no_export_and_everybody_has_an_id(
    tmp_path: Path, classroom: str, repositories: list[str], ids: list[str]
) -> None:
    """An empty id cost that person's report."""
    folder = tmp_path / f"{classroom}_submissions_2026_02_05_T_10_00_00"
    written(folder, {f"{repository}/layers.py": RIGHT for repository in repositories})
    assert sorted(entry.id for entry in find_entries([folder])) == ids


class Unflagged(zipfile.ZipInfo):
    """A member whose name is in UTF-8 and not said to be, as Info-ZIP and macOS write it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  # as zipfile calls it
        return self.filename.encode(), self.flag_bits & ~0x800


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("pack", ["zip", "folder"])
def test_names_with_accents_are_read_however_they_were_packed(
    form: Literal["NFC", "NFD"], pack: str, tmp_path: Path
) -> None:
    named = {unicodedata.normalize(form, name): data for name, data in canvas().items()}
    if pack == "folder":
        written(tmp_path / "hw", named)
    else:
        with zipfile.ZipFile(tmp_path / "hw", "w") as archive:
            for name, data in named.items():
                archive.writestr(Unflagged(name), data)
        (tmp_path / "hw").rename(tmp_path / "hw.zip")
    (path,) = tmp_path.iterdir()
    entries = find_entries([path], COURSE_FUNCTIONS)
    assert {entry.id: entry.name for entry in entries}["1003"] == "m\u00fcllerute"
    assert len(entries) == 6


def test_file_in_a_folder_of_its_own_is_that_of_whoever_has_results(tmp_path: Path) -> None:
    written(tmp_path / "class", canvas())
    assert grade("class", *QUICKLY, "--out", "out", cwd=tmp_path).returncode == 0
    written(tmp_path / "late", {"doejane_LATE_1001_977_layers-1.py": RIGHT})
    done = grade("late", *QUICKLY, "--out", "out", "--add", cwd=tmp_path)
    assert "doejane_LATE_1001_977_layers-1.py: is doejane's (1001), who has results here" in done.stderr
    found = csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
    assert sorted(row["id"] for row in found) == ["1001", "1002", "1003", "1004", "1005", "1006"]


CANVAS_ROSTER = 'Student,ID,SIS Login ID\n{}"Student, Test",1999,\n'


def test_canvas_file_of_one_who_handed_in_nothing_is_hers_with_a_roster_and_without(tmp_path: Path) -> None:
    rows = "".join(
        f'"{name}",{id},{name[0]}\n' for name, id in (("Doe, Jane", 1001), ("Lee, Bo", 1002), ("Ray, M", 1003))
    )
    written(tmp_path, {"roster.csv": CANVAS_ROSTER.format(rows)})
    written(
        tmp_path / "class", {f"{name}_90{id}_a2.py": RIGHT for name, id in (("doejane_1001", 0), ("leebo_1002", 1))}
    )
    written(tmp_path / "class", {"studenttest_1999_907_a2.py": RIGHT})
    done = grade("class", *QUICKLY, "--out", "out", "--roster", "roster.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "studenttest_1999_907_a2.py: is passed over, since 1999 is the test student of roster.csv" in done.stderr
    written(tmp_path / "late", {"raym_LATE_1003_977_layers.py": RIGHT})
    for more in ([], ["--roster", "roster.csv"]):
        done = grade("late/raym_LATE_1003_977_layers.py", *QUICKLY, "--out", "out", *more, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found = csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
        assert {row["id"]: row["verdict"] for row in found} == dict.fromkeys(["1001", "1002", "1003"], "graded")


@pytest.mark.parametrize("inside", ["bo@x.edu_1_c.py", "submission_900/conv.py", "1002/conv.py", "c.py"])
def test_archive_that_canvas_named_is_its_persons_whatever_is_in_it(inside: str, tmp_path: Path) -> None:
    files: Files = {"mallory_1003_902_a2.py": WRONG, "smithbob_1002_901_a2.py": RIGHT}
    written(tmp_path / "class", files)
    assert grade("class", *QUICKLY, "--out", "out", cwd=tmp_path).returncode == 0
    also: Files = {"submission_metadata.yml": "submission_900:\n  :submitters: []\n"} if "900" in inside else {}
    written(tmp_path / "late", {"mallory_LATE_1003_963_a2.zip": zipped({inside: RIGHT} | also)})
    done = grade("late/mallory_LATE_1003_963_a2.zip", *QUICKLY, "--out", "out", cwd=tmp_path)
    assert "is mallory's (1003), who has results here and is called so" in done.stderr
    found = csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
    assert {row["id"]: float(row["score"]) for row in found} == {"1002": 100, "1003": 100}


@pytest.mark.parametrize("name", ["smithbob_1002", "mallory_1006", "smithbob_1002_7"])
def test_name_that_ends_with_a_number_on_canvas_takes_nobodys_row(name: str, tmp_path: Path) -> None:
    files: Files = {"doejane_1001_900_2_conv.py": RIGHT, "smithbob_1002_901_a2.py": RIGHT}
    written(tmp_path / "class", files | {"xu_1005_904_a2.py": RIGHT, f"{name}_1003_958_conv_layers.py": WRONG})
    assert grade("class", *QUICKLY, "--out", "out", cwd=tmp_path).returncode == 0
    written(tmp_path, {f"late/{name}_1003_977_x.py": WRONG})
    assert grade(f"late/{name}_1003_977_x.py", *QUICKLY, "--out", "out", cwd=tmp_path).returncode == 0
    found = csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
    marks = {row["id"]: float(row["score"]) for row in found}
    assert {"1001": 100, "1002": 100, "1005": 100}.items() <= marks.items()


@pytest.mark.parametrize("path", ["late/hw2-jane", "late"])
def test_repository_by_itself_is_its_owner_s_who_has_results(path: str, tmp_path: Path) -> None:
    written(tmp_path / "hw2-submissions", {f"hw2-{login}/layers.py": WRONG for login in ("jane", "bo-lee")})
    assert grade("hw2-submissions", *QUICKLY, "--out", "out", cwd=tmp_path).returncode == 0
    written(tmp_path / "late", {"hw2-jane/layers.py": RIGHT})
    done = grade(path, *QUICKLY, "--out", "out", "--add", cwd=tmp_path)
    assert "late/hw2-jane: is jane's (jane), who has results here and is called so" in done.stderr
    found = csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
    assert {row["id"]: float(row["score"]) == 100 for row in found} == {"jane": True, "bo-lee": False}


def test_file_that_a_platform_named_is_that_of_whoever_has_results(tmp_path: Path) -> None:
    names = "doejane_1001_900_a2.py", "leebo_LATE_1002_901_a2.py"
    written(tmp_path / "class", dict.fromkeys(names, RIGHT))
    assert grade(tmp_path / "class", *QUICKLY, "--out", tmp_path / "out").returncode == 0
    more = {"doejane_LATE_1001_977_a2-1.py": True, "leebo_1001_978_a2.py": False}
    written(tmp_path / "late", dict.fromkeys(more, f"{RIGHT}# mended"))
    for name, told in more.items():
        done = grade(tmp_path / "late" / name, *QUICKLY, "--out", tmp_path / "out")
        assert (done.returncode, "is doejane's (1001), who has results here" in done.stderr) == (0, told)
    both = [tmp_path / "late" / f"doejane_1001_{number}_part.py" for number in (981, 982)]
    written(tmp_path / "late", {path.name: RIGHT for path in both})
    done = grade(*both, *QUICKLY, "--out", tmp_path / "apart", "--add")  # nobody has results there
    assert (done.returncode, "has results here" in done.stderr) == (0, False)
    done = grade(*both, *QUICKLY, "--out", tmp_path / "out")
    assert (done.returncode, "has results here" in done.stderr) == (0, False)  # which of the two is the newest?
    marks = csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
    assert {row["id"]: row["is_late"] for row in marks} == {"1001": "yes", "1002": "yes", "leebo_1001_978_a2": "",
        **dict.fromkeys((path.stem for path in both), ""),
    }  # fmt: skip


FOR_MANUAL_GRADING: Files = {
    f"Homework9/{who}_{uin}_{question}_{number}_{file}": text
    for who, uin, number in (("ab@uni.edu", 650001, 9001), ("cd@uni.edu", 650002, 9003))
    for question, file, number, text in (
        ("conv", "layers.py", number, RIGHT), ("affine", "affine.py", number + 1, "x = 1\n")
    )
}  # fmt: skip


@pytest.mark.parametrize("odd", ["", "odd.py"])
def test_files_for_manual_grading_are_read_question_by_question(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "CS_HW9_files_for_manual_grading.zip"
    path.write_bytes(zipped(FOR_MANUAL_GRADING | ({f"Homework9/{odd}": "x = 1\n"} if odd else {})))
    people = people_at(path, COURSE_FUNCTIONS)
    assert (people.platform, people.passed_over) == ("PrairieLearn", [odd] if odd else [])
    assert [one.email for one in people.entries] == ["ab@uni.edu", "cd@uni.edu"]
    assert {read(one.place, COURSE_FUNCTIONS).data.decode() for one in people.entries} == {RIGHT}


ODD: dict[str, Callable[[str, int], str]] = {
    "Canvas": lambda who, at: f"{who}_100{at}_90{at}_",
    "Autolab": lambda who, at: f"{who}@x.edu_{at}_",
    "Blackboard": lambda who, at: f"hw_{who}_attempt_2026-01-01-00-00-0{at}_",
    "Brightspace": lambda who, at: f"3-6{at} - {who} - Oct 3, 2026 922 PM - ",
    "Moodle": lambda who, at: f"{who} Lee_1{at}_assignsubmission_file_",
    "PrairieLearn": lambda who, at: f"{who}@x.edu_1_conv_1_1_30{at}_",
}


@pytest.mark.parametrize("name", [".", "..", "\n", "a\n.py"])
@pytest.mark.parametrize("platform", ODD)
def test_file_of_an_odd_name_is_its_own_person_s_and_the_class_stays_one(
    platform: str, name: str, tmp_path: Path
) -> None:
    of = ODD[platform]
    files: Files = {f"{of(who, at)}a2.py": RIGHT for at, who in enumerate(("ann", "bo", "cy"), 1)}
    path = written(tmp_path / "class", files | {f"{of('mal', 4)}{name}": WRONG})
    with OwnReader(LAYERS) as reader:
        people = reader.people_at(path, COURSE_FUNCTIONS)
    assert (people.platform, len(people.entries)) == (platform, 4)


def test_person_who_is_called_like_a_time_is_one_of_the_class(tmp_path: Path) -> None:
    names = "Mal - Jan 1, 2026 1000 AM", "Bo", "Cy"
    files: Files = {f"3-6{at} - {name} - Oct 3, 2026 922 PM/c.py": RIGHT for at, name in enumerate(names)}
    with OwnReader(LAYERS) as reader:
        people = reader.people_at(written(tmp_path / "class", files), COURSE_FUNCTIONS)
    assert [(one.name, one.submitted_at) for one in people.entries] == [(n, "2026-10-03T21:22:00") for n in names]


@pytest.mark.parametrize("own", ["..", "x/", "."])
def test_odd_name_in_a_text_of_blackboard_is_its_own_person_s(own: str, tmp_path: Path) -> None:
    files = blackboard()
    text = next(name for name in files if name.endswith(".txt"))
    odd = re.sub(r"Original filename: .*", f"Original filename: {own}", str(files[text]))
    assert odd != files[text]
    with OwnReader(LAYERS) as reader:
        before, after = (
            reader.people_at(written(tmp_path / name, some), COURSE_FUNCTIONS)
            for name, some in (("before", files), ("after", files | {text: odd}))
        )
    assert [one.id for one in before.entries] == [one.id for one in after.entries]


def test_folder_of_several_that_cannot_be_told_is_refused_and_not_one_person_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "class", {f"{name}.py": RIGHT for name in "abc"})
    child = vars(reader)["Child"]
    ask = child.ask
    monkeypatch.setattr(child, "ask", lambda *asked: ask(*asked[:-1], lambda _: asked[-1]({"rejected": 5})))
    with OwnReader(()) as own, pytest.raises(UsageError, match="nobody can tell which hand-in is whose"):
        own.people_at(path, COURSE_FUNCTIONS)


def test_questions_of_one_name_in_two_folders_are_two(tmp_path: Path) -> None:
    files: Files = {
        f"ann@x.edu_1_{week}/conv_1_1_30{at}_layers.py": text
        for at, (week, text) in enumerate((("week1", RIGHT), ("week2", "x = 1\n")))
    }
    (entry,) = people_at(written(tmp_path / "CS_all_files", files), COURSE_FUNCTIONS).entries
    assert read(entry.place, COURSE_FUNCTIONS).data.decode() == RIGHT


def test_question_with_a_number_in_its_id_is_no_submission(tmp_path: Path) -> None:
    files: Files = {f"{who}@uni.edu_{who}9_conv_2_30{at}_layers.py": RIGHT for at, who in enumerate("abc")}
    people = people_at(written(tmp_path / "CS_files_for_manual_grading", files), COURSE_FUNCTIONS)
    assert (people.platform, [one.id for one in people.entries]) == ("PrairieLearn", [f"{w}@uni.edu" for w in "abc"])


@pytest.mark.parametrize("name", ["sub/conv_2_test.py", "sub/x_1_1_301_l.py", "a_300_l.py", "_9_9_301_a.py"])
@pytest.mark.parametrize("form", ["{}@x.edu_1_conv_1_1_3{}_", "{}@x.edu_{}uin_conv_3{}_"])
def test_name_of_one_student_s_file_changes_nothing_for_another(name: str, form: str, tmp_path: Path) -> None:
    def of(who: str, number: str) -> str:
        return form.format(who, number) if form.count("{}") == 2 else form.format(who, who, number)

    files: Files = {f"{of(who, number)}l.py": RIGHT for who, number in (("ann", "01"), ("bo", "00"), ("cy", "02"))}
    path = written(tmp_path / "CS_all_files", {**files, f"{of('mal', '45')}{name}": WRONG})
    people = people_at(path, COURSE_FUNCTIONS)
    assert (people.platform, people.passed_over) == ("PrairieLearn", [])
    assert [one.id for one in people.entries] == [f"{who}@x.edu" for who in ("ann", "bo", "cy", "mal")]


def test_letters_with_signs_of_vowels_and_tones_are_names_on_canvas(tmp_path: Path) -> None:
    names = "\u0936\u0930\u094d\u092e\u093e", "\u0e2a\u0e21\u0e34\u0e17\u0e18\u0e34\u0e4c", "lee"
    files: Files = {f"{name}_100{at}_90{at}_a2.py": RIGHT for at, name in enumerate(names)}
    people = people_at(written(tmp_path / "submissions", files), COURSE_FUNCTIONS)
    assert (people.platform, {one.name for one in people.entries}) == ("Canvas", {*names})


def test_file_of_autolab_with_a_number_in_its_name_is_autolab_s(tmp_path: Path) -> None:
    files: Files = {f"{who}@x.edu_{version}_hw_2_handin.py": RIGHT for who in "ab" for version in (1, 2)}
    people = people_at(written(tmp_path / "export", files), COURSE_FUNCTIONS)
    assert (people.platform, [one.id for one in people.entries]) == ("Autolab", ["a@x.edu", "b@x.edu"])
