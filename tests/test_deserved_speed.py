"""Speed that is not deserved: results that nobody copied, work done off the clock, machine code, noise, endless timing.

`python -m benchmarks.cheats` prints what each of `tests/attacks/s*.py` gains on the packaged workload.
"""

import platform
import textwrap
from collections.abc import Iterator
from pathlib import Path
from statistics import geometric_mean, median

import numpy as np
import pytest

from benchmarks.cheats import ATTACKS, Aim, aim_of, program
from grader.pipeline import Grader, Options
from grader.records import FUNCTIONS, Doubt, Entry, Function, Interval, Place, Timing, Verdict
from grader.rubric.model import Policy
from grader.rubric.reading import load_rubric
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote
from tests.test_timing import rubric_with

INPUTS = ("x", "w", "b")
ARRAYS = {name: np.arange(4.0).reshape(2, 2) for name in INPUTS}
REGION_BYTES = 2**20
CHEATS = sorted(ATTACKS.glob("s*.py"))
WORKLOAD = "workload: {x: [12, 3, 20, 20], w: [12, 3, 3, 3], stride: 1, pad: 1}, full_at: 0.5, zero_at: 0.00001"


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote() as zygote:
        yield zygote


def session(zygote: Zygote, code: str, allowed: tuple[str, ...] = (), *, timed: bool = True) -> Session:
    names: dict[Function, str] = {"forward": "forward", "backward": "backward"}
    program = Program(textwrap.dedent(code), names, INPUTS, {"forward": ("out",), "backward": ("dx",)})
    limits = SessionLimits(call_s=10, cpu_s=60, memory_bytes=2**30, output_bytes=4096)
    return Session(zygote, program, limits, REGION_BYTES, allowed=allowed, timed=timed)


# Copying


def test_timed_results_are_read_where_they_lie(zygote: Zygote) -> None:
    """Nothing is written to the shared memory, so nobody saves anything by computing there."""
    code = "def forward(x, w, b, p): return (x @ w + b).T, None\ndef backward(d, c): return d.astype('>f4')"
    with session(zygote, code) as one:
        out = one.forward(ARRAYS, {}).outputs["out"].array
        dx = one.backward(np.ones((3, 1)), ARRAYS, {}, "canonical").outputs["dx"].array
        inputs = 4 * 64  # bytes, with the upstream gradient
        assert not any(one._keeper.region.memory[inputs:])
    x = ARRAYS["x"]
    np.testing.assert_array_equal(out, (x @ x + x).T)
    np.testing.assert_array_equal(dx, np.ones((3, 1), np.float32))


FORGED = """
import json, os, struct
import numpy as np
held = np.arange(3.0)
here = held.__array_interface__["data"][0]
def forward(x, w, b, p):
    body = json.dumps({{"id": 2, "outputs": ["<f8 {size}"], "at": {at}, "end": 4096, "has_cache": True}}).encode()
    os.write(3, struct.pack(">I", len(body)) + body)
    while True: pass
"""


@pytest.mark.parametrize(
    ("at", "size"),
    [
        *((at, 3) for at in ("[0]", "[-8]", "[2**64 - 16]", "[2**63]", "[2**70]", "[1.5]", "[str(here)]", "[None]")),
        *((at, 3) for at in ("[]", "[here, here]", "{}", "7", "None", "[[here]]")),
        ("[here]", 2**17),
        ("[here]", 2**40),
    ],
)
def test_lying_address_of_an_output_is_a_crash(zygote: Zygote, at: str, size: int) -> None:
    with session(zygote, FORGED.format(at=at, size=size)) as one:
        outcome = one.forward(ARRAYS, {})
    assert outcome.verdict is Verdict.CRASHED
    assert outcome.error is not None
    assert outcome.error.type == "ProtocolError"


def test_true_address_of_an_output_is_taken(zygote: Zygote) -> None:
    """As in the test before, but for the lie."""
    with session(zygote, FORGED.format(at="[here]", size=3)) as one:
        np.testing.assert_array_equal(one.forward(ARRAYS, {}).outputs["out"].array, np.arange(3.0))


# Machine code


def test_what_is_usually_imported_is_there_though_no_machine_code_can_be_loaded(zygote: Zygote) -> None:
    names = [*Policy().imports, "numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma", "numpy.polynomial"]
    code = f"""
        import importlib
        import sys
        {"; ".join(f"import {name}" for name in names)}
        import numpy as np
        np.linalg.svd(np.eye(3)), np.fft.fft(np.ones(8)), np.random.default_rng(1).normal(size=3), np.random.rand(2)
        collections.Counter("aab").most_common(1), random.gauss(0, 1), time.strptime("2026", "%Y")
        re.compile("\\\\w", re.UNICODE), "\\N{{BULLET}}"
        def forward(x, w, b, p):
            return importlib.import_module("_lsprof"), None
    """
    with session(zygote, code) as one:
        assert one.isolation.seccomp or one.load().verdict is Verdict.PASSED
        assert one.skipped == ()
        error = one.forward(ARRAYS, {}).error
    assert error is not None
    assert (error.type, "failed to map segment" in error.text) == ("ImportError", True)


def test_what_a_rubric_allows_can_be_loaded(zygote: Zygote) -> None:
    for allowed in (("cProfile", "numpy"), ("scipy",)):
        code = f"""
            import numpy as np
            import {"cProfile" if "cProfile" in allowed else "scipy.special"}
            def forward(x, w, b, p): return x, None
        """
        with session(zygote, code, allowed) as one:
            one.load()
            assert one.skipped == ()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the machine code is for x86-64")
