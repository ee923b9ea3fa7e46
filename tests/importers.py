"""How platforms read what is uploaded: ports of the rules that their sources and manuals state, in no code of ours.

Where they come from is told in `grader/exports/kinds/`.
"""

import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

Marks = dict[str, str]
"""By whatever the platform knows people by, the mark with two decimals."""


def table(data: bytes, encoding: str = "utf-8-sig") -> list[list[str]]:
    text = data.decode(encoding)
    between = max(",;\t", key=text.partition("\n")[0].count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=between))


def canvas(data: bytes, before: Mapping[str, str]) -> Marks:
    """`gradebook_importer.rb`: the scores of assignment 78 after the import. A blank cell clears."""
    header, *rows = table(data)
    assert header[:2] == ["Student", "ID"]
    ignored = re.compile("Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|Override")
    columns = [at for at, title in enumerate(header) if title.endswith(" (78)") and not ignored.search(title)]
    after = dict(before)
    for row in rows:
        if "Points Possible" in row[0]:
            columns = [at for at in columns if row[at] != "(read only)"]
            assert [row[at] for at in columns] == ["100.0"]  # otherwise the assignment's points would change
            continue
        for at in columns:
            after[row[1]] = two(row[at]) if row[at] else ""
    return after


def two(value: str) -> str:
    """A number whose last comma or point is the decimal mark, at two decimals."""
    whole, _, part = value.replace(",", ".").rpartition(".")
    digits = whole.replace(".", "")
    return f"{float(f'{digits}.{part}' if whole else part):.2f}"


def moodle(data: bytes) -> Marks:
    """`mod/assign/feedback/offline/importgradeslib.php`, in German: blank, locked and too high grades are skipped."""
    header, *rows = table(data)
    at = {name: header.index(name) for name in ("Bezeichner", "Bewertung", "Bewertung kann ge\u00e4ndert werden")}
    word, most, found = "Teilnehmer/in", 100.0, {}
    for row in rows:
        grade = row[at["Bewertung"]].replace(" ", "").replace(",", ".")
        if row[at["Bewertung kann ge\u00e4ndert werden"]] != "Ja" or not grade:
            continue
        if 0 <= float(grade) <= most:
            found[row[at["Bezeichner"]].removeprefix(word).strip()] = f"{float(grade):.2f}"
    return found


def blackboard(data: bytes) -> Marks:
    """A column without an id would be made anew; blank cells change nothing."""
    header, *rows = table(data, "utf-16")
    assert all(re.search(r"\|\d+$", title) for title in header[4:])
    user, column = header.index("Username"), next(at for at, title in enumerate(header) if title.endswith("|123456"))
    return {row[user]: two(row[column]) for row in rows if row[column]}


def brightspace(data: bytes) -> Marks:
    """`#` before ids and at the end of each row; what is above the maximum is cut off."""
    header, *rows = table(data)
    assert header[-1] == "End-of-Line Indicator"
    column = next(at for at, title in enumerate(header) if title.startswith("A2 Points Grade"))
    assert all(row[-1] == "#" for row in rows)
    return {row[0].lstrip("#"): f"{min(100.0, float(row[column])):.2f}" for row in rows if row[column]}


def sakai(data: bytes) -> Marks:
    """`AssignmentAction`: three lines are passed over, the second cell is the id and the fifth the grade."""
    return {row[1]: two(row[4]) for row in table(data)[3:] if row[4]}


def sakai_groups(data: bytes) -> Marks:
    """The same of a group assignment: the second cell has everybody's id, and the grade is the fourth."""
    return {row[1]: two(row[3]) for row in table(data)[3:] if row[3]}


def nbgrader(data: bytes) -> dict[str, tuple[float, int]]:
    """`api.py`: by student the score of the whole assignment, and how many cells wait for a person."""
    score = "CASE WHEN manual_score IS NOT NULL THEN manual_score ELSE coalesce(auto_score, 0) END"
    query = f"""
        SELECT student_id, sum({score} + coalesce(extra_credit, 0)), sum(needs_manual_grade) FROM grade
        JOIN submitted_notebook AS n ON n.id = grade.notebook_id
        JOIN submitted_assignment AS s ON s.id = n.assignment_id GROUP BY student_id
    """
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data)
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {student: (score, waiting) for student, score, waiting in database.execute(query)}


GRADESCOPE = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
    "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
