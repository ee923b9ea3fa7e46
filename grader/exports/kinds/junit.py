"""JUnit's XML, which every CI reads: a suite for each submission, a case for each item of the rubric."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from grader.exports.base import Export, Filled, Options
from grader.records import GradeReport, ItemResult, ReportVerdict
from grader.said import escape


def _fill(reports: Sequence[GradeReport], data: bytes | None, options: Options) -> Filled:
    root = ET.Element("testsuites")
    for report in reports:
        failed = report.verdict is ReportVerdict.JUDGE_ERROR
        counts = {
            "tests": len(report.items),
            "failures": 0 if failed else sum(item.loses for item in report.items),
            "errors": len(report.items) if failed else 0,
            "skipped": 0 if failed else sum(not item.counts for item in report.items),
        }
        plain = {"name": escape(report.who.id), "time": f"{report.wall_s:.3f}", "timestamp": report.started_at}
        suite = ET.SubElement(root, "testsuite", {**plain, **{name: str(count) for name, count in counts.items()}})
        for item in report.items:
            _case(suite, report, item, failed=failed)
    return Filled(ET.tostring(root, "utf-8", xml_declaration=True) + b"\n", len(reports))


def _case(suite: ET.Element, report: GradeReport, item: ItemResult, *, failed: bool) -> None:
    case = ET.SubElement(suite, "testcase", {"classname": escape(report.who.id), "name": item.id, "time": "0"})
    points = "no points" if item.points is None else f"{item.points:g} of {item.max_points:g} points"
    message = escape(item.message or report.message or item.verdict.value)
    if failed:
        ET.SubElement(case, "error", {"message": message})
    elif not item.counts:
        ET.SubElement(case, "skipped", {"message": message})
    elif item.loses:
        ET.SubElement(case, "failure", {"message": message, "type": item.verdict.value}).text = f"{points}: {message}"


EXPORT = Export(_fill)
