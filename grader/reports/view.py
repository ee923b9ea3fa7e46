"""What every form of a report shows, computed once: losses, remarks, the failing case, how sure a diagnosis is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from grader import messages
from grader.records import GradeReport, ItemResult, Override, ReportVerdict, Traits, Verdict
from grader.records.feedback import Mistake
from grader.records.report import SECRET
from grader.records.sources import Origin
from grader.reports.base import Audience
from reference.signature import Signature
from reference.spec import Terms


def beside_mark(report: GradeReport) -> list[str]:
    """What the mark has besides its items: which attempt it is of, how late that came, what people decided."""
    items, who = {item.id: item for item in report.items}, report.who
    late = [] if who.attempt is None else [messages.best_of(*who.attempt, who.submitted_at)]
    late += [report.late_note] if report.late_note else []
    if (given := report.extension) is not None:
        late.append(messages.extended(given.until or "", given.by, given.at, given.reason))
    return [*late, *(_decision(override, items.get(override.item or "")) for override in report.overrides)]


_LINE = re.compile(r"\blines? \d|:\d")
"""What names a line."""


def graded_file(report: GradeReport) -> str:
    """Which file the lines are those of, where lines may be told, and a folder or an archive was handed in."""
    is_whole = not report.file or PurePosixPath(report.who.source).name.endswith(report.file)
    has_lines = any(item.loses for item in report.items) or any(map(_LINE.search, report.notes))
    is_told = has_lines and report.verdict is ReportVerdict.GRADED
    return "" if is_whole or not is_told else f"Lines are those of {report.file}."


def _decision(override: Override, item: ItemResult | None) -> str:
    """One of them; without an item it is about the whole mark."""
    what, points = "The whole mark" if item is None else item.title, override.points or 0
    by, at, reason = override.by, override.at, override.reason
    if item is not None and item.kind == "manual":
        return messages.marked(what, points, by, at, reason)
    return messages.overridden(what, points, override.computed, by, at, reason)


def doubts(report: GradeReport) -> Iterator[str]:
    """Decisions about a report that may no longer be what was meant: the rubric changed, or they take points away."""
    items = {item.id: item for item in report.items}
    for override in report.overrides:
        item = None if override.item is None else items[override.item]
        what, most = ("the mark", report.max_score) if item is None else (item.title, item.max_points)
        if override.out_of is not None and override.out_of != most:
            yield messages.decided_out_of(what, override.points or 0.0, override.out_of, most)
        elif override.computed is not None and (override.points or 0.0) < override.computed:
            yield messages.decided_below(what, override.points or 0.0, override.computed)


def sections(report: GradeReport) -> list[tuple[str, GradeReport]]:
    """A report for each operator, with its heading; the report itself, without one, where there is only one."""
    if not report.sections:
        return [("", report)]
    return [(f"{key}: {section.terms.summary}", _only(report, key)) for key, section in report.sections.items()]


def _only(report: GradeReport, key: str) -> GradeReport:
    """What of a report is about one operator; its notes are about all."""
    section = report.sections[key]
    return replace(
        report,
        items=tuple(item for item in report.items if item.operator == key),
        speed=report.speeds_of(key) or None,
        terms=section.terms,
        notes=(),
        late_note=None,
        wrong_on_own_cache=section.wrong_on_own_cache,
        cache_note=section.cache_note,
        sections={},
    )


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which kinds of input work, over all the items that are judged by kinds."""

    titles: tuple[str, ...]
    """The items' titles."""
    rows: Mapping[str, tuple[Mapping[str, int] | None, ...]]
    """By kind, for each item how many of its cases passed, of how many; None where it has no such cases."""


def kinds(report: GradeReport) -> Kinds | None:
    """The kinds of input of a report in which one does not work; otherwise None."""
    judged = [item for item in report.items if item.traits]
    tables = [item.traits or {} for item in judged]
    if all(row["passed"] == row["total"] for table in tables for row in table.values()):
        return None
    names = dict.fromkeys(name for table in tables for name in table)
    rows = {kind_alone(name): tuple(table.get(name) for table in tables) for name in names}
    return Kinds(tuple(item.title for item in judged), rows)


def next_step(report: GradeReport) -> str:
    """What to do where there is nothing to learn from the items; empty where there is, or a person gave the mark."""
    if report.is_decided:
        return ""
    match report.verdict:
        case ReportVerdict.REJECTED:
            needed = "The functions" if report.sections else "Both functions"
            return f"What to do: fix this, and hand in the new file. {needed} of the assignment have to be in it."
        case ReportVerdict.MISSING if report.audience == "student":
            return "What to do: if you handed in something, tell your instructor."
        case ReportVerdict.JUDGE_ERROR if report.audience == "student":
            return "What to do: tell your instructor. The submission can be graded as it is, once the grader works."
    return ""


