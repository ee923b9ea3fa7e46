"""An attempt as it is stored: what was found out, and the report that was made of it."""

import json
import zlib
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from grader.classroom.schema import as_now
from grader.judging.decided import decided
from grader.judging.report import mark
from grader.records import Extension, Findings, GradeReport, Override, Who
from grader.rubric.homework import Homework
from grader.rubric.model import Late, WholeRubric

FINDINGS = TypeAdapter(Findings)
REPORT = TypeAdapter(GradeReport)
_WHO = TypeAdapter(Who)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a report was made of, and what tells whether it still holds."""

    sha256: str
    """The digest of the file that was graded; where it could not be read, of the reason."""
    run_key: str
    """`Run.key` of what it was graded by."""
    findings: Findings
    functions_key: str | None = None
    """As in `Reading`."""
    root: str | None = None
    """The path that its submission was found at, of a class or of it alone; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row: the evidence, which is only read where it is asked for, and the report that was made of it."""

    number: int
    id: str
    sha256: str
    run_key: str
    rubric_sha256: str
    verdict: str
    functions_key: str | None
    is_written: int
    """Whether its report has been written into the results folder."""
    root: str | None
    _report: bytes
    _findings: bytes
    overrides: tuple[Override, ...]
    """What people decided about it, as far as it is in force."""
    extension: Extension | None = None
    """The same of its due time."""
    _late: Late | None = None
    """The policy of its rubric, where there is an extension."""

    def is_same_row(self, other: "Attempt | None") -> bool:
        """Whether the other is this one, read again: a report, which says when it was made, is never written anew."""
        return other is not None and (self.number, self.id, self._report) == (other.number, other.id, other._report)

    @property
    def report(self) -> GradeReport:
        """The report with what people decided."""
        return decided(self.computed, self.overrides, self.extension, self._late)

    @property
    def computed(self) -> GradeReport:
        """The report as it was made."""
        return REPORT.validate_python(self._stored())

    @property
    def who(self) -> Who:
        """Whose it is, in a quarter of the time."""
        return _WHO.validate_python(self._stored()["who"])

    def _stored(self) -> dict[str, Any]:
        return as_now(json.loads(zlib.decompress(self._report)))

    def computed_by(self, rubric: WholeRubric) -> GradeReport:
        """The report that this rubric makes of what was found."""
        return mark(Homework.of(rubric), self.computed.who, self.findings)

    def report_by(self, rubric: WholeRubric) -> GradeReport:
        """The report that this rubric makes of it, with what people decided."""
        if self.rubric_sha256 == rubric.sha256:
            return self.report
        return decided(self.computed_by(rubric), self.overrides, self.extension, rubric.late)

    @property
    def findings(self) -> Findings:
        """What running the submission found out."""
        return FINDINGS.validate_json(zlib.decompress(self._findings))

    @property
    def evidence(self) -> Evidence:
        """What the report was made of."""
        return Evidence(self.sha256, self.run_key, self.findings, self.functions_key, self.root)
