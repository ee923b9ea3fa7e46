"""JUnit's XML, which every CI reads: a suite for each submission, a case for each item of the rubric."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from grader.records import GradeReport, ItemResult, ReportVerdict
from grader.reports.base import report_not_made
from grader.reports.form import Beside, Form
from grader.said import escape


def whole(suites: Iterable[ET.Element]) -> str:
    """The file with these suites."""
    root = ET.Element("testsuites")
    root.extend(suites)
    data: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return data.decode() + "\n"


def suite_of(report: GradeReport) -> ET.Element:
    """The suite of one submission."""
    failed = report.verdict is ReportVerdict.JUDGE_ERROR
    suite = _suite(
        report,
        tests=len(report.items),
        failures=0 if failed else sum(item.loses for item in report.items),
        errors=len(report.items) if failed else 0,
        skipped=0 if failed else sum(not item.counts for item in report.items),
    )
    for item in report.items:
        _add_item(suite, report, item, failed=failed)
    return suite


def _suite(report: GradeReport, **counts: int) -> ET.Element:
    plain = {"name": escape(report.who.id), "time": f"{report.wall_s:.3f}", "timestamp": escape(report.started_at)}
    return ET.Element("testsuite", {**plain, **{name: str(count) for name, count in counts.items()}})


def _case(suite: ET.Element, report: GradeReport, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", {"classname": escape(report.who.id), "name": name, "time": "0"})


def _add_item(suite: ET.Element, report: GradeReport, item: ItemResult, *, failed: bool) -> None:
    case = _case(suite, report, escape(item.id))
    points = "no points" if item.points is None else f"{item.points:g} of {item.max_points:g} points"
    message = escape(item.message or report.message or item.verdict.value)
    if failed:
        ET.SubElement(case, "error", {"message": message})
    elif not item.counts:
        ET.SubElement(case, "skipped", {"message": message})
    elif item.loses:
        ET.SubElement(case, "failure", {"message": message, "type": item.verdict.value}).text = f"{points}: {message}"


def render(report: GradeReport) -> str:
    """The file with one submission's suite."""
    return whole([suite_of(report)])


def _not_made(report: GradeReport) -> str:
    suite = _suite(report, tests=1, failures=0, errors=1, skipped=0)
    ET.SubElement(_case(suite, report, "report"), "error", {"message": report_not_made(report.score, report.max_score)})
    return whole([suite])


def _render(report: GradeReport, _: Beside) -> str:
    return render(report)


FORM = Form(_render, is_alone=True, not_made=_not_made)
