"""The frozen records that travel from stage to stage. Units are in the names: `_s` seconds, `_bytes` bytes.

Each is imported when it is first asked for: what reads submissions starts with every command, and needs five of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.records.account import Account as Account
    from grader.records.account import Change as Change
    from grader.records.account import Difference as Difference
    from grader.records.account import ItemChange as ItemChange
    from grader.records.account import Line as Line
    from grader.records.audit import Audit as Audit
    from grader.records.audit import Slip as Slip
    from grader.records.board import Award as Award
    from grader.records.board import Board as Board
    from grader.records.board import BoardLandmark as BoardLandmark
    from grader.records.board import Calibration as Calibration
    from grader.records.board import PastBoard as PastBoard
    from grader.records.board import Row as Row
    from grader.records.board import Together as Together
    from grader.records.calls import FUNCTIONS as FUNCTIONS
    from grader.records.calls import Array as Array
    from grader.records.calls import CallOutcome as CallOutcome
    from grader.records.calls import Function as Function
    from grader.records.calls import Returned as Returned
    from grader.records.calls import StudentError as StudentError
    from grader.records.calls import Usage as Usage
    from grader.records.checks import Case as Case
    from grader.records.checks import Check as Check
    from grader.records.checks import ContractObservation as ContractObservation
    from grader.records.checks import Verification as Verification
    from grader.records.decisions import Extension as Extension
    from grader.records.decisions import Override as Override
    from grader.records.machine import Layer as Layer
    from grader.records.machine import Machine as Machine
    from grader.records.machine import TimingQuality as TimingQuality
    from grader.records.report import Examined as Examined
    from grader.records.report import Findings as Findings
    from grader.records.report import GradeReport as GradeReport
    from grader.records.report import Isolation as Isolation
    from grader.records.report import ItemResult as ItemResult
    from grader.records.report import Lateness as Lateness
    from grader.records.report import Section as Section
    from grader.records.report import Traits as Traits
    from grader.records.retime import Retime as Retime
    from grader.records.retime import Retimed as Retimed
    from grader.records.similarity import Likeness as Likeness
    from grader.records.similarity import Match as Match
    from grader.records.similarity import Pair as Pair
    from grader.records.similarity import Print as Print
    from grader.records.similarity import Shape as Shape
    from grader.records.sources import NOWHERE as NOWHERE
    from grader.records.sources import Content as Content
    from grader.records.sources import Earlier as Earlier
    from grader.records.sources import Entry as Entry
    from grader.records.sources import Member as Member
    from grader.records.sources import Origin as Origin
    from grader.records.sources import Place as Place
    from grader.records.sources import Reading as Reading
    from grader.records.sources import Submission as Submission
    from grader.records.sources import Task as Task
    from grader.records.sources import Violation as Violation
    from grader.records.sources import Who as Who
    from grader.records.timing import Doubt as Doubt
    from grader.records.timing import Interval as Interval
    from grader.records.timing import Speed as Speed
    from grader.records.timing import Timing as Timing
    from grader.records.verdicts import ReportVerdict as ReportVerdict
    from grader.records.verdicts import Verdict as Verdict

_MODULES = {
    "account": "Account Change Difference ItemChange Line",
    "audit": "Audit Slip",
    "board": "Award Board BoardLandmark Calibration PastBoard Row Together",
    "calls": "FUNCTIONS Array CallOutcome Function Returned StudentError Usage",
    "checks": "Case Check ContractObservation Verification",
    "decisions": "Extension Override",
    "machine": "Layer Machine TimingQuality",
    "report": "Examined Findings GradeReport Isolation ItemResult Lateness Section Traits",
    "retime": "Retime Retimed",
    "similarity": "Likeness Match Pair Print Shape",
    "sources": "NOWHERE Content Earlier Entry Member Origin Place Reading Submission Task Violation Who",
    "timing": "Doubt Interval Speed Timing",
    "verdicts": "ReportVerdict Verdict",
}
"""Names of the records by the module that defines them."""
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

if not TYPE_CHECKING:  # a type checker would believe that it has every name

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        return found
