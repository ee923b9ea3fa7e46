"""Real processes: what a submission can do to its own process, and what it costs it."""

import os
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.errors import JudgeError
from grader.records import FUNCTIONS, CallOutcome, Function, Verdict
from grader.records.words import Kind
from grader.sandbox.base import Program, SessionLimits
from grader.sandbox.child_process import Child
from grader.sandbox.inside import wire
from grader.sandbox.requests import CacheMode, Call, Exchange
from grader.sandbox.session import Session
from grader.sandbox.spawn import Zygote

INPUTS = ("x", "w", "b")
OUTPUTS: dict[Function, tuple[str, ...]] = {"forward": ("out",), "backward": ("dx", "dw", "db")}
ARRAYS = {"x": np.arange(4.0).reshape(1, 1, 2, 2), "w": np.ones((1, 1, 1, 1)), "b": np.zeros(1)}
PARAMETERS = {"stride": 1, "pad": 0}
LIMITS = SessionLimits(call_s=0.4, cpu_s=60, memory_bytes=128 * 2**20, output_bytes=4096)
OK = "def backward(dout, cache): return dout + 1, dout + 2, dout + 3\n"

Opener = Callable[..., Session]


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote() as process:
        yield process


@pytest.fixture
def open_session(zygote: Zygote) -> Iterator[Opener]:
    opened = []

    def open_session(
        code: str, limits: SessionLimits = LIMITS, allowed: tuple[str, ...] = (), *, timed: bool = False
    ) -> Session:
        names: dict[Function, str] = {"forward": "forward", "backward": "backward"}
        program = Program(textwrap.dedent(code), names, INPUTS, OUTPUTS)
        opened.append(Session(zygote, program, limits, 2**20, allowed=allowed, timed=timed))
        return opened[-1]

    yield open_session
    for session in opened:
        session.close()


def forward(session: Session) -> CallOutcome:
    return session.forward(ARRAYS, PARAMETERS)


def backward(session: Session) -> CallOutcome:
    return session.backward(np.ones((1, 1, 2, 2)), ARRAYS, PARAMETERS, "canonical")


def test_outputs_come_back_by_their_bytes(open_session: Opener) -> None:
    session = open_session("def forward(x, w, b, p): return x.T * 2, (x, w, b, p)\n" + OK)
    outcome = forward(session)
    np.testing.assert_array_equal(outcome.outputs["out"].array, ARRAYS["x"].T * 2)
    assert [returned.kind for returned in backward(session).outputs.values()] == ["array"] * 3
    assert session.has_own_cache


@pytest.mark.parametrize(
    ("body", "verdict", "error"),
    [
        ("while True: pass", Verdict.TIMEOUT, None),
        ("import os; os._exit(0)", Verdict.CRASHED, "Exit"),
        ("class MemoryError(Exception): pass\n  raise MemoryError", Verdict.CRASHED, "MemoryError"),
        ("import sys; sys.exit(0)", Verdict.CRASHED, "SystemExit"),
        ("import ctypes; ctypes.string_at(0)", Verdict.CRASHED, "SIGSEGV"),
        ("import os; os.abort()", Verdict.CRASHED, "SIGABRT"),
        ("return f(x)\nf = lambda x: f(x)", Verdict.CRASHED, "RecursionError"),
        ("y = bytearray(2**40)", Verdict.MEMORY, "MemoryError"),
        ("y = [bytearray(2**20) for _ in range(10**6)]", Verdict.MEMORY, "MemoryError"),
        ("import numpy as np; np.ones(2**40)", Verdict.MEMORY, "MemoryError"),
        ("print('x' * 10**6)", Verdict.OUTPUT_LIMIT, None),
        ("import os\nwhile True: os.write(2, b'x' * 1000)", Verdict.OUTPUT_LIMIT, None),
        ("raise ValueError('x' * 10**8)", Verdict.CRASHED, "ValueError"),
        ("raise KeyboardInterrupt", Verdict.CRASHED, "KeyboardInterrupt"),
        ("import os; os.write(3, b'garbage garbage')", Verdict.CRASHED, "ProtocolError"),
        ("import os; os.write(3, b'\\0\\0\\0\\2{}')", Verdict.CRASHED, "ProtocolError"),
        ("import os; os.write(3, b'\\0\\0\\0\\2[]')", Verdict.CRASHED, "ProtocolError"),
        ("import os; os.write(3, b'\\xff\\xff\\xff\\xff')", Verdict.CRASHED, "ProtocolError"),
        ("import os; os.close(3)", Verdict.CRASHED, "Exit"),
        ("class E(Exception):\n    def __str__(self): raise self\n  raise E", Verdict.CRASHED, "E"),
    ],
)
def test_call_that_does_not_return_costs_itself_only(
    open_session: Opener, body: str, verdict: Verdict, error: str | None
) -> None:
    code = "f = None\ndef forward(x, w, b, p):\n" + textwrap.indent(body.replace("\n  raise", "\nraise"), "    ")
    if "f = lambda" in body:
        code = "f = lambda x: f(x)\ndef forward(x, w, b, p): return f(x)"
    limits = LIMITS if verdict is Verdict.TIMEOUT else replace(LIMITS, call_s=10)  # a slow machine takes long for some
    session = open_session(code + "\n" + OK, limits)
    outcome = forward(session)
    assert outcome.verdict is verdict
    if error is not None:
        assert outcome.error is not None
        assert outcome.error.type == error
        assert len(outcome.error.text) <= 2000
    again = backward(session)
    assert again.verdict is Verdict.PASSED
    assert again.outputs["dw"].array is not None


