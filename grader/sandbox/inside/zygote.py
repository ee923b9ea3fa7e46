"""A clean interpreter with NumPy loaded, which forks a child for every submission and after every crash.

Started by `spawn.Zygote` as `python -P -s -S -c BOOTSTRAP`: nothing of the trusted side is in its memory, and
submissions never pass through it. Standard library and NumPy only.

Requests, each one frame: `{"op": "fork", ...}` with three descriptors (control socket, shared memory, output pipe),
answered `{"pid"}`; `{"op": "reap", "pid"}`, answered `{"status"}` when that child has ended.
"""

import array
import contextlib
import gc
import importlib
import mmap
import os
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader.sandbox.inside import child, confine, wire

_ZONES = "/usr/share/zoneinfo"
"""The world's time zones, for exports that name one."""


def main(fd: int, hooks: list[dict[str, Any]], serve: Callable[[Any], child.Server]) -> None:
    """Serve until the trusted side closes its end or is killed; then end, and every child with it.

    Args:
        fd: socket on which requests come.
        hooks: arguments of `os.register_at_fork`, for children.
        serve: makes of shared memory what answers questions, for children that read.
    """
    sock = socket.socket(fileno=fd)
    sock.sendall(wire.encode({"ready": True}))
    confine.adopt_orphans()
    hidden = child.hide_the_grader()
    np.random.seed(0)  # every child begins with the same numbers
    gc.freeze()  # what is there by now is never garbage, so no child need look through it
    gc.enable()  # it was looked for in vain while all that was imported
    nursery = _Nursery(sock, hooks, (hidden, serve))
    scratches: set[str] = set()
    try:
        while (received := _receive(sock)) is not None:
            frame, descriptors = received
            if frame["op"] == "fork":
                if frame["scratch"] and frame["scratch"] not in scratches:
                    scratches.add(frame["scratch"])
                    Path(frame["scratch"]).mkdir(0o700)
                sock.sendall(wire.encode({"pid": nursery.fork(frame, descriptors)}))
            else:
                sock.sendall(wire.encode({"status": nursery.reap(frame["pid"])}))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the trusted side was killed in the middle of a request
    finally:
        nursery.close()
        for scratch in scratches:
            with contextlib.suppress(RecursionError):
                shutil.rmtree(scratch, ignore_errors=True)


class _Nursery:
    """The children that are alive."""

    def __init__(self, sock: socket.socket, hooks: list[dict[str, Any]], reading: child.Reading) -> None:
        self.sock = sock
        self.hooks = hooks
        self.reading = reading
        self.alive: dict[int, int] = {}
        """By pid, the end of a pipe that each holds the other end of: when we end, it sees that."""
        self.private_python = not all(map(confine.everybody_may_read, [os.__file__, np.__file__]))
        self.rules: dict[tuple[str, ...], int] = {}
        """Landlock's rules, by the packages that are allowed."""

    def fork(self, frame: wire.Frame, descriptors: list[int]) -> int:
        """A child that confines itself; its pid."""
        frame["missing"] = {}
        frame["keep_reading"] = self.private_python or "reads" in frame
        _load(frame.get("allowed", ()), frame.get("package_path", ()))
        self._add_rules(frame)
        if "reads" in frame and frame["rules"] is not None and frame["filter"]:
            # The two do for what runs no stranger's code, and cost half as much.
            frame["layers"] = [layer for layer in frame["layers"] if layer != "namespaces"]
        parent_fd, ours = os.pipe()
        outside = os.geteuid(), os.getegid()
        pid, of_users = self._fork(frame)
        if pid == 0:
            try:
                self.sock.close()
                for other in (ours, *self.alive.values()):
                    os.close(other)
                if frame.get("cpu") is not None:  # by itself: root of a container may not do it to another user's
                    os.sched_setaffinity(0, {frame["cpu"]})
                _settle_in_namespaces(frame, outside if of_users else None)
                control_fd, region_fd, output_fd = descriptors
                region = mmap.mmap(region_fd, frame["region_bytes"])
                for each in self.hooks:
                    os.register_at_fork(**each)
                reading = self.reading if "reads" in frame else None
                child.main(control_fd, region, output_fd, frame, parent_fd, reading)
            except BaseException:  # whatever it is, a child never returns into the zygote
                os.dup2(descriptors[-1], 2)
                traceback.print_exc()  # into the captured output: the trusted side quotes it
            finally:
                os._exit(1)
        own_rules = [frame["rules"]] if "reads" in frame and frame["rules"] is not None else []
        for fd in (*descriptors, parent_fd, *own_rules):
            os.close(fd)
        self.alive[pid] = ours
        return pid

    def _fork(self, frame: wire.Frame) -> tuple[int, bool]:
        """Into new namespaces, if they are wanted and to be had; whether one is of users."""
        if "namespaces" in frame["layers"]:
            try:
                return confine.fork_into_namespaces()
            except confine.Unavailable as error:
                frame["missing"]["namespaces"] = str(error)
        return os.fork(), False

    def _add_rules(self, frame: wire.Frame) -> None:
        """Made once for all submissions, since there are some 200 of them; for each process that reads, its own."""
        frame["rules"] = None
        if "landlock" not in frame["layers"]:
            return
        try:
            if "reads" in frame:
                readable = [*sys.path, *frame["paths"], *_libraries(), _ZONES, *frame["reads"]]
                frame["rules"] = confine.landlock_rules(readable, [])
                return
            allowed = tuple(frame["allowed"])
            if allowed not in self.rules:
                self.rules[allowed] = confine.landlock_rules(*_python_files(allowed, frame["package_path"]))
            frame["rules"] = self.rules[allowed]
        except confine.Unavailable as error:
            frame["missing"]["landlock"] = str(error)

    def reap(self, pid: int) -> int:
        """Wait for a child that has ended or been killed, and end whatever it has left behind; its wait status."""
        os.close(self.alive.pop(pid))
        _, status = os.waitpid(pid, 0)
        for stray in _children() - set(self.alive):
            _end(stray)
        return status

    def close(self) -> None:
        """End everything that is alive."""
        for pid in _children() | set(self.alive):
            _end(pid)


