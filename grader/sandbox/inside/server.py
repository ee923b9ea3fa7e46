"""Runs inside: loads one submission and answers calls to its two functions.

The submission runs in this very process, and may change anything in it: NumPy, the lists here, the numbers of a frame.
So nothing here decides anything. What an array is, is taken from NumPy's own view of it and not from a method that a
subclass has; what counts is its bytes, and the other side looks at those. A function gets views of the shared memory,
so that inputs changed in place are seen there.

Imports nothing of ours but `wire`, `guard`, `unset`, `loading`, `calling` and `raised`.
"""

import gc
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from grader.sandbox.inside import guard, loading, unset, wire
from grader.sandbox.inside.calling import Functions, calling
from grader.sandbox.inside.raised import described

MODULE_NAME = "submission"


class CallServer:
    """Answers requests; holds the loaded module and the cache of the last forward call."""

    def __init__(self, region: Any) -> None:
        self.region = region
        self.code = ""
        """The text of the submission."""
        self.namespace: dict[str, Any] = {}
        """What the submission's module defines."""
        self.calling = Functions({})
        self.found: dict[str, Any] = {}
        """By name, the functions of the submission that were looked for."""
        self.functions: dict[str, str] = {}
        """Names of `forward` and `backward`, those that are called now."""
        self.caches: dict[str, tuple[Any, list[Any]]] = {}
        """By where the request wanted it: a forward call's cache, and what that call was given, to which it may refer:
        the arrays and the parameter dict."""
        self.lent: list[Any] = []
        """Results that the trusted side reads where they are, until the next call."""
        self.ready: dict[tuple[int, ...], Any] = {}

    def answer(self, frame: wire.Frame) -> wire.Frame:
        """One request's answer; what the student's code raises is part of the answer."""
        try:
            answers = {
                "load": self._load, "call": self._call, "calls": self._calls, "nothing": self._nothing,
                "collect": self._collect, "turn": self._turn,
            }  # fmt: skip
            return answers[frame["op"]](frame)
        except BaseException as error:  # whatever it is, it is the student's
            return {"error": described(error, self.code)}

    def _load(self, frame: wire.Frame) -> wire.Frame:
        """Run the submission's top level; a statement that fails is skipped and reported."""
        self.code, module = frame["code"], types.ModuleType(MODULE_NAME)
        module.__file__ = loading.FILENAME
        sys.modules[MODULE_NAME] = module
        if frame["as_main"]:
            module.__dict__["__name__"] = "__main__"
        guard.forbid(frame["forbidden"])
        if frame["fills"]:
            unset.fill()
        skipped = loading.run(frame, module.__dict__, partial(described, code=self.code))
        self.namespace = module.__dict__
        turned, found = self._turn(frame), {}
        for name in frame["names"]:
            function = self.calling.find(self.namespace, name)
            if callable(function):
                self.found[name] = function
            found[name] = "function" if callable(function) else _kind(function)
        return {"found": found, "skipped": skipped[:100], **turned}

    def _turn(self, frame: wire.Frame) -> wire.Frame:
        """Call these of its functions from now on."""
        self.calling = calling(frame.get("calling", {}), self.namespace)
        self.functions = frame["functions"]
        self.caches.clear()
        return {}

    def _call(self, frame: wire.Frame) -> wire.Frame:
        """Call one function, and put what it returns into the shared memory."""
        self.lent.clear()
        return self._answered(*self._made(frame), frame)

    def _made(self, frame: wire.Frame) -> tuple[list[Any] | None, wire.Frame]:
        """Call one function: its outputs (None where they cannot be told apart), and what else there is to answer."""
        function = self.found[self.functions[frame["function"]]]
        arrays = [self.calling.given(wire.view(self.region, array)) for array in frame["arrays"]]
        is_forward, which = frame["function"] == "forward", frame["cache"]
        parameters, left = wire.parameters(frame["parameters"]), frame["left"]
        arguments = [*frame["scalars"], *(() if self.calling.no_dict else (parameters,))]
        if is_forward:
            handed = [*arrays, *arguments]
        else:
            *inputs, upstream = arrays
            canonical = [*inputs, *arguments]
            cache, canonical = self.caches.get(which) or (self.calling.canonical(canonical), canonical)
            handed = [*canonical, upstream]
        before = [_outside(value, left) for value in handed]
        held = handed if is_forward else self.calling.held(cache)
        if is_forward:
            used = self.caches.get(which, (None,))[0] if which == "used" else None
            result = self.calling.forward(function, handed, used)
        else:
            result = self.calling.backward(function, upstream, cache)
        outputs = self._unpack(result, frame["outputs"] + is_forward)
        changed = {place for place, value in enumerate(handed) if _outside(value, left) != before[place]}
        if outputs is not None:
            changed.update(self.calling.replaced(outputs[-1] if is_forward else cache, held))
        if is_forward:
            self.caches.pop(which, None)
            if outputs is not None:
                self.caches[which] = outputs.pop(), handed
                outputs += [parameters.get(name) for name in left]
        answer = {"has_cache": which in self.caches, **({"changed": sorted(changed)} if changed else {})}
        return outputs, answer if outputs is not None else {"returned": _no_array(result), **answer}

    def _answered(self, outputs: list[Any] | None, answer: wire.Frame, frame: wire.Frame) -> wire.Frame:
        """The answer to a call, with its outputs where they are to be read."""
        return answer if outputs is None else {**self._hand_over(outputs, frame), **answer}

    def _nothing(self, frame: wire.Frame) -> wire.Frame:
        """Everything that is done for a call, but no call: results of the wanted shapes are there already."""
        for array in frame["arrays"]:
            wire.view(self.region, array)
        shapes = [tuple(shape) for shape in frame["shapes"]]
        for shape in shapes:
            if shape not in self.ready:
                self.ready[shape] = np.ones(shape)
        self.lent.clear()
        return self._hand_over([self.ready[shape] for shape in shapes], frame)

    def _collect(self, frame: wire.Frame) -> wire.Frame:
        """Collect the garbage, and never while the submission is timed."""
        gc.disable()
        if frame["now"]:
            gc.collect()
        return {}

    def _calls(self, frame: wire.Frame) -> wire.Frame:
        """One call after the other, up to the first that raises; results are read after each, or `late`, after all."""
        self.lent.clear()
        made = (self._made(self._one_of(frame, *call)) for call in frame["calls"])
        answers, free = [], frame["free"]
        for outputs, answer in list(made) if frame["late"] else made:
            answers.append(self._answered(outputs, answer, {**frame, "free": free}))
            free = answers[-1].get("end", free)
        return {"answers": answers, "end": free}

    @staticmethod
    def _one_of(frame: wire.Frame, index: int, function: str, cache: str) -> wire.Frame:
        """One call of several, as a frame of its own."""
        problem = frame["problems"][index]
        arrays = problem["arrays"][: -1 if function == "forward" else None]
        return {**problem, "function": function, "arrays": arrays, "outputs": frame["outputs"][function],
                "cache": cache, "left": frame["left"]}  # fmt: skip

    @staticmethod
    def _unpack(result: Any, count: int) -> list[Any] | None:
        """What `dx, dw, db = result` would give as a list, None if that are not so many; a single output is no tuple.

        What is made only when it is asked for is made here, within the call. Things in no order, keys, characters and
        the parts of one array are not what anybody meant.
        """
        if count == 1:
            return [result]
        whole = isinstance(result, str | bytes | dict | set | frozenset)
        if whole or (isinstance(result, np.ndarray) and result.dtype != object):
            return None
        try:
            each = iter(result)
        except TypeError:
            return None
        values = list(islice(each, count + 1))
        return values if len(values) == count else None

    def _hand_over(self, values: Iterable[Any], frame: wire.Frame) -> wire.Frame:
        """Outputs in words, and where they end; they lie in the shared memory, from `free` on, or where `at` says."""
        described, addresses, end, hand_over = [], [], frame["free"], self._lend if frame["lend"] else self._copy
        for value in values:
            description, address, end = self._described(self.calling.returned(value), end, hand_over)
            described.append(description)
            addresses.append(address)
        return {"outputs": described, "end": end, **({"at": addresses} if frame["lend"] else {})}

    def _described(
        self, value: Any, offset: int, hand_over: Callable[[Any, Any, int], int]
    ) -> tuple[str | wire.Frame, int, int]:
        """One output in words, where it lies if it is lent, and where the next one begins; or why it does not cross."""
        array, dtype = self._plain(value)
        if dtype is None:
            return array, 0, offset
        end = offset + array.size * dtype.itemsize
        if end > len(self.region):
            return {"kind": wire.NoArray.TOO_LARGE, "shape": array.shape, "dtype": dtype.str}, 0, offset
        return wire.described(dtype.str, array.shape), hand_over(array, dtype, offset), wire.aligned(end)

    def _copy(self, array: Any, dtype: Any, offset: int) -> int:
        """Copy an output into the shared memory."""
        np.ndarray(array.shape, dtype, self.region, offset)[...] = array
        return 0

    def _lend(self, array: Any, dtype: Any, offset: int) -> int:
        """Keep an output, in C order, until the next call; its address."""
        self.lent.append(np.ascontiguousarray(array, dtype))
        address: int = self.lent[-1].__array_interface__["data"][0]
        return address

    @staticmethod
    def _plain(value: Any) -> tuple[Any, Any]:
        """An output as an array, and the dtype in which it crosses; or why it does not, and None."""
        if not isinstance(value, np.ndarray | np.generic):
            return _no_array(value), None
        array = value if type(value) is np.ndarray else np.asarray(value).view(np.ndarray)
        dtype = array.dtype
        if dtype.kind == "f" and dtype.itemsize > 8:
            dtype = np.dtype(np.float64)
        elif dtype.byteorder == ">":
            dtype = dtype.newbyteorder("<")
        if dtype.str not in wire.DTYPES:
            return {"kind": wire.NoArray.OTHER, "what": f"an array of dtype {str(array.dtype)[:60]}"}, None
        return array, dtype


def _outside(value: Any, left: Sequence[str]) -> Any:
    """What of an input is not its numbers: the form of an array, and of the parameter dict all but what is left there.

    A number that is handed over by itself cannot change. The stride of an axis of length one says nothing: it changes
    where a shape is set and set back.
    """
    if isinstance(value, np.ndarray):
        steps = tuple(step for step, length in zip(value.strides, value.shape, strict=True) if length > 1)
        return value.shape, steps, value.dtype, value.flags.num
    if not isinstance(value, dict):
        return None
    items = [(key, each) for key, each in value.items() if not (isinstance(key, str) and key in left)]
    return {key: each if isinstance(each, int | float | np.number) else id(each) for key, each in items}


def _no_array(value: Any) -> wire.Frame:
    """A value that is no array, described."""
    return {"kind": wire.NoArray.NONE} if value is None else {"kind": wire.NoArray.OTHER, "what": _kind(value)}


def _kind(value: Any) -> str:
    """What a value is, for a person: "None", "a list of 3", "a generator"."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "an array"
    name = type(value).__name__[:60]
    article = "an" if name[:1] in "aeiou" else "a"
    return f"{article} {name}" + (f" of {len(value)}" if isinstance(value, tuple | list) else "")
