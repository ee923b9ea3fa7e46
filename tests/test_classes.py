"""A class of forty from every platform: who they are, when they handed in, and which attempt is theirs."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.records import Entry
from grader.sources import COURSE_FUNCTIONS, people_at
from grader.sources.places import read
from grader.sources.told import Told
from tests.classes import CLASSES, NOWHERE
from tests.cli import grade
from tests.exports import MAC, RIGHT, WRONG, Files, written, zipped


def numbered(entries: list[Entry]) -> list[Entry]:
    return sorted((replace(one, source="", place=NOWHERE, earlier=()) for one in entries), key=lambda one: one.id)


def number_in(id: str) -> int:
    """The person's number, with which everybody's id is made."""
    return 1000 + int(re.findall(r"\d+", id)[0]) % 1000


def export(files: Files, form: str, folder: Path) -> Path:
    if form == "folder":
        return written(folder / "export", files)
    path = folder / "export.zip"
    path.write_bytes(zipped(files | (MAC if form == "zip of a Mac" else {})))
    return path


@pytest.mark.parametrize("form", ["folder", "zip", "zip of a Mac"])
@pytest.mark.parametrize("name", CLASSES)
def test_everybody_of_a_class_of_forty_is_found_with_all_that_is_told(name: str, form: str, tmp_path: Path) -> None:
    platform, made = CLASSES[name]
    files, wanted = made()
    found = people_at(export(files, form, tmp_path), COURSE_FUNCTIONS)
    assert found.platform == platform
    assert numbered(found.entries) == numbered(wanted)
    assert found.without == 0


@pytest.mark.parametrize("form", ["folder", "zip of a Mac"])
@pytest.mark.parametrize("name", CLASSES)
def test_newest_attempt_of_each_is_theirs_and_is_read(name: str, form: str, tmp_path: Path) -> None:
    files, _ = CLASSES[name][1]()
    entries = people_at(export(files, form, tmp_path), COURSE_FUNCTIONS).entries[::3]
    first_lines = {one.id: read(one.place, COURSE_FUNCTIONS).data.decode().split("\n")[0] for one in entries}
    assert first_lines == {one.id: f"# newest of {number_in(one.id)}" for one in entries}


@pytest.mark.parametrize("name", ["Blackboard", "Brightspace", "Autolab", "nbgrader's exchange", "PrairieLearn"])
def test_older_attempts_are_kept_in_their_order_where_the_export_has_them(name: str, tmp_path: Path) -> None:
    files, wanted = CLASSES[name][1]()
    entries = people_at(export(files, "zip", tmp_path), COURSE_FUNCTIONS).entries
    count = {"Blackboard": 1.5, "nbgrader's exchange": 3, "PrairieLearn": 3}.get(name, 2)
    assert sum(len(one.attempts) for one in entries) == count * len(wanted)
    for one in entries[::13]:
        *older, newest = [read(each.place, COURSE_FUNCTIONS).data.decode().split()[1] for each in one.attempts]
        assert (set(older) <= {"older"}, newest) == (True, "newest")
        times = [each.submitted_at for each in one.attempts if each.submitted_at is not None]
        assert times == sorted(times)


BY_WHOLE_NAMES = (
    "Canvas", "Sakai", "Sakai, flat", "Autolab", "nbgrader", "nbgrader's exchange", "GitHub Classroom", "classroom50",
    "PrairieLearn", "PrairieLearn, flat",
)  # fmt: skip


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("name", BY_WHOLE_NAMES)
def test_a_file_that_is_called_otherwise_is_named_and_all_others_are_the_platforms(
    name: str, form: str, tmp_path: Path
) -> None:
    """One renamed file or a note beside them, and everybody was called after their files."""
    platform, made = CLASSES[name]
    files, wanted = made()
    around = {top for top, *rest in (one.split("/", 1) for one in files) if rest}
    at = f"{around.pop()}/" if len(around) == 1 else ""
    odd = ["grading-notes.py", "jones-mary.py", "notes.txt", "old (1)"]
    files |= {f"{at}{one}": RIGHT for one in odd[:-1]} | {f"{at}{odd[-1]}/layers.py": RIGHT}
    found = people_at(export(files, form, tmp_path), COURSE_FUNCTIONS)
    assert (found.platform, found.passed_over, numbered(found.entries)) == (platform, odd, numbered(wanted))


def _several(by: str, name: str, *, stamped: bool) -> Files:
    """Two assignments of two people, and one of a third."""
    files: Files = {}
    for who, n, work in (("jane", 2, RIGHT), ("bo", 2, WRONG), ("jane", 3, RIGHT), ("bo", 3, RIGHT), ("ute", 3, RIGHT)):
        folder = by.format(who=who, n=n)
        files[f"{folder}/{name}"] = work
        if stamped:
            files[f"{folder}/timestamp.txt"] = f"2026-02-03 14:05:0{n} UTC"
    return files


SEVERAL = {
    "inbound": _several("{who}+ps{n}+2026-02-03 14:05:0{n} UTC", "layers.py", stamped=False),
    "submitted": _several("{who}/ps{n}", "cs231n/layers.py", stamped=True),
    "by assignment": _several("ps{n}/{who}", "layers.py", stamped=True),
}


@pytest.mark.parametrize("layout", SEVERAL)
def test_one_assignment_of_several_has_to_be_named(tmp_path: Path, layout: str) -> None:
    """Newer attempts at another are not taken for this one, nor is what lies beside it in a student's folder."""
    folder = written(tmp_path / layout, SEVERAL[layout])
    with pytest.raises(
        UsageError, match=r"holds several assignments \(ps2, ps3\): name one, as with --source nbgrader:ps2"
    ):
        people_at(folder, COURSE_FUNCTIONS)
    found = people_at(folder, COURSE_FUNCTIONS, told=Told("nbgrader:ps2"))
    assert {one.id: one.submitted_at for one in found.entries} == dict.fromkeys(("jane", "bo"), "2026-02-03T14:05:02Z")
    assert not found.passed_over
    done = grade(folder, "--source", "nbgrader:ps2", "--no-timing", "--jobs", 1, "--out", tmp_path / "out")
    people = json.loads((tmp_path / "out" / "grades.json").read_text())
    marks = {one["person"]["id"]: (one["score"], "ps3" in json.dumps(one)) for one in people}
    assert marks == {"jane": (100, False), "bo": (97.06, False)}, done.stderr
    with pytest.raises(UsageError, match="nobody has handed in ps9"):
        people_at(folder, COURSE_FUNCTIONS, told=Told("nbgrader:ps9"))


