"""The frame parser survives anything."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.sandbox import answers
from grader.sandbox.child_process import MALFORMED
from grader.sandbox.inside import wire

FRAMES = st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))


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
    except MALFORMED:
        return
    assert memory == region[64:end]
    assert found.tobytes() == memory[start : start + found.nbytes]
    assert start + found.nbytes <= min(after, len(memory))


@given(st.sampled_from(sorted(wire.DTYPES)), st.lists(st.integers(0, 3), max_size=4).map(tuple))
def test_array_is_what_it_was_described_as(dtype: str, shape: tuple[int, ...]) -> None:
    found, _ = wire.output(bytes(1000), 0, wire.described(dtype, shape))
    assert (found.dtype.str, found.shape) == (dtype, shape)


ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "type", "text", "line", "memory", "found", "forward", "backward", "skipped", "names"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["error", "found", "skipped"]), ANSWERS))
def test_answer_of_any_form_is_read_or_refused(frame: wire.Frame) -> None:
    for read in (answers.load_outcome, lambda frame: answers.student_error(frame["error"])):
        try:
            read(frame)
        except MALFORMED:
            continue
