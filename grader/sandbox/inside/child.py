"""Runs inside: loads one submission and serves calls to its two functions, until it is killed.

Nothing here is trusted by the other side. Every answer is checked there, and a wrong one costs only the submission
that gave it. Imports nothing of ours but `wire`, `confine` and `loading`.
"""

import contextlib
import gc
import io
import os
import random
import select
import sys
import types
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

import numpy as np

from grader.sandbox.inside import confine, loading, wire

CONTROL_FD = 3
MODULE_NAME = "submission"
_TEXT = 2000


def main(control_fd: int, region: Any, output_fd: int, request: wire.Frame, parent_fd: int) -> None:
    """Become the child: settle the descriptors, confine, say hello, serve. Never returns.

    Args:
        control_fd: socket on which requests come and answers go.
        region: the shared memory.
        output_fd: pipe for everything that is printed.
        request: what the trusted side asked the zygote for: `limits`, `scratch`, `allowed`, `package_path`,
            `layers`, `filter`; from the zygote `missing` (layers that could not be put on, with the reason),
            `rules` (a descriptor of Landlock's, or None) and `private_python`.
        parent_fd: pipe that is at its end when the zygote is.
    """
    os.setsid()
    os.chdir(request["scratch"])
    missing, less = _confine(request, parent_fd)
    _settle_descriptors(control_fd, output_fd)
    if "seccomp" in request["layers"]:
        try:
            confine.filter_calls(bytes.fromhex(request["filter"]))
        except confine.Unavailable as error:
            missing["seccomp"] = str(error)
    sys.meta_path.append(_AllowedPackages(request["allowed"], request["package_path"]))
    random.seed(0)  # forking has seeded it anew; NumPy's is as the zygote left it
    on = {layer: layer in request["layers"] and layer not in missing for layer in confine.LAYERS}
    _send({"layers": on, "missing": missing, "less": less})
    server = _Server(region)
    while (frame := wire.receive(lambda count: os.read(CONTROL_FD, count))) is not None:
        answer = server.answer(frame)
        _flush()
        _send({**answer, "id": frame["id"]})


def _send(frame: wire.Frame) -> None:
    """Write a frame with nothing but `write`: sockets are forbidden by now."""
    data = memoryview(wire.encode(frame))
    while data:
        data = data[os.write(CONTROL_FD, data) :]


def _confine(request: wire.Frame, parent_fd: int) -> tuple[dict[str, str], confine.Limits]:
    """Put on every layer but the last; those that are missing, with the reason, and what there is less than asked."""
    missing: dict[str, str] = dict(request["missing"])
    less: confine.Limits = {}
    confine.be_killed_first()
    has_scratch = "namespaces" in request["layers"] and "namespaces" not in missing
    if "rlimits" in request["layers"]:
        try:
            less = confine.limit_resources(request["limits"])
        except confine.Unavailable as error:
            missing["rlimits"] = str(error)
    rules = request["rules"]
    if request["layers"]:
        confine.give_up_privileges(keep_reading=request["private_python"])
    confine.die_with_parent()  # a change of user forgets it
    if select.select([parent_fd], [], [], 0)[0]:  # it has ended already
        os._exit(1)
    if rules is not None:
        confine.restrict(rules, request["scratch"] if has_scratch else None)
    return missing, less


def _settle_descriptors(control_fd: int, output_fd: int) -> None:
    """0 reads nothing, 1 and 2 are the captured output, 3 is the control socket, the rest is closed."""
    control = os.dup(control_fd)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    os.dup2(control, CONTROL_FD)
    os.closerange(CONTROL_FD + 1, 1 << 16)
    for name in ("stdout", "stderr"):
        raw = io.FileIO(1, "w", closefd=False)
        text = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "backslashreplace", line_buffering=False)
        setattr(sys, name, text)


