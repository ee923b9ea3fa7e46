"""A clean interpreter with NumPy loaded, which forks a child for every submission and after every crash.

Started by `session.Zygote` as `python -I -S -c BOOTSTRAP`: nothing of the trusted side is in its memory, and
submissions never pass through it. Standard library and NumPy only.

Requests, each one frame: `{"op": "fork", ...}` with three descriptors (control socket, shared memory, output pipe),
answered `{"pid"}`; `{"op": "reap", "pid"}`, answered `{"status"}` when that child has ended.
"""

import array
import contextlib
import mmap
import os
import shutil
import signal
import socket
import traceback
from pathlib import Path

from grader.sandbox import child, wire


def main(fd: int) -> None:
    """Serve until the trusted side closes its end or is killed; then end, and every child with it."""
    sock = socket.socket(fileno=fd)
    sock.sendall(wire.encode({"ready": True}))
    alive: set[int] = set()
    scratches: set[str] = set()
    try:
        while (received := _receive(sock)) is not None:
            frame, descriptors = received
            if frame["op"] == "fork":
                if frame["scratch"] not in scratches:
                    scratches.add(frame["scratch"])
                    Path(frame["scratch"]).mkdir(0o700)
                pid = _fork(sock, frame, descriptors)
                alive.add(pid)
                sock.sendall(wire.encode({"pid": pid}))
            else:
                _, status = os.waitpid(frame["pid"], 0)
                alive.discard(frame["pid"])
                sock.sendall(wire.encode({"status": status}))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the trusted side was killed in the middle of a request
    finally:
        _clean_up(alive, scratches)


def _clean_up(alive: set[int], scratches: set[str]) -> None:
    """What the trusted side does itself, unless it was killed."""
    for pid in alive:
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    for scratch in scratches:
        with contextlib.suppress(RecursionError):
            shutil.rmtree(scratch, ignore_errors=True)


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


def _fork(sock: socket.socket, frame: wire.Frame, descriptors: list[int]) -> int:
    """Fork a child that never comes back here; the pid."""
    control_fd, region_fd, output_fd = descriptors
    pid = os.fork()
    if pid == 0:
        try:
            sock.close()
            region = mmap.mmap(region_fd, frame["region_bytes"])
            child.main(control_fd, region, output_fd, frame)
        except BaseException:
            traceback.print_exc()  # into the captured output: the trusted side quotes it
        finally:
            os._exit(1)
    for fd in descriptors:
        os.close(fd)
    return pid
