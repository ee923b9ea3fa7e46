"""The Gradescope autograder in a bare Debian, without network and under Gradescope's limits: results, time, memory.

As root: `python -m benchmarks.gradescope FOLDER`. The folder keeps the Debian that `debootstrap` makes there. Five
submissions are graded in a chroot, where there are no user namespaces, with the rights that Docker leaves to root,
768 MB and half a processor (control groups of version 1): three samples, one that hangs, and one that reads,
writes and kills whatever it can.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

from grader.command_line.main import main as grade
from tests.cli import ROOT

_RIGHT = (ROOT / "submissions" / "alice.py").read_text()
_HANGING = """

def conv_forward_naive(x, w, b, conv_param):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
_HOSTILE = """

import ctypes, os, socket

def attempt(what):
    try:
        print("got through:", what())
    except Exception as error:  # whatever holds this attempt, the next one is made
        print(type(error).__name__)

def tricks():
    for path in ("/autograder/source/rubric.json", "/proc/1/environ", "/etc/shadow"):
        attempt(lambda: open(path).read(9))
    for path in ("/autograder/results/results.json", "/autograder/run_autograder", "/tmp/x", "/dev/shm/x"):
        attempt(lambda: open(path, "w").write('{"score": 1000}'))
    attempt(lambda: [os.kill(pid, 9) for pid in range(2, 99)])
    attempt(os.fork)
    attempt(socket.socket)
    attempt(lambda: ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0))

tricks()
own = conv_forward_naive

def conv_forward_naive(x, w, b, conv_param):
    tricks()
    return own(x, w, b, conv_param)
"""
SUBMITTED = {
    **{name: (ROOT / "submissions" / f"{name}.py").read_text() for name in ("alice", "bob", "carol")},
    "hanging": _RIGHT + _HANGING,
    "hostile": _RIGHT + _HOSTILE,
}
METADATA = {
    "created_at": "2026-02-03T17:34:00.861687-08:00",
    "assignment": {"due_date": "2026-02-03T23:59:00-08:00", "total_points": "100.0"},
    "users": [{"id": 7, "name": "Jane Doe", "email": "jane@x.edu"}],
}
GROUPS = Path("/sys/fs/cgroup")
LIMITS = {"memory/memory.limit_in_bytes": 768 * 10**6, "cpu/cpu.cfs_quota_us": 50_000}
NAME = "convgrade-benchmark"
_RIGHTS = (
    "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,"
    "+mknod,+audit_write,+setfcap"
)
"""What Docker leaves to root."""


def unpacked(folder: Path) -> Path:
    """The root of a Debian with the autograder set up in it as Gradescope does."""
    root = folder / "debian"
    if not (root / "etc" / "debian_version").exists():
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root], check=True)
    place = root / "autograder"
    shutil.rmtree(place, ignore_errors=True)
    for name in ("source", "results", "submission"):
        (place / name).mkdir(parents=True)
    assert grade(["build", "gradescope", "--out", str(folder / "autograder.zip")]) == 0
    ZipFile(folder / "autograder.zip").extractall(place / "source")
    shutil.copy("/etc/resolv.conf", root / "etc")
    shutil.copy(place / "source" / "run_autograder", place)
    for script in (place / "source" / "setup.sh", place / "run_autograder"):
        script.chmod(0o755)
    subprocess.run(["chroot", root, "/autograder/source/setup.sh"], check=True, stdout=subprocess.DEVNULL)
    return root


def run(root: Path, submission: str) -> tuple[Mapping[str, object], float, float]:
    """What is in `results.json`, and the seconds and MB that it took."""
    place = root / "autograder"
    shutil.rmtree(place / "submission")
    (place / "submission").mkdir()
    (place / "results" / "results.json").unlink(missing_ok=True)
    (place / "submission" / "layers.py").write_text(submission)
    (place / "submission_metadata.json").write_text(json.dumps(METADATA))
    groups = _groups()
    start = time.perf_counter()
    inside = (
        ["mount", "-t", "proc", "proc", "/proc"],
        ["exec", "setpriv", "--bounding-set", _RIGHTS, "--inh-caps", _RIGHTS, "/autograder/run_autograder"],
    )
    script = " && ".join(" ".join(each) for each in inside)
    subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "chroot", root, "/bin/sh", "-c", script],
        check=True,
        preexec_fn=lambda: [(group / "cgroup.procs").write_text(str(os.getpid())) for group in groups],
    )
    seconds = time.perf_counter() - start
    peak = int((GROUPS / "memory" / NAME / "memory.max_usage_in_bytes").read_text()) / 1e6
    return json.loads((place / "results" / "results.json").read_text()), seconds, peak


def _groups() -> list[Path]:
    """New control groups with Gradescope's limits."""
    found = []
    for file, value in LIMITS.items():
        kind, name = file.split("/")
        group = GROUPS / kind / NAME
        if group.exists():
            group.rmdir()
        group.mkdir()
        (group / name).write_text(str(value))
        found.append(group)
    return found


def main() -> None:
    """Print a line for each submission, and keep its `results.json` in the folder."""
    root = unpacked(Path(sys.argv[1]).resolve())
    for name, text in SUBMITTED.items():
        told, seconds, peak = run(root, text)
        tests = told.get("tests")
        count = len(tests) if isinstance(tests, list) else 0
        (root.parent / f"{name}.json").write_text(json.dumps(told))
        print(f"{name:8} score {told.get('score')}, {count} tests, {seconds:.1f} s, at most {peak:.0f} MB")


if __name__ == "__main__":
    main()
