"""What the process that reads says is checked field by field, as if a stranger had taken it over."""

import copy
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import SubmissionRejected
from grader.reading import answers, reader
from grader.reading.reader import OwnReader, Reader
from grader.records import Earlier, Member, Place, Print, Who
from grader.rubric.homework import Homework
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.inside.wire import WireError
from grader.sandbox.spawn import Zygote
from grader.sources import people_at
from grader.sources.found import PAGE, People
from tests.cli import SUBMISSIONS
from tests.test_sources import NAMES, write

GOOD: dict[str, Any] = {
    "sha256": "0" * 64,
    "submission": {
        "sha256": "1" * 64, "filename": "a.py", "cells": [1, 0], "parts": [[9, "b.py"]], "code": "x = 1\n",
        "unparsed": {"f": "no"}, "notes": ["n"],
    },
    "violations": {"f": [3, "torch", False]},
    "listings": [
        ["f", 1, "def f(): pass", None, "", False], ["g", 12, "def g(:", 12, "SyntaxError: invalid syntax", False]
    ],
    "functions": ["f"],
    "parameters": {"f": ["x", "y=..."], "A.f": ["self"]},
    "classes": {"A": ["f"]},
    "functions_key": None,
}  # fmt: skip
PEOPLE: dict[str, Any] = {
    "entries": [
        {
            "id": "ann",
            "name": "ann",
            "source": "c/ann",
            "steps": [["folder", "c"], ["top", "ann"]],
            "submitted_at": "2026-03-01T12:00:00Z",
            "email": None,
            "group": None,
            "is_late": True,
            "members": [["ann", "Ann", "ann@x"]],
            "earlier": [["c/older", [["top", "older"]], None, False]],
        }
    ],
    "left": 0,
    "platform": None,
    "passed_over": ["README.md"],
    "without": 1,
    "sections": [],
}
OUTLINES: dict[str, Any] = {"outlines": {"f": {"keeps_inputs": True, "places": {"cut": [3]}}}}
SHAPE: dict[str, Any] = {"filename": "a.py", "cells": [], "parts": [], "code": "x = 1\n",
                         "prints": {"f": [[5, [2, 1]]]}}  # fmt: skip
BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "no hash": lambda frame: frame.pop("sha256"),
    "hash of letters": lambda frame: frame.update(sha256="g" * 64),
    "no submission": lambda frame: frame.update(submission=[]),
    "code that is no text": lambda frame: frame["submission"].update(code=1),
    "code that is no Unicode": lambda frame: frame["submission"].update(code="\ud800"),
    "parts of other things": lambda frame: frame["submission"].update(parts=[["b.py", 1]]),
    "cells of other things": lambda frame: frame["submission"].update(cells=[True]),
    "a line below zero": lambda frame: frame.update(violations={"f": [-1, "torch", False]}),
    "a violation of two parts": lambda frame: frame.update(violations={"f": [1, "torch"]}),
    "a list that is none": lambda frame: frame.update(functions="f"),
    "a mapping that is none": lambda frame: frame.update(classes=[]),
    "a listing without text": lambda frame: frame.update(listings=[["f", 1, None, None, "", False]]),
    "a listing that may be called": lambda frame: frame.update(listings=[["f", 1, "def f(): pass", None, "", None]]),
}
STEPS = ["x", ["x", "ann"], ["top", ".."], ["folder", "a/b"], ["top", "\0"], ["top", ""], ["top", "ann", "more"]]


