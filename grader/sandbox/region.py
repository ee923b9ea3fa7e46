"""The memory that a child shares with the grader."""

import fcntl
import math
import mmap
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from grader.sandbox.inside import wire
from grader.scratch import folder_for_scratch


class Region:
    """Shared memory of a fixed size, which the other side cannot shrink under our hands."""

    def __init__(self, size: int) -> None:
        self.size = max(size, mmap.PAGESIZE)
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create("convgrade", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.ftruncate(self.fd, self.size)
            fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        else:
            self.fd, path = tempfile.mkstemp(dir=folder_for_scratch())
            Path(path).unlink()
            os.ftruncate(self.fd, self.size)
        self.memory = mmap.mmap(self.fd, self.size)

    def close(self) -> None:
        """Give the memory back; a second time does nothing."""
        if self.fd < 0:
            return
        os.close(self.fd)
        self.fd = -1
        try:
            self.memory.close()
        except BufferError:  # a view is still referenced, by a traceback for instance; it is freed with that
            return


def region_bytes_for(shapes: Iterable[tuple[int, ...]], times: int = 1) -> int:
    """Shared memory for these arrays (inputs and upstream gradients) so often, and for as many results, in float64."""
    return times * sum(2 * wire.aligned(8 * math.prod(shape)) for shape in shapes) + 1024 * 1024
