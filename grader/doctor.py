"""What this machine gives: which layers of isolation, and how well it can measure time."""

import os
import sys
import time
from itertools import pairwise
from statistics import median

from grader.records import Isolation, Layer, Machine, TimingQuality
from grader.sandbox.inside.confine import LAYERS, landlock_abi
from grader.sandbox.probe import isolation_here
from grader.timing.machine import governor as _governor

_GAINS = {
    "namespaces": "processes, network and mounts of its own; a scratch folder of bounded size",
    "rlimits": "bounds of memory, CPU time, files, descriptors and processes",
    "landlock": "reads only Python and NumPy, writes only its scratch",
    "seccomp": "no sockets, programs, processes, threads or dangerous system calls",
}
_ADVICE = {
    "namespaces": "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, or "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container, its runtime has to allow them)",
    "rlimits": "use Linux",
    "landlock": "use Linux 5.13 or newer, with landlock among the modules of /sys/kernel/security/lsm",
    "seccomp": "install libseccomp (Debian: libseccomp2), on x86-64 or aarch64",
}
_ELSEWHERE = "use Linux, in a container or a virtual machine"
_LOOPS, _ROUNDS = 20_000, 31
_NOISY, _LOADED, _COARSE_S = 0.05, 0.75, 1e-6


def examine(wanted: tuple[str, ...] = LAYERS) -> Machine:
    """Look at this machine: a sandbox is started, and a loop is timed for about a second."""
    layers, timing = probe(wanted), measure_timing()
    missing = [layer.name for layer in layers if not layer.on]
    safe = f"without {', '.join(missing)}" if missing else "every layer of isolation is on"
    exact = "timing is doubtful" if timing.doubts else "timing is good"
    return Machine(layers, timing, f"{safe}; {exact}")


def probe(wanted: tuple[str, ...] = LAYERS) -> tuple[Layer, ...]:
    """Which layers a child puts on here, found out by one that does nothing else.

    Raises:
        JudgeError: where no sandbox can be started at all.
    """
    isolation, missing = isolation_here(wanted)
    return tuple(_layer(name, isolation, missing.get(name)) for name in LAYERS)


def _layer(name: str, isolation: Isolation, why: str | None) -> Layer:
    on = getattr(isolation, name)
    gains = f"{_GAINS[name]} (ABI {landlock_abi()})" if on and name == "landlock" else _GAINS[name]
    if not on and why is None:
        return Layer(name, on, gains, "you switched it off", "leave out --without and --isolation none")
    advice = _ADVICE[name] if sys.platform == "linux" else _ELSEWHERE
    return Layer(name, on, gains, None if on else why, None if on else advice)


def measure_timing() -> TimingQuality:
    """Time a calibrated loop, look at the clock, the governor and the load."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)  # before the loop adds to it
    resolution_s, noise, governor = _resolution_s(), _noise(), _governor()
    doubts = []
    if resolution_s > _COARSE_S:
        doubts.append(f"the clock moves in steps of {resolution_s:.1e} s: use another machine or clock source")
    if load > _LOADED:
        doubts.append(f"the machine is busy (load {load:.2f} for each processor): close other programs")
    if noise > _NOISY:
        doubts.append(
            f"equal work takes times that differ by {noise:.0%}: close other programs, or use a machine alone"
        )
    if governor not in (None, "performance"):
        doubts.append(f"the CPU's frequency is chosen by `{governor}`: set the governor to performance")
    return TimingQuality(resolution_s, noise, governor, load, tuple(doubts))


def _resolution_s() -> float:
    times = [time.perf_counter() for _ in range(10_000)]
    return min((b - a for a, b in pairwise(times) if b > a), default=1.0)


def _noise() -> float:
    """By the middle half of the times, which single interruptions do not move."""
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        for i in range(_LOOPS):
            i * i
        times.append(time.perf_counter() - start)
    times.sort()
    return (times[3 * _ROUNDS // 4] - times[_ROUNDS // 4]) / 2 / median(times)
