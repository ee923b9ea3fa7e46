"""The trusted side of reading: one confined process for each question, its limits, and what their end means.

Nothing of a submission is opened here. The process that grades knows of a folder the path from the command line, and
what the answers say, which are checked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, TypeVar, cast

from grader.closing import Closing
from grader.errors import GradeError, JudgeError, SubmissionRejected, UsageError
from grader.reading import answers
from grader.reading.outlines import Found, Outlines
from grader.records import Entry, Reading, Shape, Verdict
from grader.records.sources import first_names
from grader.sandbox.answers import death
from grader.sandbox.child_process import Child, Reply
from grader.sandbox.inside.wire import Frame, json_text
from grader.sandbox.region import Region
from grader.sandbox.spawn import PACKAGE_PATH, ROOT, Zygote
from grader.sources import is_known_by_name, only_entry, people_at
from grader.sources.found import People
from grader.sources.places import on_disk
from grader.sources.told import UNTOLD, Told

T = TypeVar("T")
READ_S, MEMORY_MIB = 10, 1024
"""What reading one submission may take: seconds of CPU time (and of sleep), and memory."""
PEOPLE_S = 120
"""Finding out who handed in. Each hand-in takes `people.SECTION_S` at most, so that only a large class comes near."""
_MOST_ENDS = 20
"""So often a class is looked at anew, without what ended the process that looked."""
_NOTE_BYTES, _ANSWER_BYTES, _PRINTED_BYTES = 4096, 16 * 1024 * 1024, 64 * 1024
_BACKSTOP = 3
"""The kernel's own limit of CPU time is so many times ours: it ends what we cannot, since we are stopped."""


class _Ended(Exception):
    """The process that read was ended by what it read; the text says how, for a person."""


class Reader:
    """Asks confined processes what was handed in.

    Args:
        zygote: gives the process that forks them, which is started when it is first needed.
        meanwhile: does a bit of what is to be done until they have answered; whether there was something.
    """

    def __init__(self, zygote: Callable[[], Zygote], meanwhile: Callable[[], bool] = lambda: False) -> None:
        self.zygote = zygote
        self._meanwhile = meanwhile

    def people_at(self, path: Path, functions: Sequence[str], told: Told = UNTOLD) -> People:
        """As `sources.people_at`; what cannot be looked into is somebody's all the same.

        Raises:
            UsageError: where the path leads nowhere, or to what is no hand-in.
            JudgeError: where the process that reads fails.
        """
        if is_known_by_name(path):
            return people_at(path, functions, told=told)
        blocked: list[str] = []
        for number in range(_MOST_ENDS):
            region = Region(_NOTE_BYTES)
            question = {
                "op": "people", "path": str(path), "functions": list(functions), "blocked": blocked,
                "told": asdict(told),
            }  # fmt: skip
            try:
                return self._asked(
                    question, [path], PEOPLE_S, region, partial(answers.people, path=path, before=People())
                )
            except (_Ended, SubmissionRejected) as error:
                label = bytes(region.memory[:_NOTE_BYTES]).partition(b"\0")[0].decode("utf-8", "replace")
                is_known = isinstance(error, _Ended) and label and label not in blocked and number < _MOST_ENDS - 2
                new = [label] if is_known else [one for one in _tops(path) if one not in blocked]
                if not new:
                    break
                blocked += new
            finally:
                region.close()
        if told != UNTOLD or len(_tops(path)) > 1:
            raise UsageError(
                f"{path}: nobody can tell which hand-in is whose; download it again, or name each by itself, with --out"
            )
        return only_entry(path)  # reading it will say why

    def read(
        self,
        entry: Entry,
        functions: Sequence[str],
        allowed: Sequence[str] = (),
        forbidden: Sequence[str] = (),
        modules: Sequence[str] = (),
        known: str | None = None,
    ) -> Reading | None:
        """What was handed in, read and looked at.

        Args:
            entry: whose.
            functions: names of the graded functions.
            allowed: packages that the rubric allows.
            forbidden: names that it forbids.
            modules: those that may be files of the hand-in.
            known: the hash of a file of which nothing more need be known.

        Returns:
            What was read; None where it is what is known.

        Raises:
            SubmissionRejected: where nothing can be graded, or reading it goes beyond a limit.
            JudgeError: where we may not read it, or the process that reads fails.
        """
        question = {
            "op": "read", "functions": list(functions), "allowed": list(allowed), "forbidden": list(forbidden),
            "modules": list(modules), "known": known,
        }  # fmt: skip
        return self._about(entry, question, lambda frame: _reading(frame, known))

    def outlines(self, code: str, files: Mapping[str, Path]) -> Outlines:
        """What the text of functions says, as far as it does; `files` has the `Operator.outline` of each.

        It is looked for when it is first looked at, which raises JudgeError where the process that reads fails.
        """
        named = {name: str(file) for name, file in files.items()}
        return Outlines(partial(self._outlines, {"op": "outlines", "code": code, "files": named}))

    def _outlines(self, question: Frame) -> Found:
        region = Region(_NOTE_BYTES)
        try:
            return self._asked(question, [], READ_S, region, answers.outlines)
        except (_Ended, SubmissionRejected):  # the mark does not depend on it
            return {}
        finally:
            region.close()

    def shape(self, entry: Entry, functions: Sequence[str], modules: Sequence[str]) -> Shape:
        """What was handed in as it is compared with others; takes and raises as `read`."""
        question = {"op": "shape", "functions": list(functions), "modules": list(modules)}
        return self._about(entry, question, answers.shape)

    def _about(self, entry: Entry, question: Frame, take: Callable[[Frame], T]) -> T:
        """The answer to a question about one hand-in, which may see no other."""
        path, steps = on_disk(entry.place)
        needed = [path / top for top in sorted(first_names(steps))] if steps and path.is_dir() else [path]
        region = Region(_NOTE_BYTES)
        try:
            return self._asked({**question, "path": str(path), "steps": steps}, needed, READ_S, region, take)
        except _Ended as error:
            raise SubmissionRejected(f"{Path(entry.source).name}: {error}") from error
        finally:
            region.close()

    def _asked(
        self, question: Frame, readable: Sequence[Path], limit_s: float, region: Region, take: Callable[[Frame], T]
    ) -> T:
        """The answer to one question, from a process of its own.

        Raises:
            _Ended: where a limit or what was read ended it.
            SubmissionRejected, UsageError, JudgeError: what it says, or where it fails for a reason that is ours.
        """
        zygote = self.zygote()
        files = question.get("files", {}).values()
        request = {
            "limits": {"memory_bytes": MEMORY_MIB * 2**20, "cpu_s": ceil(_BACKSTOP * limit_s), "file_bytes": 0},
            "scratch": None,
            "allowed": [],
            "cwd": str(Path.cwd()),
            "reads": [str(path.absolute()) for path in readable],
            "paths": [ROOT, PACKAGE_PATH, *sorted({str(Path(file).parent) for file in files})],
        }
        child = Child(zygote, region, request, _PRINTED_BYTES, False, _ANSWER_BYTES, self._meanwhile)
        hello, reply, by_itself = None, None, False
        try:
            hello = child.hello()
            if hello is not None:
                reply = child.ask(json_text(question), limit_s, lambda frame: _taken(frame, take))
                while question["op"] == "people" and reply.frame is not None and reply.frame.get("left"):
                    reply = child.ask(json_text({"op": "more"}), limit_s, lambda frame: _taken(frame, take))
                by_itself = reply.verdict is Verdict.CRASHED and reply.breach is None and child.ends_by_itself()
        finally:
            said = child.take_printed().decode(errors="replace").strip()
            status = child.kill()
        if hello is None or reply is None:
            raise JudgeError(f"a process that reads could not be set up: {said or 'it ended without a word'}")
        if reply.frame is not None:
            if isinstance(reply.taken, GradeError):
                raise reply.taken
            _raise_limit(reply.frame, hello["less"])
            return cast(T, reply.taken)  # what `take` made of it, which may be None
        raise _end_of(reply, status if by_itself else None, zygote, limit_s)


