"""Forty made-up people with marks in a results folder, and their platforms' gradebooks before the marks are in."""

import csv
import io
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from grader.classroom.attempts import Evidence
from grader.classroom.files import safe_name
from grader.classroom.store import Store
from grader.exports.base import Options
from grader.records import Findings, GradeReport, Interval, Isolation, ItemResult, ReportVerdict, Speed, Verdict, Who
from reference.conv2d import OPERATOR

MOST = 100.0
OPTIONS = Options()
NAMES = (
    ("Jane", "Doe"), ("Bo", "Lee"), ("Ute", "M\u00fcller"), ("Jose\u0301", "Nu\u00f1ez"), ("\u5f20", "\u4f1f"),
    ("Sean", "O'Neill"), ("Ann-Marie", "de la Cruz"), ("=cmd|'x'", "Plus"), ("+41", "Phone"), ("Robert", "Smith, Jr."),
    ('Al "Ace"', "Quote"), ("Ng", "Okafor"),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody in a course. `score` is None where the grader failed."""

    number: int
    first: str
    last: str
    score: float | None

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def sid(self) -> str:
        return f"{self.number - 1000:05d}"  # zeros before it

    @property
    def user(self) -> str:
        return f"u_{self.sid}"

    @property
    def email(self) -> str:
        return f"{self.user}@x.edu"

    @property
    def mark(self) -> str:
        """As a platform shows it."""
        return "" if self.score is None else f"{self.score:.2f}"


def _people() -> list[Person]:
    scores = [100.0, 97.06, 0.0, 33.33, 104.5, None]
    names = [*NAMES, *((f"First{at}", f"Last{at}") for at in range(40 - len(NAMES)))]
    return [Person(1001 + at, *name, scores[at] if at < len(scores) else round(2.47 * at, 2))
            for at, name in enumerate(names)]  # fmt: skip


PEOPLE = _people()
MARKED = [one for one in PEOPLE if one.score is not None]
MARKS = {one.number: one.mark for one in MARKED}
"""By number, what the database has."""


def report_of(one: Person, who: Who) -> GradeReport:
    """Items of five kinds; who came late has lost a tenth of them."""
    ratio = Interval(0.5, 0.49, 0.51)
    score = one.score or 0.0
    bonus = max(0.0, score - MOST)
    rest = min(score, MOST)
    late = one.number % 7 == 0
    own = [round(rest * part * (1.1 if late else 1.0), 2) for part in (0.5, 0.3, 0.2)]
    verdicts = [Verdict.PASSED if score >= MOST else Verdict.PARTIAL for _ in own]
    wrong = None if score >= MOST else "dx is wrong: 100 % of the cases, at pad 0"
    items = [
        ItemResult(id, id, "correctness", points, most, verdict, message=wrong, visibility=shown)
        for id, points, most, verdict, shown in zip(
            ("forward", "dx", "secret-db"),
            own,
            (50.0, 30.0, 20.0),
            verdicts,
            ("visible", "visible", "hidden"),
            strict=True,
        )
    ]
    items.append(ItemResult("speed", "speed", "speed", bonus, 10.0, Verdict.PARTIAL, bonus=True, function="forward"))
    failed = one.score is None
    return GradeReport(
        who=who, sha256="5", verdict=ReportVerdict.JUDGE_ERROR if failed else ReportVerdict.GRADED,
        message="the grader failed" if failed else None, score=one.score, max_score=MOST, items=tuple(items),
        speed=None, stdout="", isolation=Isolation(), seed=1, rubric={"name": "r", "sha256": "5"}, versions={},
        started_at="2026-02-03T10:20:30.123456+00:00", wall_s=2.6, terms=OPERATOR.terms,
        speed_by_item={} if failed else {"speed": Speed(ratio, 0.02, 0.01, 15, False, True)},
    )  # fmt: skip


def results_of(folder: Path, who: Callable[[Person], Who], people: Sequence[Person] = tuple(PEOPLE)) -> Path:
    """A results folder with everybody's mark, and a page that says whose it is."""
    (folder / "reports").mkdir(parents=True)
    with Store(folder) as store:
        for one in people:
            report = report_of(one, who(one))
            store.add(Evidence("5", "key", Findings(report.verdict)), report)
            for ending in (".html", ".md", ".txt"):
                path = folder / "reports" / f"{safe_name(report.who.id)}{ending}"
                path.write_text(f"page of {one.number}\n")
    return folder


def flat(one: Person) -> str:
    """A name as Canvas has it in the names of files."""
    return "".join(letter for letter in f"{one.last}{one.first}".lower() if letter.isalnum() or letter == "_")


def canvas_file(one: Person) -> str:
    late = "_LATE" if one.number % 3 == 0 else ""
    ending = ("a2.zip", "layers.py", "conv 1_2.ipynb")[one.number % 3]
    return f"{flat(one) or 'x'}{late}_{one.number}_{one.number + 50000}_{ending}"


def on_canvas(one: Person) -> Who:
    return Who(str(one.number), flat(one), f"submissions.zip/{canvas_file(one)}")


def on_moodle(one: Person) -> Who:
    name = "".join(letter for letter in one.name.replace("_", " ") if letter not in "&<>\"'|:\\/`")
    return Who(str(one.number), name, f"hw.zip/{name}_{one.number}_assignsubmission_file")


def on_blackboard(one: Person) -> Who:
    return Who(one.user, one.name, f"hw.zip/A2_{one.user}_attempt_2026-02-03-14-05-09_layers.py")


def on_brightspace(one: Person) -> Who:
    return Who(f"{one.number}-64", one.name, f"hw.zip/{one.number}-64 - {one.name} - Oct 3, 2025 922 PM")


def on_sakai(one: Person) -> Who:
    return Who(one.user, one.name, f"hw.zip/A2/{one.last}, {one.first}({one.user})")


def on_nbgrader(one: Person) -> Who:
    return Who(one.user, one.user, f"submitted/{one.user}/ps2")


def _csv(
    rows: Sequence[Sequence[object]], between: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\n"
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=between, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]  # a literal is wanted
    writer.writerows(rows)
    return text.getvalue()


def canvas_book(between: str = ",") -> str:
    rows: list[Sequence[object]] = [
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "A1 (77)", "A2, convolution (78)", "Final Score"),
        ("    Points Possible", "", "", "", "", "10.0", "100.0", "(read only)"),
    ]
    rows += [(f"{one.last}, {one.first}", one.number, one.sid, one.user, "S, 1", "9", "", "88.1") for one in PEOPLE]
    rows.append(("Student, Test", 999, "", "", "S, 1", "", "", ""))
    return _csv(rows, between)


