"""Where the store keeps how nested loops do, by the machine that they were measured on."""

import hashlib
from collections.abc import Mapping

from grader.classroom.conditions import Run
from grader.classroom.store import Store
from grader.records import Timing


def name_of(machine: Mapping[str, str]) -> str:
    """What tells one machine from another, as far as the ratio of the loops to the baseline depends on it."""
    return "; ".join(machine.get(what, "") for what in ("cpu", "caches", "blas"))


def landmark_of(store: Store, run: Run, machine: Mapping[str, str]) -> tuple[Timing, ...] | None:
    """What the store keeps of a machine, or of one that it does not name, as it did before schema 9."""
    key = run.key(timing=True)
    known = store.landmark(key_of(key, name_of(machine)))
    return store.landmark(key) if known is None else known


def key_of(run_key: str, machine: str) -> str:
    """The key of a machine's, under these conditions."""
    return hashlib.sha256(f"{run_key} {machine}".encode()).hexdigest()
