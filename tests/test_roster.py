"""Hand-ins against a roster: whose each is, who handed in nothing, and what is refused."""

import csv
import io
import json
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.expected import as_known, expected
from grader.classroom.roster import read_roster
from grader.classroom.settled import settled
from grader.errors import UsageError
from grader.records import Entry, Member, Place, Who
from grader.sources import people_at
from tests import gradebooks
from tests.cli import SUBMISSIONS, grade
from tests.exports import written, zipped
from tests.gradebooks import PEOPLE

BOOKS: dict[str, tuple[Callable[[], str], Callable[[gradebooks.Person], Who], str]] = {
    "Canvas": (gradebooks.canvas_book, gradebooks.on_canvas, "utf-8-sig"),
    "Canvas with semicolons": (lambda: gradebooks.canvas_book(";"), gradebooks.on_canvas, "utf-8"),
    "Moodle": (gradebooks.moodle_book, gradebooks.on_moodle, "utf-8"),
    "Moodle in English": (
        lambda: gradebooks.moodle_book().replace("Teilnehmer/in", "Participant").replace("Bezeichner", "Identifier")
        .replace("Vollst\u00e4ndiger Name", "Full name").replace("E-Mail-Adresse", "Email address"),
        gradebooks.on_moodle, "utf-8",
    ),
    "Blackboard": (gradebooks.blackboard_book, gradebooks.on_blackboard, "utf-16"),
    "Sakai": (gradebooks.sakai_book, gradebooks.on_sakai, "utf-8"),
}  # fmt: skip
CSV = "id,name,email,group\nann,Ann Lee,ann@x.edu,\nben,Ben May,ben@x.edu,\n007,Zed Ray,zed@x.edu,\n"


def entry(who: Who) -> Entry:
    place = Place("hw", (("top", who.source),))
    return Entry(who.id, who.name, who.source, place, None, who.email, who.group, None, who.members)


def of(*names: str) -> list[Entry]:
    """Hand-ins of a folder, called so."""
    return [entry(Who(name, name, f"hw/{name}.py")) for name in names]


def against(path: Path, text: str, entries: Sequence[Entry], *, is_class: bool = True) -> list[Entry]:
    (path / "roster.csv").write_text(text, "utf-8")
    return expected(read_roster(path / "roster.csv"), entries, is_class=is_class)


def missing(entries: Iterable[Entry]) -> list[str]:
    return [one.id for one in entries if one.is_missing]


@pytest.mark.parametrize("platform", BOOKS)
def test_a_gradebook_as_downloaded_says_who_handed_in_nothing_by_the_ids_of_the_others(
    platform: str, tmp_path: Path
) -> None:
    book, on, encoding = BOOKS[platform]
    (tmp_path / "book.csv").write_bytes(book().encode(encoding))
    everybody = [entry(on(one)) for one in PEOPLE]
    found = expected(read_roster(tmp_path / "book.csv"), everybody[:37], is_class=True)
    assert [one.id for one in found] == [one.id for one in everybody]
    assert missing(found) == [one.id for one in everybody[37:]]
    assert [one.source.rpartition(", ")[0] for one in found[37:]] == [str(tmp_path / "book.csv")] * 3


def test_brightspace_knows_people_by_name_and_its_column_of_ids_gives_the_ids_of_the_others(tmp_path: Path) -> None:
    handed_in = [entry(gradebooks.on_brightspace(one)) for one in PEOPLE[:38]]
    found = against(tmp_path, gradebooks.brightspace_book(), handed_in)
    assert [one.id for one in found[:38]] == [one.id for one in handed_in]
    assert missing(found) == [one.sid for one in PEOPLE[38:]]


def test_ids_names_and_addresses_lead_to_people_and_the_roster_tells_the_rest(tmp_path: Path) -> None:
    found = against(tmp_path, CSV, of("ANN", "ben@x.edu", "Zed Ray"))
    told = [(one.id, one.name, one.email) for one in found]
    assert told == [
        ("ANN", "Ann Lee", "ann@x.edu"), ("ben@x.edu", "Ben May", "ben@x.edu"), ("Zed Ray", "Zed Ray", "zed@x.edu")
    ]  # fmt: skip
    assert missing(against(tmp_path, CSV, of("ann", "ben"))) == ["007"]  # zeros count
    assert missing(against(tmp_path, CSV, of("ann"), is_class=False)) == []
    assert missing(against(tmp_path, "login\nann\nben\n", of("ann"))) == ["ben"]