def test_good_answers_are_taken() -> None:
    reading = answers.reading(GOOD)
    assert [(one.place, one.first_line - one.ahead) for one in reading.listings] == [("cell 1", 1), ("b.py", 4)]
    assert (reading.submission.origin.cells, reading.violations["f"].module) == ((1, 0), "torch")
    assert answers.outlines(OUTLINES)["f"].places == {"cut": (3,)}
    (entry,) = answers.people(PEOPLE, Path("c"), People()).entries
    assert (entry.place.path, entry.place.steps) == ("c", (("folder", "c"), ("top", "ann")))
    members = (Member("ann", "Ann", "ann@x"),)
    assert entry.earlier == (Earlier("c/older", Place("c", (("top", "older"),)), None, is_late=False),)
    assert entry.who == Who("ann", "ann", "c/ann", "2026-03-01T12:00:00Z", is_late=True, members=members)
    assert answers.shape(SHAPE).prints == {"f": (Print(5, (1, 2)),)}
    beyond = SHAPE | {"prints": {"f": [[5, [0, 10**9]]]}}
    assert answers.shape(beyond).prints == {"f": (Print(5, (1, 2)),)}  # whoever walks these lines ends


@pytest.mark.parametrize("change", [{"is_late": 1}, {"earlier": [["c/older", [["top", ".."]], None, None]]},
        {"email": 5}, {"group": []}, {"members": [["ann", "Ann"]]},
                                    {"members": [[1, "Ann", None]]}, {"members": None}])  # fmt: skip
def test_person_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        answers.people({**PEOPLE, "entries": [{**PEOPLE["entries"][0], **change}]}, Path("c"), People())


@pytest.mark.parametrize("time", [0, [], "\ud800"])
def test_time_of_a_hand_in_that_is_no_text_is_refused(time: object) -> None:
    with pytest.raises(WireError):
        answers.people({**PEOPLE, "entries": [{**PEOPLE["entries"][0], "submitted_at": time}]}, Path("c"), People())


@pytest.mark.parametrize("time", ["2026-13-03T14:05:09Z", "2026-02-30", "0001-01-01T00:00:00+14:00", "yesterday", ""])
def test_time_that_there_is_not_is_not_known(time: str) -> None:
    people = answers.people(
        {**PEOPLE, "entries": [{**PEOPLE["entries"][0], "submitted_at": time}]}, Path("c"), People()
    )
    assert people.entries[0].submitted_at is None


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_malformed_reading_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    frame = copy.deepcopy(GOOD)
    spoil(frame)
    with pytest.raises(WireError):
        answers.reading(frame)


WRONG: list[dict[str, Any]] = [
    {"rejected": 5}, {"rejected": "no", "sha256": 5}, {"usage": None}, {"ours": "no"}, {"ours": "no", "traceback": 1},
    {"limit": "patience"}, {"limit": []},
]  # fmt: skip


@pytest.mark.parametrize("frame", WRONG)
def test_malformed_word_of_what_went_wrong_is_refused(frame: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        answers.what_went_wrong(frame)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from([*GOOD["submission"]]), inner)
    ),
    max_leaves=10,
)


KEYS = [*GOOD, *PEOPLE, *SHAPE, *OUTLINES, *(key for frame in WRONG for key in frame)]


@given(st.dictionaries(st.sampled_from(KEYS), ANY))
def test_answer_of_any_form_is_taken_or_refused(frame: dict[str, Any]) -> None:
    takes = (
        answers.what_went_wrong, answers.reading, answers.outlines, answers.shape,
        lambda each: answers.people(each, Path("c"), People()),
    )  # fmt: skip
    for good in ({}, GOOD, PEOPLE, SHAPE, OUTLINES):
        for take in takes:
            with suppress(WireError):
                take({**good, **frame})


