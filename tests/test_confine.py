"""Each layer of confinement on its own: what it stops, that it is reported, and that a lost one is said."""

import ast
import os
import platform
import select
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.records import Function, Isolation, Verdict
from grader.sandbox import seccomp
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.inside import confine
from grader.sandbox.inside.confine import LAYERS
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from tests.cli import ROOT

LIMITS = SessionLimits(call_s=5, cpu_s=60, memory_bytes=256 * 2**20, output_bytes=4096)
PROBE = """
import contextlib, os
def attempt(statement):
    try:
        exec(statement, {})
    except BaseException as error:
        return type(error).__name__
    return "done"
"""


@contextmanager
def opened(code: str, layers: tuple[str, ...]) -> Iterator[Session]:
    names: dict[Function, str] = {"forward": "forward", "backward": "backward"}
    outputs: dict[Function, tuple[str, ...]] = {"forward": ("out",), "backward": ("dx",)}
    program = Program(textwrap.dedent(code), names, ("x",), outputs)
    with Zygote(layers) as zygote, Session(zygote, program, LIMITS, 2**20) as session:
        session.load()
        yield session


def attempts(layers: tuple[str, ...], *statements: str) -> list[str]:
    """How each statement ends inside: `done` or the name of an exception."""
    with opened(f"{PROBE}\nprint([attempt(s) for s in {statements!r}])\nforward = print", layers) as session:
        assert session.isolation == Isolation(process=True, **{layer: layer in layers for layer in LAYERS})
        assert session.missing == {}
        found: list[str] = ast.literal_eval(session.stdout.decode())
    return found


@pytest.mark.parametrize("layers", [(), *((layer,) for layer in LAYERS), LAYERS])
def test_layers_are_put_on_as_wanted_and_reported(layers: tuple[str, ...]) -> None:
    assert attempts(layers, "import fractions", "import os; os.urandom(1)") == ["done", "done"]


def test_namespaces_hide_processes_network_and_mounts(tmp_path: Path) -> None:
    found = attempts(
        ("namespaces",),
        "import os; assert os.getpid() == 1",
        f"import os; os.kill({os.getpid()}, 0)",
        f"open({str(tmp_path / 'x')!r}, 'w')",
        "open('/dev/shm/x', 'w')",
        "open('mine', 'w').write('x' * 10**6)",
        "open('mine', 'w').write('x' * 10**8)",
        "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
        "import socket; assert socket.if_nameindex() == [(1, 'lo')]",
    )
    assert found[:2] == ["done", "ProcessLookupError"]
    assert set(found[2:4] + found[5:7]) <= {"OSError", "PermissionError"}
    assert (found[4], found[7]) == ("done", "done")


def test_landlock_reads_python_alone_and_writes_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    secret.chmod(0o777)
    tmp_path.chmod(0o777)
    found = attempts(
        ("landlock",),
        f"open({str(secret)!r})",
        f"open({str(secret)!r}, 'a')",
        "open('mine', 'w')",
        f"import os; os.listdir({str(ROOT)!r})",
        "import scipy",
        f"import sys; sys.path.append({str(Path(pytest.__file__).parents[1])!r}); import pytest",
        "import numpy.testing, numpy.lib.recfunctions",
    )
    denied = "PermissionError"
    assert found == [denied, denied, denied, denied, "ModuleNotFoundError", denied, "done"]


def test_seccomp_allows_computing_alone() -> None:
    refused = (
        "import os; os.fork()", "import socket; socket.socket()", "import os; os.execv('/bin/true', ['true'])",
        f"import os; os.kill({os.getpid()}, 0)", "import os; os.kill(-1, 0)", "import os; os.chmod('.', 0o777)",
        "import os; os.utime('.')", "import os; os.symlink('a', 'b')", "import os; os.memfd_create('x')",
        "import os; os.sched_setaffinity(0, [0])", "import os; os.nice(1)",
        "import os; os.setxattr('.', 'user.a', b'')",
        "import fcntl; fcntl.ioctl(0, 0x5412, b'x')", "import os; os.mkfifo('x')",
        *_fcntls("fcntl(r, F_SETOWN, 1)", "fcntl(r, 10, 9)", "fcntl(r, 15, bytes(8))", "fcntl(r, F_SETLEASE, 0)",
                 "fcntl(r, F_NOTIFY, 0)", "fcntl(r, F_SETFL, fcntl(r, F_GETFL) | os.O_ASYNC)", "flock(r, LOCK_SH)",
                 "lockf(r, LOCK_SH)", "ioctl(r, 0x5452, bytes(4))", "ioctl(r, 0x8901, bytes(4))",
                 "ioctl(r, 0x8902, bytes(4))", "fcntl(r, 1033, 0)"),
    )  # fmt: skip
    assert attempts(("seccomp",), *refused) == ["PermissionError"] * len(refused)
    allowed: tuple[str, ...] = (
        "import os; os.kill(os.getpid(), 0)",
        "import os; os.listdir('/')",
        "import time; time.sleep(0.001)",
    )
    threads = "import threading; threading.Thread(target=print).start()"
    allowed += _fcntls(
        "fcntl(r, F_SETFL, fcntl(r, F_GETFL) | os.O_NONBLOCK)", "fcntl(r, F_SETFD, 0)", "fcntl(r, F_DUPFD_CLOEXEC, 0)"
    )
    assert attempts(("seccomp",), *allowed, threads) == ["done"] * len(allowed) + ["RuntimeError"]


