"""Who handed in: classes, sections, single persons, and everybody of whom nothing can be graded."""

import io
import os
import sqlite3
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import py7zr
import pytest

from grader.database import FILENAME
from grader.errors import JudgeError, SubmissionRejected
from grader.records import Entry
from grader.sources import find_entries, people, people_at, tree
from grader.sources.places import read
from tests.cli import SUBMISSIONS, grade
from tests.test_notebook import notebook
from tests.test_sources import ALICE, HALF, NAMES, STUB, write, zipped

Files = dict[str, str | bytes]


def found(path: Path) -> dict[str, Entry]:
    return {entry.id: entry for entry in find_entries([path])}


def refusal(entry: Entry) -> str:
    with pytest.raises(SubmissionRejected) as caught:
        read(entry.place, NAMES)
    return str(caught.value)


Pack = Callable[..., Path]
"""Path and files -> an archive of them."""


def tarred(path: Path, files: Files, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # any mode
        for name, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def sevenzipped(path: Path, files: Files, password: str | None = None) -> Path:
    with py7zr.SevenZipFile(path, "w", password=password) as archive:
        for name, text in files.items():
            archive.writestr(text, name)
    return path


PEOPLE: Files = {"ann.py": ALICE, "ben/layers.py": ALICE, "cem.ipynb": notebook(ALICE)}
LAYOUTS: dict[str, tuple[Files, list[str]]] = {
    "one folder of a person": ({"ann/layers.py": ALICE}, ["ann"]),
    "one file of a person": ({"ann.py": ALICE}, ["ann"]),
    "one file of any name": ({"layers.py": ALICE}, ["x"]),
    "one folder of any name": ({"assignment2/layers.py": ALICE}, ["x"]),
    "one folder of a course": ({"mytorch/nn/conv.py": ALICE}, ["x"]),
    "Brightspace's only one": ({"11-64 - Ann Lee - Oct 3, 2025 922 PM/layers.py": ALICE}, ["11-64"]),
    "Moodle's only one": ({"Ann Lee_12345_assignsubmission_file/a2/layers.py": ALICE}, ["12345"]),
    "a project": ({"conv.py": ALICE, "test_conv.py": "x = 1", "data/a.txt": "1"}, ["x"]),
    "attempts": ({"attempt1/layers.py": ALICE, "attempt2/layers.py": ALICE}, ["x"]),
    "tries that are numbered": ({f"a{i}.py": ALICE for i in range(1, 5)}, ["x"]),
    "people who are numbered": ({f"a{i}.py": ALICE for i in range(1, 6)}, ["a1", "a2", "a3", "a4", "a5"]),
    "a course's tree with copies": ({"cs231n/layers.py": ALICE, "cs231n/layers_old.py": ALICE, "old.py": ALICE}, ["x"]),
    "versions beside the course's tree": (
        {"cs231n/layers.py": ALICE, "mine/fast_ann.py": ALICE, "mine/slow_ann.py": ALICE}, ["x"]
    ),
    "a class beside a text": ({"hw2/ann.py": ALICE, "hw2/ben.py": ALICE, "readme.txt": "1"}, ["hw2-ann", "hw2-ben"]),
    "the course's script beside people": (
        {"collectSubmission.sh": "zip", "ann.py": ALICE, "ben.py": ALICE},
        ["ann", "ben"],
    ),
    "a starter beside people": ({"layers.py": STUB, "ann/a.py": ALICE, "ben/a.py": ALICE}, ["ann", "ben", "layers"]),
    "a package beside people": ({"cs231n/layers.py": STUB, "ann.py": ALICE, "ben.py": ALICE}, ["ann", "ben", "cs231n"]),
    "sections": (
        {"sec1/ann.py": ALICE, "sec1/ben.py": ALICE, "sec2/ann.py": ALICE, "sec2/dee.py": ALICE},
        ["sec1-ann", "sec1-ben", "sec2-ann", "sec2-dee"],
    ),
    "a section beside people": (
        {"eve.py": ALICE, "sec1/ann.py": ALICE, "sec1/ben.py": ALICE, "sec1/README.md": "hi"},
        ["eve", "sec1-ann", "sec1-ben"],
    ),
    "one right, one of another kind": ({"ann.py": ALICE, "ben.pdf": "%PDF"}, ["ann", "ben"]),
    "one right, one folder": ({"ann.py": ALICE, "ben/report.docx": "PK"}, ["ann", "ben"]),
    "a file and a folder of one name": (
        {"ann.py": ALICE, "ann/layers.py": ALICE, "ben.py": ALICE},
        ["x-ann", "x-ann.py", "ben"],
    ),
    "names that differ in capitals": ({"ann.py": ALICE, "Ann.py": ALICE, "ben.py": ALICE}, ["Ann", "ann", "ben"]),
    "files of the instructor": (
        {"ann.py": ALICE, "ben.py": ALICE, "roster.csv": "id", "rubric.yaml": "x", "README.txt": "", "grades.xlsx": ""},
        ["ann", "ben"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "ids"), LAYOUTS.values(), ids=LAYOUTS)
def test_folder_is_understood(tmp_path: Path, files: Files, ids: list[str]) -> None:
    entries = found(write(tmp_path / "x", files))
    assert sorted(entries) == sorted(ids)


@pytest.mark.parametrize("pack", [zipped, tarred, sevenzipped], ids=["zip", "tar", "7z"])
@pytest.mark.parametrize("wrapper", ["", "everybody/"])
def test_class_in_one_archive_in_a_folder_is_a_class(tmp_path: Path, pack: Pack, wrapper: str) -> None:
    ending = {zipped: ".zip", tarred: ".tar.gz", sevenzipped: ".7z"}[pack]
    (tmp_path / "hw2").mkdir()
    pack(tmp_path / "hw2" / f"submissions{ending}", {wrapper + name: text for name, text in PEOPLE.items()})
    entries = found(tmp_path / "hw2")
    assert sorted(entries) == ["ann", "ben", "cem"]
    assert all(read(entry.place, NAMES) for entry in entries.values())


BESIDE: dict[str, tuple[Files, list[str]]] = {
    "a text": ({"readme.txt": "1"}, []),
    "an empty folder": ({"late/": ""}, ["late"]),
    "a late hand-in": ({"late/zoe.py": ALICE}, ["late"]),
}


@pytest.mark.parametrize(("beside", "more"), BESIDE.values(), ids=BESIDE)
def test_class_beside_something_else_in_an_archive_is_no_single_submission(
    tmp_path: Path, beside: Files, more: list[str]
) -> None:
    zipped(tmp_path / "download.zip", {f"hw2/{name}": text for name, text in PEOPLE.items()} | beside)
    assert sorted(found(tmp_path / "download.zip")) == sorted(["hw2-ann", "hw2-ben", "hw2-cem", *more])


def test_several_classes_in_one_folder_are_sections(tmp_path: Path) -> None:
    people: Files = {f"{name}_{i}_5{i}_layers.py": ALICE for i, name in enumerate(["doejane", "roe", "poe"], 1000)}
    folder = write(
        tmp_path / "all", {f"moodle/{name} Doe_12{i}_assignsubmission_file/a.py": ALICE for i, name in enumerate("AB")}
    )
    zipped(folder / "canvas.zip", people)
    tarred(folder / "more.tgz", {f"more/{name}": text for name, text in people.items()})
    entries = found(folder)
    assert len(entries) == 8
    assert {id.partition("-")[0] for id in entries} == {"canvas", "moodle", "more"}


def in_class(folder: Path, name: str, data: bytes = b"") -> str:
    """What the person is told whose hand-in this is, beside somebody who is right."""
    write(folder, {"zoe.py": ALICE})
    if data:
        (folder / name).write_bytes(data)
    entries = found(folder)
    assert read(entries["zoe"].place, NAMES).data.decode() == ALICE
    (other,) = set(entries) - {"zoe"}
    return refusal(entries[other])


ODD: dict[str, tuple[str, bytes, str]] = {
    "docx": ("ben.docx", b"PK\3\4", "nothing gradable handed in: ben.docx"),
    "pdf": ("ben.pdf", b"%PDF-1.4", "nothing gradable handed in: ben.pdf"),
    "rar": ("ben.rar", b"Rar!\x1a\7\1\0\0", "nothing gradable handed in: ben.rar"),
    "text": ("ben.txt", b"see my e-mail", "nothing gradable handed in: ben.txt"),
    "page": ("ben.html", b"<p>", "nothing gradable handed in: ben.html"),
    "compiled": ("ben.pyc", b"\0", "nothing gradable handed in: ben.pyc"),
    "no ending": ("ben", b"x", "nothing gradable handed in: ben"),
}


@pytest.mark.parametrize(("name", "data", "told"), ODD.values(), ids=ODD)
def test_hand_in_of_another_kind_has_a_row_that_says_so(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    (tmp_path / "c").mkdir()
    assert told in in_class(tmp_path / "c", name, data)


def test_links_and_empty_folders_have_a_row(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", {"ann.py": ALICE, "cem/deep/x.docx": "PK"})
    (folder / "ben.py").symlink_to(folder / "ann.py")
    (folder / "dee" / "inside").mkdir(parents=True)
    (folder / "eve").symlink_to(tmp_path)
    os.mkfifo(folder / "fay.py")
    entries = found(folder)
    assert sorted(entries) == ["ann", "ben", "cem", "dee", "eve", "fay"]
    assert "ben.py is a link, which is not followed" in refusal(entries["ben"])
    assert "eve is a link, which is not followed" in refusal(entries["eve"])
    assert "fay.py is not a regular file" in refusal(entries["fay"])
    assert refusal(entries["cem"]).endswith(": nothing gradable handed in: x.docx")
    assert "dee: nothing gradable handed in" in refusal(entries["dee"])


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_folders_without_anything_to_look_at_have_a_row(tmp_path: Path, form: str) -> None:
    files: Files = dict.fromkeys(("ann/layers.py", "gus.py"), ALICE)
    files |= dict.fromkeys(("ben/.DS_Store", "cem/__pycache__/layers.cpython-311.pyc", "dee/in/.git/HEAD"), "")
    files |= dict.fromkeys(("env/pyvenv.cfg", "env/bin/python", "__pycache__/x.pyc"), "")
    path = write(tmp_path / "c", files)
    (path / "eve").mkdir()
    (path / "fay" / "empty").mkdir(parents=True)
    if form == "zip":
        path = tmp_path / "c.zip"
        zipped(path, {f"c/{name}": text for name, text in files.items()} | {"c/eve/": "", "c/fay/empty/": ""})
    entries = found(path)
    assert sorted(entries) == ["ann", "ben", "cem", "dee", "eve", "fay", "gus"]
    for id in ("ben", "cem", "dee", "eve", "fay"):
        assert "is empty (hidden files and caches do not count)" in refusal(entries[id])


def test_folder_that_holds_only_what_we_may_not_read_is_not_called_empty() -> None:
    denied = {"ben/secret": "Permission denied"}
    seen = tree.tree_of_files("c", {"ben/.DS_Store": lambda limit: b""}, {}, ["ben", "ben/secret"], denied)
    assert (dict(seen.odd), dict(seen.denied)) == ({}, denied)


def test_copy_that_jupyter_keeps_is_a_hand_in_where_there_is_no_other(tmp_path: Path) -> None:
    files: Files = {"ann-checkpoint.ipynb": notebook(ALICE), "ben.py": ALICE, "ben-checkpoint.py": STUB, "dee.py": STUB}
    entries = found(write(tmp_path / "c", files))
    assert sorted(entries) == ["ann-checkpoint", "ben", "dee"]
    assert read(entries["ann-checkpoint"].place, NAMES)


@pytest.mark.parametrize("name", ["ben.txt", "ben.py.txt", "ben.pyw", "ben.ipynb.json", "ben.rtf", "ben"])
def test_code_under_another_ending_is_code(tmp_path: Path, name: str) -> None:
    text = notebook(ALICE) if "ipynb" in name else ALICE
    folder = write(tmp_path / "c", {"ann.py": ALICE, name: text})
    entries = found(folder)
    assert people_at(folder, NAMES).without == 0
    assert read(entries["ben"].place, NAMES).filename == name


def test_what_we_may_not_read_is_our_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything: a walk that is told so stands for what an ordinary user meets."""
    folder = write(tmp_path / "c", {"ann.py": ALICE, "ben/layers.py": ALICE, "cem/layers.py": ALICE})
    walk = os.walk

    def denied(path: Path, onerror: Callable[[OSError], object]) -> Iterator[tuple[str, list[str], list[str]]]:
        for step in walk(path):
            if step[0].endswith("ben"):
                onerror(PermissionError(13, "Permission denied", step[0]))
            else:
                yield step

    monkeypatch.setattr(os, "walk", denied)
    entries = found(folder)
    assert sorted(entries) == ["ann", "ben", "cem"]
    with pytest.raises(JudgeError, match="ben: cannot be read by the grader: Permission denied"):
        read(entries["ben"].place, NAMES)


def test_one_students_many_files_are_that_students_rejection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_FILES", 50)
    files: Files = {"ann.py": ALICE, "ben/layers.py": ALICE, **dict.fromkeys((f"ben/data/{i}" for i in range(51)), "")}
    files |= {"cem/layers.py": ALICE, **dict.fromkeys((f"cem/{i}.txt" for i in range(40)), "")}
    entries = found(write(tmp_path / "c", files))
    assert sorted(entries) == ["ann", "ben", "cem"]
    assert "ben holds more than 50 files" in refusal(entries["ben"])
    assert read(entries["cem"].place, NAMES)


def test_ids_do_not_depend_on_who_else_is_there(tmp_path: Path) -> None:
    write(tmp_path, {"ann/solution.py": ALICE, "ben/solution.py": ALICE, "hw/ann.py": ALICE})
    paths = [tmp_path / "ann/solution.py", tmp_path / "ben/solution.py", tmp_path / "hw/ann.py"]
    alone = [entry.id for path in paths[:2] for entry in find_entries([path])]
    assert alone == ["ann", "ben"] == [entry.id for entry in find_entries(paths[:2])]
    assert [entry.id for entry in find_entries(paths)] == ["ann-solution.py", "ben", "hw-ann.py"]
    assert [entry.id for entry in find_entries(reversed(paths))] == ["hw-ann.py", "ben", "ann-solution.py"]


def test_virtual_environment_beside_the_file_is_not_looked_through(tmp_path: Path) -> None:
    files: Files = {
        "ann/layers.py": ALICE,
        "ann/my env/pyvenv.cfg": "",
        "ann/my env/lib/conv.py": ALICE,
        "ben.py": ALICE,
    }
    for path in (write(tmp_path / "c", files), zipped(tmp_path / "c.zip", files)):
        content = read(found(path)["ann"].place, NAMES)
        assert (content.filename, content.notes) == ("layers.py", ())


RENAMED = ALICE.replace("conv_forward_naive", "forward").replace("conv_backward_naive", "backward")


@pytest.mark.parametrize(
    "tail",
    [
        "conv_forward_naive = forward\nconv_backward_naive = backward\n",
        "conv_forward_naive, conv_backward_naive = forward, backward\n",
        "if True:\n    conv_forward_naive = forward\n    conv_backward_naive = backward\n",
    ],
)
def test_functions_that_are_assigned_are_found_in_folders_too(tmp_path: Path, tail: str) -> None:
    files: Files = {"jo/helpers.py": "x = 1", "jo/mine.py": RENAMED + tail, "ann.py": ALICE}
    assert read(found(write(tmp_path / "c", files))["jo"].place, NAMES).filename == "mine.py"


def test_class_is_told_as_it_was_understood(tmp_path: Path) -> None:
    files: Files = {
        "sec1/ann.py": ALICE,
        "sec1/ben.py": HALF,
        "sec1/cem.py": ALICE,
        "dee.pdf": "%PDF",
        "eva/report.pdf": "%PDF",
        "README.md": "hi",
    }
    done = grade(write(tmp_path / "hw2", files), "--no-timing", "--out", tmp_path / "r")
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == (
        f"grade: {tmp_path}/hw2: 5 submissions in 1 section (sec1), 2 without anything gradable; passed over: README.md"
    )
    rows = (tmp_path / "r" / "grades.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["id", "dee", "eva", "sec1-ann", "sec1-ben", "sec1-cem"]


def test_people_of_a_section_wait_for_those_beside_it(tmp_path: Path) -> None:
    """Whoever hands in an archive of many is graded after everybody else."""
    folder = write(tmp_path / "hw2", {"ann.py": ALICE, "zoe.py": ALICE})
    zipped(folder / "mallory.zip", {"p1.py": ALICE, "p2.py": ALICE})
    assert grade(folder, "--no-timing", "--jobs", 1, "--out", tmp_path / "r").returncode == 0
    with closing(sqlite3.connect(tmp_path / "r" / FILENAME)) as database:
        ids = [id for (id,) in database.execute("SELECT id FROM attempts ORDER BY rowid")]
    assert ids == ["ann", "zoe", "mallory-p1", "mallory-p2"]


def test_section_of_very_many_is_one_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "hw2", {"ann.py": ALICE, "zoe.py": ALICE})
    zipped(folder / "mallory.zip", {f"p{number}.py": ALICE for number in range(3)})
    assert len(found(folder)) == 5
    monkeypatch.setattr(people, "_MOST_IN_SECTION", 2)
    assert sorted(found(folder)) == ["ann", "mallory", "zoe"]


def test_single_submission_is_not_told_how_it_was_understood() -> None:
    assert grade(SUBMISSIONS / "alice.py", "--no-timing", "-q").stderr == ""


def test_results_in_the_class_are_not_graded(tmp_path: Path) -> None:
    assert tree.RESULTS == FILENAME
    folder = write(
        tmp_path / "c", {"ann.py": ALICE, "ben/layers.py": ALICE, "ben/results.sqlite": b"SQLite format 3\0"}
    )
    for _ in range(2):
        done = grade(folder, "--no-timing", "--out", folder / "results")
        assert done.stdout.startswith("2 submissions: 2 graded"), done.stdout + done.stderr
    done = grade(folder / "results", "--no-timing", "--out", tmp_path / "r")
    assert done.returncode == 2
    assert done.stderr.endswith(f"(did you mean `grade report {folder}/results`?)\n")


def test_folder_mode_bits_are_not_changed(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", {"ann.py": ALICE, "ben/layers.py": ALICE})
    before = {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    found(folder)
    assert {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")} == before


@pytest.mark.parametrize("wrapper", ["", "submissions/", "a/b/"])
def test_many_or_deep_files_are_that_students_wherever_the_class_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrapper: str
) -> None:
    monkeypatch.setattr(tree, "MAX_FILES", 50)
    files: Files = {"ann.py": ALICE, "zoe/layers.py": ALICE, "deb/" + "d/" * 100 + "layers.py": ALICE}
    files |= dict.fromkeys((f"eve/{number}.txt" for number in range(60)), "")
    wrapped = {wrapper + name: text for name, text in files.items()}
    for path in (write(tmp_path / "c", wrapped), zipped(tmp_path / "c.zip", wrapped)):
        entries = found(path)
        assert sorted(entries) == ["ann", "deb", "eve", "zoe"]
        assert "eve holds more than 50 files" in refusal(entries["eve"])
        assert "holds more than 64 folders within each other" in refusal(entries["deb"])
        assert read(entries["zoe"].place, NAMES)