def _load(allowed: Sequence[str], package_path: Sequence[str]) -> None:
    """Load what a rubric allows of the standard library: a child can load no machine code any more.

    PyTorch takes longer to load than most submissions to run, so it is loaded once, for all children.
    """
    for name in sys.stdlib_module_names.intersection(allowed).difference(sys.modules):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    if "torch" in allowed and "torch" not in sys.modules:
        sys.path += package_path
        with contextlib.suppress(Exception):
            importlib.import_module("torch").backends.cpu.get_cpu_capability()  # reads /proc, which children cannot
        del sys.path[len(sys.path) - len(package_path) :]


def _settle_in_namespaces(frame: wire.Frame, outside: tuple[int, int] | None) -> None:
    if "namespaces" in frame["layers"] and "namespaces" not in frame["missing"]:
        try:
            confine.settle_in_namespaces(frame["scratch"], outside)
            confine.abort_for_good()
        except confine.Unavailable as error:
            frame["missing"]["namespaces"] = str(error)


def _python_files(allowed: Sequence[str], package_path: Sequence[str]) -> tuple[list[str], list[str]]:
    """What Python and NumPy may have to read, and folders in which they only look up names.

    In many installations the folder of installed packages lies in that of the standard library; it is left out.
    """
    readable: list[str] = []
    listable = list(package_path) if allowed else []
    for folder in map(Path, sys.path):
        if folder.is_dir():
            listable.append(str(folder))
            left_out = ("site-packages", "dist-packages")
            readable += [str(entry) for entry in folder.iterdir() if entry.name not in left_out]
        else:
            readable.append(str(folder))
    for name in ("numpy", *allowed):
        readable += [f"{folder}/{name}{ending}" for folder in package_path for ending in ("", ".libs", ".py")]
    return readable, listable


@cache
def _libraries() -> set[str]:
    """Where the system's libraries are: those that Python's own modules want, such as SQLite's."""
    with contextlib.suppress(OSError):
        mapped = [line.split(maxsplit=5)[-1] for line in Path("/proc/self/maps").read_text().splitlines()]
        return {"/etc/ld.so.cache"} | {str(Path(name).parent) for name in mapped if ".so" in name}
    return set()


def _children() -> set[int]:
    """Processes whose parent we are, by birth or by adoption."""
    with contextlib.suppress(OSError, ValueError):
        return set(map(int, Path("/proc/thread-self/children").read_text().split()))
    return set()


def _end(pid: int) -> None:
    """Kill a child of ours with its process group, and reap it."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _receive(sock: socket.socket) -> tuple[wire.Frame, list[int]] | None:
    """One frame with the descriptors that came along; None at the end of the stream."""
    decoder, descriptors = wire.Decoder(), array.array("i")
    while True:
        data, ancillary, _, _ = sock.recvmsg(65536, socket.CMSG_SPACE(3 * descriptors.itemsize))
        for level, kind, payload in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(payload)
        if not data:
            return None
        for frame in decoder.feed(data):
            return frame, list(descriptors)