def test_malformed_word_of_what_went_wrong_costs_only_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither ends a run nor is a failure of ours, and nobody is passed over."""
    folder, child = write(tmp_path / "ann", {"layers.py": "x = 1"}), vars(reader)["Child"]
    ask = child.ask
    with OwnReader(()) as own:
        for frame in WRONG:
            monkeypatch.setattr(child, "ask", lambda *asked, frame=frame: ask(*asked[:-1], lambda _: asked[-1](frame)))
            (entry,) = own.people_at(folder, NAMES).entries
            with pytest.raises(SubmissionRejected, match="makes no sense"):
                own.read(entry, NAMES)


def test_class_that_cannot_be_told_whole_stays_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked about once more, and nothing at its top is looked into; nobody gets the marks of all."""
    folder = write(tmp_path / "class", {f"{name}.py": (SUBMISSIONS / "alice.py").read_text() for name in "abc"})
    child, bad = vars(reader)["Child"], [WRONG[0]]
    ask = child.ask

    def first_is_malformed(*asked: Any) -> Any:
        take = asked[-1]
        return ask(*asked[:-1], lambda frame: take(bad.pop() if bad else frame))

    monkeypatch.setattr(child, "ask", first_is_malformed)
    with OwnReader(()) as own:
        assert [one.id for one in own.people_at(folder, NAMES).entries] == ["a", "b", "c"]
    assert not bad


@pytest.mark.parametrize("name", ["//x.py", "/x.py", "a//x.py", "./x.py", "//", "\\\\x.py"])
def test_odd_names_in_an_archive_leave_the_others_of_the_class(tmp_path: Path, name: str) -> None:
    alice = (SUBMISSIONS / "alice.py").read_text()
    folder = write(tmp_path / "class", {"ann.py": alice, "bo.py": alice})
    with zipfile.ZipFile(folder / "eve.zip", "w") as archive:
        for each in (name, "b.py", "c.py"):
            archive.writestr(each, alice)
    with OwnReader(()) as own:
        ids = [one.id for one in own.people_at(folder, NAMES).entries]
    assert ids[:2] == ["ann", "bo"] and {"eve-b", "eve-c"} <= {*ids}


HALF_ONES = [{"keeps_inputs": True, "places": {"cut": 3}}, {"keeps_inputs": 1, "places": {}}, []]


@pytest.mark.parametrize("outline", HALF_ONES)
def test_outline_that_is_half_one_is_refused(outline: object) -> None:
    with pytest.raises(WireError):
        answers.outlines({"outlines": {"f": outline}})


def test_outlines_are_asked_for_when_they_are_looked_at_and_cost_nothing_where_they_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Homework.of(load_rubric(DEFAULT_RUBRIC)).outlines
    code, forked = (SUBMISSIONS / "alice.py").read_text(), []

    def counted() -> Zygote:
        forked.append(1)
        return own._running()

    with OwnReader(()) as own:
        reader = Reader(counted)
        outlines = reader.outlines(code, names)
        assert forked == []
        assert outlines["conv_forward_naive"].keeps_inputs
        assert {*outlines} == {*names} and len(outlines) == 2 and forked == [1]
        assert dict(reader.outlines("def conv_forward_naive(: pass", names)) == {}
        monkeypatch.setattr("grader.reading.reader.READ_S", 0.01)
        assert dict(reader.outlines(code * 200, names)) == {}


def test_large_class_is_told_page_by_page(tmp_path: Path) -> None:
    count = 2 * PAGE + 3
    folder = write(tmp_path / "class", {f"s{number}.py": "x = 1" for number in range(count)})
    with OwnReader(()) as own:
        told = own.people_at(folder, NAMES)
    assert told == people_at(folder, NAMES)
    assert len(told.entries) == count


@pytest.mark.parametrize("left", [1, 10**9])
def test_page_that_is_not_full_is_the_last(left: int) -> None:
    """So a stranger cannot keep us asking."""
    with pytest.raises(WireError):
        answers.people({**PEOPLE, "left": left}, Path("c"), People())


@pytest.mark.parametrize("step", STEPS)
def test_step_that_leads_elsewhere_is_refused(step: object) -> None:
    with pytest.raises(WireError):
        answers.people({**PEOPLE, "entries": [{**PEOPLE["entries"][0], "steps": [step]}]}, Path("c"), People())


def test_sentence_without_end_is_cut() -> None:
    frame = copy.deepcopy(GOOD)
    frame["submission"]["notes"] = ["x" * 10**6]
    assert len(answers.reading(frame).submission.notes[0]) < 5000
