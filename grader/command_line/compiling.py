"""Methods of dataclasses that are compiled when they are first called.

Python compiles up to six methods of each dataclass as it is defined, one by one. The grading of one submission defines
150, a third of them pydantic's, and calls little of them but `__init__`: compiling the others took a third of the time
of NumPy's import. Later versions of Python compile a class's methods together, without the function that is replaced
here, and are left as they are.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

_AT_ONCE = "__init__"


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
        return at_once(name, *arguments, **named) if name == _AT_ONCE else method

    dataclasses._create_fn = when_called  # type: ignore[attr-defined]  # private: hence the look whether it is there
