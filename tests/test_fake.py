"""The fake session says what a real one does, of the same functions."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.records import FUNCTIONS, CallOutcome, Function, Verdict
from grader.sandbox.base import BaseSession, Program, SessionLimits
from grader.sandbox.fake import FakeSession, ScriptedClock
from grader.sandbox.requests import CacheMode, Call, Exchange
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote

INPUTS = ("x", "w")
OUTPUTS: dict[Function, tuple[str, ...]] = {"forward": ("out",), "backward": ("dx", "dw")}
LIMITS = SessionLimits(call_s=10, cpu_s=60, memory_bytes=256 * 2**20, output_bytes=4096)
X, W, UPSTREAM = np.arange(6.0).reshape(2, 3), np.arange(3.0), np.array([1.0, -1.0])
RIGHT = """
def forward(x, w, p):
    return p["k"] * x @ w, (x, w, p)
def backward(dout, cache):
    x, w, p = cache
    return p["k"] * np.outer(dout, w), p["k"] * dout @ x
"""
WAYS = {
    "right": RIGHT,
    "own cache": "def forward(x, w, p): return x @ w, (w, x, p)\n"
    "def backward(dout, cache):\n    w, x, p = cache\n    return np.outer(dout, w), dout @ x",
    "no cache": "def forward(x, w, p): return x @ w\ndef backward(dout, cache): return None",
    "one thing": "def forward(x, w, p): return None, None\ndef backward(dout, cache): return [1.0], dout",
    "changed": "def forward(x, w, p):\n    w += 1; p['k'] = 5\n    return w.copy(), (x, w, p)\n"
    "def backward(dout, cache):\n    dout[0] = 9\n    return dout, dout",
    "changed and kept": "def forward(x, w, p):\n    w += 1\n    x *= p['k']\n    return x @ w, (x, w)\n"
    "def backward(dout, cache):\n    x, w = cache[:2]\n    return np.outer(dout, w), dout @ x",
    "crash": "def forward(x, w, p): raise ValueError(p['k'])\ndef backward(dout, cache): return cache.missing",
}


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote(()) as process:
        yield process


def fake(code: str, outputs: Any = OUTPUTS, **options: Any) -> FakeSession:
    namespace: dict[str, Any] = {"np": np}
    exec(code, namespace)
    return FakeSession({function: namespace[function] for function in FUNCTIONS}, INPUTS, outputs, **options)


def seen(outcome: CallOutcome) -> tuple[object, ...]:
    """What is told of an outcome; bytes for arrays, and no times."""
    outputs = {
        name: (one.kind, one.shape, one.dtype, None if one.array is None else one.array.tobytes())
        for name, one in outcome.outputs.items()
    }
    error = None if outcome.error is None else (outcome.error.type, outcome.error.text)
    return outcome.function, outcome.verdict, outputs, set(outcome.mutated), error


def story(session: BaseSession, parameters: dict[str, Any], outputs: Any, **called: Any) -> list[object]:
    """Calls in every mode, and what became of the cache."""
    arrays = {"x": X, "w": W}
    told: list[object] = []
    mode: CacheMode
    for mode in ("own", "aside"):
        told.append(seen(session.forward(arrays, parameters, cache=mode)))
        told.append(session.has_own_cache)
        told.append(
            seen(session.backward(UPSTREAM, arrays, parameters, mode if session.has_own_cache else "canonical"))
        )
    told.append(seen(session.backward(UPSTREAM, arrays, parameters, "canonical")))
    for mode in ("aside", "own"):  # what forward left is still theirs
        told.append(seen(session.backward(UPSTREAM, arrays, parameters, mode)))
    problem: Any = SimpleNamespace(arrays=arrays, upstream=UPSTREAM, parameters=parameters)
    calls = [*(Call(0, function) for function in FUNCTIONS), Call(0, "backward", "canonical")]
    together = session.calls(Exchange.of([problem], calls, INPUTS, outputs, **called), 5)
    told.append(None if together is None else [seen(outcome) for outcome in together])
    session.restart()
    told.append(session.has_own_cache)
    return told


@pytest.mark.parametrize("code", WAYS.values(), ids=WAYS)
def test_fake_session_tells_what_a_real_one_does(zygote: Zygote, code: str) -> None:
    program = Program(f"import numpy as np\n{code}", {f: f for f in FUNCTIONS}, INPUTS, OUTPUTS)
    with Session(zygote, program, LIMITS, 2**20) as session:
        assert story(fake(code), {"k": 2}, OUTPUTS) == story(session, {"k": 2}, OUTPUTS)


AVERAGES = {
    "right": "p['mean'] = p['mean'] + G * x.mean()",
    "in place": "p['mean'] += G",
    "missing": "del p['mean']",
    "junk": "p['mean'] = [p]",
    "another key": "p['k'] = 7",
}


@pytest.mark.parametrize("code", AVERAGES.values(), ids=AVERAGES)
def test_fake_session_does_with_scalars_and_what_a_call_leaves_in_its_dict(zygote: Zygote, code: str) -> None:
    code = RIGHT.replace("x, w, p", "x, w, G, p").replace("p):\n", f"p):\n    {code}\n")
    outputs: dict[Function, tuple[str, ...]] = {**OUTPUTS, "forward": ("out", "mean")}
    parameters = {"G": 3, "k": 2, "mean": np.array([0.1, 0.2], np.float32)}
    called: dict[str, Any] = {"scalars": ("G",), "left": ("mean",)}
    program = Program(f"import numpy as np\n{code}", {f: f for f in FUNCTIONS}, INPUTS, outputs, **called)
    with Session(zygote, program, LIMITS, 2**20) as session:
        assert story(fake(code, outputs, **called), parameters, outputs, **called) == story(
            session, parameters, outputs, **called
        )


def test_call_takes_what_the_script_says_and_no_longer_than_it_may() -> None:
    clock = ScriptedClock()
    session = fake(RIGHT, clock=clock, seconds=lambda first: 0.25 * len(first), call_s=1.0, allowance_s=2.0)
    outcomes = [session.forward({"x": X[:1].repeat(rows, axis=0), "w": W}, {"k": 1}) for rows in (1, 3, 9, 2)]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.PASSED, Verdict.PASSED, *[Verdict.TIMEOUT] * 2]
    assert [outcome.counted_s for outcome in outcomes] == [0.25, 0.75, 1.0, 0.0]
    assert (clock(), session.spent_s, session.is_spent) == (2.0, 2.0, True)