TEST = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility",
    "extra_data",
}  # fmt: skip
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def gradescope(text: str) -> tuple[float, bool]:
    """The score, and whether students see it: one hidden test hides it."""
    told = json.loads(text)
    assert set(told) <= GRADESCOPE
    assert {told["output_format"], told["test_output_format"], told["test_name_format"]} <= FORMATS
    assert {
        told["visibility"],
        told["stdout_visibility"],
        *(test["visibility"] for test in told["tests"]),
    } <= VISIBILITIES
    for test in told["tests"]:
        assert set(test) <= TEST
        assert test["status"] in ("passed", "failed")
    assert all(set(entry) == {"name", "value", "order"} for entry in told["leaderboard"])
    return told["score"], all(test["visibility"] == "visible" for test in told["tests"])


def prairielearn(text: str) -> float:
    """The share of the points."""
    told = json.loads(text)
    assert len(text.encode()) < 1_000_000
    assert told["gradable"] is True
    assert 0 <= told["score"] <= 1
    assert all(isinstance(test["points"], int | float) and test["name"] for test in told["tests"])
    assert isinstance(told["score"], float)
    return told["score"]


def autolab(text: str) -> dict[str, float | None]:
    """`saveAutograde`: the very last line, where words before colons get quotes; null leaves a problem open."""
    line = text.rstrip().splitlines()[-1]
    quoted = re.sub(r"([a-zA-Z0-9]+):", r'"\1":', line)
    scores: dict[str, float | None] = json.loads(quoted)["scores"]
    assert scores  # or each problem would get 0
    assert all(points is None or isinstance(points, int | float) for points in scores.values())
    return scores


def total(scores: dict[str, float | None]) -> float:
    """The raw score of Autolab: the sum."""
    return sum(points or 0.0 for points in scores.values())


def classroom50(text: str) -> int:
    """`classroom50/result/v1`: whole points, and strings that say which submission it is."""
    told = json.loads(text)
    known = {"schema", "classroom", "assignment", "submission", "commit", "release", "review", "datetime"}
    assert set(told) == {*known, "score", "max-score", "tests"}
    assert all(isinstance(told[field], str) and told[field] for field in known)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["datetime"])
    for test in told["tests"]:
        assert set(test) == {"test-name", "passed", "score", "max-score"}
        assert (type(test["score"]), type(test["max-score"]), type(test["passed"])) == (int, int, bool)
    assert sum(test["score"] for test in told["tests"]) == told["score"]
    assert type(told["score"]) is int
    return int(told["score"])


def annotations(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands that GitHub's runner finds: kind, properties, message."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
        assert match is not None, line
        pairs = (pair.partition("=") for pair in match[2].split(","))
        properties = {name: unescaped(value) for name, _, value in pairs}
        found.append((match[1], properties, unescaped(match[3])))
    return found


def unescaped(text: str) -> str:
    for code, letter in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def pages(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def canvas_comment(name: str, attachments: Mapping[int, int]) -> tuple[int, str]:
    """`infer_comment_context_from_filename`: whose comment it becomes, and under which name it is shown.

    Args:
        name: in the archive; folders are ignored.
        attachments: whose each attachment is.
    """
    parts = name.rpartition("/")[2].split("_")
    numbers = [at for at, part in enumerate(parts) if part.isdigit()][:2]
    user, attachment = (int(parts[at]) for at in numbers)
    assert attachments[attachment] == user
    return user, "_".join(parts[numbers[1] + 1 :])


def moodle_feedback(name: str, participants: set[int]) -> tuple[int, str] | None:
    """`importziplib.php`: whose feedback a file becomes, and its name; None where it is passed over."""
    parts = name.split("/")
    if parts[-1].startswith((".", "~")):
        return None
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) < 4 or not info[1].isdigit() or int(info[1]) not in participants:
            continue
        assert (info[2], info[3]) in (("assignfeedback", "file"), ("assignsubmission", "file"))
        return int(info[1]), "/".join([*info[4:], *parts]).lstrip("/")
    return None


def as_read(name: str, data: bytes) -> str:
    """The text of a page, opened by its ending as students' programs do."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as inner:
            return inner.read("report.html").decode()
    if name.endswith(".ipynb"):
        book: dict[str, Any] = json.loads(data)
        assert book["nbformat"] == 4
        return "".join(book["cells"][0]["source"])
    if name.endswith(".py"):
        compile(data, name, "exec")
        return re.sub("(?m)^# ?", "", data.decode())
    return data.decode()