def remark(item: ItemResult) -> str:
    """A few words beside the verdict."""
    if item.verdict is Verdict.SKIPPED:
        return item.message or ""
    if item.cases and item.verdict not in (Verdict.MISSING, Verdict.POLICY):
        return _share(item.cases)
    if item.traits and item.verdict not in (Verdict.MISSING, Verdict.POLICY):  # of which no kind was tried
        right = sum(row["passed"] == row["total"] for row in item.traits.values())
        if item.all_or_nothing and 0 < right < len(item.traits):
            return f"all or nothing: {right} of {len(item.traits)}"
        return f"{right} of {len(item.traits)} kinds of input"
    return ""


def _share(cases: Traits) -> str:
    """How many cases are right, of the open ones or of the secret ones: the smaller share counts.

    >>> _share({"open": {"passed": 48, "total": 60}, "secret": {"passed": 9, "total": 15}})
    '9 of 15 secret cases'
    """
    kind, row = min(cases.items(), key=lambda each: each[1]["passed"] / each[1]["total"])
    return f"{row['passed']} of {row['total']} {'secret ' if kind == SECRET else ''}cases"


def share_of(item: ItemResult) -> str:
    """How much of its points it has, which a person may have given; where it has none to give, how it ended."""
    points, most = item.points or 0, item.max_points
    is_full = points >= most if most else item.verdict is Verdict.PASSED
    return "full" if is_full else "part" if points > 0 else "none"


def failing_case(item: ItemResult, signature: Signature) -> str:
    """The simplest failing case in one line: shapes of the inputs, parameters, dtype, and what is special."""
    case = item.counterexample
    if case is None:
        return ""
    shapes = (f"{name} {tuple(shape)}" for name, shape in case["shapes"].items() if name != signature.upstream)
    given = {**{name: case[name] for name in signature.scalars}, **case.get(signature.parameter_name, {})}
    parameters = (f"{name} {value}" for name, value in given.items())
    return ", ".join([*shapes, *parameters, case["dtype"], *case["special"]])


def sizes_of(sizes: Mapping[str, int], terms: Terms) -> str:
    """A problem in one line: the lengths of its axes, its parameters, and the arrays that the parameter dict holds."""
    signature, letters = terms.signature, " ".join(terms.axes.values()).split()
    given = {**{name: size for name, size in sizes.items() if name in letters}, **signature.given(sizes)}
    return ", ".join([*(f"{name} {value}" for name, value in given.items()), *signature.holds(sizes)])


def place_of(mistake: Mistake) -> str:
    """Its lines in brackets, to stand behind a word; empty where none is known."""
    at = mistake.at or Origin("").among(mistake.lines)  # reports that were stored before have the lines alone
    return f" ({at})" if at else ""


def the_same_as(titles: str, first: Mistake | None, mistake: Mistake) -> str:
    """That a mistake is explained above, of items with these titles, and where it is this time."""
    if first is not None and place_of(first) and not place_of(mistake):
        return f"The same as for {titles}. Look whether it is made here, too."
    here = "" if first is not None and first.at == mistake.at else ", and here, too"
    return f"The same as for {titles}{here if place_of(mistake) else ''}{place_of(mistake)}."


def sureness(confidence: float, audience: Audience) -> str:
    """How sure a diagnosis is, in words, and for the instructor in percent; empty where it was measured.

    >>> sureness(0.97, "student"), sureness(0.5, "instructor"), sureness(0.999, "instructor"), sureness(1.0, "student")
    ('almost certainly', 'probably (50 %)', 'almost certainly (over 99 %)', '')
    """
    if confidence >= 1:
        return ""
    words = {0.95: "almost certainly", 0.8: "very likely", 0.5: "probably"}
    word = next((word for least, word in words.items() if confidence >= least), "possibly")
    percent = f"{100 * confidence:.0f}" if confidence < 0.99 else "over 99"
    return word if audience == "student" else f"{word} ({percent} %)"


def kind_alone(kind: str) -> str:
    """A kind of input where nothing around it says what it is.

    >>> kind_alone("notebook"), kind_alone("pad=0")
    ("the notebook's own cases", 'pad=0')
    """
    return {"notebook": "the notebook's own cases", "combined": "several kinds at once"}.get(kind, kind)


def seconds(value: float) -> str:
    """A duration for people.

    >>> seconds(0.0016), seconds(0.9999), seconds(1234.5)
    ('1.60 ms', '1.00 s', '1234 s')
    """
    amount, unit = (1000 * value, "ms") if value < 0.9995 else (value, "s")
    return f"{f'{amount:#.3g}'.rstrip('.') if amount < 999.5 else f'{amount:.0f}'} {unit}"
