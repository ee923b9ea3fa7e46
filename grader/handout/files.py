"""All files of a new assignment."""

from collections.abc import Mapping

from grader.handout.public_tests import public_tests
from grader.handout.readme import student_readme
from grader.handout.starter import starter
from grader.handout.task import README, RUBRIC, STARTER, TESTS, Wishes, task_of


def files_of(wishes: Wishes) -> Mapping[str, str]:
    """By name, the texts. The rubric is the instructor's; the others are for students.

    Raises:
        UsageError: where its base is no task of two functions.
        RubricError: where the new rubric is wrong.
    """
    task = task_of(wishes)
    return {
        RUBRIC: task.rubric_text,
        STARTER: starter(task),
        TESTS: public_tests(task),
        README: student_readme(task),
    }