@pytest.mark.parametrize("cheat", [path for path in CHEATS if "67" in path.stem], ids=lambda path: path.stem)
def test_machine_code_runs_only_where_no_layer_holds_it(zygote: Zygote, cheat: Path) -> None:
    """Where nothing holds it, it takes half of the baseline's time: see `h67`."""
    with session(zygote, program(cheat.stem)) as held:
        held.load()
        assert (held.skipped, held.stdout) == ((), b"")
        assert held.isolation.seccomp
    with Zygote(()) as bare, session(bare, program(cheat.stem)) as free:
        free.load()
        assert free.stdout.startswith(b"BROKE "), free.skipped


# The whole stopwatch


def timed(rubric: Path, *codes: str) -> list[tuple[Timing, ...]]:
    """How timing ended, for each of these submissions."""
    found = []
    with Grader(load_rubric(rubric), Options(verification=False)) as grader:
        for number, code in enumerate(codes):
            path = rubric.with_name("s.py")
            path.write_text(code)
            found.append(grader.examine(Entry(f"s{number}", "s", "s.py", Place(str(path)))).timings)
    return found


def small_rubric(folder: Path, **limits: float) -> Path:
    path = rubric_with(folder, **limits)
    items = (f"{{id: speed-{f}, kind: speed, function: {f}, points: 10, {WORKLOAD}}}" for f in FUNCTIONS)
    path.write_text(f"{path.read_text()}items: [{', '.join(items)}]\n")
    return path


BURNS = """
import time
_forward, _backward, _calls = conv_forward_naive, conv_backward_naive, []


def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass


def conv_forward_naive(x, w, b, conv_param):
    out, cache = _forward(x, w, b, conv_param)
    if _calls:
        burn(0.02)
    return {out}, (cache,)


def conv_backward_naive(dout, cache):
    (cache,) = cache
    _calls.append(dout)
    return _backward(dout, cache)
"""


def test_work_for_backward_in_its_forward_pass_counts(tmp_path: Path) -> None:
    """Whether forward itself was timed (then what is beyond its time counts) or was wrong (then all of it)."""
    rubric = small_rubric(tmp_path, timing_s=0.05)
    honest, right, wrong = timed(
        rubric, *(program("fast") + text for text in ("", BURNS.format(out="out"), BURNS.format(out="0 * out")))
    )
    for forward, backward in (right, wrong):
        assert backward.speed is not None, backward
        assert 0.02 < backward.speed.student_s < 0.1
        assert (forward.speed is None) == (forward is wrong[0])
    assert honest[1].speed is not None
    assert honest[1].speed.student_s < 0.02


def interval(timings: tuple[Timing, ...], aim: Aim) -> Interval | None:
    """The interval of a function's ratio, or of the mean of both; None where there is none."""
    speeds = [timing.speed for timing in timings if aim in ("both", timing.function)]
    ratios = [speed.ratio for speed in speeds if speed is not None]
    if len(ratios) < len(speeds):
        return None
    columns = zip(*((ratio.median, ratio.low, ratio.high) for ratio in ratios), strict=True)
    return Interval(*map(geometric_mean, columns))


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Timing, ...]]:
    """Every attack and every honest program, timed in one run."""
    names = dict.fromkeys([*(aim_of(cheat)[1] for cheat in CHEATS), *(cheat.stem for cheat in CHEATS)])
    rubric = small_rubric(tmp_path_factory.mktemp("raced"), timing_s=0.1)
    return dict(zip(names, timed(rubric, *map(program, names)), strict=True))


def gained(cheat: tuple[Timing, ...], honest: tuple[Timing, ...], aim: Aim) -> float:
    """How far the interval of an attack's ratio is above the one of the honest program: below 1 where they overlap."""
    reached, deserved = interval(cheat, aim), interval(honest, aim)
    assert deserved is not None
    return reached.low / deserved.high if reached is not None else 0


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda path: path.stem)
def test_cheating_gains_nothing(raced: dict[str, tuple[Timing, ...]], tmp_path: Path, cheat: Path) -> None:
    """What else the machine did then may be all of a gain that is seen once: the median of five pairs decides."""
    aim, honest = aim_of(cheat)
    gains = [gained(raced[cheat.stem], raced[honest], aim)]
    if gains[0] >= 1.05:
        again = timed(small_rubric(tmp_path, timing_s=0.1), *map(program, 5 * (honest, cheat.stem)))
        gains = [gained(of_cheat, of_honest, aim) for of_honest, of_cheat in zip(again[::2], again[1::2], strict=True)]
    assert median(gains) < 1.05, gains


def test_cache_of_another_forward_pass_is_no_cache(raced: dict[str, tuple[Timing, ...]]) -> None:
    """Where the timed forward pass, or a second one, leaves out what it should do, there is no ratio."""
    for name in ("s65_prepared_in_place_of_forward", "s66_linear_map_in_place_of_forward"):
        assert raced[name][1].verdict is Verdict.FAILED
        assert "on the timed workload" in (raced[name][1].message or "")


SLOW = """
import time
_forward = conv_forward_naive


def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass


def conv_forward_naive(x, w, b, conv_param):
    burn({each})
    return _forward(x, w, b, conv_param)


burn({loading})
"""


def test_all_of_timing_has_one_cap_and_the_report_says_that_it_was_reached(tmp_path: Path) -> None:
    rubric = small_rubric(tmp_path, timing_s=0.1, call_s=0.5)  # at most 1.5 s in all
    cut, never = timed(rubric, *(program("fast") + SLOW.format(loading=a, each=b) for a, b in ((0.45, 0.06), (0, 0.4))))
    assert cut[0].speed is not None
    assert Doubt.STOPPED in cut[0].speed.doubts
    for timing in (cut[1], *never):
        assert (timing.verdict, timing.speed) == (Verdict.TIMEOUT, None)
        assert "took more than 1.5 s" in (timing.message or "")
