"""A class of forty on each platform, as its export has it by the platform's own rules, and who that is.

Names have commas, quotes, umlauts and signs of formulas, ids have zeros before them and `_`; some hand in several
times, several files, late, or together. The text of every newest attempt says whose it is.
"""

import csv
import io
import json
from collections.abc import Callable

from grader.records import Entry, Member, Place
from tests.exports import Files, zipped
from tests.gradebooks import PEOPLE, Person, flat

NOWHERE = Place("")
Class = tuple[Files, list[Entry]]
"""The files of an export, and whom it is of, by the order of their numbers; their sources and places are left out."""
ALONE, PAIR = PEOPLE[:-2], PEOPLE[-2:]


def work(one: Person, attempt: str = "newest") -> str:
    return f"# {attempt} of {one.number}\ndef conv_forward_naive(): ...\ndef conv_backward_naive(): ...\n"


def someone(id: str, name: str, at: str | None = None, email: str | None = None, late: bool | None = None) -> Entry:
    return Entry(id, name, "", NOWHERE, at, email, is_late=late)


def together(id: str, at: str, late: bool | None, members: tuple[Member, ...]) -> Entry:
    names = ", ".join(one.name for one in members)
    return Entry(id, names, "", NOWHERE, at, members[0].email, names, late, members)


def canvas() -> Class:
    """Flat; late marks, zips, names of files used again, second files, and a group under its first member's number."""
    files: Files = {}
    for one in ALONE:
        who = f"{flat(one)}{'_LATE' if one.number % 3 == 0 else ''}_{one.number}"
        if one.number % 2:
            files[f"{who}_{one.number + 50000}_a2-1.zip"] = zipped({"a2/cs231n/layers.py": work(one)})
        else:
            files[f"{who}_{one.number + 50000}_my_layers_1_2-3.py"] = work(one)
            files[f"{who}_{one.number + 70000}_2024_1_notes.pdf"] = b"%PDF"
    files[f"die_f\u00e4lter_LATE_{PAIR[0].number}_50_layers.py"] = work(PAIR[0])
    people = [someone(str(one.number), flat(one), late=one.number % 3 == 0) for one in ALONE]
    return files, [*people, someone(str(PAIR[0].number), "die_f\u00e4lter", late=True)]


def moodle() -> Class:
    """Folders as before Moodle 4.1 and since, with typed work beside files; signs that go from names."""
    files: Files = {}
    people = []
    for one in PEOPLE:
        name = "".join(letter for letter in one.name if letter not in "&<>\"'|\\:/`")
        who = f"{name}_{one.number}_assignsubmission"
        files[f"{who}_file{'_' * (one.number % 2)}/part 1/layers.py"] = work(one)
        files[f"{who}_onlinetext/onlinetext.html"] = "<p>see the file</p>"
        people.append(someone(str(one.number), name))
    return files, people


def gradescope() -> Class:
    """Ids that look like octal numbers, older attempts that are listed alone, and two in one hand-in."""
    lines, files, people = ["---"], Files(), []
    for group in [(one,) for one in ALONE] + [tuple(PAIR)]:
        folder, at = f"submission_{group[0].number}", f"2026-02-{group[0].number % 28 + 1:02d}"
        lines += [f"{folder}:", "  :submitters:"]
        for one in group:
            lines += [f"  - :name: {json.dumps(one.name, ensure_ascii=False)}", f"    :sid: {one.sid}",
                      f"    :email: {one.email}"]  # fmt: skip
        lines += [f"  :created_at: {at} 17:34:00.861687000 Z", "  :history:", "  - :id: 7",
                  "    :created_at: 2026-01-01 00:00:00.000000000 Z"]  # fmt: skip
        files[f"assignment_9_export/{folder}/cs231n/layers.py"] = work(group[0])
        members = tuple(Member(one.sid, one.name, one.email) for one in group)
        alone = someone(members[0].id, members[0].name, f"{at}T17:34:00Z", members[0].email)
        people.append(alone if len(group) == 1 else together(members[0].id, f"{at}T17:34:00Z", None, members))
    return files | {"assignment_9_export/submission_metadata.yml": "\n".join(lines)}, people


def blackboard() -> Class:
    """Usernames with `_` in a column with `_`; two attempts of every second person, told by `.txt` files."""
    files: Files = {}
    for one in PEOPLE:
        for day in (3, 4)[: 1 + one.number % 2]:
            stem = f"A_2_{one.user}_attempt_2026-02-{day:02d}-14-05-09"
            newest = day == 3 + one.number % 2
            files[f"{stem}_layers.py"] = work(one, "newest" if newest else "older")
            files[f"{stem}.txt"] = (
                f"Name: {one.name} ({one.user})\nDate Submitted: Tuesday, 21 April 2020 06:34:13 o'clock BST\n"
                f"Current Grade: Needs Grading\n\nFiles:\n"
                f"\tOriginal filename: layers.py\n\tFilename: {stem}_layers.py\n"
            )
    return files, [someone(one.user, one.name, f"2026-02-0{3 + one.number % 2}T14:05:09") for one in PEOPLE]


