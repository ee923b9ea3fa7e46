"""What a run grades by, and the key by which attempts are known that were made under the same conditions."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.operators import identity
from grader.rubric.model import Rubric, SpeedItem, WholeRubric

JUDGING = 4
"""Raised where the same run finds something else than before, so that what is stored does not hold any more: 2 judges
changed parameters and forms of inputs, and keeps what backward gave on the student's own cache; 3 runs submissions with
the same functions each for itself, judges secret cases too, and keeps the kinds of numbers of a case by their names; 4
reads hand-ins that were rejected: archives under another ending, one of several, Python under a notebook's name, files
with a stray NUL byte."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run grades by."""

    rubric: WholeRubric
    """With the run's seed."""
    versions: Mapping[str, str]
    judging: int = JUDGING

    def key(self, *, timing: bool) -> str:
        """What running depends on beside the submission: all of the rubric but points, bounds, names, lateness."""
        what = self.rubric.model_dump(include={"seed", "limits", "policy"}) | _of_the_operators(self.rubric)
        timed = [item for item in self.rubric.items if isinstance(item, SpeedItem)]
        speed = [item.model_dump(include=_timed_by(item)) for item in timed]
        later = [self.judging] if self.judging > 1 else []
        text = json.dumps([what, speed if timing and speed else None, dict(self.versions), *later], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def keys(self, *, timing: bool) -> tuple[str, ...]:
        """The keys of attempts that tell all that such a run would, the fullest first: what was timed holds untimed."""
        return tuple(dict.fromkeys(self.key(timing=timed) for timed in (True, timing)))

    def keys_of_timings(self) -> tuple[str, ...]:
        """The keys of attempts whose timings hold for this run, however they were judged."""
        return tuple(replace(self, judging=judging).key(timing=True) for judging in range(self.judging, 0, -1))


def _of_the_operators(rubric: WholeRubric) -> dict[str, object]:
    """What running depends on of each operator; where there are several, by their keys."""
    each = {key: _of_one(part) for key, part in rubric.parts.items()}
    return each.get(None, {"operators": each})


def _of_one(part: Rubric) -> dict[str, object]:
    """What running depends on of one operator. An interface only if there is one: keys made before stay as they are."""
    asked = {"functions", "cases", "tolerance", *(() if part.interface is None else ("interface",))}
    return {**part.model_dump(include=asked), "operator": identity(part.operator)}


def _timed_by(item: SpeedItem) -> set[str]:
    """What timing an item depends on."""
    return {"id", "function", "workload", *(("operator",) if item.operator is not None else ())}
