"""Exports that are cut off, mix two assignments, or have a person twice: nothing is graded, and a line says why."""

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.sources import COURSE_FUNCTIONS, find_entries, people_at
from tests.cli import grade
from tests.exports import RIGHT, Files, blackboard, canvas, gradescope, moodle, sakai, written, zipped
from tests.test_batch import marks
from tests.test_people import found


def streamed(files: Files) -> bytes:
    """A zip whose sizes stand behind the members, as one that is made while it is sent."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    made = Pipe()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize("pack", [zipped, streamed])
@pytest.mark.parametrize("platform", ["Canvas", "Moodle", "Blackboard", "Gradescope", "Sakai"])
def test_export_that_is_cut_off_is_no_one_persons_hand_in(
    platform: str, pack: Callable[[Files], bytes], tmp_path: Path
) -> None:
    made = {"Canvas": canvas, "Moodle": moodle, "Blackboard": blackboard, "Gradescope": gradescope, "Sakai": sakai}
    data = pack(made[platform]())
    path = tmp_path / "hw2.zip"
    first = 120 if platform == "Moodle" else -20  # one name that is left tells enough of Moodle
    for end in (-20, int(-0.2 * len(data)), first):
        path.write_bytes(data[:end])
        with pytest.raises(UsageError) as caught:
            people_at(path, COURSE_FUNCTIONS)
        said = f"{path}: is an export of {platform} that is cut off or damaged; download it again"
        assert str(caught.value) == said


def test_hand_in_that_is_cut_off_is_its_students_rejection(tmp_path: Path) -> None:
    path = tmp_path / "ann.zip"
    path.write_bytes(zipped({"a2/layers.py": RIGHT, "more.zip": zipped({"ben.py": RIGHT, "cem.py": RIGHT})})[:-20])
    (entry,) = people_at(path, COURSE_FUNCTIONS).entries
    assert (entry.id, entry.place.steps) == ("ann", ())


TEXT = "Name: {} ({})\nDate Submitted: x\n\nFiles:\n\tOriginal filename: a.py\n\tFilename: {}\n"


def of_blackboard(column: str, name: str, user: str) -> Files:
    attempt = f"{column}_{user}_attempt_2026-02-03-14-05-09"
    return {f"{attempt}_a.py": RIGHT, f"{attempt}.txt": TEXT.format(name, user, f"{attempt}_a.py")}


MIXED: dict[str, tuple[Files, str]] = {
    "two downloads of Canvas": (
        canvas() | {"doejane_1001_60001_layers.py": RIGHT},
        "doejane_1001_50001_layers.py and doejane_1001_60001_layers.py are the same file of doejane: keep one "
        "assignment's download",
    ),
    "two columns of Blackboard": (
        of_blackboard("A_1", "Jane", "j_doe") | of_blackboard("A_2", "Bo", "bo"),
        "A_1_j_doe_attempt_2026-02-03-14-05-09_a.py and A_2_bo_attempt_2026-02-03-14-05-09_a.py are of two assignments"
        ": keep one's download",
    ),
    "late and not late in Canvas": (
        canvas() | {"leebo_1002_60001_softmax.py": RIGHT},
        "leebo_1002_60001_softmax.py and leebo_LATE_1002_50002_a2-1.zip cannot both be of one assignment, since one is "
        "late: keep one's",
    ),
    "two downloads of Moodle": (
        {
            f"{who}_{number}_assignsubmission_file/layers.py": RIGHT
            for who, number in (("Jane Doe", 7), ("Jane Doe", 17), ("Bo Lee", 8), ("Bo Lee", 18), ("Ute May", 19))
        },
        "Bo Lee_18_assignsubmission_file and Bo Lee_8_assignsubmission_file are of two assignments: keep one's "
        "download",
    ),
    "twice in Sakai": (
        {f"{name}(jdoe7)/timestamp.txt": "2026-02-03T14:05:09Z" for name in ("Doe, Jane", "Doe, J.")},
        "Jane Doe (jdoe7) handed in Doe, J.(jdoe7) and Doe, Jane(jdoe7): remove one of them",
    ),
    "in two submissions of Gradescope": (
        {
            "submission_metadata.yml": "".join(
                f"submission_{number}:\n  :submitters:\n"
                f"  - :name: {name}\n    :sid: {number}\n  - :name: Bo\n    :sid: 7\n"
                for number, name in ((301, "Jane"), (302, "Ute"))
            ),
            "submission_301/a.py": RIGHT,
            "submission_302/a.py": RIGHT,
        },
        "Bo (7) handed in submission_301 and submission_302: remove one of them",
    ),
}


@pytest.mark.parametrize("case", MIXED)
def test_export_of_two_assignments_or_with_a_person_twice_is_refused(case: str, tmp_path: Path) -> None:
    files, said = MIXED[case]
    path = written(tmp_path / "hw", files)
    with pytest.raises(UsageError) as caught:
        people_at(path, COURSE_FUNCTIONS)
    assert str(caught.value) == f"{path}: {said}"


def test_names_that_are_hidden_or_shared_are_no_two_downloads(tmp_path: Path) -> None:
    for place, people in (("a", [("Participant", 7), ("Participant", 8)]), ("b", [("Jane Doe", 7), ("Jane Doe", 8)])):
        files: Files = {f"{who}_{number}_assignsubmission_file/a.py": RIGHT for who, number in people}
        path = written(tmp_path / place, files)
        assert [one.id for one in people_at(path, COURSE_FUNCTIONS).entries] == ["7", "8"]


def test_what_one_student_hands_in_does_not_refuse_the_class(tmp_path: Path) -> None:
    files, _ = MIXED["two downloads of Canvas"]
    written(tmp_path / "hw", {"ann.py": RIGHT, "ben.py": RIGHT, "eve.zip": zipped(files)})
    assert sorted(found(tmp_path / "hw")) == ["ann", "ben", "eve"]


@pytest.mark.parametrize(
    "comment", ["\n" * 200_000, f"Original filename: a{' ' * 200_000}", f"Name: a{' ' * 200_000}b"]
)
def test_comment_of_one_student_does_not_stop_the_class(comment: str, tmp_path: Path) -> None:
    """Blackboard writes it into its text; a pattern that looks twice at each place takes many minutes."""
    stamp = "attempt_2026-02-03-14-05-09"
    files = {f"A2_{who}_{stamp}_a.py": RIGHT for who in ("ann", "ben")}
    texts = {f"A2_{who}_{stamp}.txt": TEXT.format(who, who, f"A2_{who}_{stamp}_a.py") for who in ("ann", "ben")}
    texts[f"A2_ben_{stamp}.txt"] += f"Comments:\n{comment}\nx"
    before = time.process_time()
    people = people_at(written(tmp_path / "c", {**files, **texts}), COURSE_FUNCTIONS)
    assert time.process_time() - before < 2
    assert [(one.id, one.name) for one in people.entries] == [("ann", "ann"), ("ben", "ben")]


def test_nothing_is_written_for_a_bad_export(tmp_path: Path) -> None:
    (tmp_path / "hw2.zip").write_bytes(zipped(canvas())[:-20])
    done = grade("hw2.zip", "--out", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "grade: hw2.zip: is an export of Canvas that is cut off or damaged; download it again\n"
    assert not (tmp_path / "out").exists()


def test_whole_exports_are_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "hw2.zip"
    path.write_bytes(streamed(canvas()))
    assert len(find_entries([path])) == 6


@pytest.mark.parametrize("pack", ["folder", "zip"])
def test_hand_in_that_an_export_lists_without_its_files_takes_nobodys_mark(pack: str, tmp_path: Path) -> None:
    """Whoever has no mark yet gets none, which is no zero; the whole export repairs both."""
    files = gradescope()
    rest = {name: data for name, data in files.items() if "submission_301/" not in name and "_304/" not in name}
    first = {name: data for name, data in files.items() if "submission_304/" not in name}
    written(tmp_path / "first", first)
    assert grade("first", "--no-timing", "--out", "out", "-q", cwd=tmp_path).returncode == 3
    written(tmp_path / "rest", rest)
    (tmp_path / "rest.zip").write_bytes(zipped(rest))
    named = "rest" if pack == "folder" else "rest.zip"
    done = grade(named, "--no-timing", "--out", "out", "--add", "-q", cwd=tmp_path)
    kept = "grade: 0071: listed in the export without files; the marks stay as they are. Is the export whole?\n"
    lost = "submission_304: is listed in the export, but its files are missing there: download it again"
    assert (done.returncode, kept in done.stderr, lost in done.stderr) == (3, True, True)
    by_id = marks(tmp_path / "out")
    assert (by_id["0071"], by_id["submission_304"]) == (("graded", "100.0"), ("judge_error", ""))
    written(tmp_path / "whole", files)
    whole = grade("whole", "--no-timing", "--out", "out", "--add", "-q", cwd=tmp_path)
    assert "older" not in whole.stderr
    by_id = marks(tmp_path / "out")
    assert (by_id["0071"], by_id["submission_304"]) == (("graded", "100.0"), ("rejected", "0.0"))


def test_folder_whose_name_tells_no_person_is_told_where_that_stands(tmp_path: Path) -> None:
    written(tmp_path / "hw", gradescope())
    grade("hw", "--no-timing", "--out", "out", "-q", cwd=tmp_path)
    done = grade("hw/assignment_9_export/submission_301", "--no-timing", "--out", "out", "--add", "-q", cwd=tmp_path)
    assert "submission_301: whose it is stands in submission_metadata.yml of Gradescope's export" in done.stderr