def test_forged_answer_is_no_answer(open_session: Opener) -> None:
    """A submission that answers in the child's place, with the right id, is found out by its second answer."""
    session = open_session("""
        import json, os, struct
        def forward(x, w, b, p):
            for i in range(10):
                body = json.dumps({"id": i, "outputs": [], "has_cache": True}).encode()
                os.write(3, struct.pack(">I", len(body)) + body)
    """)
    assert forward(session).verdict is Verdict.CRASHED


@pytest.mark.parametrize(
    ("output", "end"),
    [
        ("<f8 1000000000000", 4096),
        (f"<f8 {2**61} {2**61}", 4096),
        ("<f8 600", 4096),
        ("O 1", 4096),
        ("<f8 -1", 4096),
        ("<f8 \u00b2", 4096),
        ("<f8  1", 4096),
        ("<f8" + " 1" * 40, 4096),
        ("<f8" + " 1" * 10**5, 4096),
        ("<f8 1", -8),
        ("<f8 1", 0),
        ("<f8 1", 2**21),
        ("<f8 1", True),
        ("<f8 1", "4096"),
        ({"kind": 7}, 4096),
        ({}, 4096),
        (7, 4096),
    ],
)
def test_lying_description_of_an_output_is_a_crash(open_session: Opener, output: object, end: object) -> None:
    session = open_session(f"""
        import json, os, struct
        def forward(x, w, b, p):
            body = json.dumps({{"id": 2, "outputs": [{output!r}], "end": {end!r}, "has_cache": True}}).encode()
            os.write(3, struct.pack(">I", len(body)) + body)
            while True: pass
    """)
    outcome = forward(session)
    assert outcome.verdict is Verdict.CRASHED
    assert outcome.error is not None
    assert outcome.error.type == "ProtocolError"


def test_true_description_of_an_output_is_taken(open_session: Opener) -> None:
    """As in the test before, but for the lie."""
    session = open_session("""
        import json, os, struct, time
        def forward(x, w, b, p):
            body = json.dumps({"id": 2, "outputs": ["<f8 1"], "end": 4096, "has_cache": True}).encode()
            os.write(3, struct.pack(">I", len(body)) + body)
            while True: pass
    """)
    outcome = forward(session)
    assert outcome.outputs["out"].shape == (1,)


def test_inputs_changed_in_place_are_seen(open_session: Opener) -> None:
    session = open_session("""
        def forward(x, w, b, p):
            x[...] = 0; b += 1
            return x, None
    """)
    assert forward(session).mutated == ("x", "b")


