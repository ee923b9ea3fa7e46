"""The frame parser survives anything."""

import contextlib
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.records import Function
from grader.records.words import Kind
from grader.sandbox import answers
from grader.sandbox.inside import wire
from grader.sandbox.outputs import LentArrays, SharedArrays

FRAMES = st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))


@pytest.mark.slow
@given(st.lists(FRAMES), st.lists(st.integers(1, 50)))
def test_frames_survive_any_cutting(frames: list[wire.Frame], cuts: list[int]) -> None:
    data, decoder, found = b"".join(map(wire.encode, frames)), wire.Decoder(), []
    for cut in cuts:
        found += decoder.feed(data[:cut])
        data = data[cut:]
    assert found + decoder.feed(data) == frames
    assert decoder.empty


@given(st.lists(st.binary()))
def test_garbage_is_refused_or_waited_for_and_nothing_else(pieces: list[bytes]) -> None:
    decoder = wire.Decoder()
    try:
        for piece in pieces:
            assert all(isinstance(frame, dict) for frame in decoder.feed(piece))
    except wire.WireError:
        return


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b"{", b"\xff", b"nul", b"[" * 100_000, b'{"a": NaN}', b'{"a": Infinity}']
)
def test_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.Decoder().feed(struct.pack(">I", len(body)) + body)


def test_length_is_checked_before_anything_is_kept() -> None:
    with pytest.raises(wire.WireError, match="announced"):
        wire.Decoder().feed(struct.pack(">I", wire.MAX_FRAME_BYTES + 1))


ARRAYS = hnp.arrays(
    st.sampled_from(["f4", "f8", "i8"]),
    hnp.array_shapes(min_dims=1, max_dims=4, max_side=4),
    elements=st.integers(-5, 5),
)


@given(ARRAYS, st.permutations(range(4)), st.integers(0, 3))
def test_arrays_keep_numbers_and_memory_order(array: np.ndarray, order: list[int], offset: int) -> None:
    array = array.transpose([axis for axis in order if axis < array.ndim])
    region = bytearray(8192)
    placed, frame, free = wire.place(region, 64 * offset, array)
    seen = wire.view(region, json.loads(json.dumps(frame)))
    np.testing.assert_array_equal(seen, array)
    assert seen.strides == placed.strides == np.empty_like(array).strides
    assert free >= 64 * offset + array.nbytes


@given(
    st.builds(
        "{} {}".format,
        st.sampled_from([*sorted(wire.DTYPES), "O", "<c16", "V8", ""]) | st.text(),
        st.lists(st.integers(0, 9) | st.integers() | st.text("0123456789²٣-+_. "), max_size=40).map(
            lambda sizes: " ".join(map(str, sizes))
        ),
    )
    | st.text(),
    st.integers(0, 300),
    st.integers() | st.integers(0, 300) | st.text() | st.booleans(),
)
def test_described_array_is_within_the_region_or_refused(description: str, start: int, end: Any) -> None:
    region = bytes(range(256))
    try:
        memory = wire.copy_out(region, 64, end)
        found, after = wire.output(memory, start, description)
    except wire.WireError:
        return
    assert memory == region[64:end]
    assert found.tobytes() == memory[start : start + found.nbytes]
    assert start + found.nbytes <= min(after, len(memory))


@pytest.mark.parametrize("shape", [f"{2**61} {2**61} 0", f"0 {2**61}", f"{2**62 - 1} 2 0"])
def test_empty_array_of_sizes_that_numpy_does_not_know_is_refused(shape: str) -> None:
    with pytest.raises(wire.WireError):
        wire.output(bytes(64), 0, f"<f8 {shape}")


@pytest.mark.parametrize("shape", [(0, 2**62 - 1), (2**31, 0, 2**30), (0, 2**59)])
def test_empty_array_that_nobody_could_copy_in_float64_stays_outside(shape: tuple[int, ...]) -> None:
    """It cost every explanation of its submission."""
    frame = {"outputs": [wire.described("|b1", shape)], "end": 64}
    returned = answers.call_outcome(frame, "forward", ["out"], ["x"], shared).outputs["out"]
    with contextlib.suppress(ValueError):
        np.empty(shape, bool).astype(np.float64)
        assert returned.array is not None
        return
    assert (returned.array, returned.kind, returned.shape) == (None, Kind.TOO_LARGE, shape)


@given(st.sampled_from(sorted(wire.DTYPES)), st.lists(st.integers(0, 3), max_size=4).map(tuple))
def test_array_is_what_it_was_described_as(dtype: str, shape: tuple[int, ...]) -> None:
    found, _ = wire.output(bytes(1000), 0, wire.described(dtype, shape))
    assert (found.dtype.str, found.shape) == (dtype, shape)


