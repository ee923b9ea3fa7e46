"""How the nested loops do on this machine, kept for all single runs of this user.

The ratio of the loops to the baseline takes long to measure well, and a class has measured it once for everybody. For
whoever grades one submission it is measured when a submission with loops first needs it, and then kept, so that all
that are graded one by one are seen against the same.
"""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from grader import __version__
from grader.operators import identity
from grader.records import Timing
from grader.rubric.model import SpeedItem, WholeRubric
from grader.said import say
from grader.timing.machine import this_machine, versions

_KEPT = TypeAdapter(dict[str, tuple[Timing, ...]])
_MOST = 200
"""Landmarks that are kept, the latest of them."""


def remembered(rubric: WholeRubric, measure: Callable[[], tuple[Timing, ...]]) -> tuple[Timing, ...]:
    """The landmark of this rubric's speed items on this machine, measured where it is not known.

    It is kept in `landmarks.json` in the user's cache folder. Where that cannot be written, it is measured each time.

    Raises:
        JudgeError: where the sandbox or the baseline fails.
    """
    key, file = _key(rubric), _file()
    known = _read(file).get(key)
    if known is None:
        where = "" if file is None else f" (kept in {file})"
        say(f"measuring nested loops on this machine, once for all later runs{where}")
        known = measure()
        if file is not None and all(timing.speed is not None for timing in known):
            _write(file, {**_read(file), key: known})
    return known


def _key(rubric: WholeRubric) -> str:
    """What the ratios depend on: what is timed, by what, on which machine."""
    items = [item for item in rubric.items if isinstance(item, SpeedItem)]
    timed = [item.model_dump(include={"id", "operator", "function", "workload"}) for item in items]
    operators = {str(key): identity(part.operator) for key, part in rubric.parts.items()}
    machine = {what: value for what, value in this_machine().items() if what in ("host", "cpu", "caches", "blas")}
    text = json.dumps([timed, operators, rubric.limits.timing_s, machine, versions(), __version__], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _file() -> Path | None:
    """None where this user has no home."""
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:
        return None
    return Path(base, "convgrade", "landmarks.json")


def _read(file: Path | None) -> dict[str, tuple[Timing, ...]]:
    """What is kept; nothing where it cannot be read, or was written by another version."""
    if file is None:
        return {}
    try:
        return _KEPT.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return {}


def _write(file: Path, kept: dict[str, tuple[Timing, ...]]) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(OSError):  # it is measured again next time
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(_KEPT.dump_json(dict(list(kept.items())[-_MOST:])))
        beside.replace(file)
