"""What `grade rubric audit` found."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from tabulate import tabulate

from grader import SCHEMA
from grader.records import Audit, Slip
from grader.reports.prose import WIDTH, Paragraph, laid_out
from grader.said import escape


def as_json(found: Audit) -> str:
    """One line."""
    return json.dumps({"schema": SCHEMA, **asdict(found)})


def terminal(found: Audit, width: int = WIDTH) -> str:
    """For a terminal of so many columns."""
    return laid_out(_parts(found), width)


def _parts(found: Audit) -> Iterator[str | Paragraph]:
    seeds = f"seeds {found.seeds[0]} to {found.seeds[-1]}" if len(found.seeds) > 1 else f"seed {found.seeds[0]}"
    yield Paragraph(f"{escape(found.rubric)}: {found.mistakes} known mistakes against {seeds}.")
    for title in found.outside:
        yield Paragraph(
            f"Not judged: {title[0].lower()}{title[1:]}. It gives right results on every shape that the ranges allow; "
            "`ragged: true` asks for other shapes."
        )
    if found.not_asked:
        titles = "; ".join(found.not_asked)
        yield Paragraph(f"Not judged, since the interface asks for nothing in which they show: {titles}.")
    yield ""
    if not found.slips:
        yield f"Each of these {found.mistakes} loses marks, on every seed."
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