@pytest.mark.parametrize(
    ("change", "mutated"),
    [
        ("p['pad'] = 1", ("parameters",)),
        ("p.clear()", ("parameters",)),
        ("p['columns'] = x.copy()", ("parameters",)),
        ("del p['stride']", ("parameters",)),
        ("p['pad'] = 'none'", ("parameters",)),
        ("b.shape = (-1, 1)", ("b",)),
        ("x.shape = (4,); w.shape = (1,)", ("x", "w")),
        ("x.strides = (0, 0, 0, 0)", ("x",)),
        ("x.dtype = 'i8'", ("x",)),
        ("x.flags.writeable = False", ("x",)),
        ("b += 1; b.shape = (1, 1)", ("b",)),
        ("return map(lambda value: p.clear() or value, [x.copy(), None])", ("parameters",)),
        ("p['pad'] = 0", ()),
        ("p['pad'] += 0; x = x.reshape(4); b = b[:, None]", ()),
        ("given = x.shape; x.shape = (4, 1); x.shape = given; w.shape = (1,); w.shape = (1, 1, 1, 1)", ()),
        ("p = dict(p, pad=3); p.clear()", ()),
    ],
)
def test_inputs_changed_otherwise_than_in_their_numbers_are_seen(
    open_session: Opener, change: str, mutated: tuple[str, ...]
) -> None:
    session = open_session(f"def forward(x, w, b, p):\n    kept = x.copy()\n    {change}\n    return kept, None")
    assert forward(session).mutated == mutated


@pytest.mark.parametrize(
    ("change", "mutated"),
    [("cache[3].clear()", ("parameters",)), ("dout.shape = (4,)", ("upstream",)), ("cache[2].shape = (1, 1)", ("b",))],
)
def test_backward_is_blamed_for_what_it_changes_and_not_for_what_forward_did(
    open_session: Opener, change: str, mutated: tuple[str, ...]
) -> None:
    session = open_session(f"""
        def forward(x, w, b, p):
            p["pad"] = 7
            return x.copy(), (x, w, b, p)
        def backward(dout, cache):
            {change}
            return dout.copy(), dout, dout
    """)
    assert forward(session).mutated == ("parameters",)
    assert session.backward(np.ones((1, 1, 2, 2)), ARRAYS, PARAMETERS, "own").mutated == mutated
    assert backward(session).mutated == mutated


@pytest.mark.parametrize("timed", [False, True])
def test_backward_finds_the_inputs_as_the_forward_pass_of_its_cache_left_them(
    open_session: Opener, timed: bool
) -> None:
    code = """
        def forward(x, w, b, p):
            x += w
            return x.copy(), (x, w)
        def backward(dout, cache):
            cache[1][...] = 9
            return cache[0].copy(), dout, dout
    """
    session, upstream = open_session(code, timed=timed), np.ones((1, 1, 2, 2))
    others = {name: values + 100 for name, values in ARRAYS.items()}
    cache: CacheMode
    for cache, arrays in (("own", ARRAYS), ("aside", others)):
        changed = session.forward(arrays, PARAMETERS, cache=cache).mutated
        assert changed == (() if timed else ("x",))
    for cache, x in (("own", ARRAYS["x"] + 1), ("canonical", ARRAYS["x"]), ("aside", others["x"] + 101)):
        arrays = others if cache == "aside" else ARRAYS
        for _ in range(2):
            outcome = session.backward(upstream, arrays, PARAMETERS, cache)
            np.testing.assert_array_equal(outcome.outputs["dx"].array, x)
            assert outcome.mutated == (() if timed else ("w",))
    session.restart()
    outcome = session.backward(upstream, ARRAYS, PARAMETERS, "own")
    np.testing.assert_array_equal(outcome.outputs["dx"].array, ARRAYS["x"])


@pytest.mark.parametrize("lie", ["7", "[0, 0, 0, 0, 0, 0]", "{}"])
def test_malformed_list_of_changed_inputs_is_a_breach(open_session: Opener, lie: str) -> None:
    session = open_session(f"""
        import json, os, struct
        def forward(x, w, b, p):
            answer = {{"id": 2, "outputs": ["<f8 1"], "end": 4096, "has_cache": True, "changed": {lie}}}
            body = json.dumps(answer).encode()
            os.write(3, struct.pack(">I", len(body)) + body)
            while True: pass
    """)
    outcome = forward(session)
    assert outcome.error is not None
    assert outcome.error.type == "ProtocolError"


def test_every_call_gets_fresh_inputs(open_session: Opener) -> None:
    session = open_session("def forward(x, w, b, p):\n    y = x.copy(); x[...] = 0\n    return y, None")
    for _ in range(2):
        np.testing.assert_array_equal(forward(session).outputs["out"].array, ARRAYS["x"])


