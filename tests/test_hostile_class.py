"""Hand-ins made to stop whoever reads them: each costs its own person, and nobody else, and little time and memory."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.hostile import family
from grader.errors import JudgeError, SubmissionRejected
from grader.reading import reader as reading
from grader.reading.reader import OwnReader
from grader.records import Entry, Place
from grader.sandbox.inside.confine import LAYERS
from tests.cli import ENVIRONMENT, start, wait_for
from tests.hostile import FILES, ON_DISK, RIGHT, f_string, make_class, remove
from tests.test_people import sevenzipped
from tests.test_sources import NAMES, write, zipped

_RUBRIC = (
    "schema: convgrade/1\nextends: correctness-only.yaml\nname: hostile\ncases: {count: 16}\nlimits: {call_s: 5}\n"
)
WRONG = ("graded", 0.0, None)
TOO_MUCH_CODE = ("rejected", 0.0, "too large for a submission (at most 262144 bytes of code)")
NOTHING = "nothing gradable handed in"
EXPECTED: dict[str, tuple[str, float, str | None]] = {
    "50-long-integer": ("graded", 100.0, None),
    "50-decimal-integer": ("graded", 100.0, None),
    "51-lambdas": WRONG,
    "51-brackets": WRONG,
    "51-minuses": WRONG,
    "51-folders": ("rejected", 0.0, "d holds more than 64 folders within each other"),
    "51-deep-folders": ("rejected", 0.0, "d holds more than 64 folders within each other"),
    "52-huge": WRONG,
    "52-long-sides": WRONG,
    "53-damaged-lzma": ("rejected", 0.0, "layers.py cannot be read: the archive is damaged"),
    "53-dictionary": ("rejected", 0.0, "reading it takes more than 1024 MiB of memory"),
    "53-deflate64": ("rejected", 0.0, "compressed by Deflate64, which is not known here"),
    "53-nameless": ("rejected", 0.0, "is not a complete zip archive"),
    "54-chain": WRONG,
    "54-chain-too-long": TOO_MUCH_CODE,
    "55-targets": WRONG,
    "56-f-string": WRONG,
    "56-match": WRONG,
    "57-one-cell": TOO_MUCH_CODE,
    "57-nul": ("graded", 100.0, None),
    "57-surrogate": ("graded", 100.0, None),
    "57-nested": ("rejected", 0.0, "is not a Jupyter notebook"),
    "58-directory": ("rejected", 0.0, "it holds more than 200000 files"),
    "58-directory-inside": ("rejected", 0.0, "it holds more than 200000 files"),
    "59-large-in-large": ("rejected", 0.0, "no file defines conv_forward_naive"),
    "60-files": ("rejected", 0.0, "more than 20000 files"),
    "60-many": ("rejected", 0.0, "60-many holds more than 20000 files"),
    "61-results": ("rejected", 0.0, NOTHING),
    "61-fifo": ("rejected", 0.0, "61-fifo.py is not a regular file"),
    "61-link": ("rejected", 0.0, "61-link.py is a link, which is not followed"),
    "61-loop": ("rejected", 0.0, "61-loop is a link, which is not followed"),
    "61-case": WRONG,
    "61-CASE": WRONG,
    "62-commas": WRONG,
    "62-names": WRONG,
    "62-functions": WRONG,
    "62-layers": WRONG,
    "62-assert": WRONG,
    "62-none": WRONG,
    "62-blank-lines": ("graded", 100.0, None),
    "layers": WRONG,
    "ann": ("graded", 100.0, None),
    "zoe": ("graded", 100.0, None),
}


@dataclass(frozen=True, slots=True)
class Run:
    """A class run, with what the kernel says of all its processes."""

    status: int
    said: str
    cpu_s: float
    peak_bytes: int
    reports: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = tmp_path_factory.mktemp("hostile")
    folder = make_class(root / "c")
    (root / "rubric.yaml").write_text(_RUBRIC)
    command = [sys.executable, "-m", "grader", folder, "--rubric", root / "rubric.yaml", "--out", root / "out"]
    with (root / "said").open("w") as said:
        process = subprocess.Popen([*map(str, command), "--jobs", "1"], env=ENVIRONMENT, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    remove(folder)
    reports = json.loads((root / "out" / "grades.json").read_text())
    return Run(
        process.returncode,
        (root / "said").read_text(),
        used.ru_utime + used.ru_stime,
        1024 * used.ru_maxrss,
        {report["submission"]["id"]: report for report in reports},
    )


def test_every_hostile_file_has_its_expectation() -> None:
    of_the_instructor = {"results.sqlite", "collectSubmission.sh"}
    handed_in = {Path(name).name.partition(".")[0] for name in {*FILES, *ON_DISK} - of_the_instructor}
    assert handed_in | {"ann", "zoe"} == set(EXPECTED)


@pytest.mark.parametrize("id", EXPECTED)
def test_hostile_hand_in_has_a_verdict_with_a_reason(run: Run, id: str) -> None:
    verdict, score, message = EXPECTED[id]
    report = run.reports[id]
    assert (report["verdict"], report["score"]) == (verdict, score)
    assert (message or "") in (report["message"] or "")


def test_class_of_hostile_hand_ins_ends_well(run: Run) -> None:
    assert run.status == 0, run.said
    assert "Traceback" not in run.said
    assert set(run.reports) == set(EXPECTED)
    assert "43 submissions, 3 without anything gradable; passed over: collectSubmission.sh, results.sqlite" in run.said


def test_class_of_hostile_hand_ins_takes_little_time_and_memory(run: Run) -> None:
    """CPU time of all processes, which on a machine that does nothing else is more than what passes.

    It is set against what this machine takes to parse 100,000 lines, some twenty times which it is.
    """
    start_s = time.process_time()
    ast.parse("x = 1\n" * 100_000)
    assert run.cpu_s < 50 * (time.process_time() - start_s)
    assert run.peak_bytes < 1.5 * 2**30


@pytest.fixture(scope="module")
def reader() -> Iterator[OwnReader]:
    with OwnReader(LAYERS) as own:
        yield own


def entry(path: Path) -> Entry:
    return Entry(path.name, path.name, str(path), Place(str(path)))


SLOW = b"conv_forward_naive, conv_backward_naive, a, b, c, d\n" * 10_000
"""Text that is looked through for long, since the names are in it."""


def slow_zip(path: Path) -> Path:
    return zipped(path, {f"{number}.py": SLOW for number in range(60)})


def test_limit_of_time_is_a_rejection_that_says_so(
    tmp_path: Path, reader: OwnReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "READ_S", 0.2)
    with pytest.raises(SubmissionRejected, match=r"^slow\.zip: reading it takes more than 0\.2 s of CPU time"):
        reader.read(entry(slow_zip(tmp_path / "slow.zip")), NAMES)


def test_limit_of_memory_is_a_rejection_that_says_so(
    tmp_path: Path, reader: OwnReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MEMORY_MIB", 20)
    (tmp_path / "a.ipynb").write_text('{"cells": [' + "[], " * 1_000_000 + "[]]}")
    with pytest.raises(SubmissionRejected, match=r"^a\.ipynb: reading it takes more than 20 MiB of memory"):
        reader.read(entry(tmp_path / "a.ipynb"), NAMES)


@pytest.mark.slow
def test_what_takes_too_long_to_look_into_is_a_person_like_the_others(tmp_path: Path, reader: OwnReader) -> None:
    folder = write(tmp_path / "c", {"ann.py": RIGHT, "zoe/layers.py": RIGHT})
    slow_zip(folder / "eve.zip")
    zipped(folder / "section.zip", {"bo.py": RIGHT, "cy.py": RIGHT})
    found = reader.people_at(folder, NAMES)
    assert [one.id for one in found.entries] == ["ann", "eve", "section-bo", "section-cy", "zoe"]


def test_end_of_the_process_that_looks_costs_the_one_it_looked_at(
    tmp_path: Path, reader: OwnReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed stands for one that a defect of a library brings down."""
    folder = write(tmp_path / "c", {"ann.py": RIGHT, "zoe/layers.py": RIGHT})
    slow_zip(folder / "eve.zip")
    zipped(folder / "section.zip", {"bo.py": RIGHT, "cy.py": RIGHT})
    monkeypatch.setattr(reading, "PEOPLE_S", 0.3)
    found = reader.people_at(folder, NAMES)
    assert [one.id for one in found.entries] == ["ann", "eve", "section-bo", "section-cy", "zoe"]