def brightspace() -> Class:
    """A folder for each hand-in; before noon sorts after the evening by its name."""
    files: Files = {"index.html": "<html></html>"}
    for one in PEOPLE:
        files[f"{one.number}-64 - {one.name} - Oct 3, 2025 1015 AM/layers.py"] = work(one, "older")
        files[f"{one.number}-64 - {one.name} - Oct 3, 2025 922 PM/my layers.py"] = work(one)
    return files, [someone(f"{one.number}-64", one.name, "2025-10-03T21:22:00") for one in PEOPLE]


def sakai() -> Class:
    """A folder for each person, in parentheses the id; commas in names, too. A group's is called after one of them.

    Times are as newer and older versions write them.
    """
    files: Files = {"A2/grades.csv": "A2,Points"}
    at = "2026-02-03T14:05:09Z"
    for one in ALONE:
        folder = f"A2/{one.last}, {one.first}({one.user})"
        files[f"{folder}/timestamp.txt"] = "20260203140509123" if one.number % 2 else at
        files[f"{folder}/Submission attachment(s)/layers.py"] = work(one)
        files[f"{folder}/{one.last}, {one.first}({one.user})_submissionText.html"] = "<p>done</p>"
    folder = f"A2/{PAIR[0].name.replace('/', '_')}"
    everybody = "; ".join(f"{one.last}, {one.first}({one.user})" for one in PAIR)
    files[f"{folder}/timestamp.txt"] = at
    files[f"{folder}/members.txt"] = everybody.encode("ascii", "xmlcharrefreplace").decode()
    files[f"{folder}/Submission attachment(s)/layers.py"] = work(PAIR[0])
    members = tuple(Member(one.user, one.name) for one in PAIR)
    return files, [*(someone(one.user, one.name, at) for one in ALONE), together(PAIR[0].user, at, None, members)]


def flat_sakai() -> Class:
    """The same without folders, in which nobody hands in together; `_` in names of files, parentheses in a name."""
    files: Files = {"A2/grades.csv": "A2,Points"}
    for one in PEOPLE:
        who = f"A2/{one.last} (x), {one.first}({one.user})"
        files[f"{who}_timestamp.txt"] = "2026-02-03T14:05:09.123Z"
        files[f"{who}_Submission attachment(s)_my_layers.py"] = work(one)
        files[f"{who}_submissionText.html"] = "<p>done</p>"
    return files, [someone(one.user, f"{one.first} {one.last} (x)", "2026-02-03T14:05:09Z") for one in PEOPLE]


def autolab() -> Class:
    """Versions 9 and 10, addresses with `_`, and a name for the hand-in that moves the address."""
    files: Files = {}
    for one in PEOPLE:
        files |= {f"9_{one.email}_my_layers.py": work(one, "older"), f"10_{one.email}_my_layers.py": work(one)}
    return files, [someone(one.email, one.email, email=one.email) for one in PEOPLE]


def nbgrader() -> Class:
    """As collected, with times in several zones, one that nobody knows, and none."""
    zones = {"": "14:05:09Z", " UTC": "14:05:09Z", " -0800": "22:05:09Z", " Mars/Base": "14:05:09"}
    files: Files = {}
    people = []
    for one in PEOPLE:
        zone = list(zones)[one.number % len(zones)]
        files[f"submitted/{one.user}/ps(2.*)/timestamp.txt"] = f"2026-02-03 14:05:09.1{zone}\n"
        files[f"submitted/{one.user}/ps(2.*)/ConvolutionalNetworks.ipynb"] = '{"cells": []}'
        files[f"submitted/{one.user}/ps(2.*)/cs231n/layers.py"] = work(one)
        people.append(someone(one.user, one.user, f"2026-02-03T{zones[zone]}"))
    return files, people


def exchange() -> Class:
    """The exchange of nbgrader: every attempt, with random letters or none; `+` in names; a stamp that was edited."""
    files: Files = {}
    for one in PEOPLE:
        random = "+aB3_-9==" if one.number % 2 else ""
        for hour, attempt in ((9, "older"), (10, "newest"), (8, "older")):
            folder = f"inbound/{one.user}+x+ps2+2026-02-03 {hour:02d}:05:09.100000 UTC{random}"
            files[f"{folder}/layers.py"] = work(one, attempt)
            files[f"{folder}/timestamp.txt"] = "1999-01-01 00:00:00 UTC"
    return files, [someone(f"{one.user}+x", f"{one.user}+x", "2026-02-03T10:05:09Z") for one in PEOPLE]


