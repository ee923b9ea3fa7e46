"""One line of JSON for each submission, as the contract has it. Numbers are finite or null."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from grader import SCHEMA
from grader.records import GradeReport, ItemResult
from grader.records.feedback import Explanation
from grader.reports.base import escape, finite, report_not_made, speed_as_dict
from grader.reports.form import Form


def render(report: GradeReport, twins: Sequence[str] | None = None) -> str:
    """The report as one line without its newline; `twins` have the same functions, where that was looked for."""
    compared = {} if twins is None else {"identical_to": list(twins)}
    return json.dumps(finite(as_dict(report) | compared), allow_nan=False)


def not_made(report: GradeReport) -> str:
    """In place of a report that could not be rendered, so that nobody is missing."""
    told = {"submission": _submission(report), "verdict": report.verdict.value}
    message = report_not_made(report.score, report.max_score)
    plain = {"schema": SCHEMA, **told, "message": message, "score": report.score, "max_score": report.max_score}
    return json.dumps(finite(plain), allow_nan=False)


def as_dict(report: GradeReport) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "schema": SCHEMA,
        "submission": _submission(report),
        "verdict": report.verdict.value,
        "message": report.message,
        "score": report.score,
        "max_score": report.max_score,
        "items": [_item(item) for item in report.items],
        "speed": None
        if report.speed is None
        else {f: speed_as_dict(report.speed.get(f), report.audience) for f in ("forward", "backward")},
        "stdout": escape(report.stdout),
        "isolation": asdict(report.isolation),
        "seed": report.seed,
        "rubric": dict(report.rubric),
        "versions": dict(report.versions),
        "started_at": report.started_at,
        "wall_s": report.wall_s,
        "notes": list(report.remarks),
        "wrong_on_own_cache": report.wrong_on_own_cache,
    }


def _submission(report: GradeReport) -> dict[str, str | None]:
    who = report.who
    return {"id": who.id, "name": who.name, "source": who.source, "sha256": report.sha256}


def _item(item: ItemResult) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "kind": item.kind,
        "points": item.points,
        "max_points": item.max_points,
        "bonus": item.bonus,
        "visibility": item.visibility,
        "verdict": item.verdict.value,
        "message": item.message,
        "hint": item.hint,
        "traits": item.traits,
        "counterexample": item.counterexample,
        "diagnosis": _diagnosis(item.explanation),
        "facts": [] if item.explanation is None else list(item.explanation.facts),
    }


def _diagnosis(explanation: Explanation | None) -> dict[str, Any] | None:
    return None if explanation is None or explanation.mistake is None else asdict(explanation.mistake)


FORM = Form(lambda report, beside: render(report, beside.twins) + "\n", not_made=lambda report: not_made(report) + "\n")
