"""A class on Slurm's jobs, by the script of docs/cluster.md; a stand-in for `sbatch` runs the jobs here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli import ENVIRONMENT, ROOT
from tests.test_batch import RUBRIC, SAMPLE, marks
from tests.test_sources import write

_SBATCH = """\
#!/bin/sh
cat "$1" > "$JOB"
setsid sh "$JOB" > "$JOB.out" 2>&1 &
echo $! > "$JOB.group"
echo "Submitted batch job 7"
"""
_SCANCEL = """\
#!/bin/sh
kill -- "-$(cat "$JOB.group")"
"""


def _documented() -> str:
    """The script."""
    text = (ROOT / "docs" / "cluster.md").read_text()
    found = re.search(r"<!-- run by tests/test_slurm.py -->\n((?:    .*\n)*)", text)
    assert found
    return re.sub("^    ", "", found[1], flags=re.MULTILINE)


@pytest.fixture
def slurm(tmp_path: Path) -> dict[str, str]:
    """An environment whose `sbatch` and `scancel` do here what Slurm does elsewhere."""
    commands = tmp_path / "bin"
    for name, text in (("sbatch", _SBATCH), ("scancel", _SCANCEL)):
        (write(commands, {name: text}) / name).chmod(0o755)
    path = f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "JOB": str(tmp_path / "job"), "DASK_JOBQUEUE__SLURM__INTERFACE": "lo"}
    own["DASK_CONFIG"] = str(tmp_path / "dask")  # dask-jobqueue puts a file there
    return {**os.environ, **ENVIRONMENT, **own}


def test_documented_script_grades_on_workers_that_jobs_of_slurm_start(tmp_path: Path, slurm: dict[str, str]) -> None:
    folder = write(tmp_path / "class", {f"{name}.py": SAMPLE[name] for name in ("carol", "starter")})
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    options = ["--rubric", str(tmp_path / "rubric.yaml"), "--out", str(tmp_path / "out"), "--no-timing"]
    script = _documented()
    for there, here in (
        ("cores=8, processes=8", "cores=1, processes=1"),
        ("jobs=4", "jobs=1"),
        ('"hw2/"', f"{str(folder)!r}, *{options!r}"),
    ):
        assert script.count(there) == 1
        script = script.replace(there, here)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=slurm,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert marks(tmp_path / "out") == {"carol": ("graded", "98.53"), "starter": ("graded", "0.0")}
    job = (tmp_path / "job").read_text()
    assert "#SBATCH -t 02:00:00\n" in job
    assert " --nthreads 1 " in job
