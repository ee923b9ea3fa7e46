"""What each command does: put the parts together, print, and say how it ended."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from json import dumps
from pathlib import Path

from grader.audience import for_student
from grader.audit import audit
from grader.batch import grade_class, landmark
from grader.doctor import examine as diagnose
from grader.doctor import probe
from grader.errors import UsageError
from grader.executors.base import Stop
from grader.executors.local import LocalExecutor
from grader.leaderboard import Names, rank
from grader.locks import sole_use_of
from grader.marking import mark
from grader.operators import find_operator
from grader.pipeline import Grader, Options
from grader.progress import ClassProgress
from grader.pseudonyms import default_key, load_key
from grader.records import Board, Entry, Function, GradeReport
from grader.reports import audit as audit_report
from grader.reports import doctor as doctor_report
from grader.reports import html, json, leaderboard_page, markdown, summary, terminal, timing
from grader.reports import leaderboard as board_forms
from grader.reports.base import escape
from grader.results import has_report, legend, write_asked_for, write_page, write_report, write_tables
from grader.rubric import Rubric, SpeedItem
from grader.rubric_file import DEFAULT_RUBRIC, PACKAGED, json_schema, load_rubric, parse_workload
from grader.sandbox.confine import LAYERS
from grader.scoring import speeds
from grader.sources import find_entries
from grader.store import FILENAME, Run, Store

DEFAULT_RESULTS = Path("results")


def run(options: argparse.Namespace) -> int:
    """`grade PATH...`; the exit status."""
    rubric = load_rubric(_rubric_file(options.rubric))
    if options.seed is not None:
        rubric = rubric.model_copy(update={"seed": options.seed})
    entries = find_entries(options.paths)
    is_class = len(entries) > len(options.paths)
    if options.format == "html" and len(entries) != 1:
        raise UsageError("--format html is for one submission; --out DIR writes a page for each into DIR/reports/")
    if is_class or options.out is not None:
        return _run_class(options, rubric, entries, options.out or DEFAULT_RESULTS, one_by_one=not is_class)
    status = _Status(options.fail_under)
    with Grader(rubric, _checked_options(options)) as grader:
        for number, entry in enumerate(entries):
            report = grader.grade(entry)
            _show(report, options, first=number == 0)
            status.add(report)
    return status.value


def time(options: argparse.Namespace) -> int:
    """`grade time PATH`; the exit status."""
    rubric = _with_workload(load_rubric(_rubric_file(options.rubric)), options.workload)
    timed = {item.id: item.workload.name for item in rubric.items if isinstance(item, SpeedItem)}
    if not timed:
        raise UsageError(f"{options.rubric}: the rubric has no speed items, so there is nothing to time")
    entries = find_entries([options.path])
    if len(entries) != 1:
        raise UsageError(f"{options.path}: holds {len(entries)} submissions; name one")
    runs = []
    with Grader(rubric, replace(_checked_options(options), verification=False)) as grader:
        for _ in range(options.repeat):
            found = grader.examine(entries[0])
            if found.verdict != "graded":
                print(f"grade: {escape(found.message or '')}", file=sys.stderr)
                if found.traceback and options.verbosity > 0:
                    print(found.traceback, file=sys.stderr)
                return 3 if found.verdict == "judge_error" else 2
            runs.append(found.timings)
            for note in found.notes if len(runs) == 1 else ():
                print(f"grade: note: {escape(note)}", file=sys.stderr)
            if options.format == "json":
                print(timing.as_json(entries[0].name, found.timings), flush=True)
            else:
                print(timing.terminal(entries[0].name, found.timings, timed), end="\n\n", flush=True)
    if options.repeat > 1 and options.format == "terminal":
        print(timing.spread(runs))
    return 0


def _with_workload(rubric: Rubric, text: str | None) -> Rubric:
    """The rubric, with other shapes to be timed if there is a text that says which."""
    operator = find_operator(rubric.operator)
    if text is None or operator is None:
        return rubric
    workload = parse_workload(text, operator)
    items = (i.model_copy(update={"workload": workload}) if isinstance(i, SpeedItem) else i for i in rubric.items)
    return rubric.model_copy(update={"items": tuple(items)})


def doctor(options: argparse.Namespace) -> int:
    """`grade doctor`; the exit status."""
    found = diagnose(_layers(options))
    print(doctor_report.as_json(found) if options.format == "json" else doctor_report.terminal(found))
    return 0


def rubric(options: argparse.Namespace) -> int:
    """`grade rubric check|audit|schema`; the exit status."""
    if options.what == "schema":
        print(dumps(json_schema(), indent=2))
        return 0
    found = load_rubric(_rubric_file(options.rubric))
    operator = find_operator(found.operator)
    assert operator is not None  # the rubric has been checked
    if options.what == "check":
        print(f"{options.rubric}: valid: {len(found.items)} items, {found.max_score:g} points")
        return 0
    seen = audit(found, operator, [found.seed + i for i in range(options.seeds)])
    print(audit_report.as_json(seen) if options.format == "json" else audit_report.terminal(seen))
    return 0


def _layers(options: argparse.Namespace) -> tuple[str, ...]:
    """The layers of isolation that the command line wants."""
    if options.isolation == "none":
        return ()
    return tuple(layer for layer in LAYERS if layer not in options.without)


def _checked_options(options: argparse.Namespace) -> Options:
    """What the command line chooses for a run.

    Raises:
        UsageError: under `--isolation strict`, where a layer is missing.
    """
    layers = _layers(options)
    if options.isolation == "strict":
        missing = [layer for layer in probe(layers) if not layer.on]
        if missing:
            reasons = "; ".join(f"{layer.name}: {layer.why}" for layer in missing)
            raise UsageError(f"--isolation strict: not every layer is there ({reasons}); see `grade doctor`")
    if layers != LAYERS:
        lost = ", ".join(layer for layer in LAYERS if layer not in layers)
        print(f"grade: WARNING: without {lost}, a submission can do more than compute", file=sys.stderr)
    return Options(timing=not getattr(options, "no_timing", False), layers=layers)


def _rubric_file(named: Path | None) -> Path:
    """The rubric that the command line names: a file, or else one of the packaged ones."""
    if named is None:
        return DEFAULT_RUBRIC
    packaged = PACKAGED / named.name
    return packaged if not named.exists() and named.parent == Path() and packaged.is_file() else named


def report(options: argparse.Namespace) -> int:
    """`grade report RESULTS [ID]`; the exit status."""
    with _open_results(options.results) as store:
        ids = store.ids()
        if options.id is not None and options.id not in ids:
            raise UsageError(f"{options.results}: there is no submission {options.id} in it")
        if options.id is None and options.format == "html":
            raise UsageError(f"--format html is for one submission; the pages of all are in {options.results}/reports/")
        chosen = ids if options.id is None else [options.id]
        with _printer(options, store, one_by_one=options.id is not None) as show:
            for attempt in store.latest(chosen):
                show(attempt.report)
    return 0


BOARD_FORMS: dict[str, Callable[[Board], str]] = {
    "terminal": board_forms.terminal,
    "markdown": board_forms.markdown,
    "html": leaderboard_page.render,
    "fragment": board_forms.fragment,
    "latex": board_forms.latex,
    "csv": board_forms.csv,
    "json": board_forms.json,
}


def leaderboard(options: argparse.Namespace) -> int:
    """`grade leaderboard RESULTS`; the exit status."""
    with _open_results(options.results) as store:
        run = store.last_run()
        if run is None:
            raise UsageError(f"{options.results}: an older convgrade graded it; grade the class once more")
        names: Names = options.names or run.rubric.leaderboard.names
        secret = b"" if names == "real" else _pseudonym_key(options.key or default_key())
        if options.legend is not None:
            if names != "pseudonymous":
                raise UsageError("--legend is for pseudonymous names: add --names pseudonymous")
            write_asked_for(options.legend, legend(secret, store.ids()))
        reports = list(_comparable(store, run))
        others = len(set(store.ids()) - {report.submission["id"] for report in reports})
        loops = speeds(store.landmark(run.key(timing=True)) or ())
        board = rank(reports, run.rubric, names=names, secret=secret, landmark=loops, left_out=others)
    text = BOARD_FORMS[options.format](board)
    if options.out is None:
        print(text)
    else:
        write_asked_for(options.out, text + "\n")
        print(f"grade: the leaderboard is in {options.out}", file=sys.stderr)
    return 0


def _comparable(store: Store, run: Run) -> Iterator[GradeReport]:
    """Every attempt that was run as the last run's rubric wants it, marked by that rubric."""
    for attempt in store.attempts_at(run.key(timing=timed) for timed in (True, False)):
        report = attempt.report
        if attempt.rubric_sha256 != run.rubric.sha256:
            id, name, source = (report.submission[key] or "" for key in ("id", "name", "source"))
            report = mark(run.rubric, id, name, source, attempt.findings)
        yield report


