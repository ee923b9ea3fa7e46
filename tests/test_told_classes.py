"""Classes of which a person says how they are to be read: `--map` and `--source`."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.classroom.hand_in_map import read_map
from grader.errors import UsageError
from grader.sources import COURSE_FUNCTIONS, people_at
from grader.sources.found import People, understood
from grader.sources.places import read
from grader.sources.platforms import platforms
from grader.sources.told import Named, Told
from tests.cli import ROOT, grade
from tests.exports import RIGHT, WRONG, Files, canvas, moodle, written, zipped

TEAMS: Files = {
    "Submitted files/Jane Doe/A2/Version 1/layers.py": WRONG,
    "Submitted files/Jane Doe/A2/Version 2/layers.py": RIGHT,
    "Submitted files/Bo Lee/A2/Version 1/a2.zip": zipped({"b/layers.py": RIGHT, "notes.txt": "x"}),
    "all.zip": zipped({"ute.py": RIGHT, "kim.py": WRONG}),
    "readme.txt": "by hand",
    "starter/layers.py": WRONG,
}
MAP = {
    "./Submitted files/Jane Doe/A2/Version 2/": ("007", "Doe, Jane", "jane@x.edu"),
    "Submitted files\\Bo Lee\\A2\\Version 1": ("bl", "", ""),
    "all.zip/ute.py": ("ute", "Ute M\u00fcller", ""),
}


def mapping(path: Path, lines: Mapping[str, tuple[str, ...]], *above: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*([above] if above else []), *((name, *who) for name, who in lines.items())])
    return path


def told_by(path: Path) -> Told:
    return Told("plain", str(path), read_map(path))


def text_of(people: People, number: int) -> str:
    return read(people.entries[number].place, COURSE_FUNCTIONS).data.decode()


@pytest.mark.parametrize("form", ["folder", "zip", "zip with a folder around"])
def test_map_says_whose_is_what_and_all_else_is_nobodys(form: str, tmp_path: Path) -> None:
    if form == "folder":
        path = written(tmp_path / "class", TEAMS)
    else:
        path = tmp_path / "class.zip"
        inside = TEAMS if form == "zip" else {f"hw2/{name}": data for name, data in TEAMS.items()}
        path.write_bytes(zipped(inside))
    told = told_by(mapping(tmp_path / "map.csv", MAP, "path", "id", "name", "email"))
    people = people_at(path, COURSE_FUNCTIONS, told=told)
    assert [(one.id, one.name, one.email) for one in people.entries] == [
        ("007", "Doe, Jane", "jane@x.edu"), ("bl", "bl", None), ("ute", "Ute M\u00fcller", None)
    ]  # fmt: skip
    assert [text_of(people, number) == RIGHT for number in range(3)] == [True, True, True]
    left = "passed over: Submitted files/Jane Doe/A2/Version 1, starter"
    assert understood("class", people) == f"class: 3 submissions; {left}"


def test_map_without_headings_has_its_columns_in_order(tmp_path: Path) -> None:
    path = mapping(tmp_path / "map.csv", {"a.py": ("7", "Ann"), "b": ("8",)})
    assert read_map(path) == (Named(1, "a.py", "7", "Ann"), Named(2, "b", "8", "8"))
    path.write_text("Name;File;ID\nAnn;a.py;7\n")
    assert read_map(path) == (Named(2, "a.py", "7", "Ann"),)
    path.write_text("Path,ID,E-Mail,Submitted At\na.py,7,a@x.edu,2026-02-03T14:05:09Z\n")
    (one,) = read_map(path)
    assert (one.email, one.submitted_at) == ("a@x.edu", "2026-02-03T14:05:09+00:00")


def test_names_in_a_map_may_be_composed_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path / "hw", {"u\u0308.py": RIGHT, "a.py": WRONG})
    people = people_at(path, COURSE_FUNCTIONS, told=told_by(mapping(tmp_path / "map.csv", {"\u00fc.py": ("7", "U")})))
    assert [one.id for one in people.entries] == ["7"]
    assert text_of(people, 0) == RIGHT


LINES = {
    "twice the same file": ("a.py,7\na.py,8\n", "line 2: the path a.py is in line 1, too; leave one out"),
    "twice the same id": ("a.py,ann\n\nb.py,Ann\n", "line 3: the id ann is in line 1, too; leave one out"),
    "no id": ("path,id\na.py,\n", "line 2: has no id; it needs both"),
    "no path": ("path,id\n,7\n", "line 2: has no path; it needs both"),
    "a time without its offset": (
        "a.py,7,Ann,,2026-02-03 10:00\n",
        "line 1: submitted_at: 2026-02-03 10:00 must be a date and a time with its offset from UTC, as "
        "2026-02-03T23:59:00-08:00",
    ),
    "no column of ids": ("path,name\na.py,Ann\n", "has no column `id`; the headings are path,id,name,email"),
    "nobody": ("path,id,name,email\n", "names nobody; write a line `path,id,name,email` for each hand-in"),
    "cut off": ('a.py,7,"Ann\n', "is cut off: a quote in it has no end"),
}


@pytest.mark.parametrize("case", LINES)
def test_map_that_is_wrong_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    text, said = LINES[case]
    (tmp_path / "map.csv").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_map(tmp_path / "map.csv")
    assert str(caught.value) == f"{tmp_path / 'map.csv'}: {said}"


def test_command_line_takes_a_map_or_a_source_and_nothing_is_written_where_they_are_wrong(tmp_path: Path) -> None:
    written(tmp_path / "hw", {"a.py": RIGHT, "b.py": RIGHT})
    (tmp_path / "r.yaml").write_text("schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}")
    (tmp_path / "map.csv").write_text("a.py,007,Ann,ann@x.edu\nc.py,8\nb.py/d,9\n")
    options = "--rubric", "r.yaml", "--out", "out", "-q"
    done = grade("hw", "--map", "map.csv", *options, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2, "grade: map.csv: line 2: there is no c.py in hw\n  map.csv: line 3: there is no b.py/d in hw\n"
    )  # fmt: skip
    none = "--source: there is no canvs (did you mean canvas?); choose from "
    refused = {
        ("hw", "--source", "canvs"): none + ", ".join([*platforms(), "plain"]),
        (
            "hw",
            "--source",
            "moodle",
            "--map",
            "map.csv",
        ): "--map says whose is what, and so does --source: leave one",
        ("hw", "hw", "--map", "map.csv"): "--map is for one class; name one PATH with it",
        ("hw/a.py", "--source", "plain"): "hw/a.py: is no folder and no archive, which --source and --map are for",
        ("hw", "--map", "no.csv"): "no.csv: No such file or directory",
    }
    for arguments, said in refused.items():
        done = grade(*arguments, *options, cwd=tmp_path)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, f"grade: {said}")
    assert not (tmp_path / "out").exists()
    (tmp_path / "map.csv").write_text("a.py,007,Ann,ann@x.edu\n")
    done = grade("hw", "--map", "map.csv", *options[:-1], cwd=tmp_path)
    assert done.stderr.startswith("grade: hw: 1 submission; passed over: b.py\n")
    assert "007,Ann,graded,100.0" in (tmp_path / "out" / "grades.csv").read_text()


def test_source_is_read_as_it_is_said_to_be(tmp_path: Path) -> None:
    path = written(tmp_path / "canvas", canvas())
    plain = people_at(path, COURSE_FUNCTIONS, told=Told("plain"))
    assert (plain.platform, sorted(one.id for one in plain.entries)[0]) == (None, "convolvers3_1005_50006_layers")
    one = written(tmp_path / "one", {"doejane_1001_50001_layers.py": RIGHT})
    assert people_at(one, COURSE_FUNCTIONS).platform is None
    assert [each.id for each in people_at(one, COURSE_FUNCTIONS, told=Told("canvas")).entries] == ["1001"]
    around = written(tmp_path / "around", {"hw/export.zip": zipped(moodle())})
    assert people_at(around, COURSE_FUNCTIONS, told=Told("moodle")).platform == "Moodle"


def test_source_that_is_none_says_why(tmp_path: Path) -> None:
    path = written(tmp_path / "hw", {f"{name}.py": RIGHT for name in ("ann", "ben", "cem", "dee")})
    for name, platform in platforms().items():
        with pytest.raises(UsageError) as caught:
            people_at(path, COURSE_FUNCTIONS, told=Told(name))
        start, _, rest = str(caught.value).partition(f"is no export of {platform.name}:")
        assert (start, rest.endswith(" and in it there is ann.py, ben.py, cem.py and 1 more")) == (f"{path}: ", True)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(zipped(canvas())[:-30])
    with pytest.raises(UsageError, match=r"cut.zip: is not a complete zip archive .*; download it again"):
        people_at(cut, COURSE_FUNCTIONS, told=Told("canvas"))


def test_a_map_of_one_person_keeps_the_others_and_gives_that_one_a_time(tmp_path: Path) -> None:
    """With the path that docs/classes.md writes for a zip of Moodle."""
    rubric, page = tmp_path / "r.yaml", (ROOT / "docs" / "classes.md").read_text()
    due = '"2026-11-27T23:59:00+01:00"'
    rubric.write_text(f"schema: convgrade/1\nextends: correctness-only\nlate: {{due: {due}, per_day_percent: 10}}\n")
    (line,) = re.findall(r"^    (Ann Doe_40125.*)$", page, re.MULTILINE)
    files: Files = {f"{line.split(',')[0]}/layers.py": RIGHT, "Bo Lee_40126_assignsubmission_file/layers.py": RIGHT}
    (tmp_path / "hw.zip").write_bytes(zipped(files))
    (tmp_path / "late.csv").write_text(line)
    common = (tmp_path / "hw.zip", "--rubric", rubric, "--out", tmp_path / "out")
    assert grade(*common).returncode == 0
    done = grade(*common, "--map", tmp_path / "late.csv")
    assert "passed over: Bo Lee_40126_assignsubmission_file" in done.stderr
    with (tmp_path / "out" / "grades.csv").open(newline="") as file:
        found = {row["id"]: (row["score"], row["late_points"]) for row in csv.DictReader(file)}
    assert found == {"40125": ("90.0", "10.0"), "40126": ("100.0", "")}
