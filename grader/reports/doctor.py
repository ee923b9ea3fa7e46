"""What `grade doctor` found, for a terminal or a program."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from tabulate import tabulate

from grader import SCHEMA
from grader.records import Machine
from grader.reports.base import WIDTH


def as_json(found: Machine) -> str:
    """One line of JSON."""
    return json.dumps({"schema": SCHEMA, **asdict(found)}, allow_nan=False)


def terminal(found: Machine) -> str:
    """In 80 columns: the layers, what to do about those that are off, the timing, the verdict."""
    return "\n".join(_lines(found))


def _lines(found: Machine) -> Iterator[str]:
    rows = [[layer.name, "on" if layer.on else "off", layer.gains] for layer in found.layers]
    headers = ["isolation", "", "gives"]
    yield tabulate(rows, headers=headers, tablefmt="simple", maxcolwidths=[None, None, 58])
    for layer in found.layers:
        if not layer.on:
            yield ""
            yield from _paragraph(f"{layer.name} is off: {layer.why}. To have it: {layer.advice}.")
    timing = found.timing
    yield ""
    rows = [
        ["step of the clock", f"{1e9 * timing.resolution_s:.0f} ns"],
        ["noise of a loop", f"{timing.noise:.1%}"],
        ["frequency governor", timing.governor or "not told"],
        ["load for each processor", f"{timing.load:.2f}"],
    ]
    yield tabulate(rows, headers=["timing", ""], tablefmt="simple", disable_numparse=True, colalign=("left", "right"))
    for doubt in timing.doubts:
        yield ""
        yield from _paragraph(f"Doubtful: {doubt}.")
    yield ""
    yield from _paragraph(f"Verdict: {found.verdict}.")


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
