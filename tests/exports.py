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
  :created_at: 2026-02-05 09:00:00.000000000 Z
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


def written(folder: Path, files: Files) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder
