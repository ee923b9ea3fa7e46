"""Preloaded by Dask's scheduler and workers (`--preload`): writes all they send and receive to files, a frame a line.

The folder is named by FRAMES. A line is the frame's bytes in hexadecimal, of large ones the first megabyte.
"""

import os
from pathlib import Path
from typing import Any

from distributed.comm import tcp

if not hasattr(tcp, "recorded"):  # Dask runs this twice in a process
    path = Path(os.environ["FRAMES"], f"{os.getpid()}.frames")
    tcp.recorded = path.open("a", buffering=1)  # open as long as the process
    to_frames, from_frames = tcp.to_frames, tcp.from_frames

    def _record(frames: Any) -> None:
        tcp.recorded.writelines(f"{bytes(frame)[: 2**20].hex()}\n" for frame in frames)

    async def _recorded_to(*arguments: Any, **options: Any) -> Any:
        frames = await to_frames(*arguments, **options)
        _record(frames)
        return frames

    async def _recorded_from(frames: Any, *arguments: Any, **options: Any) -> Any:
        _record(frames)
        return await from_frames(frames, *arguments, **options)

    tcp.to_frames, tcp.from_frames = _recorded_to, _recorded_from
