"""What `grade rubric audit` found."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from tabulate import tabulate

from grader import SCHEMA
from grader.records import Audit, Slip
from grader.reports.base import WIDTH, escape


def as_json(found: Audit) -> str:
    """One line."""
    return json.dumps({"schema": SCHEMA, **asdict(found)})


def terminal(found: Audit) -> str:
    """For a terminal of 80 columns."""
    return "\n".join(_lines(found))


def _lines(found: Audit) -> Iterator[str]:
    seeds = f"seeds {found.seeds[0]} to {found.seeds[-1]}" if len(found.seeds) > 1 else f"seed {found.seeds[0]}"
    yield from textwrap.wrap(f"{escape(found.rubric)}: {found.mistakes} known mistakes against {seeds}.", WIDTH)
    for title in found.outside:
        text = f"Not judged: {title[0].lower()}{title[1:]}. On every shape that the ranges allow that is right; "
        yield from textwrap.wrap(f"{text}`ragged: true` asks for the others.", WIDTH)
    yield ""
    if not found.slips:
        yield "Every one of them loses marks, on every seed."
        return
    yield f"{len(found.slips)} can slip through:"
    yield ""
    rows = [[slip.title, f"{len(slip.seeds)} of {len(found.seeds)}", _remedy(slip)] for slip in found.slips]
    yield tabulate(
        rows, headers=["mistake", "seeds", "would be caught by"], tablefmt="simple", disable_numparse=True,
        maxcolwidths=[36, None, 28],
    )  # fmt: skip


def _remedy(slip: Slip) -> str:
    return slip.remedy or "no single change of a range, of the dtypes or of the count"
