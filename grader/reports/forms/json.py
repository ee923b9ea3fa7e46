"""One line of JSON for each submission, as the contract has it. Numbers are finite or null."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from grader import SCHEMA
from grader.records import GradeReport, ItemResult, Lateness
from grader.records.feedback import Explanation
from grader.reports.base import finite, report_not_made, speed_as_dict
from grader.reports.form import Form
from grader.said import escape


def render(report: GradeReport, twins: Sequence[str] | None = None) -> str:
    """The report as one line without its newline; `twins` have the same functions, where that was looked for."""
    compared = {} if twins is None else {"identical_to": list(twins)}
    plain = as_dict(report) | compared
    try:
        return json.dumps(plain, allow_nan=False)
    except ValueError:  # a number is not finite, which is rare: going through all of them takes twice as long as this
        return json.dumps(finite(plain), allow_nan=False)


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
        "person": _person(report),
        "verdict": report.verdict.value,
        "message": report.message,
        "score": report.score,
        "max_score": report.max_score,
        "late": None if report.late is None else _late(report.late),
        "items": [_item(item) for item in report.items],
        "speed": None
        if report.speed is None
        else {f: speed_as_dict(report.speed.get(f), report.audience) for f in ("forward", "backward")},
        "speed_by_item": {item: speed_as_dict(speed, report.audience) for item, speed in report.speed_by_item.items()},
        "stdout": escape(report.stdout),
        "isolation": asdict(report.isolation),
        "seed": report.seed,
        "rubric": dict(report.rubric),
        "versions": dict(report.versions),
        "machine": dict(report.machine) if report.machine and report.audience == "instructor" else None,
        "started_at": report.started_at,
        "wall_s": report.wall_s,
        "notes": [*([report.late_note] if report.late_note else []), *report.remarks],
        "wrong_on_own_cache": report.wrong_on_own_cache,
        "overrides": [asdict(override) for override in report.overrides],
        "extension": None if report.extension is None else asdict(report.extension),
    }


def _late(late: Lateness) -> dict[str, Any]:
    """`max_days` only where it is why all is taken off."""
    return {name: value for name, value in asdict(late).items() if name != "max_days" or value is not None}


def _submission(report: GradeReport) -> dict[str, str | None]:
    who = report.who
    return {"id": who.id, "name": who.name, "source": who.source, "sha256": report.sha256}


def _person(report: GradeReport) -> dict[str, Any]:
    """Who handed in, as the source knows them."""
    who = report.who
    return {
        "id": who.id,
        "name": who.name,
        "email": who.email,
        "group": who.group,
        "submitted_at": who.submitted_at,
        "late_s": None if report.late is None else report.late.late_s,
        "is_late": who.is_late,
        "members": [asdict(member) for member in who.members],
        "attempt": None if who.attempt is None else dict(zip(("number", "of"), who.attempt, strict=True)),
    }


def _item(item: ItemResult) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "kind": item.kind,
        "operator": item.operator,
        "points": item.points,
        "max_points": item.max_points,
        "bonus": item.bonus,
        "visibility": item.visibility,
        "verdict": item.verdict.value,
        "message": item.message,
        "hint": item.hint,
        "traits": item.traits,
        "cases": item.cases,
        "counterexample": item.counterexample,
        "diagnosis": _diagnosis(item.explanation),
        "facts": [] if item.explanation is None else list(item.explanation.facts),
    }


def _diagnosis(explanation: Explanation | None) -> dict[str, Any] | None:
    return None if explanation is None or explanation.mistake is None else asdict(explanation.mistake)


FIELDS: Mapping[str, str] = {
    "schema": "`convgrade/1`",
    "submission.id": "unique in the results folder",
    "submission.name": "what reports call it",
    "submission.source": "the path that was graded",
    "submission.sha256": "SHA-256 of the graded text; null if none could be read",
    "person.id": "the same as `submission.id`: the platform's id where the source is its export",
    "person.name": "as the source knows them",
    "person.email": "null where the source does not say",
    "person.group": "what those who handed in together are called; null for one alone, or where it is not known",
    "person.submitted_at": "ISO 8601; null where the source does not say",
    "person.late_s": "seconds after the rubric's `late.due`, 0 if in time; null where either is not known",
    "person.is_late": "whether the platform says that it came late; null where it says nothing",
    "person.members": "`id`, `name`, `email` of everybody of a group; empty for one alone",
    "person.attempt": "`number` and `of`: which of how many hand-ins counts, as the best (`--attempt best`); else null",
    "verdict": "`graded`; `rejected`: nothing gradable could be loaded, so the score is 0; `missing`: in the "
    "roster, and handed in nothing, so the score is 0; `judge_error`: the grader failed, and the score is null",
    "message": "why it was not graded, in one line; null if it was graded",
    "score": "the mark, with its bonus and less what lateness costs; null for a judge error, or if hidden items would "
    "show through it",
    "max_score": "sum of the points of all items that were judged and are no bonus",
    "late": "`late_s`, `days` begun, the `percent` of the points that is taken off, and that in `points` (null if "
    "nothing was marked, or if hidden items would show through it); with `max_days` of the rubric if more have begun; "
    "null where `person.late_s` is",
    "items[].id": "as in the rubric",
    "items[].title": "as in the rubric; the id if it has none",
    "items[].kind": "`correctness`, `contract`, `speed` or `manual`",
    "items[].operator": "the key in the rubric's `operators` that the item is about; null if it has one operator",
    "items[].points": "points earned; null if the item was not judged, or is hidden",
    "items[].max_points": "points to be earned",
    "items[].bonus": "whether the points come on top of `max_score`",
    "items[].visibility": "as in the rubric",
    "items[].verdict": "`passed`, `partial`, `failed`, `crashed`, `timeout`, `memory`, `output_limit`, `policy`, "
    "`missing`, `skipped` or `judge_error`",
    "items[].message": "what is wrong; null if nothing is",
    "items[].hint": "what may help; null if nothing is known",
    "items[].traits": "for correctness: for each kind of input, how many cases `passed`, and the `total`",
    "items[].cases": "with `credit: cases`, of the `open` and the `secret` ones: how many `passed`, and the `total`; "
    "the smaller share counts. Otherwise null",
    "items[].counterexample": "the simplest failing case: its sizes, `conv_param`, seed, worst index, and code to "
    "paste into a notebook; null if none",
    "items[].diagnosis": "the known mistake that explains the results: `bug`, `title`, `explanation`, `confidence` "
    "(0 to 1), `where`, `lines` (of a notebook, those of all its code cells together), `at` (the same as a person "
    "finds them), `hint`; null if none",
    "items[].facts": "what can be said about the form of the error",
    "speed": "by function, `forward` and `backward`; null if nothing was timed, or if the rubric has several operators",
    "speed.*.ratio": "baseline time / submission's time, on the same inputs: 1 is as fast as the baseline, 2 is "
    "twice as fast",
    "speed.*.low": "lower end of the ratio's 95 % interval",
    "speed.*.high": "upper end of it",
    "speed.*.student_s": "seconds of one call of the submission: CPU time and sleep",
    "speed.*.baseline_s": "seconds of one call of the baseline",
    "speed.*.rounds": "number of alternating rounds",
    "speed.*.extrapolated": "whether fewer images were timed and the time scaled up",
    "speed.*.stable": "whether nothing speaks against the measurement",
    "speed.*.unstable_because": "what does, and what to do about it",
    "speed.*.attempts": "number of measurements; 2 if the first was unstable",
    "speed.*.student_wall_s": "seconds of one call on the wall clock, with what other programs took",
    "speed.*.baseline_wall_s": "the same of the baseline; null if nested loops ran in its place",
    "speed.*.loops_s": "seconds of the nested loops that ran in place of the baseline; null if the baseline ran",
    "speed.*.student_protocol_s": "seconds of a call that the grader's own protocol takes",
    "speed.*.baseline_protocol_s": "the same of the baseline",
    "speed_by_item": "by the id of each speed item that was timed, the same as in `speed`",
    "stdout": "what the submission printed, cut off at the limit, control characters escaped",
    "isolation": "for each layer of isolation, whether it was in force",
    "seed": "of the cases",
    "rubric.name": "the rubric's `name`",
    "rubric.sha256": "SHA-256 of its text and of the rubrics that it extends",
    "versions": "of `grader`, `numpy` and `python`",
    "machine": "where it was timed: `host`, model of the `cpu`, `caches`, `blas` of NumPy, `governor`; null for what "
    "was graded on this machine and not timed, and for students",
    "started_at": "ISO 8601, UTC",
    "wall_s": "seconds that grading took, less what it waited for others' timing",
    "notes": "how late it came, and remarks that cost no marks",
    "wrong_on_own_cache": "number of cases in which forward is right, and backward only on the cache "
    "`(x, w, b, conv_param)`",
    "overrides": "points that a person gave: `item` (null for the whole mark), `points`, `reason`, `by`, `at`, "
    "`out_of`: the most points there were then (null in older results), and `computed`: what was computed",
    "extension": "the due time that a person gave: `until`, `reason`, `by`, `at`; null for the rubric's",
    "identical_to": "in a class: ids of the submissions whose functions, and what can reach them, are the same",
}
"""What each field means. `*` stands for any key, `[]` for any element; what is below a field is told with it."""


FORM = Form(lambda report, beside: render(report, beside.twins) + "\n", not_made=lambda report: not_made(report) + "\n")
