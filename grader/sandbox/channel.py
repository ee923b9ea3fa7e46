"""Our ends of what leads to a child: the control socket, and the pipe of what it prints."""

import os
import select
import socket

from grader.records import Verdict
from grader.sandbox.clocks import TimeLimit
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Frame, WireError
from grader.sandbox.waiting import Meanwhile, ready


class Channel:
    """Sends requests and waits for answers, taking in meanwhile what is printed.

    Args:
        control: our end of the control socket.
        output: our end of the pipe of what is printed.
        output_limit: bytes that may be printed in one request.
        answer_bytes: bytes of an answer at most.
        meanwhile: what is done until it comes.
        awaits_memory: whether a descriptor of the child's memory comes with its first words.
    """

    def __init__(
        self,
        control: socket.socket,
        output: int,
        output_limit: int,
        answer_bytes: int,
        meanwhile: Meanwhile,
        *,
        awaits_memory: bool,
    ) -> None:
        os.set_blocking(output, False)
        control.setblocking(False)
        self._control = control
        self._output = output
        self._output_limit = output_limit
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._poll.register(output, select.POLLIN)
        self._decoder = wire.Decoder(answer_bytes)
        self._meanwhile = meanwhile
        self._printed = bytearray()
        self._printed_now = 0
        self._awaits_memory = awaits_memory
        self.memory_fd: int | None = None
        """The child's memory, to read; only of a child that lends it."""

    @property
    def printed_too_much(self) -> bool:
        """Whether more was printed in this request than may be."""
        return self._printed_now > self._output_limit

    @property
    def is_empty(self) -> bool:
        """Whether no part of another answer has come."""
        return self._decoder.empty

    def begin(self) -> None:
        """A request begins: printing is counted anew, and no descriptor is taken in any more."""
        self._printed_now = 0
        self._awaits_memory = False

    def has_unasked(self) -> bool:
        """Whether there is something to read that nobody has asked for."""
        try:
            return bool(self._control.recv(1, socket.MSG_PEEK))
        except OSError:  # nothing there, or nobody: that is found out by asking
            return False

    def take_printed(self) -> bytes:
        """What was printed since the last time, no more than the limit of one call."""
        printed, self._printed = bytes(self._printed), bytearray()
        return printed

    def wait(self, limit: TimeLimit, request: bytes = b"") -> Frame | Verdict:
        """Send a request; the next frame, or why there is none: TIMEOUT, OUTPUT_LIMIT, or CRASHED for the stream's end.

        Whether the child has read the request is found out by waiting for the answer.
        """
        unsent = self._send(memoryview(request))
        self._poll.modify(self._control, select.POLLIN | (select.POLLOUT if unsent else 0))
        while True:
            events = dict(ready(self._poll, limit.look_s, self._meanwhile))
            if self._output in events and not self._read_output():
                self._poll.unregister(self._output)
            if self.printed_too_much:
                return Verdict.OUTPUT_LIMIT
            happened = events.get(self._control.fileno(), 0)
            if happened & select.POLLOUT:
                unsent = self._send(unsent)
                if not unsent:
                    self._poll.modify(self._control, select.POLLIN)
            if happened & ~select.POLLOUT:
                found = self._read_control()
                if found is not None:
                    return found
            if limit.is_over():
                return Verdict.TIMEOUT

    def _send(self, data: memoryview) -> memoryview:
        """Write what goes in at once; the rest, nothing where nobody reads."""
        try:
            return data[self._control.send(data) :] if data else data
        except BlockingIOError:
            return data
        except (BrokenPipeError, ConnectionResetError):
            return data[:0]

    def _read_control(self) -> Frame | Verdict | None:
        """A frame, CRASHED at the end of the stream, None while a frame is incomplete."""
        try:
            data = self._receive()
        except ConnectionResetError:
            data = b""
        if not data:
            return Verdict.CRASHED
        frames = self._decoder.feed(data)
        if len(frames) > 1:
            raise WireError("sent more than one answer")
        return frames[0] if frames else None

    def _receive(self) -> bytes:
        """What has come; with a timed child's first words, before it reads a submission, comes a descriptor."""
        if not self._awaits_memory:
            return self._control.recv(65536)
        data, descriptors, _, _ = socket.recv_fds(self._control, 65536, 1, socket.MSG_CMSG_CLOEXEC)
        if descriptors:
            self.memory_fd = descriptors[0]
        return data

    def drain(self) -> None:
        """Take in what was printed and has not been read yet."""
        while not self.printed_too_much and self._read_output():
            pass

    def _read_output(self) -> bool:
        """Read a piece of the printed output; False at its end or where there is none now."""
        try:
            piece = os.read(self._output, 65536)
        except BlockingIOError:
            return False
        self._printed_now += len(piece)
        self._printed += piece[: max(0, self._output_limit - len(self._printed))]
        return bool(piece)

    def close(self) -> None:
        """Close our ends."""
        self._control.close()
        os.close(self._output)
        if self.memory_fd is not None:
            os.close(self.memory_fd)