def github_classroom() -> Class:
    """Clones, with what Git keeps; logins with `-`."""
    files: Files = {}
    for one in PEOPLE:
        files[f"hw-2-submissions/hw-2-u-{one.sid}/assignment2/cs231n/layers.py"] = work(one)
        files[f"hw-2-submissions/hw-2-u-{one.sid}/.git/HEAD"] = "ref: refs/heads/main"
    return files, [someone(f"u-{one.sid}", f"u-{one.sid}") for one in PEOPLE]


COLUMNS_OF_50 = (
    "username", "first_name", "last_name", "email", "section", "score", "max_score", "datetime", "submission_tag",
    "submitted_by", "review_url", "late", "override",
)  # fmt: skip


def _row_of_50(one: Person, tag: str, repository: Person) -> list[str]:
    first = f"'{one.first}" if one.first[0] in "=+-@" else one.first
    at, late = ("2026-02-04T09:00:00Z", one.number % 2 == 0) if tag == "submit/2" else ("2026-02-01T09:00:00Z", False)
    review = f"https://x/cs-hw2-u-{repository.sid}/{tag}"
    return [f"U-{one.sid}", first, one.last, one.email, "", "7", "9", at, tag, "", review, str(late).lower(), ""]


def classroom50() -> Class:
    """Clones beside `scores.csv`, the newest submissions first; two people share a repository, some wait for theirs."""
    table = io.StringIO()
    lines = csv.writer(table)
    lines.writerow(COLUMNS_OF_50)
    around = "cs-hw2_submissions_2026_02_05_T_10_00_00"
    files: Files = {}
    for one in PEOPLE:
        repository = PAIR[0] if one in PAIR else one
        lines.writerows(_row_of_50(one, tag, repository) for tag in ("submit/2", "submit/1"))
        if one is repository:
            files[f"{around}/cs-hw2-u-{one.sid}/layers.py"] = work(one)
            files[f"{around}/cs-hw2-u-{one.sid}/result.json"] = '{"datetime": "1999-01-01T00:00:00Z"}'
    lines.writerow(["waiting", "Wai", "Ting", *[""] * 10])
    at = "2026-02-04T09:00:00Z"
    people = [someone(f"U-{one.sid}", one.name, at, one.email, one.number % 2 == 0) for one in ALONE]
    members = tuple(Member(f"U-{one.sid}", one.name, one.email) for one in PAIR)
    pair = together(members[0].id, at, PAIR[0].number % 2 == 0, members)
    return files | {f"{around}/scores.csv": table.getvalue()}, [*people, pair]


def prairielearn(question: str = "conv/hw_2_naive", teams: tuple[Person, ...] = tuple(PAIR)) -> Class:
    """Ten attempts' numbers, of two variants, at a question whose id makes folders; `_` in addresses; teams."""
    files: Files = {}
    people = []
    for one in PEOPLE:
        team = f"team{one.sid}" if one in teams else None
        who = team or one.email
        for variant, number, attempt in ((1, 9, "older"), (1, 10, "older"), (2, 1, "newest")):
            submission = 10 * (one.number - 1000) + (variant - 1) * 5000 + number
            files[f"HW2/{who}_1_{question}_{variant}_{number}_{submission}_my_layers.py"] = work(one, attempt)
        people.append(Entry(who, who, "", NOWHERE, email=None if team else one.email, group=team))
    return files, people


def flat_prairielearn() -> Class:
    """No folders and no teams, so that each name could be one of Autolab's."""
    return prairielearn("hw_2_naive", ())


CLASSES: dict[str, tuple[str, Callable[[], Class]]] = {
    "Canvas": ("Canvas", canvas),
    "Moodle": ("Moodle", moodle),
    "Gradescope": ("Gradescope", gradescope),
    "Blackboard": ("Blackboard", blackboard),
    "Brightspace": ("Brightspace", brightspace),
    "Sakai": ("Sakai", sakai),
    "Sakai, flat": ("Sakai", flat_sakai),
    "Autolab": ("Autolab", autolab),
    "nbgrader": ("nbgrader", nbgrader),
    "nbgrader's exchange": ("nbgrader", exchange),
    "GitHub Classroom": ("GitHub Classroom", github_classroom),
    "classroom50": ("classroom50", classroom50),
    "PrairieLearn": ("PrairieLearn", prairielearn),
    "PrairieLearn, flat": ("PrairieLearn", flat_prairielearn),
}
"""By the name of a test; the name of the platform, and the export."""