def moodle_book(between: str = ",") -> str:
    headings = (
        "Bezeichner", "Vollst\u00e4ndiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Beste Bewertung",
        "Bewertung kann ge\u00e4ndert werden", "Zuletzt ge\u00e4ndert", "Feedback als Kommentar",
    )  # fmt: skip
    rows: list[Sequence[object]] = [headings]
    rows += [
        (f"Teilnehmer/in {one.number}", one.name, one.email, "Abgegeben", "", "100,00", "Ja", "-", 'a "b",\nc')
        for one in PEOPLE
    ]
    return _csv(rows, between, end="\r\n")


def blackboard_book() -> str:
    column = "A2 [Total Pts: 100 Score] |123456"
    rows: list[Sequence[object]] = [
        ("Last Name", "First Name", "Username", "Student ID", "Total [Total Pts: up to 200 Score] |99", column),
    ]
    rows += [(one.last, one.first, one.user, one.sid, "12", "") for one in PEOPLE]
    rows.append(("Teacher", "Ann", "ann_previewuser", "", "", ""))
    return _csv(rows, "\t", csv.QUOTE_ALL, "\r\n")


def brightspace_book() -> str:
    column = "A2 Points Grade <Numeric MaxPoints:100 Weight:10 Category:Homework CategoryWeight:40>"
    rows: list[Sequence[object]] = [
        ("OrgDefinedId", "Username", "Last Name", "First Name", "A1 Points Grade <Numeric MaxPoints:10>", column,
         "End-of-Line Indicator"),
    ]  # fmt: skip
    rows += [(f"#{one.sid}", f"#{one.user}", one.last, one.first, "3", "", "#") for one in PEOPLE]
    return _csv(rows)


