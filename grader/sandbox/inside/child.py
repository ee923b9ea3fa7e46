"""Runs inside: becomes a child, which confines itself and then answers requests until it is killed.

How its life goes. The zygote has forked it, into namespaces of its own where there are any. It lends its memory if it
is timed, puts on the other layers of confinement, closes every descriptor but the captured output and the control
socket, and says hello with what could not be put on. Only then does it read a byte of a submission.

The order is not free. Memory is lent first: Landlock would keep /proc closed, and the filter of system calls forbids
sockets. The filter comes last, since the other layers need calls that it forbids. Descriptors are settled before it,
so that nothing is open that a submission could use. Frames are written with `write` alone, which the filter leaves.

Nothing here is trusted by the other side. Every answer is checked there, and a wrong one costs only the submission
that gave it. Imports nothing of ours but `wire`, `confine` and `server`.
"""

import contextlib
import io
import os
import random
import select
import socket
import sys
import types
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, Protocol

from grader.sandbox.inside import confine, wire
from grader.sandbox.inside.server import MODULE_NAME, CallServer

CONTROL_FD = 3
_OURS = ("grader", "reference")
Modules = dict[str, types.ModuleType]


class Server(Protocol):
    """What answers requests."""

    def answer(self, frame: wire.Frame) -> wire.Frame:
        """The answer to one; whatever goes wrong is part of it."""
        ...


Reading = tuple[Modules, Callable[[Any], Server]]


def main(
    control_fd: int, region: Any, output_fd: int, request: wire.Frame, parent_fd: int, reading: Reading | None
) -> None:
    """Become the child: settle the descriptors, confine, say hello, serve. Never returns.

    Args:
        control_fd: socket on which requests come and answers go.
        region: the shared memory.
        output_fd: pipe for everything that is printed.
        request: what the trusted side asked the zygote for: `limits`, `layers`, `filter`; `scratch`, `allowed`,
            `package_path` and `timed`, or of a process that reads `cwd` and `paths`; from the zygote `missing` (layers
            that could not be put on, with the reason), `rules` (a descriptor of Landlock's, or None) and
            `keep_reading`.
        parent_fd: pipe that is at its end when the zygote is.
        reading: modules of ours by name, and what makes of the shared memory a server that reads; None to serve calls.
    """
    os.setsid()
    os.chdir(request["cwd"] if reading else request["scratch"])
    if request.get("timed"):
        _lend_memory(control_fd)
    missing, less = _confine(request, parent_fd)
    _settle_descriptors(control_fd, output_fd)
    if "seccomp" in request["layers"]:
        try:
            confine.filter_calls(bytes.fromhex(request["filter"]))
        except confine.Unavailable as error:
            missing["seccomp"] = str(error)
    server: Server = CallServer(region)
    if reading is not None:
        modules, serve = reading
        sys.modules.update(modules)
        sys.path[:0] = request["paths"]
        server = serve(region)
    else:
        sys.meta_path.append(_AllowedPackages(request["allowed"], request["package_path"]))
    random.seed(0)  # forking has seeded it anew; NumPy's is as the zygote left it
    on = {layer: layer in request["layers"] and layer not in missing for layer in confine.LAYERS}
    _send({"layers": on, "missing": missing, "less": less})
    while (frame := wire.receive(lambda count: os.read(CONTROL_FD, count))) is not None:
        answer = server.answer(frame)
        _flush()
        _send({**answer, "id": frame["id"]})


def _lend_memory(control_fd: int) -> None:
    """Let the trusted side read all memory of this process, so that no result need be copied while it is timed.

    Only a process itself may open that whatever privileges the other side has. Without /proc, results are copied.
    """
    with contextlib.suppress(OSError), Path("/proc/self/mem").open("rb", buffering=0) as mem:
        sock = socket.socket(fileno=os.dup(control_fd))
        with sock:
            socket.send_fds(sock, [wire.encode({})], [mem.fileno()])


def _send(frame: wire.Frame) -> None:
    """Write a frame with nothing but `write`: sockets are forbidden by now."""
    data = memoryview(wire.encode(frame))
    while data:
        data = data[os.write(CONTROL_FD, data) :]


def _confine(request: wire.Frame, parent_fd: int) -> tuple[dict[str, str], confine.Limits]:
    """Put on every layer but the last; those that are missing, with the reason, and what there is less than asked."""
    missing: dict[str, str] = dict(request["missing"])
    less: confine.Limits = {}
    confine.be_killed_first()
    has_scratch = request["scratch"] and "namespaces" in request["layers"] and "namespaces" not in missing
    if "rlimits" in request["layers"] or "reads" in request:
        try:
            less = confine.limit_resources(request["limits"])
        except confine.Unavailable as error:
            missing["rlimits"] = str(error)
    rules = request["rules"]
    if request["layers"]:
        confine.give_up_privileges(keep_reading=request["keep_reading"])
    confine.die_with_parent()  # a change of user forgets it
    if select.select([parent_fd], [], [], 0)[0]:  # it has ended already
        os._exit(1)
    if rules is not None:
        confine.restrict(rules, request["scratch"] if has_scratch else None)
    return missing, less


def _settle_descriptors(control_fd: int, output_fd: int) -> None:
    """0 reads nothing, 1 and 2 are the captured output, 3 is the control socket, the rest is closed."""
    control = os.dup(control_fd)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    os.dup2(control, CONTROL_FD)
    os.closerange(CONTROL_FD + 1, 1 << 16)
    for name in ("stdout", "stderr"):
        raw = io.FileIO(1, "w", closefd=False)
        text = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "backslashreplace", line_buffering=False)
        setattr(sys, name, text)


def _flush() -> None:
    """Push out what was printed; the student may have replaced or closed the streams."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()


def hide_the_grader() -> Modules:
    """From here on only the standard library and NumPy can be imported; what is hidden, for processes that read.

    For the zygote, once: in every child it would take 150 page faults, one for each page with names of modules.
    """
    hidden = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in _OURS}
    for name in hidden:
        del sys.modules[name]
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = [MODULE_NAME]
    return hidden


class _AllowedPackages:
    """Finds the packages that the rubric names, where NumPy was found."""

    def __init__(self, allowed: list[str], package_path: list[str]) -> None:
        self.allowed = frozenset(allowed)
        self.package_path = package_path

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """As `importlib.abc.MetaPathFinder` has it."""
        if name.partition(".")[0] not in self.allowed or path is not None:
            return None
        return PathFinder.find_spec(name, self.package_path, target)
