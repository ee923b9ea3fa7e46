"""Files beside a submission that would take a module's place, and compiled ones: only the named file is loaded."""

import json
from pathlib import Path

import pytest

from tests.cli import SUBMISSIONS, grade
from tests.test_batch import RUBRIC
from tests.test_sources import write, zipped

ALICE = (SUBMISSIONS / "alice.py").read_text()
STUB = (SUBMISSIONS / "starter.py").read_text()
PWNED = "print('PWNED')\nraise SystemExit\n"
BESIDE = ("numpy.py", "sitecustomize.py", "usercustomize.py", "conftest.py", "json.py", "site.py", "grader.py", "os.py",
          "numpy/__init__.py", "encodings/__init__.py")  # fmt: skip
COMPILED = ("layers.cpython-311.pyc", "__pycache__/layers.cpython-311.pyc", "layers.so", "layers.pyd", "evil.pth",
            "cs231n/im2col_cython.cpython-311-x86_64-linux-gnu.so")  # fmt: skip


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("names", [BESIDE, COMPILED], ids=["modules", "compiled"])
def test_only_the_named_file_is_loaded(tmp_path: Path, names: tuple[str, ...], packed: bool) -> None:
    files: dict[str, str | bytes] = {"cs231n/layers.py": ALICE, **dict.fromkeys(names, PWNED)}
    where = zipped(tmp_path / "x.zip", files) if packed else write(tmp_path / "x", files)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    done = grade(where, "--rubric", tmp_path / "rubric.yaml", "--format", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["score"] == 100
    assert "PWNED" not in done.stdout + done.stderr


def test_compiled_solution_is_not_taken_for_the_missing_source(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"cs231n/layers.py": STUB, **dict.fromkeys(COMPILED, ALICE)}
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    done = grade(write(tmp_path / "x", files), "--rubric", tmp_path / "rubric.yaml", "--format", "json")
    assert json.loads(done.stdout)["score"] == 0
