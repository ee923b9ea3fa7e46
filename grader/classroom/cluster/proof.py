"""What a worker has to prove before it gets any work: that it would find what would be found here."""

import hashlib
import math
import socket
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import numpy as np

import grader
import reference
from grader.classroom.cluster.wire import Job, Proof
from grader.locks import timing_lock
from grader.operators import identity
from grader.pipeline import VERSIONS
from grader.rubric.homework import Homework
from grader.running import prepared
from grader.sandbox.probe import isolation_here
from grader.timing.machine import cpu_model, hardware

_AGREE = 1e-9
"""Relative difference of sums that processors of other kinds may have."""


def proof_of(job: Job, threads: int = 1) -> Proof:
    """What this process is.

    Raises:
        GradeError: where the rubric's operators are not there, or no sandbox can be started.
    """
    homework = Homework.of(job.rubric)
    operators = {part.operator: identity(part.operator) for part in homework.rubric.parts.values()}
    missing = isolation_here(job.options.layers)[1]
    host, cpu, shared = socket.gethostname(), cpu_model(), (hardware(), timing_lock())
    return Proof(VERSIONS, _code(), operators, _numbers(homework), host, cpu, *shared, threads, missing)


def differences(ours: Proof, theirs: Proof, *, strict: bool) -> Iterator[str]:
    """Why a worker cannot be used, each with what to do; nothing where it can.

    Args:
        ours: of the process that hands out.
        theirs: of the worker.
        strict: whether it must have every layer of isolation.
    """
    for name, version in ours.versions.items():
        if theirs.versions.get(name) != version:
            yield f"it has {name} {theirs.versions.get(name)}, and here is {version}: install the same"
    if ours.versions == theirs.versions and ours.code != theirs.code:
        yield "its grader has other files than the one here, under the same version: install the same"
    for name, digest in ours.operators.items():
        if theirs.operators.get(name) != digest:
            yield f"its operator {name} is another one: copy the folder to its machine"
    far = [name for name, number in ours.numbers.items() if not _agree(number, theirs.numbers.get(name))]
    if far:
        yield f"its reference computes other numbers of {', '.join(far)}: its NumPy or its processor computes wrongly"
    if theirs.threads != 1:
        yield f"it runs {theirs.threads} tasks at a time in one process: start it with --nthreads 1 (and --nworkers N)"
    if strict and theirs.missing:
        layers = "; ".join(f"{name}: {why}" for name, why in theirs.missing.items())
        yield f"layers of isolation are missing there ({layers}); see `grade doctor` on its machine"


def _agree(ours: float, theirs: float | None) -> bool:
    return theirs is not None and math.isclose(ours, theirs, rel_tol=_AGREE)


def _numbers(homework: Homework) -> Mapping[str, float]:
    sums: dict[str, float] = {}
    for key, part in prepared(homework, ()).items():
        for problem in part.rounds.problems:
            for output, expected in problem.expected.items():
                name = output if key is None else f"{key}.{output}"
                sums[name] = sums.get(name, 0.0) + _sum(expected)
    return sums


def _sum(expected: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Of magnitudes, with weights, so that other numbers at other places give another sum."""
    return float(np.abs(expected).ravel() @ (1.0 + np.arange(expected.size) % 7))


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for package in (grader, reference):
        folder = Path(package.__path__[0])
        for file in sorted(folder.rglob("*.py")):
            digest.update(f"{folder.name}/{file.relative_to(folder)}\n".encode() + file.read_bytes())
    return digest.hexdigest()