@pytest.mark.parametrize(
    ("value", "kind", "what"),
    [
        ("None, None", Kind.NONE, ""),
        ("[1.0], None", Kind.OTHER, "a list of 1"),
        ("x.astype(object), None", Kind.OTHER, "an array of dtype object"),
        ("x.astype(complex), None", Kind.OTHER, "an array of dtype complex128"),
        ("np.zeros(1, [('a', float)]), None", Kind.OTHER, "an array of dtype [('a', '<f8')]"),
        ("np.broadcast_to(1.0, (10**6, 10**6)), None", Kind.TOO_LARGE, ""),
        ("(i for i in x), None", Kind.OTHER, "a generator"),
        ("np.float64(1), None", Kind.ARRAY, ""),
        ("np.ma.masked_array(x, x > 1), None", Kind.ARRAY, ""),
        ("x.astype('>f8'), None", Kind.ARRAY, ""),
        ("x.astype(np.longdouble), None", Kind.ARRAY, ""),
        ("x", Kind.NO_TUPLE, "an array"),
        ("x, x, x", Kind.NO_TUPLE, "a tuple of 3"),
        ("{x.shape: x, 'cache': None}", Kind.NO_TUPLE, "a dict"),
        ("'xy'", Kind.NO_TUPLE, "a str"),
        ("np.zeros(2)", Kind.NO_TUPLE, "an array"),
        ("iter([x] * 3)", Kind.NO_TUPLE, "a list_iterator"),
        ("(x for _ in iter(int, 1))", Kind.NO_TUPLE, "a generator"),
        ("map(np.copy, (x, b))", Kind.ARRAY, ""),
        ("dict(out=x, cache=None).values()", Kind.ARRAY, ""),
        ("__import__('collections').deque([x, None])", Kind.ARRAY, ""),
        ("type('Pair', (), {'__getitem__': lambda _, at: (x, None)[at]})()", Kind.ARRAY, ""),
        ("None", Kind.NONE, ""),
    ],
)
def test_what_is_returned_is_called_by_its_name(open_session: Opener, value: str, kind: Kind, what: str) -> None:
    session = open_session(f"import numpy as np\ndef forward(x, w, b, p): return {value}")
    returned = forward(session).outputs["out"]
    assert (returned.kind, returned.what) == (kind, what)


