"""Grade one submission."""

import os
from pathlib import Path

from grader.api.options import Isolation, LibraryOptions
from grader.api.report import GradeReport
from grader.api.rubrics import AnyRubric, chosen_rubric
from grader.command_line.entries import one_entry
from grader.command_line.options import checked_options
from grader.pipeline import Grader


def grade(
    path: str | os.PathLike[str],
    rubric: AnyRubric = None,
    *,
    timing: bool = True,
    seed: int | None = None,
    isolation: Isolation = "auto",
) -> GradeReport:
    """Grade one submission, as `grade PATH` does.

    What the submission does wrong is told by the report. So is a failure of ours, whose verdict is "judge_error" and
    which has no score.

    Args:
        path: of a `.py` or `.ipynb` file, an archive or a folder.
        rubric: a file, the name of a packaged rubric, or one that `load_rubric` gave.
        timing: whether to time it; otherwise speed is no part of the mark.
        seed: of the cases, in place of the rubric's.
        isolation: "strict" refuses to run with a layer missing, "none" runs the submission unconfined.

    Raises:
        UsageError: where the path holds no submission or several, or under "strict" where a layer is missing.
        RubricError: where the rubric is wrong.

    >>> report = grade("submissions/alice.py", "correctness-only")
    >>> report.verdict.value, report.score, report.max_score
    ('graded', 100.0, 100.0)
    """
    options = LibraryOptions(isolation=isolation, no_timing=not timing)
    whole, checked = chosen_rubric(rubric, seed), checked_options(options)
    entry = one_entry(Path(path), whole, checked.layers)
    with Grader(whole, checked) as grader:
        return GradeReport.of(grader.grade(entry))