KEYS = (
    "error", "type", "text", "line", "memory", "values", "given", "found", "forward", "backward", "skipped", "names",
    "returned",
    "kind", "what", "shape", "dtype", "outputs", "at", "end", "changed", "answers", "has_cache",
)  # fmt: skip
WORDS = st.sampled_from([*wire.NoArray, "<f8 1", "<f8 0", "|b1 2 2", f"<f8 0 {2**61}"])
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(0, 99) | st.floats() | st.text() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)
FUNCTIONS: list[Function] = ["forward", "backward"]
OUTPUTS: dict[Function, list[str]] = {"forward": ["out"], "backward": ["dx", "dw"]}


def lent(frame: wire.Frame) -> LentArrays:
    def read(address: int, size: int) -> bytearray:
        assert type(address) is int
        return bytearray(size)

    return LentArrays(read, frame, 100)


def shared(frame: wire.Frame) -> SharedArrays:
    return SharedArrays(bytes(256), 64, frame)


READERS: dict[str, Callable[[wire.Frame], object]] = {
    "load": lambda frame: answers.load_outcome(frame, FUNCTIONS),
    "error": lambda frame: answers.student_error(frame.get("error")),
    "call": lambda frame: answers.call_outcome(frame, "forward", ["out"], ["x", "w"], shared),
    "timed call": lambda frame: answers.call_outcome(frame, "backward", ["dx", "dw"], ["x", "w"], lent),
    "calls": lambda frame: answers.call_outcomes(frame, FUNCTIONS, OUTPUTS, shared(frame)),
}


ERROR: wire.Frame = {"type": "E", "text": "", "line": None, "memory": False, "values": [], "given": []}
BROKEN: list[tuple[str, wire.Frame]] = [
    ("load", {}),
    ("load", {"skipped": [], "found": {"forward": "function"}}),
    ("load", {"skipped": 7, "found": dict.fromkeys(FUNCTIONS, "function")}),
    ("load", {"skipped": [{"line": 1, "names": "x", "error": ERROR}], "found": dict.fromkeys(FUNCTIONS, "None")}),
    *(("error", {"error": {name: value for name, value in ERROR.items() if name != left_out}}) for left_out in ERROR),
    ("error", {"error": "E"}),
    *(
        ("error", {"error": {**ERROR, key: values}})
        for key in ("values", "given")
        for values in (["a"], [["a"]], [[7, 7]], [["`", 7]], [["a", "7"]], [["a", 10**9]], [["a", [-1]]], [["a", True]])
    ),
    ("call", {"returned": "None"}),
    ("call", {"returned": {"kind": "a list"}}),
    ("call", {"returned": {"kind": wire.NoArray.OTHER}}),
    ("call", {"outputs": 7, "end": 128}),
    ("call", {"outputs": ["<f8 1", "<f8 1"], "end": 192}),
    ("call", {"outputs": ["<f8 1"]}),
    ("call", {"outputs": ["<f8 1"], "end": 128, "changed": 7}),
    ("call", {"outputs": [{"kind": wire.NoArray.TOO_LARGE, "shape": "9", "dtype": "<f8"}], "end": 128}),
    ("timed call", {"outputs": ["<f8 1", "<f8 1"], "at": [1]}),
    ("timed call", {"outputs": ["<f8 1", "<f8 1"], "at": [1, None]}),
    ("timed call", {"outputs": ["<f8 1", "<f8 99"], "at": [1, 1]}),
    ("calls", {"answers": 7, "end": 128}),
]


@pytest.mark.parametrize(("kind", "frame"), BROKEN)
def test_answer_of_a_wrong_form_is_refused(kind: str, frame: wire.Frame) -> None:
    with pytest.raises(wire.WireError):
        READERS[kind](frame)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@given(frame=st.dictionaries(st.sampled_from(KEYS), ANSWERS))
def test_answer_of_any_form_is_read_or_refused(read: Callable[[wire.Frame], object], frame: wire.Frame) -> None:
    """By WireError and nothing else: any other error would be taken for a defect of ours."""
    try:
        read(frame)
    except wire.WireError:
        return


@given(st.lists(ANSWERS, min_size=2, max_size=2), st.lists(ANSWERS, min_size=2, max_size=2), ANSWERS)
def test_outputs_of_any_form_are_read_or_refused(outputs: list[Any], at: list[Any], end: Any) -> None:
    """As above, where the answer looks like one."""
    answer = {"outputs": outputs, "at": at, "end": end, "has_cache": True}
    both = {"answers": [{**answer, "outputs": outputs[:1]}, answer], "end": end}
    for read, frame in ((READERS["timed call"], answer), (READERS["calls"], both)):
        try:
            read(frame)
        except wire.WireError:
            continue
