"""The tests of `pytest --grade PATH`. A submission is graded when the first test about it is run."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from grader.api.options import LibraryOptions
from grader.api.rubrics import load_rubric
from grader.classroom.files import safe_name
from grader.command_line.options import checked_options
from grader.errors import GradeError, named_paths
from grader.pipeline import Grader
from grader.reading.reader import OwnReader
from grader.records import Entry, GradeReport, ItemResult, ReportVerdict
from grader.said import escape
from grader.sources import find_entries


class Grading:
    """What a run of pytest grades."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the rubric. Tests are collected beside the submissions only from paths that are named.

        Raises:
            pytest.UsageError: where it is wrong.
        """
        self.path = Path(config.getoption("grade"))
        try:
            rubric = load_rubric(config.getoption("rubric"))
            options = checked_options(LibraryOptions(isolation="auto", no_timing=config.getoption("grade_no_timing")))
        except GradeError as error:
            raise pytest.UsageError(str(error)) from error
        self.grader = Grader(rubric, options)
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add ours to what is collected."""
        try:
            with named_paths(), OwnReader(self.grader.options.layers) as reader:
                entries = find_entries([self.path], self.grader.homework.names, None, reader.people_at)
        except GradeError as error:
            raise pytest.UsageError(str(error)) from error
        for entry in entries:
            name = _name(entry.id)
            node = f"{self.path}::{name}"
            submission = Submission.from_parent(session, name=name, nodeid=node, entry=entry, grader=self.grader)
            items.extend(submission.collect())

    def pytest_unconfigure(self) -> None:
        """End the sandbox."""
        self.grader.close()


def _name(id: str) -> str:
    """What tests are called after: pytest takes names apart at `::` and `[`, and prints them as they are."""
    return safe_name(id) if "::" in id or "[" in id or not id.isprintable() else id


class Submission(pytest.Collector):
    """One, with a test for each item of the rubric."""

    def __init__(self, *, entry: Entry, grader: Grader, **named: Any) -> None:
        super().__init__(**named)
        self.entry = entry
        self.grader = grader

    @cached_property
    def report(self) -> GradeReport:
        """It is graded when this is first asked for."""
        return self.grader.grade(self.entry)

    def collect(self) -> Iterator[pytest.Item]:
        """The items, without grading anything."""
        for item in self.grader.rubric.items:
            yield ItemTest.from_parent(self, name=item.id)


class ItemTest(pytest.Item):
    """Passes where no points are lost; those of a bonus are no loss. An item that is not judged is skipped."""

    def setup(self) -> None:
        """Grade the submission. Where that fails for a reason that is ours, the test has an error and does not fail."""
        report = self.submission.report
        if report.verdict is ReportVerdict.JUDGE_ERROR:
            pytest.fail(escape(report.message or ""), pytrace=False)

    def runtest(self) -> None:
        """Tell how the item ended."""
        item = next(each for each in self.submission.report.items if each.id == self.name)
        if not item.counts:
            pytest.skip(escape(item.message or item.verdict))  # so pytest calls what is neither right nor wrong
        if item.loses:
            pytest.fail(escape("\n".join(_lines(item))), pytrace=False)

    def reportinfo(self) -> tuple[str, None, str]:
        """What the test is called."""
        return self.submission.entry.source, None, f"{self.submission.name}: {self.name}"

    @property
    def submission(self) -> Submission:
        """Which it is about."""
        assert isinstance(self.parent, Submission)
        return self.parent


def _lines(item: ItemResult) -> Iterator[str]:
    """Why it lost points."""
    yield f"{item.points or 0:g} of {item.max_points:g} points. {item.message or item.verdict}"
    mistake = None if item.explanation is None else item.explanation.mistake
    if item.explanation is not None:
        yield from item.explanation.facts
    if mistake is not None:
        yield f"{mistake.title}. {mistake.explanation}"
        yield from (text for text in (mistake.where, mistake.hint) if text)
    if item.hint:
        yield f"Hint: {item.hint}"