def test_the_column_that_gives_ids_stays_the_same_however_more_hand_ins_are_called(tmp_path: Path) -> None:
    book = "sid,netid,name\n001,ann,Ann Lee\n002,ben,Ben May\n003,cem,Cem Oz\n004,dee,Dee Ray\n"
    first = against(tmp_path, book, of("ben"))
    assert missing(first) == ["ann", "cem", "dee"]
    before = {one.id: one.who for one in first}
    roster = read_roster(tmp_path / "roster.csv")
    more = expected(roster, of("001", "Ben May", "003"), is_class=True, before=before)
    assert [one.id for one in more] == ["ann", "ben", "cem", "dee"]
    assert missing(more) == ["dee"]
    assert missing(against(tmp_path, book, of("001", "Ben May", "003"))) == ["004"]  # with no results yet


def test_results_under_ids_that_the_roster_does_not_have_are_their_people_s(tmp_path: Path) -> None:
    before = {who.id: who for who in (Who("11-64", "Ann Lee", "a"), Who("12-64", "B.", "b", email="ben@x.edu"))}
    (tmp_path / "roster.csv").write_text(CSV)
    late = entry(Who("12-64", "12-64", "late/12-64.py"))
    found = expected(read_roster(tmp_path / "roster.csv"), [late], is_class=True, before=before)
    assert [(one.id, one.name, one.is_missing) for one in found] == [
        ("12-64", "Ben May", False), ("11-64", "Ann Lee", True), ("007", "Zed Ray", True)
    ]  # fmt: skip
    found = expected(read_roster(tmp_path / "roster.csv"), of("ann"), is_class=False, before=before)
    assert [one.id for one in found] == ["11-64"]


