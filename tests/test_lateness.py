"""What a late hand-in costs: the due time, the grace, the days, and what reports say of it."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.worksheet import Worksheet
from grader.judging.decided import decided
from grader.judging.lateness import lateness, without_time
from grader.messages import of_lateness
from grader.records import Extension, ItemResult, Lateness, Override, Verdict, Who
from grader.reports.audience import for_student
from grader.reports.base import marks
from grader.rubric.model import Late
from grader.sheets import Sheet
from tests.cli import grade, grade_all_json
from tests.exports import RIGHT, Files, gradescope, written
from tests.html_reports import report

DUE = "2026-03-07T23:59:00-08:00"  # the night before summer time begins in Los Angeles
POLICY = {"due": DUE, "per_day_percent": 10, "grace_minutes": 15, "max_days": 3}


@pytest.mark.parametrize(
    ("handed_in", "late_s", "days", "points"),
    [
        ("2026-03-07T23:59:00-08:00", 0, 0, 0),
        ("2026-03-08T07:59:00Z", 0, 0, 0),
        ("2026-03-08T08:14:00Z", 900, 0, 0),
        ("2026-03-08T08:14:01Z", 901, 1, 5),
        ("2026-03-09T00:59:00-07:00", 86_400, 1, 5),  # 24 hours, though the clocks were put forward
        ("2026-03-09T00:59:01-07:00", 86_401, 2, 10),
        ("2026-03-11T00:59:00-07:00", 3 * 86_400, 3, 15),
        ("2026-03-11T00:59:01-07:00", 3 * 86_400 + 1, 4, 50),
    ],
)
def test_each_day_that_has_begun_costs(handed_in: str, late_s: int, days: int, points: float) -> None:
    found = lateness(Late.model_validate(POLICY), Who("a", "a", "a", handed_in), 50)
    assert found is not None
    assert (found.late_s, found.days, found.points) == (late_s, days, points)
    assert ("the limit is 3" in (of_lateness(found, 50) or "")) == (days > 3)


def test_a_floor_is_never_taken_off_and_nothing_is_known_without_a_time_zone() -> None:
    late = Late.model_validate(POLICY | {"floor_percent": 40})
    found = lateness(late, Who("a", "a", "a", "2026-04-07T00:00:00Z"), 50)
    assert found is not None
    assert (found.percent, found.points) == (60, 30)
    assert lateness(late, Who("a", "a", "a", "2026-04-07T00:00:00"), 50) is None
    assert lateness(late, Who("a", "a", "a"), 50) is None
    assert lateness(None, Who("a", "a", "a", "2026-04-07T00:00:00Z"), 50) is None


@pytest.mark.parametrize(
    ("zone", "handed_in", "late_s"),
    [
        ("America/Los_Angeles", "2026-03-08T03:30:00", 9060),  # an hour less by the clock in winter
        ("Asia/Tokyo", "2026-03-08T17:00:00", 60),
        ("Pacific/Pago_Pago", "2026-03-07T23:59:00", 3 * 3600),
        ("Asia/Tokyo", "2026-03-07T23:59:00-08:00", 0),
    ],
)
def test_a_time_without_its_zone_is_by_the_clock_that_the_rubric_names(zone: str, handed_in: str, late_s: int) -> None:
    found = lateness(Late.model_validate(POLICY | {"time_zone": zone}), Who("a", "a", "a", handed_in), 50)
    assert found is not None
    assert found.late_s == late_s


def test_times_without_their_zone_are_said_once_and_the_rubric_names_it(tmp_path: Path) -> None:
    """As Brightspace has them, which says when by the clock of the institution."""
    rubric = tmp_path / "r.yaml"
    late = "late: {due: 2026-02-03T23:59:00-08:00, per_day_percent: 10"
    rubric.write_text(f"schema: convgrade/1\nextends: correctness-only\n{late}}}\n")
    files: Files = {f"48200{n}-9910{n} - Ann {n} - Feb 4, 2026 1213 AM/layers.py": "nothing = 0" for n in (1, 2)}
    class_, results = written(tmp_path / "hw", files), tmp_path / "out"
    done = grade(class_, "--rubric", rubric, "--out", results)
    told = (
        "the time of handing in is known without its time zone for 2 of 2 submissions, so lateness costs nothing there"
    )
    assert done.stderr.count(told) == 1
    assert "no time of handing in" not in done.stderr
    for zone, said in (("Mars/Olympus", "must be a time zone that this machine knows"), ("America/Los_Angeles", "")):
        rubric.write_text(f"schema: convgrade/1\nextends: correctness-only\n{late}, time_zone: {zone}}}\n")
        done = grade(class_, "--rubric", rubric, "--out", results)
        assert (said in done.stderr) if said else (told not in done.stderr)
    with (results / "grades.csv").open(newline="") as file:
        assert [row["is_late"] for row in csv.DictReader(file)] == ["yes", "yes"]


def test_lateness_is_applied_told_and_marked_again(tmp_path: Path) -> None:
    rubric = tmp_path / "r.yaml"
    rubric.write_text(
        "schema: convgrade/1\nextends: cs231n-conv\ncases: {count: 44}\nlate: {due: 2026-02-04T00:00:00-08:00, "
        "per_day_percent: 10}\n"
    )
    files = gradescope() | {"assignment_9_export/submission_300/layers.py": "nothing = 0"}
    export, results = written(tmp_path / "export", files), tmp_path / "results"
    rest = (export, "--rubric", rubric, "--no-timing", "--out", results)
    before = {r["submission"]["id"]: r for r in grade_all_json(*rest, "--due", "2027-01-01T00:00Z")}
    after = {r["submission"]["id"]: r for r in grade_all_json(*rest)}
    late = {id for id, each in after.items() if each["late"] and each["late"]["late_s"]}
    assert late
    for id in late:
        taken = after[id]["late"]
        assert before[id]["late"] == {"late_s": 0, "days": 0, "percent": 0, "points": 0}
        assert taken["late_s"] == after[id]["person"]["late_s"]
        assert taken["points"] == pytest.approx(before[id]["score"] * taken["percent"] / 100, abs=0.006)
        assert after[id]["score"] == pytest.approx(before[id]["score"] - taken["points"])
        assert before[id]["started_at"] == after[id]["started_at"]  # nothing ran again
    assert '<td class="whole">late</td>' in (results / "index.html").read_text()
    marked = max(late, key=lambda id: after[id]["late"]["points"])
    assert after[marked]["late"]["points"] > 0
    with (results / "grades.csv").open(newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert rows[marked]["late_points"] == str(after[marked]["late"]["points"])
    assert {id for id, row in rows.items() if row["is_late"] == "yes"} == {
        id for id in late if after[id]["late"]["days"]
    }
    whole = grade("report", results).stdout
    assert (
        f"{after[marked]['person']['name']} {after[marked]['late']['points']:g}" in whole.split("lost to lateness:")[1]
    )
    for form in ("terminal", "markdown", "html"):
        assert "Handed in" in grade("report", results, marked, "--format", form).stdout
    assert "; late, less " in grade("explain", results, marked).stdout


def test_hand_ins_of_which_no_time_is_known_are_said_once_and_a_map_gives_it(tmp_path: Path) -> None:
    rubric = tmp_path / "r.yaml"
    late = "late: {due: 2026-02-04T00:00:00-08:00, per_day_percent: 10}"
    rubric.write_text(f"schema: convgrade/1\nextends: correctness-only\n{late}\n")
    files: Files = {f"doeann_LATE_{7}_{8}_layers.py": "nothing = 0", f"roebob_{9}_{10}_layers.py": "nothing = 0"}
    canvas, results = written(tmp_path / "hw", files), tmp_path / "out"
    done = grade(canvas, "--rubric", rubric, "--out", results)
    assert done.stderr.count("1 of 2 submissions may be late") == 1  # the other came in time
    assert "so nothing is taken off: doeann" in done.stdout
    page = (results / "index.html").read_text()
    assert "Whether they came in time is not known" not in page
    assert "doeann</a>: could not be graded" not in page
    assert page.count("late, and nothing is taken off: no time is known") == 1
    with (results / "grades.csv").open(newline="") as file:
        assert [(row["is_late"], row["late_points"]) for row in csv.DictReader(file)] == [("yes", ""), ("no", "")]
    assert "does not say when it was handed in" in " ".join(grade("explain", results, "7").stdout.split())
    names = iter(files)
    (tmp_path / "map.csv").write_text(
        f"path,id,name,email,submitted_at\n{next(names)},7,Ann,a@x.edu,2026-02-04T12:00-08:00\n{next(names)},9,Bob\n"
    )
    done = grade(canvas, "--rubric", rubric, "--out", tmp_path / "mapped", "--map", tmp_path / "map.csv")
    assert "1 of 2 submissions may be late" in done.stderr
    with (tmp_path / "mapped/grades.csv").open(newline="") as file:
        found = [(row["email"], row["is_late"], row["late_points"]) for row in csv.DictReader(file)]
    assert found == [("a@x.edu", "yes", "0.0"), ("", "", "")]


def test_a_platform_that_says_who_is_late_is_known_to_have_a_due_time_also_where_their_time_is_known() -> None:
    late = Late.model_validate({"due": "2026-02-04T00:00:00-08:00", "per_day_percent": 10})
    ann, bob = Who("ann", "Ann", "a", is_late=True, submitted_at="2026-02-04T12:00-08:00"), Who("bob", "Bob", "b")
    assert without_time(late, [ann, replace(bob, is_late=False)]) == []
    assert without_time(late, [ann, bob]) == [bob]
    assert without_time(None, [ann, bob]) == []


def test_where_nobody_is_late_a_platform_may_have_no_due_time(tmp_path: Path) -> None:
    rubric = tmp_path / "r.yaml"
    late = "late: {due: 2026-02-04T00:00:00-08:00, per_day_percent: 10}"
    rubric.write_text(f"schema: convgrade/1\nextends: correctness-only\n{late}\n")
    files: Files = {f"doeann_{7}_{8}_layers.py": "nothing = 0", f"roebob_{9}_{10}_layers.py": "nothing = 0"}
    done = grade(written(tmp_path / "hw", files), "--rubric", rubric, "--out", tmp_path / "out")
    assert "2 of 2 submissions may be late" in done.stderr
    page = (tmp_path / "out" / "index.html").read_text()
    assert "Whether they came in time is not known of 2 of them" in page


def test_whom_the_platform_calls_late_is_late_though_the_due_time_takes_nothing_off_but_not_after_an_extension(
    tmp_path: Path,
) -> None:
    """As `is_late` in docs/results.md says."""
    rubric, results = tmp_path / "r.yaml", tmp_path / "out"
    late = "late: {due: 2026-02-04T00:00:00-08:00, per_day_percent: 10}"
    rubric.write_text(f"schema: convgrade/1\nextends: correctness-only\ncases: {{count: 20}}\n{late}\n")
    names = ("doeann_LATE_7_8_layers.py", "roebob_9_10_layers.py")
    common = (written(tmp_path / "hw", dict.fromkeys(names, RIGHT)), "--rubric", rubric, "--out", results, "-q")
    found = []
    for at in ("2026-02-03T12:00-08:00", "2026-02-04T12:00-08:00"):
        assert grade(*common).returncode == 0
        (tmp_path / "map.csv").write_text(f"{names[0]},7,Ann,,{at}\n{names[1]},9,Bob,,{at}\n")
        assert grade(*common, "--map", tmp_path / "map.csv").returncode == 0
        found.append(lateness_of(results))
    for id in ("7", "9"):
        assert grade("extend", results, id, "--until", "2026-02-05T00:00-08:00", "--reason", "ill").returncode == 0
    in_time, past_due = [("yes", "0.0"), ("no", "0.0")], [("yes", "10.0"), ("yes", "10.0")]
    assert [*found, lateness_of(results)] == [in_time, past_due, [("no", "0.0")] * 2]


def lateness_of(results: Path) -> list[tuple[str, str]]:
    with (results / "grades.csv").open(newline="") as file:
        return [(row["is_late"], row["late_points"]) for row in csv.DictReader(file)]


def test_a_time_that_was_told_once_is_known_of_the_same_text_and_whoever_changes_theirs_is_named(
    tmp_path: Path,
) -> None:
    rubric = tmp_path / "r.yaml"
    late = "late: {due: 2026-02-04T00:00:00-08:00, per_day_percent: 10}"
    rubric.write_text(f"schema: convgrade/1\nextends: correctness-only\n{late}\n")
    folders = [f"{name}_{number}_assignsubmission_file" for name, number in (("Ann Doe", 7), ("Bo Roe", 9), ("Cy", 11))]
    class_, results = written(tmp_path / "hw", {f"{folder}/layers.py": RIGHT for folder in folders}), tmp_path / "out"
    times = zip(folders, (7, 9, 11), ("2026-02-04T12:00-08:00", "2026-02-03T12:00-08:00", ""), strict=True)
    lines = [f"{folder},{id},{folder.partition('_')[0]},,{at}" for folder, id, at in times]
    (tmp_path / "map.csv").write_text("\n".join(["path,id,name,email,submitted_at", *lines]))
    done = grade(class_, "--rubric", rubric, "--out", results, "--map", tmp_path / "map.csv")
    assert "1 of 3 submissions may be late" in done.stderr

    def late_points() -> list[str]:
        with (results / "grades.csv").open(newline="") as file:
            return [row["late_points"] for row in csv.DictReader(file)]

    before = late_points()
    assert sorted(before) == ["", "0.0", "10.0"]
    again = written(tmp_path / "again", {f"{folder}/layers.py": RIGHT for folder in folders})
    for anew in (class_, again):
        done = grade(anew, "--rubric", rubric, "--out", results, "--add")
        assert late_points() == before
        assert "1 of 3 submissions may be late" in done.stderr
        assert "handed in anew" not in done.stderr
    for folder in folders:
        (again / folder / "layers.py").write_text(f"{RIGHT}\n# once more\n")
    done = grade(again, "--rubric", rubric, "--out", results, "--add")
    assert late_points() == ["", "", ""]
    assert "handed in anew, and it is not known when: 7 (10 points were taken off); 9; so nothing" in done.stderr
    assert "3 of 3 submissions may be late" in done.stderr
    done = grade(again, "--rubric", rubric, "--out", results, "--add")
    assert "handed in anew" not in done.stderr


WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments\n"
)
IN_TIME = ("Submitted for grading", "Friday, 27 November 2026, 12:38 PM")
LATE = ("Submitted for grading - 14 hours 13 mins late", "Saturday, 28 November 2026, 2:12 PM")
NOTHING = ("No submission - Assignment is overdue by: 2 days 1 hour", "-")
MOODLE_DUE = "2026-11-27T23:59:00+01:00"


def moodles(rows: Sequence[tuple[str, str]], header: str = WORKSHEET) -> Worksheet:
    lines = [
        f'Participant {n},Ann {n},a@x.edu,{status},,100.00,Yes,"{at}",-,' for n, (status, at) in enumerate(rows, 1)
    ]
    return Worksheet(Sheet.of("\n".join([header.strip(), *lines]).encode(), "sheet"))


@pytest.mark.parametrize(
    ("row", "at", "is_late"),
    [
        (IN_TIME, "2026-11-27T12:38:00+01:00", False),
        (LATE, "2026-11-28T14:12:00+01:00", True),
        (("Submitted for grading - 1 day 9 hours late - Graded", "Sunday, 29 November 2026, 9:30 AM"),
         "2026-11-29T09:30:00+01:00", True),
        (("Submitted for grading - 45 secs late", "Friday, November 27, 2026, 11:59 PM"),
         "2026-11-27T23:59:00+01:00", True),
        (("Draft (not submitted) - 1 day late", "Sunday, 29 November 2026, 12:30 AM"),
         "2026-11-29T00:30:00+01:00", True),
        (("Submitted for grading - 1 hour late - Extension granted until: Saturday, 28 November 2026, 12:00 PM",
          "Saturday, 28 November 2026, 1:00 PM"), None, True),
        (("Submitted for grading", "Saturday, 28 November 2026, 2:12 PM"), None, False),  # against another due time
        (("Submitted for grading", "Friday, 28 November 2026, 2:12 PM"), None, False),  # no such day
        (("Submitted for grading - 33 Min. late", "Saturday, 28. November 2026, 14:12"), None, None),
        (("Abgegeben - 14 Stunden 13 Minuten versp\u00e4tet", "Samstag, 28. November 2026, 14:12"), None, None),
        (NOTHING, None, None),
    ],
)  # fmt: skip
def test_worksheet_of_moodle_tells_when_and_whether_late(row: tuple[str, str], at: str | None, is_late: bool) -> None:
    told = moodles([LATE, row])
    assert (told.times(MOODLE_DUE).get(3), told.late.get(3)) == (at, is_late)


def test_a_clock_is_trusted_only_where_it_gives_the_due_time() -> None:
    for due in (
        "2026-11-28T23:59:00+01:00",
        "2026-11-27T23:59:00+00:30",
        "2026-11-27T23:59:00-08:00",
        "2026-11-27T22:59Z",
    ):
        is_same_clock = due.startswith("2026-11-27T23:59")
        assert bool(moodles([LATE, IN_TIME]).times(due)) is is_same_clock
    assert moodles([IN_TIME]).times(MOODLE_DUE) == {}
    assert moodles([IN_TIME]).late == {}, "an assignment without a due time"
    assert moodles([IN_TIME, NOTHING]).late == {2: False}
    other = ("Submitted for grading - 2 hours late", "Saturday, 28 November 2026, 2:12 PM")
    assert moodles([LATE, other]).times(MOODLE_DUE) == {}, "two due times"
    german = WORKSHEET.replace("Last modified (submission)", "Zuletzt ge\u00e4ndert (Abgabe)")
    assert (moodles([LATE], german).times(MOODLE_DUE), moodles([LATE], german).late) == ({}, {})
    assert Worksheet(Sheet.of(b"id,status\nann,1 day late\n", "sheet")).late == {}


def test_lateness_that_the_worksheet_of_moodle_tells_is_applied_unless_a_map_says_otherwise(tmp_path: Path) -> None:
    rubric, results = tmp_path / "r.yaml", tmp_path / "out"
    rubric.write_text(
        f'schema: convgrade/1\nextends: correctness-only\nlate: {{due: "{MOODLE_DUE}", per_day_percent: 10}}\n'
    )
    folders = [f"Ann {n}_{n}_assignsubmission_file" for n in (1, 2)]
    class_ = written(tmp_path / "hw", {f"{folder}/layers.py": RIGHT for folder in folders})
    lines = [f'Participant {n},Ann {n},a@x.edu,{status},,100.00,Yes,"{at}",-,'
             for n, (status, at) in enumerate((IN_TIME, LATE, NOTHING), 1)]  # fmt: skip
    (tmp_path / "w.csv").write_text("\n".join([f"\ufeff{WORKSHEET.strip()}", *lines]), "utf-8")

    def graded(*more: object, out: Path = results) -> tuple[str, list[tuple[str, str]]]:
        done = grade(class_, "--rubric", rubric, "--roster", tmp_path / "w.csv", "--out", out, *more)
        with (out / "grades.csv").open(newline="") as file:
            return done.stderr, [(row["is_late"], row["late_points"]) for row in csv.DictReader(file)]

    said, found = graded()
    assert found == [("no", "0.0"), ("yes", "10.0"), ("", "")]
    assert "no time of handing in" not in said
    (class_ / folders[1] / "layers.py").write_text(f"{RIGHT}\n# once more\n")
    said, found = graded()
    assert found[1] == ("yes", "10.0")
    assert "another file than before, and the same time of handing in: 2; " in said
    said, found = graded("--due", "2026-11-29T23:59:00+01:00", out=tmp_path / "other")
    assert found == [("no", ""), ("yes", ""), ("", "")]
    assert "1 of 2 submissions may be late" in said
    assert "w.csv: says who is late, but its times are not read" in said
    (tmp_path / "map.csv").write_text(f"{folders[1]},2,Ann 2,,2026-11-27T10:00+01:00\n{folders[0]},1,Ann 1\n")
    said, found = graded("--map", tmp_path / "map.csv", out=tmp_path / "mapped")
    assert found == [("no", "0.0"), ("no", "0.0"), ("", "")]


def test_an_extension_that_everybody_has_by_now_is_told_no_more() -> None:
    seen, policy = report(()), Late.model_validate(POLICY)
    for until, is_told in (("2026-03-07T23:59:00-08:00", False), ("2026-03-08T23:59:00-07:00", True)):
        given = Extension(until, "ill", "me", "2026-02-05T00:00:00Z")
        assert (decided(seen, [], given, policy).extension is not None) is is_told


def test_a_due_time_needs_a_policy_and_an_offset(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("pass\n")
    for due, said in (("2026-02-03T00:00Z", "the rubric has no `late`"), ("tomorrow", "with its offset from UTC")):
        done = grade(tmp_path / "a.py", "--due", due)
        assert done.returncode == 2
        assert said in done.stderr


def test_check_of_a_rubric_says_what_lateness_costs(tmp_path: Path) -> None:
    late = "per_day_percent: 10, grace_minutes: 15, max_days: 3, floor_percent: 50"
    path = tmp_path / "r.yaml"
    path.write_text(f"schema: convgrade/1\nextends: correctness-only.yaml\nlate: {{due: {DUE}, {late}}}\n")
    said = " ".join(grade("rubric", "check", path).stdout.split())
    begun = "15 minutes of grace; then 10 % for each day that is begun, but 50 % stay, nothing is left after 3 days"
    assert f"due {DUE}, {begun}" in said


def test_what_lateness_costs_does_not_tell_a_student_hidden_points() -> None:
    late = Lateness(3600, 1, 10, 8.7)
    item = ItemResult("dx", "dx", "correctness", 87.0, 100.0, Verdict.PARTIAL)
    seen = report((item,), late=late, late_note=of_lateness(late, 87))
    shown = for_student(replace(seen, items=(replace(item, visibility="hidden"),)))
    assert shown.late == replace(late, points=None)
    assert shown.late_note == "Handed in 1 h late (1 day begun): 10 % of the points are taken off."
    assert for_student(seen).late_note == seen.late_note
    whole = decided(replace(seen, items=shown.items), [Override(None, 60.0, "by mail", "me", "2026-02-05T00:00:00Z")])
    assert "would be taken off, but a person decided the whole mark" in str(for_student(whole).late_note)


def test_lateness_comes_off_the_points_that_a_person_gave_for_an_item() -> None:
    item, late = ItemResult("dx", "dx", "correctness", 50.0, 100.0, Verdict.PARTIAL), Lateness(3600, 1, 10, 5.0)
    seen = report((item,), score=45.0, late=late, late_note=of_lateness(late, 50))
    given = Override("dx", 80.0, "regraded", "me", "2026-02-05T00:00:00Z")
    counts = decided(seen, [given])
    assert (counts.score, counts.late) == (72, replace(late, points=8.0))
    whole = decided(seen, [replace(given, item=None, points=60.0)])
    assert (whole.score, whole.late) == (60, replace(late, points=0.0))
    assert marks(whole) == f"60 / {whole.max_score:g}"
    assert str(whole.late_note).endswith("10 % of the points would be taken off, but a person decided the whole mark.")
