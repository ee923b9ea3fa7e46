"""What a process of ours that imports much does first: it spares what would only delay that.

Most has to do with dataclasses. Python compiles up to six methods of each as it is defined, one by one. The grading of
one submission defines 150, a third of them pydantic's, and calls little of them but `__init__`: compiling the others
took a third of the time of NumPy's import. Later versions of Python compile a class's methods together, without the
function that is replaced here, and are left as they are.
"""

import dataclasses
import gc
import os
from collections.abc import Callable
from typing import Any


def start_quickly() -> None:
    """Spare imports what would only delay them (`python -m benchmarks.startup` shows what each line gains)."""
    gc.set_threshold(200_000)  # what they make stays; by default it is searched for garbage hundreds of times
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread would only spin, where the sandbox starts
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else it looks for them in every package
    compile_when_called()  # most methods of most dataclasses never are


def compile_when_called() -> None:
    """Have it so for all dataclasses that are defined from now on in this process."""
    at_once = getattr(dataclasses, "_create_fn", None)
    if at_once is None:
        return

    def when_called(name: str, *arguments: Any, **named: Any) -> Callable[..., Any]:
        made: Callable[..., Any] | None = None

        def method(*values: Any) -> Any:
            nonlocal made
            made = made or at_once(name, *arguments, **named)
            return made(*values)

        method.__name__ = name
        return at_once(name, *arguments, **named) if name == "__init__" else method

    dataclasses._create_fn = when_called  # type: ignore[attr-defined]  # private: hence the look whether it is there