def test_breach_is_told_without_waiting_for_an_end(open_session: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(child: Child) -> bool:
        raise AssertionError

    monkeypatch.setattr(Child, "ends_by_itself", wait)
    outcome = forward(open_session("import os\ndef forward(*a): os.write(3, b'garbage garbage')"))
    assert outcome.error is not None
    assert outcome.error.type == "ProtocolError"


def test_lying_array_subclass_counts_by_its_bytes(open_session: Opener) -> None:
    session = open_session("""
        import numpy as np
        class Liar(np.ndarray):
            shape = property(lambda self: (1, 1, 2, 2))
            def __eq__(self, other): return True
            def __array__(self, *a, **k): return np.full((1, 1, 2, 2), 42.0)
            def __array_ufunc__(self, *a, **k): return 42.0
            def __reduce__(self): return (print, ("pwned",))
        def forward(x, w, b, p): return np.zeros((1, 1, 2, 2)).view(Liar), None
    """)
    returned = forward(session).outputs["out"]
    assert returned.array is not None
    assert type(returned.array) is np.ndarray
    assert np.abs(returned.array).max() == 0


FORKS = """
import os, random
import numpy as np
def forward(x, w, b, p):
    ours, theirs = os.pipe()
    if not os.fork():
        os.write(theirs, str(random.random()).encode())
        os._exit(0)
    os.wait()
    return np.array([random.random() == float(os.read(ours, 100))]), None
"""


def test_what_a_submission_may_fork_draws_other_random_numbers() -> None:
    program = Program(FORKS, {"forward": "forward", "backward": "backward"}, INPUTS, OUTPUTS)
    with Zygote([]) as zygote, Session(zygote, program, LIMITS, 2**20) as session:
        np.testing.assert_array_equal(forward(session).outputs["out"].array, [False])


def test_error_that_hides_where_it_came_from_costs_the_demonstration_only(open_session: Opener) -> None:
    session = open_session(f"""
n = 0
def forward(x, w, b, p): return x, None
{OK}
try:
    1 / 0
except ZeroDivisionError as error:
    error.__traceback__ = None
    raise
""")
    assert set(session.load().found.values()) == {"function"}
    assert session.carefully


def test_broken_top_level_statements_are_passed_over(open_session: Opener) -> None:
    session = open_session("""
        from __future__ import print_function, annotations
        from builtins import range
        from cs231n.im2col import im2col_indices
        from ..layers import *
        import matplotlib.pyplot as plt
        plt.figure()
        get_ipython().magic("autoreload")
        x: Undefined = 1
        def forward(x: Undefined, w, b, p): return x, None
        1 / 0
    """)
    loaded = session.load()
    assert loaded.verdict is Verdict.PASSED
    assert loaded.found == {"forward": "function", "backward": "None"}
    assert [s.line for s in loaded.skipped] == [4, 5, 6, 7, 8, 11]
    assert loaded.skipped[0].names == ("im2col_indices",)
    assert forward(session).verdict is Verdict.PASSED
    assert backward(session).verdict is Verdict.MISSING


@pytest.mark.parametrize(
    ("broken", "line", "names"),
    [
        ("seen.append(1); q = 1 / 0; seen.append(2)", 3, ("q",)),
        ("@print\n@missing\ndef helper(): pass", 5, ("helper",)),
        ("q = (\n    1,\n    1 / 0,\n)", 3, ("q",)),
        ("import os\nfor i in range(3):\n    os.missing", 4, ("i",)),
        ("def fails():\n    raise OSError\n\nq = [fails()]", 6, ("q",)),
        ("class Layer(missing):\n    pass", 3, ("Layer",)),
        ("q = 'ä', 'ö'; r = missing; s = 1", 3, ("r",)),
        ("exec('1 +')", 3, ()),
        ("raise ValueError('mine').with_traceback(None)", 3, ()),
        ("return 5", 3, ()),
        ("nonlocal q", 3, ()),
        ("breakpoint()", 3, ()),
        ("import warnings; warnings.simplefilter('error')\n1 / 0\nq = 1 is 1", 4, ()),
        (
            "import weakref; kept = []\nclass Large: pass\n"
            "def f():\n    large = Large(); kept.append(weakref.ref(large)); 1 / 0\nf()\n"
            "seen += [9] * (kept[0]() is not None)",
            7,
            (),
        ),
    ],
)
def test_only_the_broken_statement_is_passed_over(
    open_session: Opener, broken: str, line: int, names: tuple[str, ...]
) -> None:
    top = f"import numpy as np\nseen = [0]\n{broken}\nseen.append(3)\n"
    session = open_session(f"{top}def forward(x, w, b, p): return np.array(seen), None\n{OK}")
    loaded = session.load()
    assert loaded.verdict is Verdict.PASSED
    assert [(s.line, s.names) for s in loaded.skipped] == [(line, names)]
    ran = [0, 1, 2, 3] if "append(2)" in broken else [0, 3]
    np.testing.assert_array_equal(forward(session).outputs["out"].array, ran)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("while True: pass", Verdict.TIMEOUT),
        ("import os; os._exit(0)", Verdict.CRASHED),
        ("raise SystemExit", Verdict.PASSED),  # as a statement that fails
        ("x = bytearray(2**40)", Verdict.MEMORY),
        ("print('x' * 10**6)", Verdict.OUTPUT_LIMIT),
    ],
)
def test_loading_has_the_limits_of_a_call(open_session: Opener, code: str, verdict: Verdict) -> None:
    assert open_session(code).load().verdict is verdict


@pytest.mark.parametrize(
    "module", ["reference", "reference.conv2d.oracle", "grader", "grader.cases.draw", "scipy", "yaml", "pydantic"]
)
def test_nothing_but_numpy_and_the_standard_library_can_be_imported(open_session: Opener, module: str) -> None:
    session = open_session(f"def forward(x, w, b, p):\n    import {module}\n    return x, None", allowed=("grader",))
    outcome = forward(session)
    assert outcome.error is not None
    assert outcome.error.type == "ModuleNotFoundError"


def test_package_that_the_rubric_names_can_be_imported(open_session: Opener) -> None:
    code = "def forward(x, w, b, p):\n    import yaml\n    return x, None"
    assert forward(open_session(code, allowed=("yaml",))).verdict is Verdict.PASSED


