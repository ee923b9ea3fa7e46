"""How submissions are handed out to workers, with a connection that a test scripts in place of a cluster."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.cluster.crew import State
from grader.classroom.cluster.link import Answer, Unreachable
from grader.classroom.cluster.proof import differences
from grader.classroom.cluster.wire import FINDINGS, LANDMARK, ORDER, PROOF, Failed, Job, Order, Proof
from grader.classroom.executor import Work
from grader.classroom.executors.dask import DaskExecutor
from grader.classroom.landmarks import Landmarks
from grader.classroom.store import Store
from grader.closing import Closing
from grader.errors import JudgeError
from grader.pipeline import Options
from grader.records import Entry, Findings, Origin, Place, Reading, ReportVerdict, Submission, Task, Timing, Verdict
from grader.records.timing import Interval, Speed
from grader.rubric.model import WholeRubric
from grader.rubric.reading import PACKAGED, load_rubric

OURS = Proof({"grader": "1", "numpy": "2.4"}, "code", {"conv2d": "conv2d"}, {"dx": 7.0}, "A", "cpu", "A", "1", 1, {})
RIGHT = Findings(ReportVerdict.GRADED)
LOST, HELD = "lost", "held"
Script = Callable[[str, str], "Findings | Failed | str"]
"""Worker and submission -> what becomes of it there."""


class FakeLink(Closing):
    """Workers by address, each with its proof, and what they do by a script."""

    name = "tcp://fake"

    def __init__(self, workers: Mapping[str, Proof], script: Script) -> None:
        self.there, self.script = dict(workers), script
        self.answers: deque[Answer] = deque()
        self.asked: list[tuple[str, str, object]] = []
        """Function, worker, and about what."""
        self.were_beside = False
        """Whether one began to measure or to examine while another did."""
        self.landmarks: dict[str, tuple[Timing, ...]] = {}
        """By worker, the landmark that came with a submission."""

    def workers(self) -> list[str]:
        return [*self.there]

    def ask(self, function: Callable[[bytes], bytes], data: bytes, worker: str, about: object) -> None:
        if worker not in self.there:
            raise Unreachable(worker)
        self.asked.append((function.__name__, worker, about))
        if about is not State.PROVING:
            self.were_beside |= any(answer.about is not State.PROVING for answer in self.answers)
        result = getattr(self, function.__name__)(worker, about, data)
        if result == HELD:
            return
        if result == LOST:
            del self.there[worker]
        self.answers.append(Answer(worker, about, None if result == LOST else result))

    def prove(self, worker: str, *_: object) -> bytes:
        return PROOF.dump_json(self.there[worker])

    def measure(self, worker: str, *_: object) -> bytes:
        return LANDMARK.dump_json(_landmark(self.there[worker].host))

    def examine(self, worker: str, about: Any, data: bytes) -> bytes | str:
        self.landmarks[worker] = ORDER.validate_json(data).job.options.landmark
        result = self.script(worker, about)
        return result if isinstance(result, str) else FINDINGS.dump_json(result)

    def heard(self) -> Iterator[Answer]:
        while self.answers:
            yield self.answers.popleft()

    def close(self) -> None:
        pass


def _landmark(host: str) -> tuple[Timing, ...]:
    return (
        Timing(host, "forward", Verdict.PASSED, Speed(Interval(1, 1, 1), 1.0, 1.0, 9, extrapolated=False, stable=True)),
    )


def _task(id: str) -> Task:
    submission = Submission("0" * 64, Origin("a.py"), "")
    reading = Reading("0" * 64, submission, {}, (), (), {}, {}, None)
    return Task(Entry(id, id, f"{id}.py", Place(f"{id}.py")), reading)


_OPEN = ExitStack()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with _OPEN:
        yield


def _work(tmp_path: Path, name: str = "correctness-only") -> Work:
    rubric, options = load_rubric(PACKAGED / f"{name}.yaml"), Options()
    return Work(
        rubric, options, Landmarks(rubric, options, _OPEN.enter_context(Store(tmp_path))), 1, None, lambda _: None
    )


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeLink], None]:
    """Have the executor connect to this."""

    def connect(link: FakeLink) -> None:
        monkeypatch.setattr("grader.classroom.executors.dask.Link", lambda *_: link)
        monkeypatch.setattr("grader.classroom.cluster.crew.proof_of", lambda _: OURS)

    return connect


@pytest.fixture
def run(connected: Callable[[FakeLink], None]) -> Callable[[Work, FakeLink, list[str]], dict[str, list[Findings]]]:
    """By submission, all that is found of it."""

    def found(work: Work, link: FakeLink, ids: list[str]) -> dict[str, list[Findings]]:
        connected(link)
        results: dict[str, list[Findings]] = {id: [] for id in ids}
        with DaskExecutor(work) as executor:
            for task, findings in executor.run(map(_task, ids), lambda: False):
                results[task.entry.id].append(findings)
        return results

    return found


Run = Callable[[Work, FakeLink, list[str]], dict[str, list[Findings]]]


def test_what_loses_three_workers_is_a_judge_error_that_names_them_and_the_others_are_graded(
    tmp_path: Path, run: Run
) -> None:
    link = FakeLink(dict.fromkeys("abcd", OURS), lambda _, id: LOST if id == "killer" else RIGHT)
    found = run(_work(tmp_path), link, ["one", "killer", "two", "three"])
    assert {id: len(each) for id, each in found.items()} == dict.fromkeys(found, 1)
    assert [id for id, (each,) in found.items() if each.verdict is ReportVerdict.GRADED] == ["one", "two", "three"]
    gone = [worker for function, worker, about in link.asked if (function, about) == ("examine", "killer")]
    assert len(gone) == 3
    message = found["killer"][0].message or ""
    assert found["killer"][0].verdict is ReportVerdict.JUDGE_ERROR
    assert f"killer: 3 workers were lost over it ({', '.join(gone)})" in message


def test_slow_worker_does_not_hold_up_the_last_and_nothing_comes_twice(tmp_path: Path, run: Run) -> None:
    link = FakeLink({"slow": OURS, "fast": OURS}, lambda worker, _: HELD if worker == "slow" else RIGHT)
    found = run(_work(tmp_path), link, ["one", "two", "three"])
    assert {id: len(each) for id, each in found.items()} == dict.fromkeys(found, 1)


def test_next_is_read_while_a_worker_runs_and_sent_before_what_came_is_stored(
    tmp_path: Path, connected: Callable[[FakeLink], None]
) -> None:
    seen: list[str] = []

    def tasks() -> Iterator[Task]:
        for id in ("one", "two", "three"):
            seen.append(f"read {id}")
            yield _task(id)

    def script(_: str, id: str) -> Findings:
        seen.append(f"send {id}")
        return RIGHT

    connected(FakeLink({"a": OURS}, script))
    with DaskExecutor(_work(tmp_path)) as executor:
        for task, _ in executor.run(tasks(), lambda: False):
            seen.append(f"store {task.entry.id}")
    first, second, third = (seen.index(f"send {id}") for id in ("one", "two", "three"))
    assert first < seen.index("read two") < second < seen.index("store one")
    assert second < seen.index("read three") < third < seen.index("store two")


def test_failure_of_a_copy_does_not_count_while_the_other_still_runs(tmp_path: Path, run: Run) -> None:
    """The slow worker has the first of two, the fast one fails at its copy of it, and then the slow one is done."""
    link = FakeLink({"slow": OURS, "fast": OURS}, lambda worker, id: HELD)

    def script(worker: str, id: str) -> "Findings | Failed | str":
        if id != "one":
            return RIGHT
        if worker == "slow":
            return HELD
        link.answers.append(Answer(worker, id, FINDINGS.dump_json(Failed("no space left"))))
        link.answers.append(Answer("slow", id, FINDINGS.dump_json(RIGHT)))
        return HELD

    link.script = script
    found = run(_work(tmp_path), link, ["one", "two", "three"])
    assert {id: [each.verdict.value for each in all] for id, all in found.items()} == {key: ["graded"] for key in found}


def test_each_machine_has_its_own_landmark_which_is_measured_once_and_kept(tmp_path: Path, run: Run) -> None:
    workers = {"a1": OURS, "a2": OURS, "b": replace(OURS, host="B", hardware="B")}
    work = _work(tmp_path, "cs231n-conv")
    link = FakeLink(workers, lambda *_: RIGHT)
    run(work, link, [str(number) for number in range(20)])
    assert sorted(worker for function, worker, _ in link.asked if function == "measure") == ["a1", "b"]
    assert link.landmarks == {"a1": _landmark("A"), "a2": _landmark("A"), "b": _landmark("B")}
    again = FakeLink(workers, lambda *_: RIGHT)
    run(work, again, [str(number) for number in range(20)])
    assert [function for function, *_ in again.asked if function == "measure"] == []
    assert again.landmarks == link.landmarks


@pytest.mark.parametrize(
    ("other", "rubric", "beside"),
    [
        (OURS, "cs231n-conv", True),
        (replace(OURS, host="pod", lock="2"), "cs231n-conv", False),
        (replace(OURS, host="pod", lock="2", hardware="B"), "cs231n-conv", True),
        (replace(OURS, host="pod", lock="2"), "correctness-only", True),
    ],
)
def test_workers_of_one_machine_without_a_lock_in_common_work_one_at_a_time_where_something_is_timed(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str], other: Proof, rubric: str, beside: bool
) -> None:
    link = FakeLink({"a": OURS, "b": other}, lambda *_: RIGHT)
    found = run(_work(tmp_path, rubric), link, [str(number) for number in range(6)])
    assert [len(each) for each in found.values()] == [1] * 6
    assert link.were_beside == beside
    said = "the workers b and a are on one machine and have no timing lock in common, so they work one at a time"
    assert (said in capsys.readouterr().err) == (not beside)


@pytest.mark.parametrize("answer", [b"", b"[", b"null", b"[null]", b'[{"item": "a"}]', b"\xff", b"[" * 10_000])
@pytest.mark.parametrize("asked", ["prove", "measure"])
def test_worker_that_answers_what_makes_no_sense_is_refused_and_the_others_go_on(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str], asked: str, answer: bytes
) -> None:
    link = FakeLink({"odd": OURS, "b": replace(OURS, host="B")}, lambda *_: RIGHT)
    honest = getattr(link, asked)
    setattr(link, asked, lambda worker, *rest: answer if worker == "odd" else honest(worker, *rest))
    found = run(_work(tmp_path, "cs231n-conv"), link, ["one", "two"])
    assert [each.verdict for (each,) in found.values()] == [ReportVerdict.GRADED] * 2
    assert "the worker odd is not used: it answers other things than this grader asks for" in capsys.readouterr().err


def test_a_failure_of_a_worker_is_a_judge_error_and_not_the_students(tmp_path: Path, run: Run) -> None:
    link = FakeLink({"a": OURS}, lambda _, id: Failed("no space left") if id == "one" else RIGHT)
    found = run(_work(tmp_path), link, ["one", "two"])
    assert [found[id][0].verdict.value for id in found] == ["judge_error", "graded"]
    assert "the worker a failed: no space left" in (found["one"][0].message or "")


def test_where_every_worker_is_refused_the_run_ends(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    link = FakeLink({"a": replace(OURS, versions={"grader": "0", "numpy": "2.4"})}, lambda *_: RIGHT)
    with pytest.raises(JudgeError, match="no worker of tcp://fake can be used; what was graded is kept"):
        run(_work(tmp_path), link, ["one"])
    assert "the worker a is not used: it has grader 0, and here is 1: install the same" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (OURS, ""),
        (replace(OURS, host="B", cpu="other", numbers={"dx": 7.0 + 1e-12}), ""),
        (replace(OURS, versions={"grader": "1", "numpy": "1.26"}), "it has numpy 1.26, and here is 2.4"),
        (replace(OURS, code="other"), "its grader has other files than the one here, under the same version"),
        (replace(OURS, operators={"conv2d": "other"}), "its operator conv2d is another one"),
        (replace(OURS, numbers={"dx": 7.001}), "its reference computes other numbers of dx"),
        (replace(OURS, threads=8), "it runs 8 tasks at a time in one process: start it with --nthreads 1"),
        (replace(OURS, missing={"landlock": "old kernel"}), "layers of isolation are missing there (landlock: old"),
    ],
)
def test_worker_is_refused_for_what_marks_or_safety_depend_on(theirs: Proof, said: str) -> None:
    found = [*differences(OURS, theirs, strict=True)]
    assert len(found) == bool(said)
    assert all(line.startswith(said) for line in found)
    if theirs.missing:
        assert not [*differences(OURS, theirs, strict=False)]


@pytest.mark.parametrize("rubric", ["cs231n-conv", "cs231n-convnets", "deeplearning-ai-conv"])
def test_what_is_sent_comes_out_as_it_went_in(rubric: str) -> None:
    whole: WholeRubric = load_rubric(PACKAGED / f"{rubric}.yaml").model_copy(update={"seed": 5})
    reading = _task("a").read
    assert isinstance(reading, Reading)
    order = Order(Job.of(whole, Options(secret=(1, 2))).on(3, _landmark("A")), reading)
    assert ORDER.validate_json(ORDER.dump_json(order)) == order
    assert order.job.rubric == whole
    assert order.job.rubric.sha256 == whole.sha256
