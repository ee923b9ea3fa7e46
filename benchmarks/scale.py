"""Class runs on this machine and on Dask: rate, overhead, and memory of each process as the class grows.

    python -m benchmarks.scale [--counts 1000 10000] [--loops 40] [--cases 20] [--json]

Correctness only, by a rubric with few cases, so that what the grader itself costs is a large part: real classes, with
more cases and with timing, lose less. For each class in turn: local with 1 job, Dask with 1 worker and with 2, on a
scheduler and workers that are started by Dask's own commands for each run. The clocks begin once the workers are there.
CPU time tells what each submission costs on a machine that does other things meanwhile; seconds do on a quiet one.
Memory is the largest resident set (`VmHWM` in /proc) of the first process, of the scheduler, and of any worker. A class
of `--counts` is of vectorised submissions, one of `--loops` of nested loops.
"""

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from distributed import Client
from tabulate import tabulate

from benchmarks.class_run import peak_bytes
from benchmarks.generated import SCALAR_LOOPS, fast_programs, loop_programs, make_class
from grader.classroom.cluster.link import SETTINGS

_RUBRIC = "schema: convgrade/1\nextends: correctness-only.yaml\nname: scale\ncases: {count: %d}\n"
_WORKERS_S = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """One class run."""

    programs: str
    submissions: int
    where: str
    wall_s: float
    cpu_s: float
    """Of all processes together, those of the sandbox too."""
    client_bytes: int
    scheduler_bytes: int = 0
    worker_bytes: int = 0

    @property
    def cpu_ms_each(self) -> float:
        """Milliseconds of CPU time for each submission."""
        return 1000 * self.cpu_s / self.submissions


def measure(programs: str, texts: Mapping[str, str], cases: int, workers: int) -> Measured:
    """Grade a class of these texts; no workers means on this machine, by one job."""
    with TemporaryDirectory() as scratch, _cluster(workers) as (address, processes):
        rubric = Path(scratch, "rubric.yaml")
        rubric.write_text(_RUBRIC % cases)
        folder, out = make_class(Path(scratch, "class"), texts), Path(scratch, "out")
        command = [sys.executable, "-m", "grader", str(folder), "--rubric", str(rubric), "--out", str(out), "--quiet"]
        command += ["--executor", "dask", "--scheduler", address] if workers else ["--jobs", "1"]
        start, cpu_before = time.monotonic(), _cpu_s(processes)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client, peaks = 0, [0, *(0 for _ in processes)]
        while process.poll() is None:
            client = max(client, peak_bytes(process.pid))
            peaks = [peak_bytes(each.pid) for each in processes] or [0]
            time.sleep(0.05)
        assert process.returncode == 0
        wall_s, cpu_s = time.monotonic() - start, _cpu_s(processes) - cpu_before
        where = f"Dask, {workers}" if workers else "local"
        return Measured(programs, len(texts), where, wall_s, cpu_s, client, peaks[0], max(peaks[1:], default=0))


def _cpu_s(processes: Iterable[subprocess.Popen[bytes]]) -> float:
    """Seconds of all processes that have ended, and of these with their descendants."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime + sum(_tree_s(process.pid) for process in processes)


def _tree_s(pid: int) -> float:
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    children = [int(child) for file in folder.glob("task/*/children") for child in file.read_text().split()]
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + sum(map(_tree_s, children))


@contextmanager
def _cluster(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler's address, and its process before those of its workers; nothing for no workers."""
    if not workers:
        yield "", []
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    commands = [["scheduler", "--host", "127.0.0.1", "--port", port]]
    commands += [["worker", address, "--nthreads", "1", "--no-nanny"]] * workers
    environment = {**os.environ, **in_environment(SETTINGS)}
    run = [sys.executable, "-m", "dask"]
    processes = [
        subprocess.Popen([*run, *command, "--no-dashboard"], stderr=subprocess.DEVNULL, env=environment)
        for command in commands
    ]
    try:
        _wait_for(address, workers)
        yield address, processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def in_environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Dask's settings, as the variables of the environment that make them."""
    return {f"DASK_{name.replace('.', '__').replace('-', '_').upper()}": str(value) for name, value in settings.items()}


def _wait_for(address: str, workers: int) -> None:
    with Client(address, timeout=_WORKERS_S, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=_WORKERS_S)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="*", default=[1000, 10000])
    parser.add_argument("--loops", type=int, default=40)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--workers", type=int, nargs="*", default=[0, 1, 2], help="0 is the local executor")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    classes = {"vectorised": [fast_programs(count) for count in options.counts]}
    if options.loops:
        classes["nested loops"] = [loop_programs(options.loops, SCALAR_LOOPS)]
    rows = []
    for name, each in classes.items():
        for texts in each:
            for workers in options.workers:
                one = measure(name, texts, options.cases, workers)
                rows.append(_row(one))
                print(json.dumps(asdict(one)) if options.json else " ".join(map(str, rows[-1])), flush=True)
    if not options.json:
        headers = ["programs", "submissions", "where", "seconds", "CPU ms each", "client", "scheduler", "worker (MiB)"]
        print(tabulate(rows, headers=headers, tablefmt="simple"))


def _row(one: Measured) -> list[object]:
    memory = (round(each / 2**20) for each in (one.client_bytes, one.scheduler_bytes, one.worker_bytes))
    return [one.programs, one.submissions, one.where, f"{one.wall_s:.1f}", f"{one.cpu_ms_each:.1f}", *memory]


if __name__ == "__main__":
    main()