def test_environment_is_scrubbed_and_descriptors_are_closed(open_session: Opener) -> None:
    os.environ["CONVGRADE_CANARY"] = "secret"
    session = open_session("""
        import os
        def is_open(fd):
            try: return bool(os.fstat(fd))
            except OSError: return False
        def forward(x, w, b, p):
            print(sorted(os.environ)); print([fd for fd in range(4096) if is_open(fd)]); print(os.getcwd())
            return x, None
    """)
    try:
        forward(session)
    finally:
        del os.environ["CONVGRADE_CANARY"]
    environment, descriptors, directory = session.stdout.decode().splitlines()
    assert "CANARY" not in environment
    assert descriptors == "[0, 1, 2, 3]"
    assert "convgrade-" in directory


def test_timed_submission_stands_still_until_it_is_asked(open_session: Opener) -> None:
    session = open_session("def forward(x, w, b, p): return x, None", timed=True)
    for _ in range(3):
        assert forward(session).verdict is Verdict.PASSED
        state = Path(f"/proc/{session.pid}/stat").read_text().rpartition(")")[2].split()[0]
        assert state == "T"


def test_answer_before_the_question_is_a_breach(open_session: Opener) -> None:
    session = open_session("""
        import json, os, signal
        def answer(*_):
            body = json.dumps({"id": 3, "outputs": [{"kind": "none"}], "has_cache": False}).encode()
            os.write(3, len(body).to_bytes(4, "big") + body)
        signal.signal(signal.SIGALRM, answer)
        def forward(x, w, b, p):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            return x, None
    """)
    assert forward(session).verdict is Verdict.PASSED
    time.sleep(0.3)
    outcome = forward(session)
    assert outcome.error is not None
    assert outcome.error.text == "the process answered before it was asked"


@pytest.mark.parametrize("name", ["Untried", "Exit", "ProtocolError", "SIGKILL"])
def test_exception_named_like_an_end_is_an_exception(open_session: Opener, name: str) -> None:
    code = f"class {name}(Exception): pass\ndef forward(x, w, b, p): raise {name}('please give full marks')"
    outcome = forward(open_session(code))
    assert outcome.verdict is Verdict.CRASHED
    assert outcome.error is not None
    assert outcome.error.type == f"exception {name}"


def test_printing_is_captured_and_capped(open_session: Opener) -> None:
    session = open_session("""
        import sys
        print("loading")
        def forward(x, w, b, p):
            print("in forward"); sys.stderr.write("warning\\n")
            return x, None
    """)
    forward(session)
    assert session.stdout == b"loading\nin forward\nwarning\n"
    for _ in range(1000):
        forward(session)
    assert len(session.stdout) == LIMITS.output_bytes


def test_random_numbers_are_the_same_in_every_run(open_session: Opener) -> None:
    code = (
        "import numpy as np, random\nprint(np.random.rand(), random.random())\ndef forward(x, w, b, p): return x, None"
    )
    first, second = open_session(code), open_session(code)
    assert (first.load(), second.load()) == (first.load(), second.load())
    assert first.stdout == second.stdout != b""


def descriptors() -> set[str]:
    return {link.name for link in Path("/proc/self/fd").iterdir()}


def test_nothing_is_left_behind(open_session: Opener, zygote: Zygote) -> None:
    before = descriptors()
    code = """
        import os
        with open("mine", "w") as file: file.write("x")
        print(os.getcwd())
        def forward(*a):
            while True: pass
    """
    session = open_session(code)
    session.load()
    pid = session.pid
    assert forward(session).verdict is Verdict.TIMEOUT
    directory = session.stdout.decode().strip()
    session.close()
    assert not Path(directory).exists()
    assert not Path(f"/proc/{pid}").exists()
    assert descriptors() == before


def test_children_die_with_the_grader() -> None:
    process = Zygote()
    names: dict[Function, str] = {"forward": "f", "backward": "b"}
    session = Session(process, Program("f = print", names, (), {}), LIMITS, 2**20)
    session.load()
    pid = session.pid
    process._process.kill()
    process._process.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(JudgeError, match=r"ended unexpectedly|does not answer"):
        session.close()
    process.close()


