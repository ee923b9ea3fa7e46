"""Folders and archives: the right file is found, by rules that are told, and nothing does harm."""

import io
import os
import stat
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

import grader.sources
from grader.errors import SubmissionRejected, UsageError
from grader.records import Content, Who
from grader.sources import find_entries
from grader.sources.choice import count_defined
from grader.sources.places import read as read_place
from tests.cli import QUICKLY, SUBMISSIONS, grade, grade_json
from tests.test_notebook import notebook

NAMES = ("conv_forward_naive", "conv_backward_naive")
ALICE = (SUBMISSIONS / "alice.py").read_text()
STUB = (SUBMISSIONS / "starter.py").read_text()
NOT_WRITTEN = (
    "def conv_forward_naive(x, w, b, conv_param):\n    'Forward.'\n    raise NotImplementedError('TODO')\n\n\n"
    "def conv_backward_naive(dout, cache):\n    dx, dw, db = None, None, None\n    return dx, dw, db\n"
)
STUB_BACKWARD = NOT_WRITTEN.partition("\n\n\n")[2]
HALF = "def conv_forward_naive(x, w, b, conv_param):\n    return None, None\n"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Files below `root`, by their names."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def zipped(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def read(path: Path) -> dict[str, Content]:
    return {entry.id: read_place(entry.place, NAMES) for entry in find_entries([path])}


COURSE: dict[str, str | bytes] = {
    "cs231n/layers.py": ALICE,
    "cs231n/optim.py": "def sgd(w, dw): return w",
    "cs231n/.ipynb_checkpoints/layers-checkpoint.py": STUB,
    "__MACOSX/cs231n/._layers.py": b"\0\5\x16\7",
    "cs231n/__pycache__/layers.cpython-311.pyc": b"\0",
    "ConvolutionalNetworks.ipynb": notebook("from cs231n.layers import *"),
    "collectSubmission.sh": "#!/bin/bash",
}


ROLL = '''
"""A folder with a list of its files, one a line: who, when, and the file."""

from grader.records import Entry, Place
from grader.sources.base import Source
from grader.sources.people import People


def people(path, functions, watch):
    lines = [line.split(" ", 2) for line in (path / "roll").read_text().splitlines()]
    place = Place(str(path))
    return People([Entry(name, name, f"{path}/{file}", place.into("top", file), time) for name, time, file in lines])


SOURCE = Source(rank=10, accepts=lambda path: (path / "roll").is_file(), people=people)
'''


def test_file_that_exports_a_source_is_all_that_a_source_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = write(tmp_path / "plugins", {"roll.py": ROLL})
    homework = write(tmp_path / "hw", {"0.py": ALICE, "1.py": STUB, "roll": "ann 2026-03-01T12:00:00Z 0.py\n"})
    monkeypatch.setattr(grader.sources, "__path__", [*grader.sources.__path__, str(plugins)])
    grader.sources._sources.cache_clear()
    try:
        (entry,) = find_entries([homework])
    finally:
        grader.sources._sources.cache_clear()
        sys.modules.pop("grader.sources.roll", None)
    assert entry.who == Who("ann", "ann", f"{homework}/0.py", "2026-03-01T12:00:00Z")
    assert read_place(entry.place, NAMES).data.decode() == ALICE


@pytest.mark.parametrize("wrapper", ["", "assignment2/", "a2/assignment2/"])
@pytest.mark.parametrize("archive", [True, False])
def test_course_hand_in_is_one_submission(tmp_path: Path, wrapper: str, archive: bool) -> None:
    files: dict[str, str | bytes] = {wrapper + name: text for name, text in COURSE.items()}
    path = zipped(tmp_path / "jo.zip", files) if archive else write(tmp_path / "jo", files)
    (entry,) = find_entries([path])
    assert entry.id == "jo"
    content = read_place(entry.place, NAMES)
    assert content.filename == "cs231n/layers.py"
    assert content.data.decode() == ALICE
    assert content.notes == ()


def test_class_may_be_of_anything_in_a_folder_or_an_archive(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "ann.py": ALICE,
        "ben.ipynb": notebook(ALICE),
        "cem/layers.py": ALICE,
        "dee/a2/cs231n/layers.py": ALICE,
        "eva.zip": zipped(tmp_path / "eva.zip", COURSE).read_bytes(),
        "flo/hand-in.zip": (tmp_path / "eva.zip").read_bytes(),
        "README.txt": "not a submission",
        ".hidden.py": ALICE,
    }
    for path in (write(tmp_path / "class", files), zipped(tmp_path / "class.zip", files)):
        contents = read(path)
        assert list(contents) == ["ann", "ben", "cem", "dee", "eva", "flo"]
        assert {c.filename for n, c in contents.items() if n in ("dee", "eva", "flo")} <= {"cs231n/layers.py"}


def test_all_forms_of_a_submission_get_the_same_mark(tmp_path: Path) -> None:
    carol = (SUBMISSIONS / "carol.py").read_text()
    paths = [
        write(tmp_path, {"one.py": carol}) / "one.py",
        write(tmp_path, {"two.ipynb": notebook(carol)}) / "two.ipynb",
        zipped(tmp_path / "three.zip", {"cs231n/layers.py": carol}),
        write(tmp_path / "four", {"layers.py": carol}),
    ]
    done = grade(*paths, "--no-timing", "-q")
    assert done.stdout == "".join(
        f"{name}: 97.06 / 100 (speed not timed)\n" for name in ("one", "two", "three", "four")
    )


def test_choice_among_several_follows_the_rules_and_is_told(tmp_path: Path) -> None:
    cases: list[tuple[dict[str, str | bytes], str]] = [
        ({"a.py": HALF, "z.py": ALICE}, "z.py"),
        ({"assignment1/layers.py": STUB, "assignment2/layers.py": ALICE, "old.py": STUB}, "assignment2/layers.py"),
        ({"assignment2 (1)/layers.py": STUB, "assignment2/layers.py": ALICE}, "assignment2/layers.py"),
        ({"(old) assignment2/layers.py": STUB, "assignment2/layers.py": ALICE}, "assignment2/layers.py"),
        ({"assignment2 - Copy/a.py": STUB, "assignment2-main/a.py": ALICE}, "assignment2-main/a.py"),
        ({"code - Copy/a.py": STUB, "code/a.py": ALICE}, "code/a.py"),
        ({"conv (2).py": STUB, "conv.py": ALICE}, "conv.py"),
        ({"old.py": STUB, "code/new/layers.py": ALICE}, "code/new/layers.py"),
        ({"conv.ipynb": notebook(STUB), "solution.py": ALICE}, "solution.py"),
        ({"code/new.py": STUB, "old.py": ALICE}, "old.py"),
        ({"cs231n/layers.py": STUB, "ConvolutionalNetworks.ipynb": notebook(ALICE)}, "ConvolutionalNetworks.ipynb"),
        ({"cs231n/layers.py": NOT_WRITTEN, "cs231n/my_layers.py": ALICE}, "cs231n/my_layers.py"),
        ({"layers.py": NOT_WRITTEN, "my_test.py": "conv_forward_naive = conv_backward_naive = f\n"}, "layers.py"),
        ({"layers.py": ALICE.partition("def conv_backward")[0] + STUB_BACKWARD, "a.py": ALICE}, "layers.py"),
        ({"attempt1/conv.py": STUB, "attempt2/conv.py": ALICE, "attempt10/conv.py": ALICE}, "attempt10/conv.py"),
    ]
    for i, (files, expected) in enumerate(cases):
        in_class = {f"jo/{name}": text for name, text in files.items()}
        content = read(write(tmp_path / f"class{i}", {**in_class, "other.py": ALICE}))["jo"]
        assert content.filename == expected
        others = [name for name, text in files.items() if name != expected and text != HALF]
        assert bool(content.notes) == bool(others)
        assert all(name in content.notes[0] for name in others)


def test_functions_are_looked_for_in_time_that_grows_as_the_text_does() -> None:
    """A line of names alone took the square of its length, each time that a class was looked at."""
    began = time.process_time()
    for line in ("conv_forward_naive," * 13_000, "x = " + "conv_forward_naive," * 13_000 + "(", "def " + " " * 250_000):
        assert count_defined(line.encode(), "a.py", NAMES) == 0
    assert time.process_time() - began < 1  # the first line alone took several
    assert count_defined(b"a, conv_forward_naive = conv_backward_naive = f, g\n", "a.py", NAMES) == 2


def test_functions_in_a_file_each_are_told_to_be_put_into_one(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "jo/back.py": ALICE.replace("def conv_forward_naive", "def f"),
        "jo/forth.py": HALF,
    }
    content = read(write(tmp_path, {**files, "ann.py": ALICE}))["jo"]
    assert content.filename == "back.py"
    assert content.notes == (
        "graded back.py alone, which lacks some of the functions; some are in forth.py: put all in one file",
    )


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "secret", {"layers.py": ALICE})
    folder = write(tmp_path / "class" / "eve", {"readme.py": "x = 1"})
    (folder / "layers.py").symlink_to(tmp_path / "secret" / "layers.py")
    (folder / "more").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.py")
    write(tmp_path / "class", {"ann.py": ALICE})
    entry = find_entries([tmp_path / "class"])[1]
    with pytest.raises(SubmissionRejected, match=r"layers\.py is a link, which is not followed"):
        read_place(entry.place, NAMES)


