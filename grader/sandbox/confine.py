"""Layers of confinement that a child puts on itself before it reads a byte of the submission.

Each layer is a function of its own in `LAYERS`; one that this machine lacks is reported as off, never faked.
Standard library only: this module is loaded by the untrusted side.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

Limits = dict[str, int]
_PR_SET_PDEATHSIG = 1
_FILE_BYTES = 64 * 1024 * 1024
_DESCRIPTORS = 64


def apply(limits: Limits) -> dict[str, bool]:
    """Put every layer on; say for each whether it holds.

    Args:
        limits: `memory_bytes` (beyond what is mapped now) and `cpu_s`.
    """
    return {name: layer(limits) for name, layer in LAYERS.items()}


def die_with_parent() -> None:
    """Ask the kernel to end this process when the one that forked it ends (Linux; elsewhere nothing).

    The one that forked it may have ended before: compare `os.getppid()` with its pid afterwards.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _rlimits(limits: Limits) -> bool:
    """Memory, CPU time, file size, descriptors and core dumps."""
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_s"],
        resource.RLIMIT_FSIZE: _FILE_BYTES,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_CORE: 0,
    }
    mapped = _mapped_bytes()
    if mapped is not None:
        wanted[resource.RLIMIT_AS] = mapped + limits["memory_bytes"]
    for kind, value in wanted.items():
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))
    return mapped is not None


def _mapped_bytes() -> int | None:
    """Address space in use, or None where the system does not tell."""
    with contextlib.suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return None


LAYERS: dict[str, Callable[[Limits], bool]] = {"rlimits": _rlimits}
"""In the order in which they are put on."""