def test_longer_f_string_than_in_the_class_is_read(tmp_path: Path, reader: OwnReader) -> None:
    """In the class it is parsed four times: to be read, and for each time that it is loaded."""
    (tmp_path / "eve.py").write_text(f_string(25_000))
    assert reader.read(entry(tmp_path / "eve.py"), NAMES) is not None


def test_process_that_reads_sees_no_more_than_what_it_reads(tmp_path: Path, reader: OwnReader) -> None:
    folder = write(tmp_path / "c", {"ann.py": RIGHT, "zoe.py": RIGHT})
    (folder / "eve").mkdir()
    os.link(folder / "zoe.py", folder / "eve" / "layers.py")
    assert reader.read(entry(folder / "eve"), NAMES) is not None
    (folder / "eve" / "layers.py").unlink()
    (folder / "eve" / "layers.py").symlink_to(folder / "zoe.py")
    with pytest.raises(SubmissionRejected, match="is a link, which is not followed"):
        reader.read(entry(folder / "eve"), NAMES)


def test_file_that_is_gone_is_our_failure(tmp_path: Path, reader: OwnReader) -> None:
    with pytest.raises(JudgeError, match=r"gone\.py: cannot be read by the grader: No such file or directory"):
        reader.read(entry(tmp_path / "gone.py"), NAMES)