def hostile(path: Path, kind: str) -> Path:
    """An archive that should do no harm."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if kind == "traversal":
            archive.writestr("../../layers.py", ALICE)
            archive.writestr("/etc/layers.py", ALICE)
            archive.writestr("C:\\layers.py", ALICE)
        elif kind == "link":
            link = zipfile.ZipInfo("layers.py")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/passwd")
        elif kind == "device":
            device = zipfile.ZipInfo("layers.py")
            device.external_attr = (stat.S_IFCHR | 0o666) << 16
            archive.writestr(device, "")
        elif kind == "bomb":
            for i in range(30):
                archive.writestr(f"{i}.ipynb", b"0" * 10_000_000)
        elif kind == "many":
            for i in range(20_001):
                archive.writestr(f"{i}.txt", "")
        elif kind == "nested":
            archive.writestr("notes.py", "x = 1")
            archive.writestr("inner.zip", zipped(path.parent.parent / "inner.zip", COURSE).read_bytes())
        elif kind == "encrypted":
            archive.writestr("layers.py", ALICE)
    return damaged(path, kind)


def damaged(path: Path, kind: str) -> Path:
    """The archive with its bytes changed, where `kind` says so."""
    data = bytearray(path.read_bytes())
    if kind == "encrypted":
        for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            data[data.index(signature) + offset] |= 1
    if kind == "damaged":
        data = bytearray(zipped(path, {"layers.py": ALICE}).read_bytes())
        data[200:260] = b"\xff" * 60
    if kind == "truncated":
        data = bytearray(zipped(path, COURSE).read_bytes()[:300])
    path.write_bytes(data if kind != "garbage" else b"this is no archive")
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("traversal", "leads out of the archive"),
        ("link", "layers.py is a link or no regular file"),
        ("device", "layers.py is a link or no regular file"),
        pytest.param("bomb", "more than 268435456 bytes of Python files", marks=pytest.mark.slow),
        pytest.param("many", "more than 20000 files", marks=pytest.mark.slow),
        ("nested", "there is an archive in it, inner.zip: unpack it and hand in its contents"),
        ("encrypted", "is encrypted; hand it in without a password"),
        ("damaged", "layers.py cannot be read: the archive is damaged"),
        ("truncated", "is not a complete zip archive"),
        ("garbage", "is not a complete zip archive"),
    ],
)
def test_hostile_archive_is_that_students_rejection(tmp_path: Path, kind: str, message: str) -> None:
    (tmp_path / "class").mkdir()
    hostile(tmp_path / "class" / "eve.zip", kind)
    write(tmp_path / "class", {"ann.py": ALICE})
    by_id = {entry.id: entry for entry in find_entries([tmp_path / "class"])}
    with pytest.raises(SubmissionRejected) as caught:
        read_place(by_id["eve"].place, NAMES)
    assert message in str(caught.value)
    assert read_place(by_id["ann"].place, NAMES).data.decode() == ALICE


def test_broken_archive_on_the_command_line_is_rejected_in_a_line(tmp_path: Path) -> None:
    report = grade_json(hostile(tmp_path / "eve.zip", "truncated"))
    assert report["verdict"] == "rejected"
    assert "is not a complete zip archive" in report["message"]


def test_of_files_of_one_name_in_an_archive_the_last_counts_as_where_it_is_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "ann.tar", "w") as archive:
        for text in ("def conv_forward_naive():\n    return None\n", (SUBMISSIONS / "alice.py").read_text()):
            member = tarfile.TarInfo("layers.py")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    assert grade_json(tmp_path / "ann.tar", *QUICKLY)["score"] == 100


def test_names_that_differ_in_capitals_only_are_one_file(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"layers.py": ALICE, "Layers.py": STUB})
    assert read(path)["a"].data.decode() == ALICE


def test_two_students_with_one_id_get_two(tmp_path: Path) -> None:
    write(tmp_path, {"a/jo.py": ALICE, "b/jo.py": ALICE, "c/Jo.py": ALICE, "d/jo-2.py": ALICE})
    found = find_entries([tmp_path / x for x in ("a/jo.py", "b/jo.py", "c/Jo.py", "d/jo-2.py")])
    assert len({entry.id.lower() for entry in found}) == 4
    assert [entry.name for entry in found] == ["jo", "jo", "Jo", "jo-2"]


@pytest.mark.parametrize("section", ["a", "z"])  # before and after the other in the order of names
def test_names_inside_a_section_change_nobodys_id(tmp_path: Path, section: str) -> None:
    write(tmp_path, {f"{section}/b.py": ALICE, f"{section}/c.py": ALICE, f"{section}-b.py": ALICE, "m.py": ALICE})
    by_id = {entry.id: entry.source for entry in find_entries([tmp_path])}
    assert by_id[f"{section}-b"] == f"{tmp_path}/{section}-b.py"
    assert len(by_id) == 4


def test_empty_folder_is_a_usage_error(tmp_path: Path) -> None:
    write(tmp_path / "class", {"notes.txt": "nothing"})
    with pytest.raises(UsageError, match="there is nothing in it"):
        find_entries([tmp_path / "class"])
    done = grade(tmp_path / "class")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"grade: {tmp_path}/class: there is nothing in it that could be a submission (.py, .ipynb, archives, folders)\n"
    )


def test_folder_without_the_functions_says_what_was_looked_at(tmp_path: Path) -> None:
    write(tmp_path / "class", {"jo/a.py": "x = 1", "jo/b.ipynb": notebook("y = 1"), "ann.py": ALICE})
    by_id = {entry.id: entry for entry in find_entries([tmp_path / "class"])}
    with pytest.raises(SubmissionRejected, match=r"no file defines .*; looked at a\.py, b\.ipynb$"):
        read_place(by_id["jo"].place, NAMES)


def test_file_in_utf_16_is_chosen_though_it_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path / "class", {"jo/a.py": "x = 1", "jo/layers.py": ALICE.encode("utf-16"), "ann.py": ALICE})
    by_id = {entry.id: entry for entry in find_entries([tmp_path / "class"])}
    assert read_place(by_id["jo"].place, NAMES).filename == "layers.py"


def test_folder_called_like_a_file_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "x.py", {"layers.py": ALICE})
    assert grade_json(tmp_path / "x.py", *QUICKLY)["score"] == 100
