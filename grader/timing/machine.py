"""What this machine is, as far as ratios depend on it: a result names it, and says so where another one timed it."""

import platform
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_CPU = Path("/sys/devices/system/cpu/cpu0")


def this_machine() -> dict[str, str]:
    """`host`, `cpu` (its model), `caches`, `blas` (of NumPy) and `governor`; empty where the system does not tell."""
    return {**_what_stays(), "governor": governor() or ""}


def versions() -> dict[str, str]:
    """Of `numpy` and `python`, on which ratios depend, too."""
    return {"numpy": np.__version__, "python": platform.python_version()}


@cache
def _what_stays() -> Mapping[str, str]:
    return {"host": socket.gethostname(), "cpu": cpu_model(), "caches": _caches(), "blas": _blas()}


def hardware() -> str:
    """The same for all that share one: containers have names of their own, and one kernel."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return socket.gethostname()


@cache
def cpu_model() -> str:
    """The model of the processor, as the system calls it."""
    try:
        return model_in(Path("/proc/cpuinfo").read_text())
    except OSError:
        return platform.machine()


def model_in(cpuinfo: str) -> str:
    """What /proc/cpuinfo calls the first processor: on x86-64 a name, on aarch64 its maker and part, by number."""
    found: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        found.setdefault(key.strip(), value.strip())
    numbers = [found[key] for key in ("CPU implementer", "CPU part") if key in found]
    return found.get("model name") or " ".join((platform.machine(), *numbers))


def governor() -> str | None:
    """How the frequency of the CPU is chosen, where the system tells."""
    try:
        return (_CPU / "cpufreq" / "scaling_governor").read_text().strip()
    except OSError:
        return None


def _caches() -> str:
    """Those of a core, such as `L1 48K, L2 1024K, L3 32768K`; those of instructions do not count."""
    found = []
    try:
        for cache in sorted((_CPU / "cache").glob("index*")):
            level, kind, size = ((cache / what).read_text().strip() for what in ("level", "type", "size"))
            found += [] if kind == "Instruction" else [f"L{level} {size}"]
    except OSError:
        return ""
    return ", ".join(found)


def _blas() -> str:
    """What NumPy multiplies with, and its version."""
    found = np.show_config(mode="dicts")
    blas = {} if found is None else found.get("Build Dependencies", {}).get("blas", {})
    return " ".join(str(blas[what]) for what in ("name", "version") if blas.get(what))
