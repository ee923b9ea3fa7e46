"""A class on a Dask cluster: a real scheduler and real workers on loopback, started as docs/cluster.md says."""

import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dask
import pytest
import yaml
from distributed import Client

from benchmarks.scale import in_environment
from grader.classroom.cluster.link import SETTINGS, Link
from grader.classroom.cluster.worker import prove
from tests.cli import ENVIRONMENT, ROOT, SUBMISSIONS, grade, start, wait_for
from tests.test_batch import CRASHES, HANGS, RUBRIC, SAMPLE, attempts, marks
from tests.test_sources import write

_SECRET_TEXT, _SECRET_NAME = "xyzzy_in_the_text", "xyzzy-the-name"
_PICKLED = re.compile(rb"\x80[\x02-\x05]\x95|\x80[\x02-\x05][}\]c(]")
"""How pickles begin."""


def _documented() -> list[list[str]]:
    """The commands of docs/cluster.md that are marked to be run here."""
    text = (ROOT / "docs" / "cluster.md").read_text()
    return [shlex.split(line) for line in re.findall(r"<!-- run by tests/test_dask.py -->\n    (.*)\n", text)]


@dataclass
class Cluster:
    """A scheduler, and the workers that were added to it."""

    folder: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def add(self, number: int, *more: str) -> subprocess.Popen[bytes]:
        """Run a command of the documents: 0 is the scheduler's, 1 a worker's."""
        name, *arguments = (word.replace("8786", str(self.port)) for word in _documented()[number])
        command = [sys.executable, "-m", name, *arguments, "--preload", str(ROOT / "tests" / "dask_frames.py"), *more]
        environment = {**os.environ, **ENVIRONMENT, **in_environment(SETTINGS), "FRAMES": str(self.folder)}
        log = (self.folder / f"{len(self.processes)}.log").open("wb")
        with log:
            self.processes.append(subprocess.Popen(command, cwd=self.folder, env=environment, stderr=log))
        return self.processes[-1]

    def frames(self) -> list[bytes]:
        """All that went over the wire."""
        lines = (line for file in self.folder.glob("*.frames") for line in file.read_text().splitlines())
        return [bytes.fromhex(line) for line in lines]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """With two workers, each a single process, and a third one that has another NumPy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Cluster(tmp_path_factory.mktemp("dask"), free.getsockname()[1])
    made.add(0)
    for _ in range(2):
        made.add(1, "--no-nanny")
    made.add(1, "--no-nanny", "--preload", str(ROOT / "tests" / "dask_other_numpy.py"))
    yield made
    for process in made.processes:
        process.kill()
        process.wait()


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    path = tmp_path / "rubric.yaml"
    path.write_text(RUBRIC)
    return path


def _many(folder: Path, count: int) -> Path:
    return write(folder, {f"s{i:02}.py": f"{SAMPLE['carol']}\n# {i}\n" for i in range(count)})


def test_class_is_graded_as_here_and_nothing_of_a_student_is_pickled(
    tmp_path: Path, cluster: Cluster, rubric: Path
) -> None:
    files: dict[str, str | bytes] = {f"{name}.py": SAMPLE[name] for name in ("alice", "leo", "starter")}
    files |= {"hangs.py": HANGS, "crashes.py": CRASHES, "syntax.py": "def (:", "broken.zip": b"PK broken"}
    files[f"{_SECRET_NAME}/layers.py"] = f"{SAMPLE['carol']}\n# {_SECRET_TEXT}\nprint('{_SECRET_TEXT}')\n"
    folder = write(tmp_path / "class", files)
    here, there = tmp_path / "here", tmp_path / "there"
    assert grade(folder, "--rubric", rubric, "--out", here).returncode == 0
    arguments = ("--rubric", rubric, "--executor", "dask", "--scheduler", cluster.address)
    done = grade(folder, *arguments, "--out", there)
    assert done.returncode == 0, done.stderr
    assert marks(there) == marks(here)
    reports = {each["submission"]["id"]: each for each in json.loads((there / "grades.json").read_text())}
    assert reports["alice"]["machine"]["host"] == socket.gethostname()
    assert all(process.poll() is None for process in cluster.processes)
    frames = cluster.frames()
    assert any(_SECRET_TEXT.encode() in frame for frame in frames)
    assert any(_PICKLED.search(frame) for frame in frames)
    assert [frame for frame in frames if _SECRET_TEXT.encode() in frame and _PICKLED.search(frame)] == []
    assert [frame for frame in frames if _SECRET_NAME.encode() in frame] == []


def test_scheduler_keeps_nothing_of_what_is_done(cluster: Cluster) -> None:
    """It keeps what it calls a span for ever, and begins one when no worker has had anything."""

    def spans() -> int:
        seen = beside.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.extensions["spans"].spans))
        assert isinstance(seen, int)
        return seen

    with Link(cluster.address, 1) as link, Client(cluster.address, set_as_default=False) as beside:
        beside.wait_for_workers(1, timeout=60)
        before = spans()
        for number in range(4):
            link.ask(prove, b"", link.workers()[0], number)
            while [answer.about for answer in link.heard()] != [number]:
                pass
        assert spans() - before == 1


def test_worker_is_killed_and_another_added_and_each_is_graded_once(
    tmp_path: Path, cluster: Cluster, rubric: Path
) -> None:
    folder, out = _many(tmp_path / "class", 10), tmp_path / "out"
    run = start(
        folder, "--rubric", rubric, "--out", out, "--executor", "dask", "--scheduler", cluster.address, "--no-timing"
    )
    wait_for(run, lambda: _count(out) >= 3)
    cluster.processes[1].send_signal(signal.SIGKILL)
    cluster.add(1, "--no-nanny")
    _, said = run.communicate(timeout=60)
    assert run.returncode == 0, said
    assert len(re.findall(r"grade: the worker tcp://\S+ is not used: it has numpy 1.0.0, and here is", said)) == 1
    assert (len(marks(out)), _count(out)) == (10, 10)
    assert set(marks(out).values()) == {("graded", "98.53")}


def test_watch_grades_on_the_cluster_and_connects_to_it_once(tmp_path: Path, cluster: Cluster, rubric: Path) -> None:
    folder, out = _many(tmp_path / "class", 9), tmp_path / "out"  # two rounds, since one has eight
    options = ("--rubric", rubric, "--out", out, "--executor", "dask", "--scheduler", cluster.address)
    done = grade("watch", folder, *options, "--jobs", 1, "--no-timing", "--once")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is not used: it has numpy 1.0.0") == 1  # what a worker is asked once
    assert (_count(out), len(marks(out)), set(marks(out).values())) == (9, 9, {("graded", "98.53")})


def test_scheduler_is_lost_and_the_next_run_goes_on_from_what_is_stored(
    tmp_path: Path, cluster: Cluster, rubric: Path
) -> None:
    folder, out = _many(tmp_path / "class", 14), tmp_path / "out"
    arguments = (folder, "--rubric", rubric, "--out", out)
    run = start(*arguments, "--executor", "dask", "--scheduler", cluster.address)
    wait_for(run, lambda: _count(out) >= 2)
    cluster.processes[0].send_signal(signal.SIGKILL)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 3
    assert f"the scheduler {cluster.address} is lost; what was graded is kept. Run the same command again" in said
    kept = _count(out)
    assert 2 <= kept < 14
    done = grade(*arguments, "--resume")
    assert f"{kept} kept" in done.stderr
    assert (len(marks(out)), _count(out)) == (14, 14)


def test_cluster_is_started_here_where_no_address_is_given(tmp_path: Path, rubric: Path) -> None:
    folder, out = _many(tmp_path / "class", 2), tmp_path / "out"
    done = grade(folder, "--rubric", rubric, "--out", out, "--executor", "dask", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    assert set(marks(out).values()) == {("graded", "98.53")}


def test_settings_that_spare_dask_looking_at_itself_are_documented() -> None:
    told = re.findall(r"\bDASK_\S+=\S+", (ROOT / "docs" / "cluster.md").read_text())
    wanted = in_environment(SETTINGS)
    assert {f"{name}={value}" for name, value in wanted.items()} <= set(told)
    spec = yaml.safe_load((ROOT / "docs" / "dask-cluster.yaml").read_text())["spec"]
    for container in (spec["scheduler"]["spec"]["containers"][0], spec["worker"]["spec"]["containers"][0]):
        set_there = {each["name"]: each["value"] for each in container["env"]}
        assert wanted.items() <= set_there.items()
    for name in SETTINGS:
        dask.config.get(name)  # raises where Dask knows no such setting


def test_without_dask_the_option_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("executors.dask", "cluster.crew", "cluster.link"):  # what it is imported by
        monkeypatch.delitem(sys.modules, f"grader.classroom.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = grade(_many(tmp_path / "class", 2), "--executor", "dask", "--out", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("grade: --executor dask needs Dask; install it: pip install 'convgrade[dask]'\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], "--scheduler is for a cluster; say --executor dask with it"),
        (["--executor", "dask"], "--executor dask is for a class; name its folder, or a results folder (--out)"),
        (["--executor", "dusk"], "--executor: there is no 'dusk' (did you mean dask?); choose from local, dask"),
    ],
)
def test_options_that_cannot_be_meant(arguments: list[str], said: str) -> None:
    done = grade(SUBMISSIONS / "alice.py", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def _count(out: Path) -> int:
    """How many attempts are stored by now."""
    try:
        return attempts(out)
    except sqlite3.OperationalError:  # not even the table is there
        return 0
