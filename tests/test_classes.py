"""A class of forty from every platform: who they are, when they handed in, and which attempt is theirs."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from grader.records import Entry
from grader.sources import COURSE_FUNCTIONS, people_at
from grader.sources.places import read
from tests.classes import CLASSES, NOWHERE
from tests.exports import MAC, Files, written, zipped


def numbered(entries: list[Entry]) -> list[Entry]:
    return sorted((replace(one, source="", place=NOWHERE) for one in entries), key=lambda one: one.id)


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