def _pseudonym_key(path: Path) -> bytes:
    key, is_new = load_key(path)
    if is_new:
        print(f"grade: made a new key for pseudonyms, {path}: keep it, and keep it to yourself", file=sys.stderr)
    return key


def _open_results(folder: Path) -> Store:
    if not (folder / FILENAME).is_file():
        raise UsageError(f"{folder}: is no results folder (there is no {FILENAME} in it)")
    return Store(folder)


def _run_class(
    options: argparse.Namespace, rubric: Rubric, entries: Sequence[Entry], folder: Path, *, one_by_one: bool
) -> int:
    """Grade into a results folder; `one_by_one` prints each report, otherwise the class in summary."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made a results folder: {error.strerror}") from error
    chosen = _checked_options(options)
    quiet = options.verbosity < 0 or one_by_one
    status = _Status(options.fail_under)
    with sole_use_of(folder), Store(folder) as store:
        dealt_with, any_new = set(), False
        with ExitStack() as stack:
            progress = stack.enter_context(ClassProgress(len(entries), quiet=quiet))
            stop = stack.enter_context(_stop_on_interrupt())
            progress.watch(["nested loops, to compare with"])
            chosen = replace(chosen, landmark=landmark(rubric, chosen, store))
            jobs = min(options.jobs, len(entries))
            executor = stack.enter_context(LocalExecutor(jobs, rubric, chosen, progress.watch))
            for done in grade_class(entries, rubric, chosen, store, executor, fresh=options.fresh, stop=stop):
                dealt_with.add(done.id)
                if done.how != "kept":
                    any_new = True
                    write_report(folder, done.report)
                    store.note_written(done.id)
                progress.advance(done.report.verdict.value, done.how)
        ordered = [entry.id for entry in entries if entry.id in dealt_with]
        with (
            _printer(options, store, one_by_one=one_by_one) as show,
            write_tables(folder, rubric, _twins(store)) as add,
        ):
            for attempt in store.latest(ordered if one_by_one else sorted(ordered)):
                report = attempt.report
                if not (attempt.is_written and has_report(folder, attempt.id)):  # the run was killed before it was
                    write_report(folder, report)
                    store.note_written(attempt.id)
                show(report)
                status.add(report)
            ratios: dict[Function, list[float]] = {}
            for attempt in store.latest(store.ids()):
                add(attempt.report)
                for function, speed in (attempt.report.speed or {}).items():
                    ratios.setdefault(function, []).append(speed.ratio.median)
        if ratios and any_new:
            for attempt in store.latest(store.ids()):
                write_page(folder, attempt.report, ratios)
    if len(ordered) < len(entries):
        left = len(entries) - len(ordered)
        print(f"grade: interrupted; {left} left. Run the same command again to go on.", file=sys.stderr)
        return 130
    if not one_by_one:
        print(f"grade: marks in {folder}/grades.csv, reports in {folder}/reports/", file=sys.stderr)
    return status.value


def _twins(store: Store) -> dict[str, tuple[str, ...]]:
    """By id, the other submissions whose functions are the same."""
    keys = {id: functions_key for id, (_, functions_key) in store.functions_keys().items()}
    groups: dict[str, list[str]] = {}
    for id, key in keys.items():
        groups.setdefault(key, []).append(id)
    return {id: tuple(other for other in groups[key] if other != id) for id, key in keys.items()}


@contextmanager
def _stop_on_interrupt() -> Iterator[Stop]:
    """Ctrl-C or SIGTERM: what runs is finished, what waits is left; a second time ends at once."""
    stopped = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopped
        if stopped:
            raise KeyboardInterrupt
        stopped = True
        print("grade: finishing what runs; once more to end at once", file=sys.stderr)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


Show = Callable[[GradeReport], None]


@contextmanager
def _printer(options: argparse.Namespace, store: Store, *, one_by_one: bool) -> Iterator[Show]:
    """Prints reports as they come, or on a terminal the class in summary at the end."""
    twins = {} if one_by_one else _twins(store)
    if options.format == "terminal" and not one_by_one and options.verbosity >= 0:
        whole = summary.ClassSummary(twins)
        yield whole.add
        if whole.verdicts:  # the run was not interrupted before the first
            print(whole.render())
        return
    shown = 0

    def show(report: GradeReport) -> None:
        nonlocal shown
        same = None if one_by_one else twins.get(report.submission["id"] or "", ())
        _show(report, options, first=shown == 0, twins=same)
        shown += 1

    yield show


def _show(report: GradeReport, options: argparse.Namespace, *, first: bool, twins: Sequence[str] | None = None) -> None:
    """Print one report; what needs an instructor's eye goes to stderr as well."""
    whole = report
    if options.audience == "student":
        report = for_student(report)
    if options.format == "json":
        print(json.render(report, twins), flush=True)
    elif options.format == "html":
        print(html.render(report), flush=True)
    elif options.format == "markdown":
        print(("" if first else "\n") + markdown.render(report), end="", flush=True)
    else:
        separator = "" if first or options.verbosity < 0 else "\n"
        print(separator + terminal.render(report, options.verbosity), flush=True)
    if report.verdict == "judge_error" or report.path_error:
        print(f"grade: {escape(report.message or '')}", file=sys.stderr)
        if whole.traceback and options.verbosity > 0 and (options.format != "terminal" or not report.traceback):
            print(whole.traceback, file=sys.stderr)


class _Status:
    """The exit status of a run."""

    def __init__(self, fail_under: float | None) -> None:
        self.fail_under = fail_under
        self.value = 0

    def add(self, report: GradeReport) -> None:
        """Take one submission into account: a failure of ours weighs most, then a path that leads nowhere."""
        if report.verdict == "judge_error":
            self.value = 3
        elif report.path_error:
            self.value = max(self.value, 2)
        elif self.fail_under is not None and 100 * (report.score or 0) < self.fail_under * report.max_score:
            self.value = max(self.value, 1)
