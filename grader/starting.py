"""What a process of ours that imports much does first: it spares what would only delay that.

Most has to do with dataclasses. Python compiles up to six methods of each as it is defined, one by one. The grading of
one submission defines 150, a third of them pydantic's, and calls few of these methods: compiling the others took half
the time of NumPy's import. Later versions of Python compile a class's methods together, without the function that is
replaced here, and are left as they are.
"""

import dataclasses
import gc
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def start_quickly() -> None:
    """Spare imports what would only delay them (`python -m benchmarks.startup` shows what each line gains)."""
    gc.set_threshold(200_000)  # what they make stays; by default it is searched for garbage hundreds of times
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a second thread would only spin, where the sandbox starts
    find_no_plugins()  # of pydantic, which looks for them in every package
    compile_when_called()  # most methods of most dataclasses never are


def find_no_plugins() -> None:
    """Have pydantic without plugins, and without what finds them: the readers of e-mail and archives, for metadata."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    finder = ModuleType("pydantic.plugin._loader")  # private: where there is none, nobody asks for this one
    finder.get_plugins = tuple  # type: ignore[attr-defined]
    sys.modules.setdefault(finder.__name__, finder)


def compile_when_called() -> None:
    """Have it so for all dataclasses that are defined from now on in this process."""
    at_once = getattr(dataclasses, "_create_fn", None)
    if at_once is None:
        return

    def when_called(name: str, *arguments: Any, **options: Any) -> Callable[..., Any]:
        made: Callable[..., Any] | None = None

        def method(self: Any, *values: Any, **named: Any) -> Any:
            nonlocal made
            if made is None:
                made = at_once(name, *arguments, **options)
                for owner in type(self).__mro__:
                    if vars(owner).get(name) is method:
                        setattr(owner, name, made)
            return made(self, *values, **named)

        method.__name__ = name
        return method

    dataclasses._create_fn = when_called  # type: ignore[attr-defined]  # private: hence the look whether it is there
