"""What the process that reads says is checked field by field, as if a stranger had taken it over."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.reading import answers
from grader.sandbox.inside.wire import WireError

GOOD: dict[str, Any] = {
    "sha256": "0" * 64,
    "submission": {
        "sha256": "1" * 64, "filename": "a.py", "cells": [1, 0], "code": "x = 1\n",
        "unparsed": {"f": "no"}, "notes": ["n"],
    },
    "violations": {"f": [3, "torch", False]},
    "listings": [["f", 1, "def f(): pass"]],
    "outlines": {"f": {"keeps_inputs": True, "places": {"sums": [3]}}},
    "functions": ["f"],
    "classes": {"A": ["f"]},
    "functions_key": None,
}  # fmt: skip
PEOPLE: dict[str, Any] = {
    "entries": [["ann", "ann", "c/ann", [["folder", "c"], ["top", "ann"]]]],
    "passed_over": ["README.md"],
    "without": 1,
    "sections": [],
}
BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "no hash": lambda frame: frame.pop("sha256"),
    "hash of letters": lambda frame: frame.update(sha256="g" * 64),
    "no submission": lambda frame: frame.update(submission=[]),
    "code that is no text": lambda frame: frame["submission"].update(code=1),
    "code that is no Unicode": lambda frame: frame["submission"].update(code="\ud800"),
    "cells of other things": lambda frame: frame["submission"].update(cells=[True]),
    "a line below zero": lambda frame: frame.update(violations={"f": [-1, "torch", False]}),
    "a violation of two parts": lambda frame: frame.update(violations={"f": [1, "torch"]}),
    "a list that is none": lambda frame: frame.update(functions="f"),
    "a mapping that is none": lambda frame: frame.update(classes=[]),
    "an outline without lines": lambda frame: frame.update(outlines={"f": {"keeps_inputs": True}}),
    "a listing without text": lambda frame: frame.update(listings=[["f", 1, None]]),
}
STEPS = ["x", ["x", "ann"], ["top", ".."], ["folder", "a/b"], ["top", "\0"], ["top", ""], ["top", "ann", "more"]]


def test_good_answers_are_taken() -> None:
    reading = answers.reading(GOOD)
    assert (reading.submission.origin.cells, reading.violations["f"].module) == ((1, 0), "torch")
    (entry,) = answers.people(PEOPLE, Path("c")).entries
    assert (entry.place.path, entry.place.steps) == ("c", (("folder", "c"), ("top", "ann")))


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_malformed_reading_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    frame = copy.deepcopy(GOOD)
    spoil(frame)
    with pytest.raises(WireError):
        answers.reading(frame)


@pytest.mark.parametrize("step", STEPS)
def test_step_that_leads_elsewhere_is_refused(step: object) -> None:
    with pytest.raises(WireError):
        answers.people({**PEOPLE, "entries": [["ann", "ann", "c/ann", [step]]]}, Path("c"))


def test_sentence_without_end_is_cut() -> None:
    frame = copy.deepcopy(GOOD)
    frame["submission"]["notes"] = ["x" * 10**6]
    assert len(answers.reading(frame).submission.notes[0]) < 5000
