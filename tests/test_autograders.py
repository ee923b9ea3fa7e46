"""Autograders for platforms, unpacked as the platform does; benchmarks/gradescope.py has a whole Debian around one."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZipFile

import pytest
import yaml

from grader.autograders import inside, packing
from grader.messages import OUR_FAULT
from tests import importers
from tests.cli import ENVIRONMENT, ROOT, SUBMISSIONS, grade

RUBRIC = """\
schema: convgrade/1
extends: correctness-only.yaml
name: quick
cases: {count: 20}
late: {due: 2020-01-01T00:00:00Z, per_day_percent: 10}
"""
METADATA: dict[str, Any] = {
    "created_at": "2026-03-08T12:00:00-07:00",
    "assignment": {"due_date": "2026-03-08T03:01:00-07:00"},
    "users": [{"id": 7, "name": "Jane Doe", "email": "jane@x.edu"}],
}


def wheel() -> bytes:
    """A library, as pip takes it."""
    made, told = io.BytesIO(), "some-1.0.dist-info"
    with ZipFile(made, "w") as archive:
        archive.writestr("some.py", "")
        archive.writestr(f"{told}/METADATA", "Metadata-Version: 2.1\nName: some\nVersion: 1.0\n")
        archive.writestr(f"{told}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{told}/RECORD", "")
    return made.getvalue()


WHEEL, WHEEL_NAME = wheel(), "some-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip, with one library: the others are those of this Python."""
    folder: Path = tmp_path_factory.mktemp("built")
    (folder / "rubric.yaml").write_text(RUBRIC)
    with patch("grader.autograders.packing.wheels", lambda: {WHEEL_NAME: WHEEL}):
        kinds = {
            "plain": ["gradescope"],
            "image": ["gradescope", "--docker"],
            "prairielearn": ["prairielearn", "--docker"],
            "autolab": ["autolab"],
            "github": ["github"],
        }
        for name, options in kinds.items():
            done = grade("build", *options, "--rubric", folder / "rubric.yaml", "--out", folder / f"{name}.zip")
            assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """As a container of Gradescope has it, with a submission of two files in it."""
    root = tmp_path / "autograder"
    with ZipFile(built / "plain.zip") as archive:
        archive.extractall(root / "source")
    (root / "source" / "python").symlink_to(sys.prefix)  # what setup.sh makes
    (root / "run_autograder").write_bytes((root / "source" / "run_autograder").read_bytes())
    (root / "run_autograder").chmod(0o755)
    for name in ("results", "submission"):
        (root / name).mkdir()
    (root / "submission" / "layers.py").write_text((SUBMISSIONS / "carol.py").read_text())
    (root / "submission" / "json.py").write_text("raise SystemExit(0)\n")
    (root / "submission_metadata.json").write_text(json.dumps(METADATA))
    return root


def results(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "results" / "results.json").read_text())
    return found


