"""What `grade doctor` found, for a terminal or a program."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from tabulate import tabulate

from grader import SCHEMA
from grader.records import Machine
from grader.reports.prose import WIDTH, Paragraph, laid_out


def as_json(found: Machine) -> str:
    """One line of JSON."""
    return json.dumps({"schema": SCHEMA, **asdict(found)}, allow_nan=False)


def terminal(found: Machine, width: int = WIDTH) -> str:
    """In so many columns: the layers, what to do about those that are off, the timing, the verdict."""
    return laid_out(_parts(found), width)


def _parts(found: Machine) -> Iterator[str | Paragraph]:
    rows = [[layer.name, "on" if layer.on else "off", layer.gains] for layer in found.layers]
    headers = ["isolation", "", "gives"]
    yield tabulate(rows, headers=headers, tablefmt="simple", maxcolwidths=[None, None, 58])
    for layer in found.layers:
        if not layer.on:
            yield ""
            yield _paragraph(f"{layer.name} is off ({layer.why}). To turn it on: {layer.advice}.")
    timing = found.timing
    yield ""
    rows = [
        ["step of the clock", f"{1e9 * timing.resolution_s:.0f} ns"],
        ["noise of a loop", f"{timing.noise:.1%}"],
        ["frequency governor", timing.governor or "unknown"],
        ["load for each processor", f"{timing.load:.2f}"],
    ]
    yield tabulate(rows, headers=["timing", ""], tablefmt="simple", disable_numparse=True, colalign=("left", "right"))
    for doubt in timing.doubts:
        yield ""
        yield _paragraph(f"Doubtful: {doubt}.")
    yield ""
    yield _paragraph(f"Verdict: {found.verdict}.")


def _paragraph(text: str) -> Paragraph:
    return Paragraph(text, hanging="  ")