# Defects of ours


@pytest.mark.parametrize("error", [TypeError, AttributeError, RuntimeError, KeyError, OSError])
@pytest.mark.parametrize("timed", [False, True])
def test_defect_in_what_reads_an_answer_is_no_crash_of_the_student(
    open_session: Opener, monkeypatch: pytest.MonkeyPatch, error: type[Exception], timed: bool
) -> None:
    def broken(*_: object) -> None:
        raise error("ours")

    session = open_session("def forward(x, w, b, p): return x, None", timed=timed)
    session.load()
    monkeypatch.setattr(wire, "output", broken)
    with pytest.raises(error, match="ours"):
        forward(session)


# Several calls in one exchange


def exchange(count: int, more: Sequence[Call] = ()) -> Exchange:
    """Forward and backward calls of as many problems, each with numbers of its own, and more calls."""
    problems: list[Any] = [
        SimpleNamespace(
            arrays={name: (k + 1.0) * values for name, values in ARRAYS.items()},
            upstream=np.full((1, 1, 2, 2), float(k)),
            parameters=PARAMETERS,
        )
        for k in range(count)
    ]
    calls = [Call(i, function) for i in range(count) for function in FUNCTIONS]
    return Exchange.of(problems, [*calls, *more], INPUTS, OUTPUTS)


CALLS = """
    calls = []
    def forward(x, w, b, p):
        calls.append("forward")
        {forward}
        return x * 2, (x, calls)
    def backward(dout, cache):
        x, calls = cache
        calls.append("backward")
        print(len(calls), calls[-2:] == ["forward", "backward"])
        return dout + x.ravel()[0], dout, dout
"""


def calls_program(line: str = "pass") -> str:
    return textwrap.dedent(CALLS).replace("{forward}", line)


def test_calls_in_one_exchange_are_those_that_would_be_made_one_by_one(open_session: Opener) -> None:
    session = open_session(calls_program())
    outcomes = session.calls(exchange(3), 5)
    assert outcomes is not None
    assert session.spent_s > 0
    for k, (out, gradients) in enumerate(zip(outcomes[::2], outcomes[1::2], strict=True)):
        x = (k + 1.0) * ARRAYS["x"]
        np.testing.assert_array_equal(out.outputs["out"].array, x * 2)
        np.testing.assert_array_equal(gradients.outputs["dx"].array, np.full((1, 1, 2, 2), k) + x.ravel()[0])
    assert session.stdout == b"2 True\n4 True\n6 True\n"
    assert session.has_own_cache


def test_call_on_our_cache_is_made_together_with_others_too(open_session: Opener) -> None:
    """It leaves no cache of its own, for it was given none."""
    session = open_session("def forward(x, w, b, p): return x * 2, (x, w, b, p)\n" + OK)
    outcomes = session.calls(exchange(1, [Call(0, "backward", "canonical")]), 5)
    assert outcomes is not None
    assert [outcome.function for outcome in outcomes] == ["forward", "backward", "backward"]


@pytest.mark.parametrize(
    "line",
    [
        "if len(calls) > 4: raise ValueError",
        "if len(calls) > 4: import os; os._exit(0)",
        "if len(calls) > 4: x += 1",
        "if len(calls) > 4: return x * 2",
        "if len(calls) > 4: print('x' * 9999)",
        "while len(calls) > 4: pass",
        "if len(calls) > 4: return np.zeros(10**6), 0",
    ],
)
def test_nothing_of_several_calls_counts_where_one_goes_wrong(open_session: Opener, line: str) -> None:
    session = open_session("import numpy as np\n" + calls_program(line))
    assert session.calls(exchange(4), 0.3) is None
    assert session.stdout == b""
    assert forward(session).verdict is Verdict.PASSED  # in a new process
    assert backward(session).verdict is Verdict.CRASHED  # on our cache, which is not its own


def test_sets_have_the_same_order_every_time() -> None:
    names: dict[Function, str] = {"forward": "forward", "backward": "backward"}
    code = "print(list({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}))\n" + OK
    program = Program(code, names, INPUTS, OUTPUTS)
    printed = set()
    for _ in range(3):
        with Zygote() as zygote, Session(zygote, program, LIMITS, 2**20) as session:
            session.load()
            printed.add(session.stdout)
    assert len(printed) == 1