def without_network() -> Iterator[str]:
    """The start of a command that runs the rest without a network, where this machine can."""
    words = ["unshare", "--net"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
        yield from words


def test_an_unpacked_autograder_grades_what_gradescope_hands_it(root: Path) -> None:
    command = [*without_network(), str(root / "run_autograder"), str(root)]
    done = subprocess.run(command, cwd=root / "submission", env={"PATH": "/usr/bin:/bin"}, check=False)
    told = results(root)
    assert done.returncode == 0
    tests = {test["name"]: test for test in told["tests"]}
    assert set(tests) == {"forward", "dx", "dw", "db", "contract"}
    assert (tests["forward"]["status"], tests["dx"]["status"]) == ("passed", "failed")
    assert told["score"] == pytest.approx(0.9 * sum(test["score"] for test in tests.values()), abs=0.01)
    assert told["output"].startswith("# Jane Doe: ")
    assert "Handed in 8 h 59 min late" in told["output"]  # by the platform's due time, not the rubric's
    assert str(root) not in json.dumps(told)
    assert list((root / "results").iterdir()) == [root / "results" / "results.json"]


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can give rights up")
def test_root_of_a_container_without_namespaces_and_rights_over_others_grades(built: Path) -> None:
    rights = "-sys_nice,-sys_ptrace,-sys_admin,-sys_resource"
    command = ["setpriv", "--bounding-set", rights, "--inh-caps", rights, sys.executable, "-m", "grader"]
    options = ["--rubric", str(built / "rubric.yaml"), "--without", "namespaces", "-q"]
    command += [str(SUBMISSIONS / "carol.py"), *options]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, "/ 100" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("metadata", [{}, METADATA | {"users": []}, METADATA | {"assignment": {"due_date": "soon"}}])
def test_what_we_cannot_read_has_no_score(
    root: Path, metadata: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "submission_metadata.json").write_text(json.dumps(metadata))
    assert inside.main(["gradescope", str(root / "source"), str(root)]) == 3
    assert set(results(root)) == {"output", "output_format"}
    assert "Traceback" in capsys.readouterr().err  # for the staff


def test_a_failure_of_ours_while_grading_has_no_score(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with patch("grader.pipeline.Grader.read", side_effect=MemoryError("no room")):
        assert inside.main(["gradescope", str(root / "source"), str(root)]) == 3
    assert not {"score", "tests"} & set(results(root))
    assert "no room" in capsys.readouterr().err
    assert "no room" not in results(root)["output"]


def test_a_zip_has_what_the_platform_asks_for_and_an_image_is_made_of_the_same(built: Path) -> None:
    with ZipFile(built / "plain.zip") as plain, ZipFile(built / "image.zip") as image:
        assert {name: plain.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")} == {
            "setup.sh": 0o755,
            "run_autograder": 0o755,
        }
        assert plain.read(f"wheels/{WHEEL_NAME}") == WHEEL
        assert not [name for name in plain.namelist() if "__pycache__" in name or name.startswith("convgrade/tests")]
        assert {*image.namelist()} == {"Dockerfile", *(f"source/{name}" for name in plain.namelist())}
        assert b"FROM gradescope/autograder-base:ubuntu-22.04\n" in image.read("Dockerfile")
        for name in ("setup.sh", "run_autograder"):
            subprocess.run(["sh", "-n"], input=plain.read(name), check=True)


def test_an_image_for_prairielearn_grades_what_is_in_its_folder(built: Path, tmp_path: Path) -> None:
    with ZipFile(built / "prairielearn.zip") as archive:
        assert b"COPY source /convgrade/source\n" in archive.read("Dockerfile")
        assert b'"${1:-/grade}"' in archive.read("source/run_autograder")
        archive.extractall(tmp_path)
    source, place = tmp_path / "source", tmp_path / "grade"
    place.mkdir()
    assert inside.main(["prairielearn", str(source), str(place)]) == 3
    assert results(place) == {"gradable": False, "format_errors": [OUR_FAULT]}
    (place / "student").mkdir()
    (place / "student" / "layers.py").write_text((SUBMISSIONS / "carol.py").read_text())
    assert inside.main(["prairielearn", str(source), str(place)]) == 0
    told = results(place)
    assert (told["gradable"], len(told["tests"])) == (True, 5)
    assert told["score"] == pytest.approx(sum(test["points"] for test in told["tests"]) / 100, abs=1e-4)


@pytest.fixture
def lab(built: Path, tmp_path: Path) -> Path:
    """The folder in which Autolab runs `make`, with a hand-in; a folder `bin` beside it has Python."""
    lab, programs = tmp_path / "lab", tmp_path / "bin"
    with ZipFile(built / "autolab.zip") as archive:
        archive.extractall(lab)
    (lab / "autograde-Makefile").rename(lab / "Makefile")
    shutil.copy(SUBMISSIONS / "carol.py", lab / "layers.py")
    programs.mkdir()
    (programs / "python3.11").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python3.11").chmod(0o755)
    return lab


def made(lab: Path, path: str) -> str:
    """What Autolab gets: both streams in one."""
    command = [*without_network(), "make"]
    done = subprocess.run(
        command, cwd=lab, env={"PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0
    return done.stdout


def test_make_of_an_autolab_autograder_ends_with_the_points_of_each_problem(lab: Path) -> None:
    told = made(lab, f"{lab.parent / 'bin'}:/usr/bin:/bin")
    scores = importers.autolab(told)
    assert set(scores) == {"forward", "dx", "dw", "db", "contract"}
    assert (scores["forward"], told.partition("\n")[0]) == (45, f"submission: {importers.total(scores):g} / 100")
    assert (lab / "convgrade-autograder" / "libraries" / "some.py").exists()


def test_make_leaves_points_open_where_the_grader_fails_or_does_not_start(lab: Path) -> None:
    (lab / "another.py").write_text("")
    failed = made(lab, f"{lab.parent / 'bin'}:/usr/bin:/bin")
    assert "there are 2 hand-ins" in (lab / "convgrade-autograder" / "errors.txt").read_text()
    (lab.parent / "bin" / "python3.11").write_text("#!/bin/sh\nkill -9 $$\n")
    for told in (failed, made(lab, f"{lab.parent / 'bin'}:/usr/bin:/bin")):
        assert OUR_FAULT in told.splitlines()
        assert importers.autolab(told) == dict.fromkeys(("forward", "dx", "dw", "db", "contract"))
        assert "Traceback" not in told


def test_a_failure_of_ours_leaves_autolabs_points_open(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["tar", "xzf", "autograde.tar"], cwd=lab, check=True)
    with patch("grader.pipeline.Grader.read", side_effect=MemoryError("no room")):
        assert inside.main(["autolab", str(lab / "convgrade-autograder"), str(lab)]) == 3
    told = capsys.readouterr()
    assert set(importers.autolab(told.out).values()) == {None}
    assert ("MemoryError" in told.out, "MemoryError" in told.err) == (False, True)


def test_the_workflow_of_github_grades_a_push_with_a_summary_and_annotations(built: Path, tmp_path: Path) -> None:
    clone, temporary, wheels = tmp_path / "hw2-jane", tmp_path / "temp", tmp_path / "wheels"
    (clone / "assignment2" / "cs231n").mkdir(parents=True)
    shutil.copy(SUBMISSIONS / "carol.py", clone / "assignment2" / "cs231n" / "layers.py")
    with ZipFile(built / "github.zip") as archive:
        archive.extractall(clone)
        assert set(archive.namelist()) == {".github/workflows/convgrade.yml", ".github/convgrade.zip"}
    for folder in (temporary, wheels):
        folder.mkdir()
    (wheels / WHEEL_NAME).write_bytes(WHEEL)
    runner = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "RUNNER_TEMP": str(temporary),
        "GITHUB_WORKSPACE": str(clone), "GITHUB_REPOSITORY": "cs/hw2-jane", "PIP_NO_INDEX": "1",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "PIP_FIND_LINKS": str(wheels), "PIP_TARGET": str(temporary),
    }  # fmt: skip
    job = yaml.safe_load((clone / ".github" / "workflows" / "convgrade.yml").read_text())["jobs"]["grade"]
    runs = (["bash", "-e", "-c", step["run"]] for step in job["steps"] if "run" in step)
    done = [subprocess.run(one, cwd=clone, env=runner, capture_output=True, text=True, check=False) for one in runs]
    assert [one.returncode for one in done] == [0, 0], done
    assert (temporary / "some.py").exists()
    annotations = importers.annotations(done[-1].stdout)
    line = (SUBMISSIONS / "carol.py").read_text().split("\n")[int(annotations[0][1]["line"]) - 1]
    assert [(kind, one["file"], one["title"]) for kind, one, _ in annotations] == [
        ("error", "assignment2/cs231n/layers.py", "dx")
    ]
    assert "pad:-pad" in line
    assert (tmp_path / "summary").read_text().startswith("# hw2-jane: ")
    assert all(re.search(r"@[0-9a-f]{40}$", step["uses"]) for step in job["steps"] if "uses" in step)


def test_a_failure_of_ours_is_no_mark_on_github(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    assert inside.main(["github", str(tmp_path), str(tmp_path)]) == 3  # there is no rubric
    assert (tmp_path / "summary").read_text() == f"{OUR_FAULT}\n"
    assert importers.annotations(capsys.readouterr().out) == [("error", {"title": "grade"}, OUR_FAULT)]


@pytest.mark.parametrize(
    ("platform", "said"),
    [(["prairielearn"], "an image only; say --docker"), (["autolab", "--docker"], "no image; leave out --docker")],
    ids=["prairielearn", "autolab"],
)
def test_what_is_no_form_of_a_platform_is_refused(platform: list[str], said: str, tmp_path: Path) -> None:
    done = grade("build", *platform, "--out", tmp_path / "made.zip")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert said in done.stderr


def test_what_is_packed_is_what_the_checkout_needs_now() -> None:
    with patch.object(packing, "requires", return_value=["numpy>=1"]):  # as of an installation of some time ago
        needed = packing.requirements()
    assert {"py7zr>=1.1", "pyseccomp>=0.1.2"} <= set(needed)


def test_an_operator_of_ones_own_is_refused(tmp_path: Path) -> None:
    rubric = ROOT / "tests" / "pooling" / "rubric.yaml"
    with patch("grader.autograders.packing.wheels", dict):
        done = grade("build", "gradescope", "--rubric", rubric, "--out", tmp_path / "made.zip")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "an operator of your own cannot be packed" in " ".join(done.stderr.split())