def sakai_book() -> str:
    rows: list[Sequence[object]] = [
        ("A2, convolution", "Score"), (),
        ("Display ID", "ID", "Last Name", "First Name", "grade", "Submission date", "Late submission"),
    ]  # fmt: skip
    rows += [(one.sid, one.user, one.last, one.first, "", "2026-02-03", "On time") for one in PEOPLE]
    return _csv(rows)


NBGRADER = """
    CREATE TABLE assignment (id VARCHAR(32) PRIMARY KEY, name VARCHAR(128) NOT NULL UNIQUE, duedate DATETIME);
    CREATE TABLE notebook (id VARCHAR(32) PRIMARY KEY, name VARCHAR(128) NOT NULL, assignment_id VARCHAR(32));
    CREATE TABLE base_cell (id VARCHAR(32) PRIMARY KEY, name VARCHAR(128), notebook_id VARCHAR(32), type VARCHAR(50));
    CREATE TABLE grade_cells (id VARCHAR(32) PRIMARY KEY, max_score FLOAT NOT NULL, cell_type VARCHAR(8) NOT NULL);
    CREATE TABLE task_cells (id VARCHAR(32) PRIMARY KEY, max_score FLOAT NOT NULL, cell_type VARCHAR(8) NOT NULL);
    CREATE TABLE student (id VARCHAR(128) PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT);
    CREATE TABLE submitted_assignment (id VARCHAR(32) PRIMARY KEY, assignment_id VARCHAR(32), student_id VARCHAR(128));
    CREATE TABLE submitted_notebook (id VARCHAR(32) PRIMARY KEY, assignment_id VARCHAR(32), notebook_id VARCHAR(32));
    CREATE TABLE grade (id VARCHAR(32) PRIMARY KEY, cell_id VARCHAR(32), notebook_id VARCHAR(32), auto_score FLOAT,
        manual_score FLOAT, extra_credit FLOAT, needs_manual_grade BOOLEAN NOT NULL);
    INSERT INTO assignment (id, name) VALUES ('a', 'ps2');
    INSERT INTO notebook VALUES ('n', 'ConvolutionalNetworks', 'a');
    INSERT INTO base_cell VALUES ('c', 'conv', 'n', 'GradeCell'), ('d', 'essay', 'n', 'TaskCell');
    INSERT INTO grade_cells VALUES ('c', 100, 'code');
    INSERT INTO task_cells VALUES ('d', 10, 'markdown');
"""
"""The tables of nbgrader's `api.py`, as far as marks go through them."""


def nbgrader_book() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(NBGRADER)
        for at, one in enumerate(PEOPLE):
            student = one.user, one.first, one.last, one.email
            database.execute("INSERT INTO student VALUES (?, ?, ?, ?)", student)
            database.execute("INSERT INTO submitted_assignment VALUES (?, 'a', ?)", (f"s{at}", one.user))
            database.execute("INSERT INTO submitted_notebook VALUES (?, ?, 'n')", (f"m{at}", f"s{at}"))
            database.execute("INSERT INTO grade VALUES (?, 'c', ?, 5, NULL, NULL, 1)", (f"g{at}", f"m{at}"))
            database.execute("INSERT INTO grade VALUES (?, 'd', ?, NULL, 7, NULL, 0)", (f"h{at}", f"m{at}"))
        database.commit()
        return database.serialize()
