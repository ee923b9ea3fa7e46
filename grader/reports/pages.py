"""What the HTML pages share: their templates' environment, and a logarithmic axis."""

import hashlib
import math
import os
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket

from grader.reports.base import ABOVE, drawable, tenth_of

_COMPILED = Path(__file__).with_name("__pycache__")
_OWN = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
"""Stands for the options of `PAGES`, by which templates are compiled too."""


class _Compiled(BytecodeCache):
    """Templates compiled once for a machine, where Python puts its own modules compiled, and as it does.

    A class run would take a tenth of a second for it each time. What cannot be written or read is compiled anew.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        """What has been compiled of the same text, by the same versions."""
        with suppress(OSError), self._file(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, whole or not at all."""
        if sys.dont_write_bytecode:
            return
        file = self._file(bucket)
        unfinished = file.with_name(f"{file.name}.{os.getpid()}")
        with suppress(OSError):
            file.parent.mkdir(exist_ok=True)
            unfinished.write_bytes(bucket.bytecode_to_string())
            unfinished.replace(file)

    def _file(self, bucket: Bucket) -> Path:
        return _COMPILED / f"{bucket.key}.{_OWN}.{sys.implementation.cache_tag}.jinja"


PAGES = Environment(
    loader=PackageLoader("grader.reports"),
    bytecode_cache=_Compiled(),
    auto_reload=False,
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_MOST_TICKS = 5


def tenths(percents: Iterable[float]) -> list[dict[str, Any]]:
    """How many marks lie in each tenth of the maximum, and above it if there are any: the bars of a histogram."""
    counts = Counter(map(tenth_of, percents))
    most = max(counts.values(), default=1)
    shown = range(ABOVE + 1 if counts[ABOVE] else ABOVE)
    return [{"from": 10 * i, "count": counts[i], "height": 100 * counts[i] / most} for i in shown]


class Axis:
    """A logarithmic axis on which 1 and all the values have room; places on it in percent of its length."""

    def __init__(self, values: Iterable[float]) -> None:
        ends = [*drawable(values), 1.0]
        self.low = math.floor(math.log10(min(ends)) - 0.05)
        self.high = max(self.low + 1, math.log10(max(ends)) + 0.15)
        step = math.ceil((self.high - self.low) / _MOST_TICKS)
        powers = [power for power in range(self.low, math.floor(self.high) + 1) if power % step == 0]
        self.ticks = [(10.0**power, self.at(10.0**power)) for power in powers]

    def at(self, value: float) -> float:
        """Where a value stands; what has no place stands at an end."""
        power = math.log10(value) if drawable([value]) else self.high if value > 0 else self.low
        return round(100 * (power - self.low) / (self.high - self.low), 3)
