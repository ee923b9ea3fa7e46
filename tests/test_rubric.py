"""The rubric is strict, and tells everything that is wrong at once, with line and key path."""

from pathlib import Path

import pytest
import yaml

from grader.errors import RubricError
from grader.rubric import located_yaml
from grader.rubric.model import CorrectnessItem, SpeedItem
from grader.rubric.reading import DEFAULT_RUBRIC, PACKAGED, load_rubric
from tests.cli import SUBMISSIONS, grade
from tests.rubrics import one_operator

BASE = "schema: convgrade/1\nextends: cs231n-conv.yaml\nname: mine\n"


def problems(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with a rubric, without the path before the file's name."""
    file = tmp_path / "r.yaml"
    file.write_text(text)
    with pytest.raises(RubricError) as caught:
        load_rubric(file)
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize("file", sorted(PACKAGED.glob("*.yaml")), ids=lambda path: path.stem)
def test_packaged_rubrics_give_100_points(file: Path) -> None:
    assert load_rubric(file).max_score == 100


def test_every_problem_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = DEFAULT_RUBRIC.read_text()
    for right, wrong in [
        ("name: CS231n", "nam: CS231n"),
        ("call_s: 10", "call_s: -1"),
        ("count: 60", "count: sixty"),
        ("HH: [1, 5]", "HH: [5, 1]"),
        (
            "  - {id: dw, kind: correctness, output: dw, points: 20",
            "  - {id: dw, kind: correctness, output: dw, points: .nan",
        ),
        ("kind: contract", "kind: contrct"),
    ]:
        assert right in text
        text = text.replace(right, wrong, 1)
    found = problems(tmp_path, text)
    lines = {line.split(":", 3)[2].strip(): int(line.split(":")[1]) for line in found}
    numbers = {
        wrong: n
        for n, line in enumerate(text.split("\n"), 1)
        for wrong in ("nam:", "call_s", "count", "dw", "contrct")
        if wrong in line
    }
    assert lines["nam"] == numbers["nam:"]
    assert lines["limits.call_s"] == numbers["call_s"]
    assert lines["cases.count"] == numbers["count"]
    assert lines["items[dw].points"] == numbers["dw"]
    assert lines["items[contract]"] == numbers["contrct"]
    assert "name" in lines


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cases: {ranges: {HH: [9, 9], H: [1, 3]}}", "r.yaml:4: cases.ranges.HH: a kernel of 9 never fits"),
        ("cases: {ranges: {H: [5, 3]}}", "r.yaml:4: cases.ranges.H: [5, 3] must be 1 <= low <= high"),
        ("cases: {ranges: {pad: [-1, 3]}}", "r.yaml:4: cases.ranges.pad: [-1, 3] must be 0 <= low"),
        ("cases: {ranges: {D: [1, 3]}}", "r.yaml:4: cases.ranges.D: unknown size"),
        (
            "cases: {ranges: {H: [4, 4], HH: [3, 3], stride: [2, 2], pad: [0, 0]}}",
            "r.yaml:4: cases.ranges: no combination of these sizes",
        ),
        ("items: [{id: dx, kind: correctness, output: dz, points: 1}]", "items[dx].output: dz is not an output"),
        ("items: [{id: new, kind: correctness, output: dx, points: 1}, "
         "{id: new, kind: correctness, output: dx, points: 1}]",
         "r.yaml:4: items[new].id: duplicate item id new; the first is on line 4"),
        ("seed: true", "r.yaml:4: seed: must be a whole number (got true)"),
        ("seed: '7'", "r.yaml:4: seed: must be a whole number (got '7')"),
        ("seed: 1\nseed: 2", "r.yaml:5: seed: duplicate key; the first is on line 4"),
        ("unknown: 1", "r.yaml:4: unknown: unknown key"),
        ("tolerances: {}", "r.yaml:4: tolerances: unknown key (did you mean tolerance?)"),
        ("ranges: {}", "r.yaml:4: ranges: unknown key (it belongs under cases)"),
        ("per_day_percent: 10", "r.yaml:4: per_day_percent: unknown key (it belongs under late)"),
        ("limits: {cal_s: 1}", "r.yaml:4: limits.cal_s: unknown key (did you mean call_s?)"),
        ("items: [{id: dx, pionts: 1}]", "r.yaml:4: items[dx].pionts: unknown key (did you mean points?)"),
        ("items: [{id: new, points: 1}]",
         "r.yaml:4: items[new]: an item needs a kind (correctness, contract, speed or manual)"),
        ("items: [{id: speed-forward, workload: {stride: x}}]", "workload.stride: must be a whole number, or a list"),
        ("limits: &a {call_s: 1}\npolicy: *a", "r.yaml:5: policy: anchors and aliases are not allowed"),
        ("seed: !!python/object/apply:os.system [ls]", "r.yaml:4: seed:"),
        ("operator: conv7d", "r.yaml:4: operator: there is no operator conv7d (did you mean conv2d?)"),
        ("operator: spec", "r.yaml:4: operator: there is no operator spec"),
        ("drop: [nothing]", "r.yaml:4: drop: the extended rubric has no item nothing"),
        ("drop: [speed-forwrd]", "has no item speed-forwrd (did you mean speed-forward?)"),
        ("sha256: abc", "r.yaml:4: sha256: unknown key"),
        ("drop: [forward, dx, dw, db, contract, speed-forward, speed-backward]", "items: "),
        ("tolerance: {float64: .inf}", "r.yaml:4: tolerance.float64: must be below 1 (got .inf)"),
        ("limits: {call_s: 1.0e+10}", "r.yaml:4: limits.call_s: must be at most 86400 (got 10000000000.0)"),
        ("functions: {forward: class}", "r.yaml:4: functions.forward: must be the name of a Python"),
        ("functions: {forward: f, backward: f}", "r.yaml:4: functions.backward: is the same as forward"),
        ("policy: {imports: ['a b']}", "r.yaml:4: policy.imports[0]: must be the name of a Python"),
        ("policy: {forbidden: [np.einsum]}",
         "r.yaml:4: policy.forbidden[0]: must be a full name: numpy.einsum (got np.einsum)"),
        ("policy: {forbidden: [eval, einsum]}", "policy.forbidden[1]: must be a full name: numpy.einsum (got einsum)"),
        ("policy: {forbidden: [numpy.einsumm]}",
         "there is no numpy.einsumm in NumPy (did you mean numpy.einsum?) (got numpy.einsumm)"),
        ("policy: {forbidden: [numpy.linalg.nrom]}", "(did you mean numpy.linalg.norm?)"),
        ("cases: {dtypes: [float32, float32]}", "r.yaml:4: cases.dtypes: a dtype is named twice"),
        ("late: {per_day_percent: 5}", "r.yaml:4: late.due: is missing"),
        ("late: {due: 2026-02-03, per_day_percent: 5}", "r.yaml:4: late.due: must be a date and a time with"),
        ("late: {due: 2026-02-03T23:59:00, per_day_percent: 5}", "r.yaml:4: late.due: must be a date and a time with"),
        ("late: {due: soon, per_day_percent: 101}", "r.yaml:4: late.per_day_percent: must be at most 100 (got 101)"),
        ("items: [{id: dx, cache: any}]", "r.yaml:4: items[dx].cache: must be best or own (got any)"),
        (
            "items: [{id: forward, kind: correctness, output: out, points: 1, cache: own}]",
            "r.yaml:4: items[forward].cache: is for outputs of backward: dx, dw, db",
        ),
        ("seed: 010", "r.yaml:4: seed: 010 begins with a zero"),
        ("limits: {call_s: 1:30}", "r.yaml:4: limits.call_s: 1:30 would be a number to the base 60"),
        ("limits: !!map {call_s: 1}\npolicy: !mine {imports: []}", "r.yaml:5: policy: tags such as !mine"),
        ("cases: {ranges: {N: [1, 256], C: [1, 256], H: [1, 256]}}", "r.yaml:4: cases.ranges: the largest case has"),
        ("items: [{id: speed-forward, kind: speed, function: forward, points: 1, full_at: 1, zero_at: 0.2, "
         "workload: {x: [1, 3, 100001, 100001], w: [1, 3, 3, 3], stride: 1, pad: 1}}]",
         "items[speed-forward].workload: has 400"),
        ("items: [{id: speed-forward, kind: speed, function: forward, points: 1, full_at: 0.1, zero_at: 0.2, "
         "workload: {x: [1, 2, 3, 3], w: [1, 3, 5, 3], stride: 2, pad: 0}}]",
         "items[speed-forward].zero_at: must be below full_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    found = problems(tmp_path, BASE + text + "\n")
    assert any(problem in line for line in found), found
    assert not any(words in line for line in found for words in ("Input", "Value error", "valid "))


def test_each_mistake_is_told_once_and_where_the_rubric_itself_makes_it(tmp_path: Path) -> None:
    """The other ratio is the packaged rubric's; a date that is none is nothing to the model."""
    text = (
        "late: {due: 2026-02-30T10:00:00-08:00, per_day_percent: 10}\nitems: [{id: speed-forward, full_at: 0.0001}]\n"
    )
    found = problems(tmp_path, f"schema: convgrade/1\nextends: cs231n-conv.yaml\nname: x\n{text}")
    assert [line.partition("r.yaml:")[2] for line in found] == [
        "4: late.due: day is out of range for month",
        "5: items[speed-forward].full_at: must be above zero_at (0.0005)",
    ]


def test_all_problems_of_a_workload_are_told(tmp_path: Path) -> None:
    item = "{id: speed-forward, kind: speed, function: forward, points: 1, full_at: 1, zero_at: 0.2, workload: %s}"
    found = problems(tmp_path, BASE + f"items: [{item % '{x: [1, 2, 3, 4], w: [1, 3, 5, 3], stride: 2, pad: 0}'}]\n")
    assert len(found) == 3
    assert all(line.startswith("r.yaml:4: items[speed-forward].workload: ") for line in found)


def test_types_and_meaning_are_told_together(tmp_path: Path) -> None:
    text = (
        BASE + "seed: true\nbogus: 1\nlimits: {call_s: -1}\ncases: {ranges: {stride: [3, 1]}}\n"
        "items: [{id: a, kind: correctness, output: dx, points: '1'},\n"
        "        {id: a, kind: correctness, output: q, points: 1}]\n"
    )
    found = " ".join(problems(tmp_path, text))
    for key in (
        "4: seed:",
        "5: bogus:",
        "6: limits.call_s:",
        "7: cases.ranges.stride:",
        "points:",
        "items[a].id:",
        "output: q",
    ):
        assert key in found


def test_problems_stand_in_the_order_of_lines_and_items_are_called_by_their_ids(tmp_path: Path) -> None:
    text = BASE + "items:\n  - {points: 1}\n  - {id: forwrad, points: 1}\n  - {kind: manual}\nseed: true\nbogus: 1\n"
    found = problems(tmp_path, text)
    assert [line.split(": ")[:2] for line in found] == [
        ["r.yaml:5", "items[0]"],
        ["r.yaml:6", "items[forwrad]"],
        ["r.yaml:7", "items[2].id"],
        ["r.yaml:7", "items[2].points"],
        ["r.yaml:8", "seed"],
        ["r.yaml:9", "bogus"],
    ]
    assert found[1].endswith(" (did you mean forward?)")


def test_missing_base_hides_nothing_and_invents_nothing(tmp_path: Path) -> None:
    found = problems(tmp_path, "schema: convgrade/1\nextends: no.yaml\nbogus: 1\n")
    assert [line.split(":")[1:3] for line in found] == [["2", " extends"], ["3", " bogus"]]


def test_endless_file_is_no_rubric() -> None:
    with pytest.raises(RubricError, match="too large for a rubric"):
        load_rubric(Path("/dev/zero"))


def test_zero_points_are_refused(tmp_path: Path) -> None:
    text = DEFAULT_RUBRIC.read_text()
    for points in ("40", "25", "20", "10", "8", "7"):
        text = text.replace(f"points: {points}", "points: 0")
    assert problems(tmp_path, text)[0].endswith("items: the points that are not bonus add up to zero")


@pytest.mark.parametrize(
    "text", ["", "[]", "- a\n", "a: [", "\x00", "a: !!binary x", "7", "{" * 5000, "x: 1\n" * 300_000]
)
def test_file_that_is_no_rubric_is_refused(tmp_path: Path, text: str) -> None:
    assert all(problem.startswith("r.yaml") for problem in problems(tmp_path, text))


def test_base_of_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("extends: r.yaml\n")
    assert "extends itself" in problems(tmp_path, "extends: other.yaml\n")[0]


def test_extending_replaces_adds_and_drops(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(
        BASE + "limits: {call_s: 3}\ndrop: [speed-forward, speed-backward]\n"
        "items:\n  - {id: db, kind: correctness, output: db, points: 2}\n"
        "  - {id: extra, kind: contract, points: 2, bonus: true, checks: [canonical_cache]}\n"
    )
    rubric = load_rubric(file)
    assert [item.id for item in rubric.items] == ["forward", "dx", "dw", "db", "contract", "extra"]
    assert rubric.max_score == 94
    assert (rubric.limits.call_s, rubric.limits.memory_mib, rubric.seed) == (3, 2048, 231)
    assert rubric.sha256 != load_rubric(DEFAULT_RUBRIC).sha256


def test_operators_are_dropped_with_their_items(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    head = "schema: convgrade/1\nextends: cs231n-convnets\nname: r\n"
    file.write_text(head + "drop: [batchnorm, groupnorm, pool-contract]\n")
    rubric = load_rubric(file)
    assert {item.operator for item in rubric.items} == {"conv", "pool"}  # one without items would be refused
    assert "pool-contract" not in {item.id for item in rubric.items}
    of_pool = ", ".join(item.id for item in rubric.items if item.operator == "pool")
    (problem,) = problems(tmp_path, head + f"drop: [{of_pool}, pool-contract]\n")
    assert "operators.pool: no item is about it; leave it out (where it is extended: `drop: [pool]`)" in problem
    (problem,) = problems(tmp_path, head + "drop: [batchnrm]\n")
    assert "has no item or operator batchnrm (did you mean batchnorm?)" in problem


def test_operators_beside_a_base_that_has_one_are_told_what_to_extend(tmp_path: Path) -> None:
    """They were told of each key and item of the packaged file."""
    text = "schema: convgrade/1\nextends: cs231n-conv\nname: r\noperators: {pool: {operator: max_pool2d}}\n"
    (problem,) = problems(tmp_path, text)
    assert problem.startswith("r.yaml:4: operators: cs231n-conv, which this extends, is about one operator")
    assert "extend a rubric of several, as cs231n-convnets is one" in problem


def test_drop_takes_a_name_that_both_have_for_the_item(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        "schema: convgrade/1\nextends: cs231n-convnets\nname: base\ndrop: [conv, batchnorm, groupnorm]\n"
        "items: [{id: pool, operator: pool, kind: correctness, output: dx, points: 9}]\n"
    )
    file = tmp_path / "r.yaml"
    file.write_text("schema: convgrade/1\nextends: base\nname: r\ndrop: [pool]\n")
    left = {item.id for item in load_rubric(file).items}
    assert ("pool" in left, "pool-dx" in left) == (False, True)


def test_item_without_a_kind_changes_only_the_keys_that_it_has(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(
        "schema: convgrade/1\nextends: cs231n-conv\nitems:\n  - {id: forward, points: 30}\n"
        "  - {id: speed-forward, workload: {stride: 1}}\n  - {id: dx, kind: correctness, output: dx, points: 25}\n"
    )
    before = {item.id: item for item in load_rubric(DEFAULT_RUBRIC).items}
    after = {item.id: item for item in load_rubric(file).items}
    assert list(after) == list(before)
    assert after["forward"] == before["forward"].model_copy(update={"points": 30.0})
    speed, dx = after["speed-forward"], after["dx"]
    assert isinstance(speed, SpeedItem)
    assert isinstance(dx, CorrectnessItem)
    assert (speed.workload["stride"], speed.workload["pad"]) == (1, 1)
    assert dx.credit == "all_or_nothing"  # with a kind, it takes the other's place
    assert after["dw"] == before["dw"]


def test_float_without_a_point_is_a_float(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(BASE + "tolerance: {float64: 1e-8}\n")
    assert one_operator(file).tolerance.float64 == 1e-8


def test_broken_rubric_ends_with_status_2_and_every_line_on_stderr(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text(BASE + "seed: x\nlimits: {call_s: 0}\n")
    done = grade(SUBMISSIONS / "alice.py", "--rubric", file)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"{file}:4: seed: " in done.stderr
    assert f"{file}:5: limits.call_s: " in done.stderr
    assert "Traceback" not in done.stderr


def test_rubric_that_is_not_there_ends_with_status_2(tmp_path: Path) -> None:
    done = grade(SUBMISSIONS / "alice.py", "--rubric", tmp_path / "no.yaml")
    assert done.returncode == 2
    assert "cannot be read: No such file" in done.stderr


_HARD = (
    b"a: 1\nb: [x, {c: 'd\n  e', \"f\": ~}]\nc: |\n  text\n\n  more\nd: >\n  folded\n  text\ne: '1'\nf: 1e-9\n",
    b"a:\tb\n",
    b"a: 1\n\tb: 2\n",
    b"a: &x [1]\nb: *x\n",
    b"a: !!python/none x\n",
    b"a: 'open\nb: 1\n",
    b"a: [1, 2\nb: 3\n",
    b"a: 1\n---\nb: 2\n",
    b"a: \x01\n",
    b"a: 1\na: 2\nb: 010\nc: 1:30\nd: 2020-02-30\n",
    b"- 1\n",
    b"",
    b"[" * 3000,
)
"""Texts of which something is wrong, or that are hard to read."""


@pytest.mark.slow
@pytest.mark.parametrize("data", [*(file.read_bytes() for file in sorted(PACKAGED.glob("*.yaml"))), *_HARD])
def test_rubric_is_read_alike_with_and_without_libyaml(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for _ in range(2):
        problems: list[str] = []
        found.append((located_yaml.parse(Path("r.yaml"), data, problems), problems))
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert found[0] == found[1]
