"""Where a worker's process begins: before anything is imported but this, so that the imports can be quick."""

import gc
import pickle
from multiprocessing.connection import Connection
from typing import Any

from grader.starting import start_quickly


def begin(pipe: "Connection[Any, Any]", packed: bytes) -> None:
    """Import a function, and call it with `pipe` and its other arguments; `packed` has them, from our own process."""
    usual = gc.get_threshold()
    start_quickly()
    work, arguments = pickle.loads(packed)
    gc.freeze()  # what was imported is no garbage, and need not be looked through
    gc.set_threshold(*usual)
    work(pipe, *arguments)