def test_late_hand_in_of_an_export_keeps_the_name_that_is_known_and_makes_nobody_missing(tmp_path: Path) -> None:
    right = (SUBMISSIONS / "alice.py").read_text()
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
    )
    (tmp_path / "roster.csv").write_text(CSV)
    written(tmp_path / "hw", {f"{id} - {name} - Oct 3, 2025 922 PM/a.py": "def conv_forward_naive(): ...\n"
                              for id, name in (("11-64", "Ann Lee"), ("12-64", "Ben May"))})  # fmt: skip
    written(tmp_path / "late", {"11-64 - Ann Lee - Oct 4, 2025 800 AM/a.py": right})
    (tmp_path / "12-64.py").write_text(right)
    options = ("--rubric", "r.yaml", "--out", "out", "--jobs", 1)
    for arguments in (("hw", "--roster", "roster.csv"), ("late", "--roster", "roster.csv", "--add"), ("12-64.py",)):
        done = grade(*arguments, *options, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "out was graded with a roster; without --roster, nobody is looked for in it\n" in done.stderr
    assert [(id, row["name"], row["score"]) for id, row in rows(tmp_path).items()] == [
        ("007", "Zed Ray", "0.0"), ("11-64", "Ann Lee", "100.0"), ("12-64", "Ben May", "100.0")
    ]  # fmt: skip


def _who(one: Entry) -> Who:
    return Who(one.id, one.name, one.source, group=one.group, members=one.members)


def test_one_of_a_group_hands_in_for_all_unless_another_has_done_so_alone(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,name,group\njo,Joe,jk\nka,Kay,jk\nal,Al,\nbo,Bo,alone\n")
    roster = read_roster(tmp_path / "r.csv")
    of = {id: Entry(id, id, f"hw/{id}.py", Place(f"hw/{id}.py")) for id in ("jo", "ka", "bo")}
    (group, *missing) = expected(roster, [of["jo"]], is_class=True)
    assert (group.id, group.group, [one.id for one in group.members]) == ("jo", "jk", ["jo", "ka"])
    assert [one.id for one in missing] == ["al", "bo"]
    both = expected(roster, [of["jo"], of["ka"], of["bo"]], is_class=False)
    assert [(one.id, one.members) for one in both] == [("jo", ()), ("ka", ()), ("bo", ())]
    before = {one.id: _who(one) for one in both}
    (again,) = expected(roster, [of["ka"]], is_class=False, before=before)
    assert (again.id, again.members) == ("ka", ()), "Joe has handed in alone"
    (later,) = expected(roster, [of["ka"]], is_class=False, before={"jo": _who(group)})
    assert (later.id, len(later.members)) == ("jo", 2), "the group keeps its row"


def test_identifier_that_is_an_address_is_one_and_rows_for_each_assignment_are_one_person(tmp_path: Path) -> None:
    """As GitHub Classroom's roster has it, and as `nbgrader export` writes of two assignments."""
    (tmp_path / "roster.csv").write_text("identifier,github_username,name\nann@x.edu,ann-l,Ann Lee\nb@x.edu,bo,Bo\n")
    classroom = read_roster(tmp_path / "roster.csv")
    assert [(one.email, one.ids[1]) for one in classroom.people] == [("ann@x.edu", "ann-l"), ("b@x.edu", "bo")]
    rows = "".join(
        f"{which},{who},Lee,{who.title()},{who}@x.edu\n" for which in ("ps1", "ps2") for who in ("ann", "bo")
    )
    (tmp_path / "rows.csv").write_text("assignment,student_id,last_name,first_name,email\n" + rows)
    people = read_roster(tmp_path / "rows.csv").people
    assert [(one.ids, one.email) for one in people] == [(("ann",), "ann@x.edu"), (("bo",), "bo@x.edu")]


def test_headings_may_be_written_with_underscores_and_names_with_quotes(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        'STUDENT_ID,First-Name,"A ""B""",Last_Name,E_Mail\n'
        '007,Al "5" Ace,x,Ray 5", a@x.edu\n'
        '8, "Bo, Jr.",y,Lee,b@x.edu\n'
    )
    people = read_roster(tmp_path / "roster.csv").people
    assert [(one.ids, one.name, one.email) for one in people] == [
        (("007",), 'Al "5" Ace Ray 5"', "a@x.edu"), (("8",), "Bo, Jr. Lee", "b@x.edu")
    ]  # fmt: skip


def test_groups_of_the_roster_are_everybodys_hand_in(tmp_path: Path) -> None:
    text = CSV.replace("ben@x.edu,", "ben@x.edu,The Convolvers").replace("zed@x.edu,", "zed@x.edu,The Convolvers")
    theirs = entry(Who("007", "theconvolvers", "hw/theconvolvers_007_1_a.py"))
    found = against(tmp_path, text, [*of("ann"), theirs])
    assert missing(found) == []
    assert (found[1].id, found[1].name, found[1].group) == ("007", "The Convolvers", "The Convolvers")
    assert found[1].members == (Member("007", "Zed Ray", "zed@x.edu"), Member("ben", "Ben May", "ben@x.edu"))
    together = replace(theirs, name="x", members=(Member("ann", "Ann"), Member("ben", "Ben")))
    assert missing(against(tmp_path, CSV, [together])) == ["zed@x.edu"]  # the group has the other id


def test_groups_that_differ_in_signs_are_told_apart_where_anything_tells(tmp_path: Path) -> None:
    text = f"{CSV}kim,,,Team 1\nlou,,,team-1\nmax,,,lou\nlea,,,lea\n"
    handed_in = [*of("Team 1", "lea"), entry(Who("lou", "team1", "hw/x"))]
    found = against(tmp_path, text, handed_in)
    assert [[each.id for each in one.members] for one in found[:3]] == [["kim"], ["lea"], ["lou"]]
    on_canvas = against(tmp_path, f"{CSV}kim,,,Lee-Ann\n", [entry(Who("ann", "leeann", "hw/x"))])
    assert (on_canvas[0].name, on_canvas[0].members) == ("Ann Lee", ())


def test_section_that_is_called_like_somebody_is_their_hand_in_alone(tmp_path: Path) -> None:
    folder = tmp_path / "hw"
    written(folder, {
        "ann.zip": zipped({"Ben May.py": "def f(): ...", "007.py": "def f(): ..."}), "ben.py": "def f(): ...",
        "lab1/Zed Ray.py": "def f(): ...", "lab1/kim.py": "def f(): ...",
        "team9/x.py": "def f(): ...", "team9/y.py": "def f(): ...",
    })  # fmt: skip
    found = against(tmp_path, f"{CSV}kim,,,\nlou,,,team9\n", people_at(folder, ["f"]).entries)
    assert [(one.id, one.name) for one in found] == [
        ("ann", "Ann Lee"), ("ben", "Ben May"), ("lab1-Zed Ray", "Zed Ray"), ("lab1-kim", "kim"),
        ("team9", "team9"),
    ]  # fmt: skip
    assert (found[0].source, found[0].place) == (f"{folder}/ann.zip", Place(str(folder), (("top", "ann.zip"),)))


def together(id: str, *people: str) -> Entry:
    """A group's hand-in, called after one of its people."""
    return entry(Who(id, id, f"hw/{id}", members=tuple(Member(one, one) for one in people)))


@pytest.mark.parametrize(
    ("before", "now", "ids"),
    [
        ("abc", [("b", "bac")], {"a": "group", "d": "missing"}),
        ("abc", [("b", "bc")], {"a": "group", "a@": "missing", "d": "missing"}),
        ("abc", [("b", "bc"), ("a", "ad")], {"a": "group", "b": "group"}),
        ("abc", [("c", "cd")], {"c": "group", "a": "missing"}),
        ("ab", [("b", "ba"), ("d", "dc")], {"a": "group", "d": "group"}),
    ],
)
def test_group_keeps_its_row_whoever_is_named_first_and_nobody_s_row_is_another_s(
    before: str, now: Sequence[tuple[str, str]], ids: dict[str, str], tmp_path: Path
) -> None:
    roster = "id,name,email\na,Ann Lee,a@\nb,Ben May,\nc,Cy Orr,\nd,Di Poe,\n"
    (tmp_path / "roster.csv").write_text(roster)
    known = {before[0]: Who(before[0], before[0], "x", members=tuple(Member(one, one) for one in before))}
    entries = [together(id, *people) for id, people in now]
    found = expected(read_roster(tmp_path / "roster.csv"), entries, is_class=True, before=known)
    assert len({one.id for one in found}) == len(found)
    assert {one.id: "missing" if one.is_missing else "group" for one in found} == ids
    if len(now) == 1 and set(now[0][1]) == set(before):
        assert as_known(entries[0], known).id == before[0], "without a roster, too"


def test_sections_that_are_called_like_groups_are_sections(tmp_path: Path) -> None:
    folder = tmp_path / "hw"
    names = ("A/ann.py", "A/bob.py", "B/cyd.py", "B/fay/layers.py")
    written(folder, dict.fromkeys(names, "def f(): ..."))
    roster = "username,name,group\nann,Ann Lee,A\nbob,Bob Ray,A\ncyd,Cyd Orr,B\nfay,Fay Poe,B\n"
    found = against(tmp_path, roster, people_at(folder, ["f"]).entries)
    assert [one.name for one in found] == ["Ann Lee", "Bob Ray", "Cyd Orr", "Fay Poe"]


def test_results_of_a_namesake_who_has_left_stay_theirs(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text('id,name\n2012,"Lee, Lea"\n2014,"May, Ben"\n')
    roster = read_roster(tmp_path / "roster.csv")
    before = {id: Who(id, "Lee, Lea", "x") for id in ("2012", "2013")}  # the second one is in it no more
    assert settled(roster, before, {"2012"}).replaced == {}
    found = expected(roster, of("2014"), is_class=True, before=before, without={"2012"})
    assert [(one.id, one.is_missing) for one in found] == [("2014", False), ("2012", True)]
    (one,) = expected(roster, of("2012"), is_class=False, before=before, without={"2012"})
    assert one.id == "2012"
    (one,) = expected(roster, of("2012"), is_class=False, before={"2013": before["2013"]})
    assert one.id == "2012", "of a section whose roster has only one of two namesakes"
    (one,) = expected(roster, of("2014"), is_class=False, before={"b-7": Who("b-7", "Ben May", "x")})
    assert one.id == "b-7", "an id that only the platform knows, and a name the other way round"


def test_roster_may_come_through_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw" / "ann.py").write_text((SUBMISSIONS / "alice.py").read_text())
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
    )
    os.mkfifo(tmp_path / "roster")
    writer = threading.Thread(target=lambda: (tmp_path / "roster").write_text(CSV))
    writer.start()
    done = grade("hw", "--rubric", "r.yaml", "--roster", "roster", "--out", "out", "--jobs", 1, cwd=tmp_path)
    writer.join()
    assert done.returncode == 0, done.stderr
    assert set(rows(tmp_path)) == {"ann", "ben", "007"}


def test_group_of_gradescope_keeps_its_row_without_a_roster_too(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
    )
    people = {"5": "Ann Lee", "6": "Ben May"}
    for name, order, text in (("one", "56", "carol"), ("two", "65", "alice")):
        listed = "".join(f"  - :name: {people[sid]}\n    :sid: '{sid}'\n" for sid in order)
        written(tmp_path / name, {
            "submission_metadata.yml": f"---\nsubmission_7:\n  :submitters:\n{listed}",
            "submission_7/layers.py": (SUBMISSIONS / f"{text}.py").read_text(),
        })  # fmt: skip
        done = grade(name, "--rubric", "r.yaml", "--out", "out", "--jobs", 1, "--add", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert {id: row["score"] for id, row in rows(tmp_path).items()} == {"5": "100.0"}


def test_names_are_found_with_the_last_name_first_and_archives_are_one_persons(tmp_path: Path) -> None:
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "2012.zip").write_bytes(zipped({"hw1/layers.py": (SUBMISSIONS / "alice.py").read_text()}))
    (tmp_path / "Ida Ito.py").write_text((SUBMISSIONS / "alice.py").read_text())
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
    )
    (tmp_path / "roster.csv").write_text('id,name\n2012,"Lee, Lea"\n2013,"Ito, Ida"\n2014,"May, Ben"\n')
    common = ("--rubric", "r.yaml", "--roster", "roster.csv", "--out", "out", "--jobs", 1)
    for late in ("late/2012.zip", "Ida Ito.py"):
        done = grade(late, *common, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert {id: row["name"] for id, row in rows(tmp_path).items()} == {"2012": "Lee, Lea", "Ida Ito": "Ito, Ida"}


def test_people_of_sections_are_found_by_their_own_ids(tmp_path: Path) -> None:
    folder = tmp_path / "hw"
    names = ("A/ann.py", "A/cy.py", "B/mayben_2002_50001_layers.py", "B/rayzed_2003_50002_layers.py")
    written(folder, dict.fromkeys(names, "def f(): ..."))
    roster = "id,login,name\n1,ann,Ann Lee\n2,cy,Orr\n2002,bmay,Ben May\n2003,zray,Zed Ray\n"
    found = against(tmp_path, roster, people_at(folder, ["f"]).entries)
    assert [(one.id, one.name) for one in found] == [
        ("A-ann", "Ann Lee"), ("A-cy", "Orr"), ("2002", "Ben May"), ("2003", "Zed Ray")
    ]  # fmt: skip


REFUSED: dict[str, tuple[str, list[Entry], str]] = {
    "nobody's": (CSV, of("ann", "kim", "lou"), "hw/kim.py: kim is not in FILE: correct the name of "
        "the hand-in, add a row there or, for a group, a column `group` with its name; if it is no hand-in, move it "
        "elsewhere, or name the others with --map\nhw/lou.py: lou is not in FILE"),
    "an id without its zeros": (CSV, of("ann", "7"), "hw/7.py: 7 is not in FILE"),
    "twice": (CSV, of("ann", "ann@x.edu"),
        "hw/ann@x.edu.py: is Ann Lee's (line 2 of FILE), and so is hw/ann.py: keep one"),
    "two of a name": (CSV + "lee2,Ann Lee,,\n", of("ben", "Ann Lee"),
        "hw/Ann Lee.py: Ann Lee is in several rows of FILE (lines 2, 5): write an id of one there in place of the "
        "name that the hand-in has, such as `ann.py`; or move it elsewhere"),
    "a group of Canvas": (CSV, [*of("ann"), entry(Who("007", "theconvolvers", "hw/x"))],
        "hw/x: theconvolvers (007) has the id of Zed Ray in line 4 of FILE, and another name. If a group handed it in"),
    "a group with the id of another": (f"{CSV}kim,,,ann\n", of("ann", "ben"),
        "hw/ann.py: could be that of the group ann (line 5 of FILE) and Ann Lee's (line 2): rename a group there"),
    "a group with the name of another": (f"{CSV}kim,,,Ann-Lee\n", of("Ann Lee", "ben"),
        "hw/Ann Lee.py: could be that of the group Ann-Lee (line 5 of FILE) and Ann Lee's (line 2): rename a group"),
    "two groups of a name": (f"{CSV}kim,,,Team 1\nlou,,,team-1\n", of("ann", "team1"),
        "hw/team1.py: could be that of the group Team 1 (line 5 of FILE) and that of the group team-1 (line 6)"),
    "an id twice": (CSV + "ben,Ben Other,,\n", of("ann", "ben"), "FILE: line 5: ben is in line 3, too; leave one out"),
    "cut off in a row": (CSV + "kim,Ki", of("ann"), "FILE: line 5 is too short: is the file cut off?"),
    "cut off in quotes": (CSV + 'kim,"Ki', of("ann"), "FILE: is cut off: a quote in it has no end"),
    "no headings": ("ann;Ann Lee\nben;Ben May\n", of("ann"), "FILE: no heading is that of an id, a name or an e-mail"),
    "empty": ("id,name\n", of("ann"), "FILE: nobody is in it; it needs a row for each student"),
}  # fmt: skip


def test_roster_of_autolab_which_has_no_headings_is_read(tmp_path: Path) -> None:
    text = "".join(f"f26,{mail},{last},{first},CMU,CS,3,L,1,A\n" for mail, last, first in ON_AUTOLAB)
    found = against(tmp_path, text, of("kim@cmu.edu"))
    assert [(one.id, one.name, one.is_missing) for one in found] == [
        ("kim@cmu.edu", "Kim Noh", False), ("lou@cmu.edu", "Lou Reed", True)
    ]  # fmt: skip
    with pytest.raises(UsageError, match="no heading is that of an id"):
        against(tmp_path, text.replace("lou@cmu.edu", "lou"), of("kim@cmu.edu"))
    with pytest.raises(UsageError, match="no heading is that of an id"):
        against(tmp_path, "2001,kim@cmu.edu\n2002,lou@cmu.edu\n", of("kim@cmu.edu"))


def test_hand_in_is_found_by_what_is_before_the_at_of_an_address_and_two_of_a_kind_are_not_guessed(
    tmp_path: Path,
) -> None:
    text = "id,name,email\n2001,Ada Ames,ada@uni.edu\n2002,Ben Bo,ben@uni.edu\n"
    found = against(tmp_path, text, of("ada"))
    assert [(one.name, one.is_missing) for one in found] == [("Ada Ames", False), ("Ben Bo", True)]
    assert next(one.name for one in against(tmp_path, f"{text}ada,Cy Cox,cy@uni.edu\n", of("ada"))) == "Cy Cox"
    with pytest.raises(UsageError, match="is in several rows of"):
        against(tmp_path, f"{text}2003,Ada Other,ada@other.edu\n", of("ada"))


ON_AUTOLAB = ("kim@cmu.edu", "Noh", "Kim"), ("lou@cmu.edu", "Reed", "Lou")


def test_hand_ins_of_two_people_of_one_name_are_not_said_to_be_those_of_one(tmp_path: Path) -> None:
    entries = [entry(Who("7-1", "Ann Lee", "hw/a")), entry(Who("8-1", "Ann Lee", "hw/b"))]
    with pytest.raises(UsageError) as caught:
        against(tmp_path, f"{CSV}lee2,Ann Lee,,\n", entries)
    way = (
        "write an id of one there in place of the name that the hand-in has; or move it elsewhere and grade it after "
        "the others, with --map and --add"
    )
    file = tmp_path / "roster.csv"
    assert str(caught.value).split("\n") == [
        f"{place}: Ann Lee ({id}) is in several rows of {file} (lines 2, 5): {way}"
        for place, id in (("hw/a", "7-1"), ("hw/b", "8-1"))
    ]


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_told_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    text, entries, said = REFUSED[case]
    with pytest.raises(UsageError) as caught:
        against(tmp_path, text, entries)
    assert str(caught.value).startswith(said.replace("FILE", str(tmp_path / "roster.csv")))


def test_whoever_handed_in_nothing_has_a_row_and_keeps_what_comes_later(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    right = (SUBMISSIONS / "alice.py").read_text()
    for name in ("ann", "ben"):
        (tmp_path / "hw" / f"{name}.py").write_text(right)
    (tmp_path / "late").mkdir()
    (tmp_path / "late" / "007.py").write_text(right)
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
    )
    (tmp_path / "roster.csv").write_text(CSV)
    again = ("hw", "--rubric", "r.yaml", "--roster", "roster.csv", "--out", "out", "--jobs", 1)
    done = grade(*again, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "roster.csv: 3 people, 1 without a hand-in" in done.stderr
    assert (
        "3 submissions: 2 graded, 1 missing\nThe tables are of 2, without those who handed in nothing.\n" in done.stdout
    )
    assert "Handed in nothing: Zed Ray" in done.stdout
    row = rows(tmp_path)["007"]
    assert (row["name"], row["verdict"], row["score"]) == ("Zed Ray", "missing", "0.0")
    report = json.loads((tmp_path / "out" / "grades.json").read_text())[0]
    assert (report["verdict"], report["score"], report["person"]["email"]) == ("missing", 0, "zed@x.edu")
    assert {item["verdict"] for item in report["items"]} == {"missing"}
    page = (tmp_path / "out" / "index.html").read_text()
    everybody = page.partition("<tbody>")[2]
    assert "Zed Ray" in everybody and "not implemented" not in everybody  # there is nothing that could be
    assert "3 submissions: 2 graded, 1 missing." in page
    assert (
        "Here and below, the 1 who handed in nothing is not counted."
        in page.partition("Distribution of the 2 marks")[2]
    )
    assert ">missing</span>" in page
    assert "Nothing was handed in." in (tmp_path / "out" / "reports" / "007.html").read_text()
    exported = grade("export", "out", "--to", "csv", cwd=tmp_path).stdout
    assert "007,Zed Ray,zed@x.edu,,0,100,missing" in exported

    assert "3 kept" in grade(*again, cwd=tmp_path).stderr
    (tmp_path / "late" / "007.py").rename(tmp_path / "late" / "Zed Ray.py")
    late = grade("late/Zed Ray.py", *again[1:], cwd=tmp_path)  # who takes the place of their row, and makes no other
    assert (late.returncode, rows(tmp_path)["007"]["verdict"]) == (0, "graded"), late.stderr
    assert "3 kept" in grade(*again, cwd=tmp_path).stderr
    assert rows(tmp_path)["007"]["score"] == "100.0"

    (tmp_path / "hw" / "ben.py").unlink()
    done = grade(*again[:-4], "--out", "one", "-q", cwd=tmp_path)
    assert done.stdout == (
        "Zed Ray: missing, 0 / 100: nothing was handed in\nAnn Lee: 100 / 100\n"
        "Ben May: missing, 0 / 100: nothing was handed in\n"
    )
    done = grade("hw", "--rubric", "r.yaml", "--out", "one", cwd=tmp_path)
    assert "one was graded with a roster; without --roster, nobody is looked for in it" in done.stderr
    assert done.stdout.startswith("Ann Lee: 100 / 100")  # as it is known there

    (tmp_path / "hw" / "kim.py").write_text(right)
    done = grade("hw", "--rubric", "r.yaml", "--out", "one", cwd=tmp_path)
    assert "one was graded with a roster; without --roster, names are those of the files" in done.stderr
    refused = grade(*again[:-4], "--out", "new", cwd=tmp_path)
    assert refused.returncode == 2
    assert "hw/kim.py: kim is not in roster.csv" in refused.stderr
    assert not (tmp_path / "new").exists()


def test_whoever_was_missing_has_one_row_though_the_roster_was_forgotten_for_once(tmp_path: Path) -> None:
    right = (SUBMISSIONS / "alice.py").read_text()
    for name in ("hw/ann", "late/Zed Ray", "again/007", "group/ben-007"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(right)
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
        "late: {due: '2026-02-01T00:00Z', per_day_percent: 10}\n"
    )
    common = ("--rubric", "r.yaml", "--out", "out", "--jobs", 1)
    roster = ("--roster", "roster.csv")
    (tmp_path / "roster.csv").write_text(CSV)
    assert grade("hw", *common, *roster, cwd=tmp_path).returncode == 0
    given = ("--until", "2026-02-03T00:00Z", "--reason", "ill")
    assert grade("extend", "out", "007", *given, cwd=tmp_path).returncode == 0
    assert grade("late/Zed Ray.py", *common, cwd=tmp_path).returncode == 0  # nobody is looked for in the roster
    assert {id: row["verdict"] for id, row in rows(tmp_path).items()} == {
        "007": "missing", "Zed Ray": "graded", "ann": "graded", "ben": "missing"
    }  # fmt: skip
    assert (tmp_path / "out" / "reports" / "007.html").exists()
    assert grade("late/Zed Ray.py", *common, *roster, cwd=tmp_path).returncode == 0
    assert set(rows(tmp_path)) == {"Zed Ray", "ann", "ben"}
    assert rows(tmp_path)["Zed Ray"]["extended_until"].startswith("2026-02-03")
    assert not list((tmp_path / "out" / "reports").glob("007*"))
    assert grade("again/007.py", *common, *roster, cwd=tmp_path).returncode == 0
    assert set(rows(tmp_path)) == {"Zed Ray", "ann", "ben"}

    (tmp_path / "groups.csv").write_text("id,name,group\nann,Ann Lee,\nben,Ben May,Duo\ncy,Cy Orr,Duo\n")
    (tmp_path / "group" / "ben-007.py").rename(tmp_path / "group" / "Duo.py")
    done = grade("group/Duo.py", *common, "--roster", "groups.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(rows(tmp_path)) == {"Zed Ray", "ann", "Duo"}, "whose group has handed in is missing no more"


def test_whoever_handed_in_nothing_is_not_among_those_whom_the_folder_has_from_elsewhere(tmp_path: Path) -> None:
    for place, names in (("hw", ["ann"]), ("again", ["ann", "007"])):
        (tmp_path / place).mkdir()
        for name in names:
            (tmp_path / place / f"{name}.py").write_text("nothing = 0")
    (tmp_path / "roster.csv").write_text(CSV)
    common = ("--rubric", "correctness-only", "--roster", "roster.csv", "--out", "out", "--jobs", 1)
    assert grade("hw", *common, cwd=tmp_path).returncode == 0
    refused = grade("again", *common, cwd=tmp_path)
    assert refused.returncode == 2
    assert f"out: already has ann from {tmp_path}/hw: write to another folder" in refused.stderr


def test_mark_of_one_who_was_missing_is_told_beside_that_of_the_group(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw" / "ann.py").write_text((SUBMISSIONS / "alice.py").read_text())
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
    )
    (tmp_path / "roster.csv").write_text(f"{CSV}cy,Cy Orr,,\n")
    again = ("hw", "--rubric", "r.yaml", "--roster", "roster.csv", "--out", "out", "--jobs", 1)
    assert grade(*again, cwd=tmp_path).returncode == 0
    assert grade("override", "out", "ben", "--points", 30, "--reason", "oral", cwd=tmp_path).returncode == 0
    watched = grade("watch", "hw", "--rubric", "r.yaml", "--out", "out", "--once", "--jobs", 1, cwd=tmp_path)
    assert "out was graded with a roster; here, names are those of the files" in watched.stderr
    (tmp_path / "hw" / "Duo.py").write_text((SUBMISSIONS / "alice.py").read_text())
    (tmp_path / "roster.csv").write_text("id,name,group\nann,Ann Lee,\nben,Ben May,Duo\ncy,Cy Orr,Duo\n")
    done = grade(*again, cwd=tmp_path)
    assert {"ben", "Duo"} <= set(rows(tmp_path)), "a mark given to one is not the group's, and not thrown away"
    assert "in more than one row: ben (Duo and ben); `grade forget out ID` takes out" in " ".join(done.stderr.split())


def test_whoever_handed_in_nothing_and_has_left_is_told_and_taken_out(tmp_path: Path) -> None:
    (tmp_path / "hw").mkdir()
    for name in ("ann", "ben"):
        (tmp_path / "hw" / f"{name}.py").write_text((SUBMISSIONS / "alice.py").read_text())
    (tmp_path / "r.yaml").write_text(
        "schema: convgrade/1\nextends: correctness-only.yaml\nname: q\ncases: {count: 20}\n"
    )
    (tmp_path / "roster.csv").write_text(CSV)
    again = ("hw", "--rubric", "r.yaml", "--roster", "roster.csv", "--out", "out", "--jobs", 1)
    assert grade(*again, cwd=tmp_path).returncode == 0
    (tmp_path / "roster.csv").write_text("".join(line for line in CSV.splitlines(keepends=True) if "Zed" not in line))
    done = grade(*again, cwd=tmp_path)
    assert (
        "handed in nothing, and not in roster.csv: 007 (Zed Ray); `grade forget out ID` takes out who has left the "
        "course" in " ".join(done.stderr.split())
    )
    done = grade("forget", "out", "Zed Ray", "ben", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Zed Ray: taken out (0 / 100)\nBen May: taken out (100 / 100)\n"
    assert set(rows(tmp_path)) == {"ann"}
    assert "Zed Ray" not in (tmp_path / "out" / "index.html").read_text()
    assert {path.stem for path in (tmp_path / "out" / "reports").iterdir()} == {"ann"}
    refused = grade("forget", "out", "ann", "Zed Ray", cwd=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        2, "grade: out: has no submission Zed Ray: say the id, the name or the address that stands in its grades.csv\n"
    )  # fmt: skip
    assert set(rows(tmp_path)) == {"ann"}, "of several that cannot all be taken out, none is"
    done = grade(*again, cwd=tmp_path)
    assert "1 graded" in done.stderr + done.stdout and rows(tmp_path)["ben"]["score"] == "100.0"


def rows(folder: Path) -> dict[str, dict[str, str]]:
    table = csv.DictReader(io.StringIO((folder / "out" / "grades.csv").read_text("utf-8-sig")))
    return {row["id"].lstrip("'"): row for row in table}
