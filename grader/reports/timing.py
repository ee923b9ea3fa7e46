"""How long a submission takes beside the baseline, for a terminal or a program: `grade time`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean, stdev

from tabulate import tabulate

from grader import SCHEMA
from grader.records import Speed, Timing
from grader.reports.base import BESIDE_LOOPS, doubt, drawable, finite, one_line, ratio, ratios, speed_as_dict
from grader.reports.prose import WIDTH, Paragraph, laid_out

_BINS, _BAR = 12, 50


def as_json(name: str, timings: Sequence[Timing]) -> str:
    """One line of JSON for one measurement of all items."""
    items = [
        {
            "item": timing.item,
            "function": timing.function,
            "verdict": timing.verdict.value,
            "message": timing.message,
            "speed": speed_as_dict(timing.speed),
            "ratios": [] if timing.speed is None else list(timing.speed.ratios),
        }
        for timing in timings
    ]
    return json.dumps(finite({"schema": SCHEMA, "submission": name, "timings": items}), allow_nan=False)


def terminal(name: str, timings: Sequence[Timing], workloads: Mapping[str, str], width: int = WIDTH) -> str:
    """One measurement: for each item the ratio with its interval, both times, and a histogram of the pairs' ratios.

    Args:
        name: of the submission.
        timings: of its items.
        workloads: by item, what was timed.
        width: columns of a line.
    """
    lines: list[str | Paragraph] = [one_line(name)]
    for timing in timings:
        lines += ["", f"{timing.function}: {workloads[timing.item]}"]
        lines += _refused(timing) if timing.speed is None else _measured(timing.speed)
    return laid_out(lines, width)


def _refused(timing: Timing) -> list[Paragraph]:
    said = [f"{timing.verdict}: {timing.message or 'no ratio'}"]
    if timing.hint:
        said.append(f"hint: {timing.hint}")
    return [_paragraph(one_line(text)) for text in said]


def _paragraph(text: str) -> Paragraph:
    return Paragraph(text, indent="  ", hanging="  ")


def _measured(speed: Speed) -> Iterator[str | Paragraph]:
    median, interval = ratios(speed.ratio)
    yield f"  ratio {median}, {interval} at 95 % ({_effort(speed)})"
    rows = [
        [who, *("" if seconds is None else f"{1000 * seconds:.2f} ms" for seconds in times)]
        for who, *times in (
            ("yours", speed.student_s, speed.student_wall_s, speed.student_protocol_s),
            ("loops", speed.loops_s, None, None),
            ("baseline", speed.baseline_s, speed.baseline_wall_s, speed.baseline_protocol_s),
        )
        if times[0] is not None
    ]
    headers = ["", "counted", "wall", "of it protocol"]
    table = tabulate(rows, headers=headers, tablefmt="plain", disable_numparse=True, colalign=("left", *["right"] * 3))
    yield from (f"  {line}" for line in table.splitlines())
    if speed.loops_s is not None:
        yield _paragraph(BESIDE_LOOPS)
    for reason in speed.doubts:
        yield _paragraph(f"unstable: {doubt(reason)}.")
    yield "  ratio    pairs"
    yield from (f"  {line}" for line in histogram(speed.ratios))


def _effort(speed: Speed) -> str:
    again = ", two attempts" if speed.attempts > 1 else ""
    part = ", fewer images, scaled" if speed.extrapolated else ""
    return f"{speed.rounds} rounds{again}{part}"


def histogram(values: Sequence[float]) -> list[str]:
    """Bars of values in equal steps; the few that are far out are counted in the first and last bar.

    >>> histogram([1.0, 1.0, 2.0])
    ['1.25     ################################################## 2', '1.75     ######################### 1']
    """
    ordered = sorted(drawable(values))
    if not ordered:
        return []
    out = len(ordered) // 50
    low, high = ordered[out], ordered[-1 - out]
    bins = min(_BINS, max(2, len(ordered) // 3))
    step = (high - low) / bins or 1.0
    counts = [0] * bins
    for value in ordered:
        counts[max(0, min(bins - 1, int((value - low) / step)))] += 1
    longest = max(counts)
    return [
        f"{low + (number + 0.5) * step:<8.3g} {'#' * round(_BAR * count / longest)} {count or ''}".rstrip()
        for number, count in enumerate(counts)
    ]


def spread(runs: Sequence[Sequence[Timing]]) -> str:
    """How far the ratios of repeated measurements are apart."""
    rows = []
    for timings in zip(*runs, strict=True):
        ratios = drawable(timing.speed.ratio.median for timing in timings if timing.speed is not None)
        if len(ratios) > 1:
            shares = [each / max(ratios) for each in ratios]
            variation = f"{stdev(shares) / mean(shares):.1%}"
            rows.append([timings[0].function, len(ratios), ratio(min(ratios)), ratio(max(ratios)), variation])
    headers = ["repeated", "times", "least", "most", "variation"]
    return tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True) if rows else "nothing was timed"