def test_student_who_is_called_like_an_assignment_costs_nobody_a_row(tmp_path: Path) -> None:
    files: Files = {
        **SEVERAL["by assignment"],
        "ps3/ps2/layers.py": WRONG,
        "ps3/ps2/timestamp.txt": "2026-02-03 14:05:03 UTC",
    }
    found = people_at(written(tmp_path / "all", files), COURSE_FUNCTIONS, told=Told("nbgrader:ps2"))
    assert sorted(one.id for one in found.entries) == ["bo", "jane"]


def test_export_in_a_hand_in_says_nothing_of_others(tmp_path: Path) -> None:
    """Its author may have written whose it is: ids and addresses of others lead to no mark of theirs."""
    person = "  - :name: {0}\n    :sid: {0}\n    :email: {0}@x.edu\n"
    people = (("48213", ("ann", "bo")), ("48214", ("cy",)))
    told = (f"submission_{n}:\n  :submitters:\n{''.join(map(person.format, who))}" for n, who in people)
    inside: Files = {"submission_metadata.yml": "".join(told), "submission_48213/layers.py": WRONG}
    inside["submission_48214/layers.py"] = RIGHT
    folder = written(tmp_path / "hw", {"ann.py": RIGHT, "bo.py": RIGHT})
    (folder / "eve.zip").write_bytes(zipped(inside))
    entries = {one.id: one for one in people_at(folder, COURSE_FUNCTIONS).entries}
    of_eve = [one for id, one in entries.items() if id not in ("ann", "bo")]
    assert of_eve and all(one.id.startswith("eve-") and one.email is None for one in of_eve)
    assert all(each.id.startswith("eve-") and each.email is None for one in of_eve for each in one.members)


def test_only_exports_of_several_assignments_have_one_that_could_be_named(tmp_path: Path) -> None:
    done = grade(tmp_path, "--source", "canvas:ps2")
    told = "grade: --source canvas:ps2: only of nbgrader can one assignment of several be named\n"
    assert (done.returncode, done.stderr) == (2, told)


SAME_PEOPLE: dict[str, Files] = {
    "nbgrader": {
        "submitted/jane/ps2/timestamp.txt": "2026-07-03 14:05:09.1 America/Los_Angeles",
        "submitted/jane/ps2/cs231n/layers.py": RIGHT,
        "submitted/bo/ps2/layers.py": WRONG,
        "submitted/ute/ps2/notes.pdf": b"%PDF",
    },
    "PrairieLearn": {
        "HW2/jane@x.edu_1_conv/naive_1_9_99_layers.py": WRONG,
        "HW2/jane@x.edu_1_conv/naive_1_10_101_layers.py": RIGHT,
        "HW2/bo@x.edu_1_conv/naive_1_1_100_layers.py": WRONG,
        "HW2/ute@x.edu_1_conv/naive_1_1_102_notes.pdf": b"%PDF",
    },
}


def test_same_people_get_the_same_marks_on_nbgrader_and_on_prairielearn(tmp_path: Path) -> None:
    marks, times = {}, {}
    for platform, files in SAME_PEOPLE.items():
        folder = written(tmp_path / platform, files)
        done = grade(folder, "--no-timing", "--jobs", 1, "--out", tmp_path / f"{platform}-out")
        assert f"{platform} export: 3 people, 1 without anything gradable" in done.stderr
        people = json.loads((tmp_path / f"{platform}-out" / "grades.json").read_text())
        of = {one["person"]["id"].removesuffix("@x.edu"): one for one in people}
        marks[platform] = {id: (one["score"], one["verdict"]) for id, one in of.items()}
        times[platform] = {id: one["person"]["submitted_at"] for id, one in of.items()}
    assert marks["nbgrader"] == {"jane": (100, "graded"), "bo": (97.06, "graded"), "ute": (0, "rejected")}
    assert marks["PrairieLearn"] == marks["nbgrader"]
    assert times["nbgrader"]["jane"] == "2026-07-03T21:05:09Z"  # also where the process that reads is confined