@pytest.mark.parametrize("missing", [LAYERS, *((layer,) for layer in LAYERS)], ids=" ".join)
def test_reading_does_without_any_layer(tmp_path: Path, missing: tuple[str, ...]) -> None:
    folder = write(tmp_path / "c", {"ann/layers.py": RIGHT, "zoe.py": RIGHT})
    sevenzipped(folder / "eve.7z", {"layers.py": RIGHT})  # for which libraries are loaded that are not there yet
    for path in (folder / "ann", folder / "ann" / "layers.py", folder / "zoe.py"):
        path.chmod(0o700)
    with OwnReader([layer for layer in LAYERS if layer not in missing]) as own:
        found = own.people_at(folder, NAMES).entries
        assert [one.id for one in found] == ["ann", "eve", "zoe"]
        assert all(own.read(one, NAMES) for one in found)


_WITH_A_READER = 2
"""More processes than the grader and the one that forks."""


def test_second_signal_ends_the_run_at_once_while_it_reads(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", {"ann.py": RIGHT, "zoe.py": RIGHT})
    slow_zip(folder / "aaa.zip")
    database = tmp_path / "out" / "results.sqlite"  # it is made when everybody has been found
    with start(folder, "--no-timing", "--out", tmp_path / "out") as run:
        wait_for(run, lambda: database.exists() and len(family(run.pid)) > _WITH_A_READER)
        assert run.stderr is not None
        for told in ("3 submissions", "finishing the submissions that are running; press Ctrl-C again to stop at once"):
            assert told in run.stderr.readline()
            run.send_signal(signal.SIGTERM)
        assert run.stderr.read() == "grade: interrupted\n"
    assert run.returncode == 130


def test_damaged_archives_within_one_hand_in_do_not_hide_a_class(tmp_path: Path) -> None:
    """Each left a traceback behind; beyond 64 KiB of them the process was ended, and the class was one person's."""
    damaged = bytearray(
        zipped(tmp_path / "mallory.zip", {f"p{number}.zip": "PK" for number in range(500)}).read_bytes()
    )
    for entry in range(len(damaged)):
        if damaged.startswith(b"PK\1\2", entry):
            damaged[entry + 16] ^= 0xFF  # the checksum
    folder = write(tmp_path / "class", {"ann.py": RIGHT, "zoe.py": RIGHT, "mallory.zip": bytes(damaged)})
    with zipfile.ZipFile(folder / "mallory.zip", "a") as archive:
        archive.writestr("a.py", RIGHT)
        archive.writestr("b.py", RIGHT)
    with OwnReader(()) as reader:
        ids = {entry.id for entry in reader.people_at(folder, NAMES).entries}
    assert {"ann", "zoe", "mallory-a", "mallory-b", "mallory-p1"} <= ids
