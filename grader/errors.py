"""Every error that the grader raises on purpose.

    GradeError                 has a message for a person; a traceback is shown only with -v
    |-- UsageError             the command line is wrong                        -> exit status 2
    |   |-- NoSuchPath         ... a path in it leads nowhere
    |   `-- RubricError        the rubric is wrong: every problem, located      -> exit status 2
    |-- SubmissionRejected     nothing gradable could be loaded                 -> verdict `rejected`, score 0
    |   `-- PathRejected       ... because the path itself leads nowhere        -> also exit status 2
    `-- JudgeError             ours: the machine's or the grader's fault        -> verdict `judge_error`, no score

Anything else that is raised while grading is a defect of ours, and is treated as a JudgeError.
What a student's code raises never becomes an exception on this side: it is a `CallOutcome`.
"""


class GradeError(Exception):
    """Base of all of them; `str(error)` is written for the person who reads it."""


class UsageError(GradeError):
    """The command line asks for something that cannot be done."""


class NoSuchPath(UsageError):
    """A path to be graded leads nowhere; it may be a command misspelt."""


class RubricError(UsageError):
    """The rubric is wrong. `problems` lists all of them, each with file, line and key path."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SubmissionRejected(GradeError):
    """The submission holds nothing that could be graded; the message says why."""


class PathRejected(SubmissionRejected):
    """The path does not lead to a file that can be read."""


class JudgeError(GradeError):
    """Something on our side failed: no mark may come of it."""