class OwnReader(Reader, Closing):
    """One with a zygote of its own, which is started when there is something to read; a context manager.

    What grades beside it in this process may use the same one, and may end it: then the next is started.

    Args:
        layers: of confinement, those that are put on, as far as this machine has them.
        zygote: one that has been started already.
    """

    def __init__(self, layers: Sequence[str], zygote: Zygote | None = None) -> None:
        super().__init__(self._running)
        self._layers = layers
        self._own = zygote

    def _running(self) -> Zygote:
        if self._own is not None and not self._own.is_running:
            self.close()
        self._own = self._own or Zygote(self._layers)
        return self._own

    def close(self) -> None:
        """End the zygote, if there is one."""
        own, self._own = self._own, None
        if own is not None:
            own.close()


def _tops(path: Path) -> list[str]:
    """What lies at the top of a folder, as the process that reads calls it."""
    try:
        return sorted(f"{path}/{each.name}" for each in path.iterdir())
    except OSError:  # no folder, or none that we may read
        return []


def _taken(frame: Frame, take: Callable[[Frame], T]) -> T | GradeError | None:
    """What an answer says, or what it says that went wrong; None for a limit."""
    wrong = answers.what_went_wrong(frame)
    return wrong if wrong is not None or "limit" in frame else take(frame)


def _reading(frame: Frame, known: str | None) -> Reading | None:
    return None if known is not None and answers.sha256_of(frame) == known else answers.reading(frame)


def _raise_limit(frame: Frame, less: Frame) -> None:
    """Raise what an answer says of a limit; where this machine's is lower than ours, that is ours."""
    if frame.get("limit") == "memory":
        if "memory_bytes" in less:
            raise JudgeError("this machine leaves a process too little memory to read it (ulimit -v, ulimit -d)")
        raise _Ended(f"reading it takes more than {MEMORY_MIB} MiB of memory; hand in less")
    if frame.get("limit") == "depth":
        raise _Ended("is nested too deeply to be read; write it more simply")


def _end_of(reply: Reply[Any], status: int | None, zygote: Zygote, limit_s: float) -> Exception:
    """Why there is no answer, as what is to be raised."""
    if reply.verdict is Verdict.TIMEOUT:
        return _Ended(f"reading it takes more than {limit_s:g} s of CPU time; hand in less, or simpler code")
    if status is None:
        return _Ended("the process that read it was brought to say what makes no sense")
    name = death(status).type
    if name == "SIGKILL":
        if zygote.lost_a_child_for_want_of_memory():
            return JudgeError("the kernel killed the process that read it, since this machine is out of memory")
        return JudgeError("the process that read it was killed from outside")
    return _Ended(f"reading it crashed the process that reads ({name}); write it more simply")