def _fcntls(*expressions: str) -> tuple[str, ...]:
    """Statements with the reading end of a pipe, `r`."""
    return tuple(f"import os; from fcntl import *; r, w = os.pipe(); {each}" for each in expressions)


def test_without_landlock_seccomp_lets_files_be_read_alone(tmp_path: Path) -> None:
    """Where nothing else says which: this layer alone, and a file of everybody's."""
    tmp_path.chmod(0o777)
    (tmp_path / "there").write_text("s")
    (tmp_path / "there").chmod(0o666)
    there, new = repr(str(tmp_path / "there")), repr(str(tmp_path / "new"))
    refused = (
        f"open({there}, 'w')", f"open({there}, 'a')", f"open({there}, 'r+')", f"open({new}, 'x')",
        f"import os; os.open({new}, os.O_CREAT)", f"import os; os.open({there}, os.O_TRUNC)",
        f"import os; os.open({str(tmp_path)!r}, os.O_TMPFILE | os.O_RDWR)", f"import os; os.truncate({there}, 0)",
        f"import os; os.mkdir({new})", f"import os; os.rename({there}, {new})", f"import os; os.unlink({there})",
        f"import os; os.rmdir({str(tmp_path)!r})", "open('mine', 'w')", "open('/proc/self/mem', 'r+b')",
    )  # fmt: skip
    found = attempts(("seccomp",), *refused, f"open({there}).read()")
    assert found == ["PermissionError"] * len(refused) + ["done"]
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    written = attempts(("landlock", "seccomp"), "open('mine', 'w').write('x')")
    assert written == attempts(("landlock",), "open('mine', 'w').write('x')")


@pytest.mark.parametrize("name", ["ptrace", "unshare", "bpf", "io_uring_setup", "keyctl", "userfaultfd", "mount"])
def test_seccomp_refuses_the_kernels_dangerous_calls(name: str) -> None:
    numbers = {
        "x86_64": {"ptrace": 101, "unshare": 272, "bpf": 321, "io_uring_setup": 425, "keyctl": 250, "userfaultfd": 323,
                   "mount": 165},
        "aarch64": {"ptrace": 117, "unshare": 97, "bpf": 280, "io_uring_setup": 425, "keyctl": 219, "userfaultfd": 282,
                    "mount": 40},
    }  # fmt: skip
    number = numbers[platform.machine()][name]
    statement = (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True);"
        f"assert c.syscall({number}, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == 1"
    )
    assert attempts(("seccomp",), statement) == ["done"]
    assert name not in seccomp.ALLOWED


def test_rlimits_bound_memory_files_and_descriptors() -> None:
    found = attempts(
        ("rlimits",),
        "bytearray(2**30)",
        "import os; [os.dup(0) for _ in range(100)]",
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); open('/tmp/.', 'w')",
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))",
    )
    assert found[:2] == ["MemoryError", "OSError"]
    assert found[3] == "ValueError"


def test_root_becomes_nobody_and_has_no_capability() -> None:
    lines = (
        "print([line.split()[1] for line in open('/proc/self/status') if line[:6] in ('CapEff', 'CapPrm', 'CapInh')])"
    )
    code = f"import os\nprint(os.getuid(), os.getgid())\n{lines}\nforward = print"
    with opened(code, ("namespaces", "rlimits", "seccomp")) as session:
        user, capabilities = session.stdout.decode().splitlines()
    mine = confine.NOBODY if os.getuid() == 0 else os.getuid()
    assert user.split()[0] == str(mine)
    reading = "4".rjust(16, "0")  # CAP_DAC_READ_SEARCH, for a Python that lies in root's home
    private = mine == confine.NOBODY and not all(map(confine.everybody_may_read, [os.__file__, np.__file__]))
    assert set(ast.literal_eval(capabilities)) <= {"0" * 16, *([reading] if private else [])}


@pytest.mark.parametrize(("layers", "verdict"), [(("rlimits",), Verdict.CRASHED), (LAYERS, Verdict.PASSED)])
def test_first_process_of_a_namespace_is_not_ended_by_its_own_signals(
    layers: tuple[str, ...], verdict: Verdict
) -> None:
    code = "import os, signal\ndef forward(x, p): os.kill(os.getpid(), signal.SIGKILL)\ndef backward(*a): os.abort()"
    with opened(code, layers) as session:
        assert session.forward({"x": np.ones(1)}, {}).verdict is verdict
        aborted = session.backward(np.ones(1), {"x": np.ones(1)}, {}, "canonical")
        assert aborted.error is not None
        assert aborted.error.type == "SIGABRT"


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "compiled", lambda **_: (b"", "no library"))
    with opened("forward = print", ("rlimits", "seccomp")) as session:
        assert session.isolation == Isolation(process=True, rlimits=True)
        assert session.missing == {"seccomp": "there is no filter"}


def test_nothing_is_left_when_the_trusted_side_is_killed() -> None:
    """The children end with it, and whatever they were doing."""
    code = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from tests.test_confine import *
with opened("def forward(x, p):\\n    while True: pass", LAYERS) as session:
    print(session.pid, flush=True)
    session.forward({{"x": __import__("numpy").ones(1)}}, {{}}, 60)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    process.communicate()
    _wait_until_gone(pid)


def _wait_until_gone(pid: int) -> None:
    pidfd: Any = None
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    assert select.select([pidfd], [], [], 10)[0], "it is still alive"
    os.close(pidfd)
