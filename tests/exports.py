"""Exports of learning platforms, made up by the platforms' own rules, with what trips readers."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.cli import SUBMISSIONS

RIGHT = (SUBMISSIONS / "alice.py").read_text()
WRONG = (SUBMISSIONS / "carol.py").read_text()
Files = dict[str, str | bytes]
MAC: Files = {"__MACOSX/._x": b"\0\5\26\7", ".DS_Store": b"\0\0\0\1Bud1"}
"""What a Mac adds to what it zips."""


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def canvas() -> Files:
    """Six hand-ins: a late one, a zip, several files, a name with accents, a group, and text alone."""
    course = zipped({"ConvolutionalNetworks.ipynb": '{"cells": []}', "cs231n/layers.py": RIGHT})
    return {
        "doejane_1001_50001_layers.py": RIGHT,
        "leebo_LATE_1002_50002_a2-1.zip": course,
        "m\u00fcllerute_1003_50003_layers-2.py": WRONG,
        "m\u00fcllerute_1003_50004_notes.pdf": b"%PDF-1.4",
        "okafor_ng_LATE_1004_50005_my_solution_1_2.py": RIGHT,
        "convolvers3_1005_50006_layers.py": RIGHT,
        "raymay_1006_text.html": "<p>see my repository</p>",
    }


def moodle() -> Files:
    """Five hand-ins, with sub-folders, text beside files, an apostrophe that is gone, and a team without a number."""
    return {
        "Jane Doe_2001_assignsubmission_file/a2/layers.py": RIGHT,
        "Jane Doe_2001_assignsubmission_onlinetext/onlinetext.html": "<p>done</p>",
        "Bo Lee_2002_assignsubmission_file/layers.py": WRONG,
        "Ute M\u00fcller_2003_assignsubmission_file/a2.zip": zipped({"a2/layers.py": RIGHT}),
        "Sean OBrien_2004_assignsubmission_onlinetext/onlinetext.html": "<p>nothing</p>",
        "Default group_assignsubmission_file/layers.py": RIGHT,
    }


METADATA = """---
submission_300:
  :submitters:
  - :name: Cut Off
    :sid: 70
submission_301:
  :submitters:
  - :name: Jane Doe
    :sid: 0071
    :email: jane@x.edu
  :created_at: 2026-02-03 17:34:00.861687000 Z
  :score: 10.0
  :status: processed
  :history:
  - :id: 300
    :created_at: 2026-02-02 17:34:00.861687000 Z
submission_302:
  :submitters:
  - :name: Bo Lee
    :sid: 72
    :email: bo@x.edu
  - :name: "Doe, Ute"
    :sid: '0073'
    :email: ute@x.edu
  :created_at: 2026-02-04 09:00:00.000000000 Z
submission_303:
  :submitters:
  - :name: No Id
    :email: noid@x.edu
  :created_at: 2026-02-04 09:00:00.000000000 Z
submission_304:
  :submitters: []
  :created_at: 2026-02-05 09:00:00.000000000 -05:00
"""


def gradescope() -> Files:
    """Four hand-ins: an id with zeros before it, a group of two, somebody without an id, and nobody at all."""
    return {
        "assignment_9_export/submission_metadata.yml": METADATA,
        "assignment_9_export/submission_301/layers.py": RIGHT,
        "assignment_9_export/submission_302/cs231n/layers.py": WRONG,
        "assignment_9_export/submission_303/layers.py": RIGHT,
        "assignment_9_export/submission_304/readme.txt": "nothing",
        "__MACOSX/assignment_9_export/._submission_metadata.yml": b"\0\5\26\7",
    }


def autolab() -> Files:
    """Three people, one with two versions, one whose hand-in has a `_` in its name."""
    return {
        "jane@x.edu_1_handin.py": WRONG,
        "jane@x.edu_2_handin.py": RIGHT,
        "bo_lee@x.edu_10_handin.zip": zipped({"layers.py": RIGHT}),
        "3_ute@x.edu_my_handin.py": WRONG,
    }


def brightspace() -> Files:
    """Three people, one of whom handed in again half a day later, and one whose name has a dash."""
    return {
        "index.html": "<html></html>",
        "11-64 - Jane Doe - Oct 3, 2025 1015 AM/layers.py": WRONG,
        "11-64 - Jane Doe - Oct 3, 2025 922 PM/layers.py": RIGHT,
        "12-64 - Bo Lee - Oct 10, 2025 1022 AM/a2/cs231n/layers.py": RIGHT,
        "13-64 - Ute - Anna M\u00fcller - Sep 9, 2025 101 AM/notes.txt": "nothing yet",
    }


def blackboard() -> Files:
    """Three people: two attempts, a username with `_`, and no files at all."""
    text = (
        "Name: {name} ({user})\nAssignment: A2\nDate Submitted: Monday, April 20, 2020 6:34:13 AM EDT\nFiles:\n{files}"
    )
    pair = "\tOriginal filename: {own}\n\tFilename: {file}\n"
    first, second, other = (
        f"A2_{user}_attempt_2026-02-0{day}-14-05-09" for user, day in (("jdoe7", 3), ("jdoe7", 4), ("bo_lee", 3))
    )
    none = "A2_ute_attempt_2026-02-03-01-02-03"
    return {
        f"{first}_layers.py": WRONG,
        f"{first}.txt": text.format(name="Jane Doe", user="jdoe7",
                                    files=pair.format(own="layers.py", file=f"{first}_layers.py")),
        f"{second}_layers.py": RIGHT,
        f"{second}.txt": text.format(name="Jane Doe", user="jdoe7",
                                     files=pair.format(own="my layers.py", file=f"{second}_layers.py")),
        f"{other}_layers.py": RIGHT,
        f"{other}.txt": text.format(name="Bo Lee", user="bo_lee",
                                    files=pair.format(own="layers.py", file=f"{other}_layers.py")),
        f"{none}.txt": text.format(name="Ute M\u00fcller", user="ute", files="No files were attached."),
    }  # fmt: skip


def sakai() -> Files:
    """Three people: sub-folders, parentheses in a name, and text alone."""
    return {
        "A2/grades.csv": "x",
        "A2/Doe, Jane(jdoe7)/timestamp.txt": "2026-02-03T14:05:09Z",
        "A2/Doe, Jane(jdoe7)/Submission attachment(s)/layers.py": RIGHT,
        "A2/Lee (Team 3), Bo(bl2)/timestamp.txt": "20260203",
        "A2/Lee (Team 3), Bo(bl2)/Submission attachment(s)/a2.zip": zipped({"layers.py": WRONG}),
        "A2/M\u00fcller, Ute(ute)/M\u00fcller, Ute(ute)_submissionText.html": "<p>hello</p>",
        "A2/M\u00fcller, Ute(ute)/timestamp.txt": "2026-02-04T09:00:00Z",
    }


def written(folder: Path, files: Files) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder
