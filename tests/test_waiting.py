"""What is to be done anyway is done while another process is waited for."""

import os
import select

from grader.judging.rounds import Posing, Rounds, go_on
from grader.pipeline import Grader, Options
from grader.rubric.assignment import Assignment
from grader.rubric.model import Rubric
from grader.rubric.reading import DEFAULT_RUBRIC, load_rubric
from grader.sandbox.region import region_bytes_for
from grader.sandbox.waiting import nothing, ready
from grader.sources import find_entries
from tests.cli import SUBMISSIONS


def test_bits_are_done_until_something_has_come() -> None:
    reading, writing = os.pipe()
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    done: list[int] = []

    def bit() -> bool:
        done.append(len(done))
        if len(done) == 3:
            os.write(writing, b"answer")
        return len(done) < 100

    assert ready(poll, 60, bit) == [(reading, select.POLLIN)]
    assert done == [0, 1, 2]
    assert ready(poll, 60, nothing) == [(reading, select.POLLIN)]
    os.read(reading, 6)
    assert ready(poll, 0.001, lambda: len(done) < 5 and bit()) == []
    assert done == [0, 1, 2, 3, 4]
    os.close(reading)
    os.close(writing)


def posings() -> tuple[Posing, Posing]:
    rubric = load_rubric(DEFAULT_RUBRIC)
    assert isinstance(rubric, Rubric)
    rounds = Rounds(Assignment.of(rubric), (1, 2))
    return rounds.public, rounds.secret("0" * 64)


def test_problems_posed_one_by_one_are_those_that_are_posed_when_they_are_asked_for() -> None:
    bit_by_bit, at_once = posings(), posings()
    counted = sum(1 for _ in iter(lambda: go_on(bit_by_bit), False))
    assert counted == sum(len(posing.problems) for posing in at_once)
    for one, other in zip(bit_by_bit, at_once, strict=True):
        assert not one.go_on()
        assert [each.exchange for each in one.rounds] == [each.exchange for each in other.rounds]
        assert [len(each.problems) for each in one.rounds] == [len(each.problems) for each in other.rounds]


def test_the_memory_that_is_shared_is_known_before_problems_are_posed_and_holds_each_round() -> None:
    for posing in posings():
        bytes_before = posing.region_bytes
        for one in posing.rounds:
            arrays = [array for problem in one.problems for array in (*problem.arrays.values(), problem.upstream)]
            assert bytes_before >= region_bytes_for(array.shape for array in arrays) > len(one.exchange.memory)


def test_problems_are_posed_while_a_submission_is_read() -> None:
    with Grader(load_rubric(DEFAULT_RUBRIC), Options(timing=False)) as grader:
        (entry,) = find_entries([SUBMISSIONS / "alice.py"])
        assert grader.read(entry).sha256
        left = sum(1 for _ in iter(grader._go_on, False))
    assert left < len(posings()[0].problems)


def test_nothing_is_secret_where_nothing_is_checked() -> None:
    rubric = load_rubric(DEFAULT_RUBRIC)
    assert isinstance(rubric, Rubric)
    none = Rounds(Assignment.of(rubric), ()).secret(None)
    assert (none.rounds, none.region_bytes, none.go_on()) == ((), 0, False)
