"""The report of one submission, which writes itself in every form."""

from dataclasses import dataclass, fields
from html import escape
from typing import Any, Self

from grader import records
from grader.reports.audience import for_student
from grader.reports.base import marks, one_line
from grader.reports.form import Beside, find_form

_FRAME = """\
<iframe sandbox="allow-scripts" style="width:100%;height:600px;border:0" title="{title}" srcdoc="{page}"></iframe>"""

_BASE = '<base href="about:srcdoc">'
"""Where links within the page lead; without it, to the notebook."""


@dataclass(frozen=True, slots=True, repr=False)
class GradeReport(records.GradeReport):
    """The mark of one submission, and why it is that.

    `verdict` is "graded", "rejected", "missing" or "judge_error"; `score` (None for a judge error) and `max_score` are
    in points, `items` has a line for each item of the rubric. In Jupyter it shows itself as the page that students get.
    """

    @classmethod
    def of(cls, report: records.GradeReport) -> Self:
        """The same report, with the methods below."""
        return cls(**{field.name: getattr(report, field.name) for field in fields(records.GradeReport)})

    def for_student(self) -> Self:
        """The report as its student may see it: of hidden items only how they ended, and no places of this machine."""
        return self.of(for_student(self))

    def to_json(self) -> str:
        """One line of JSON (docs/results.md)."""
        return self._in_form("json").rstrip("\n")

    def to_markdown(self) -> str:
        """Markdown, as for a comment."""
        return self._in_form("markdown")

    def to_html(self) -> str:
        """A page of its own, which loads nothing."""
        return self._in_form("html")

    def __str__(self) -> str:
        """As `grade PATH` prints it."""
        return self._in_form("terminal").rstrip("\n")

    def __repr__(self) -> str:
        return f"<GradeReport {one_line(self.who.name)}: {marks(self)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """In IPython's terminal."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """The page in a frame: neither its looks nor its script meet those of the notebook."""
        page = self.to_html().replace("<head>", f"<head>{_BASE}", 1)
        return _FRAME.format(title=escape(f"Report of {self.who.name}"), page=escape(page))

    def _in_form(self, name: str) -> str:
        return find_form(name).render(self, Beside())