def _flush() -> None:
    """Push out what was printed; the student may have replaced or closed the streams."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()


def hide_the_grader() -> None:
    """From here on only the standard library and NumPy can be imported.

    For the zygote, once: in every child it would take 150 page faults, one for each page with names of modules.
    """
    for name in [name for name in sys.modules if name == "grader" or name.startswith("grader.")]:
        del sys.modules[name]
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = [MODULE_NAME]


class _AllowedPackages:
    """Finds the packages that the rubric names, where NumPy was found."""

    def __init__(self, allowed: list[str], package_path: list[str]) -> None:
        self.allowed = frozenset(allowed)
        self.package_path = package_path

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """As `importlib.abc.MetaPathFinder` has it."""
        if name.partition(".")[0] not in self.allowed or path is not None:
            return None
        return PathFinder.find_spec(name, self.package_path, target)


class _Server:
    """Answers requests; holds the loaded module and the cache of the last forward call."""

    def __init__(self, region: Any) -> None:
        self.region = region
        self.filename = ""
        self.functions: dict[str, Any] = {}
        self.cache: Any = None
        self.has_cache = False
        self.handed: list[Any] = []
        """What the last forward call was given, to which its cache may refer: the arrays and the parameter dict."""
        self.ready: dict[tuple[int, ...], Any] = {}

    def answer(self, frame: wire.Frame) -> wire.Frame:
        """One request's answer; what the student's code raises is part of the answer."""
        try:
            answers = {
                "load": self._load, "call": self._call, "calls": self._calls, "nothing": self._nothing,
                "collect": self._collect,
            }  # fmt: skip
            return answers[frame["op"]](frame)
        except BaseException as error:  # whatever it is, it is the student's
            return {"error": self._describe(error)}

    def _load(self, frame: wire.Frame) -> wire.Frame:
        """Run the submission's top level; a statement that fails is skipped and reported."""
        self.filename = frame["filename"]
        module = types.ModuleType(MODULE_NAME)
        module.__file__ = self.filename
        sys.modules[MODULE_NAME] = module
        if frame["as_main"]:
            module.__dict__["__name__"] = "__main__"
        skipped = loading.run(frame, module.__dict__, self._describe)
        found = {}
        for role, name in frame["functions"].items():
            function = module.__dict__.get(name)
            if callable(function):
                self.functions[role] = function
            found[role] = "function" if callable(function) else _kind(function)
        return {"found": found, "skipped": skipped[:100]}

    def _call(self, frame: wire.Frame) -> wire.Frame:
        """Call one function, and put what it returns into the shared memory."""
        function: Callable[..., Any] = self.functions[frame["function"]]
        arrays = [wire.view(self.region, array) for array in frame["arrays"]]
        is_forward = frame["function"] == "forward"
        if is_forward:
            handed = self.handed = [*arrays, dict(frame["parameters"])]
            before = [*map(_outside, handed)]
            result = function(*handed)
        else:
            *inputs, upstream = arrays
            own = frame["cache"] == "own"
            canonical = self.handed if own else [*inputs, dict(frame["parameters"])]
            handed = [*canonical, upstream]
            before = [*map(_outside, handed)]
            result = function(upstream, self.cache if own else tuple(canonical))
        changed = [place for place, value in enumerate(handed) if _outside(value) != before[place]]
        outputs = self._unpack(result, frame["outputs"] + is_forward)
        if is_forward:
            self.has_cache = outputs is not None
            self.cache = outputs.pop() if outputs is not None else None
        answer = {"has_cache": self.has_cache, **({"changed": changed} if changed else {})}
        if outputs is None:
            return {"returned": _kind(result), **answer}
        return {**self._place_all(outputs, frame["free"]), **answer}

    def _nothing(self, frame: wire.Frame) -> wire.Frame:
        """Everything that is done for a call, but no call: results of the wanted shapes are there already."""
        for array in frame["arrays"]:
            wire.view(self.region, array)
        shapes = [tuple(shape) for shape in frame["shapes"]]
        for shape in shapes:
            if shape not in self.ready:
                self.ready[shape] = np.ones(shape)
        return self._place_all([self.ready[shape] for shape in shapes], frame["free"])

    def _collect(self, frame: wire.Frame) -> wire.Frame:
        """Collect the garbage, and never while the submission is timed."""
        gc.disable()
        if frame["now"]:
            gc.collect()
        return {}

    def _calls(self, frame: wire.Frame) -> wire.Frame:
        """One call after the other, up to the first that raises."""
        answers, free = [], frame["free"]
        for index, function, cache in frame["calls"]:
            problem = frame["problems"][index]
            arrays = problem["arrays"][: -1 if function == "forward" else None]
            answer = self._call(
                {**problem, "function": function, "arrays": arrays, "outputs": frame["outputs"][function],
                 "cache": cache, "free": free}
            )  # fmt: skip
            free = answer.get("end", free)
            answers.append(answer)
        return {"answers": answers, "end": free}

    @staticmethod
    def _unpack(result: Any, count: int) -> list[Any] | None:
        """The returned tuple as a list, None if it is not a tuple of that many; a single output is no tuple."""
        if count == 1:
            return [result]
        return list(result) if isinstance(result, tuple | list) and len(result) == count else None

    def _place_all(self, values: Iterable[Any], offset: int) -> wire.Frame:
        """Copy outputs into the shared memory, from `offset` on; their descriptions, and where they end."""
        described = []
        for value in values:
            description, offset = self._place(value, offset)
            described.append(description)
        return {"outputs": described, "end": offset}

    def _place(self, value: Any, offset: int) -> tuple[str | wire.Frame, int]:
        """Copy one output into the shared memory and describe it, or say why not."""
        if value is None:
            return {"kind": "none"}, offset
        if not isinstance(value, np.ndarray | np.generic):
            return {"kind": _kind(value)}, offset
        array = value if type(value) is np.ndarray else np.asarray(value).view(np.ndarray)
        dtype, shape = array.dtype, array.shape
        if dtype.kind == "f" and dtype.itemsize > 8:
            dtype = np.dtype(np.float64)
        elif dtype.byteorder == ">":
            dtype = dtype.newbyteorder("<")
        name = dtype.str
        if name not in wire.DTYPES:
            return {"kind": f"an array of dtype {str(dtype)[:60]}"}, offset
        end = offset + array.size * dtype.itemsize
        if end > len(self.region):
            return {"kind": "too large", "shape": shape, "dtype": name}, offset
        np.ndarray(shape, dtype, self.region, offset)[...] = array
        return wire.described(name, shape), wire.aligned(end)

    def _describe(self, error: BaseException) -> wire.Frame:
        """Type, text and the last line of the submission that the error passed."""
        line, traceback = None, error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.filename:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        try:
            text = str(error)[:_TEXT]
        except BaseException:
            text = "(its text could not be made)"
        memory = isinstance(error, MemoryError)
        kind = "MemoryError" if memory else type(error).__name__[:100]
        return {"type": kind, "text": text, "line": line, "memory": memory}


def _outside(value: Any) -> Any:
    """What of an input is not its numbers: the form of an array, and all of the parameter dict."""
    if isinstance(value, np.ndarray):
        return value.shape, value.strides, value.dtype, value.flags.num
    return {key: each if isinstance(each, int | float | np.number) else id(each) for key, each in value.items()}


def _kind(value: Any) -> str:
    """What a value is, for a person: "None", "a list of 3", "a generator"."""
    if value is None:
        return "None"
    name = type(value).__name__[:60]
    article = "an" if name[:1] in "aeiou" else "a"
    return f"{article} {name}" + (f" of {len(value)}" if isinstance(value, tuple | list) else "")
