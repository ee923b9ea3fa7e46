"""What the server is made of: what may be asked, what is shown, and what becomes of a folder that cannot be read."""

import asyncio
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.made_up import MadeUp
from grader.classroom.board import Seen
from grader.classroom.roll import Roll
from grader.classroom.store import Store
from grader.database import FILENAME
from grader.errors import UsageError
from grader.records import GradeReport, Who
from grader.server import snapshot
from grader.server.limits import Admission, Limits
from grader.server.links import Links, links_of
from grader.server.live import Live
from grader.server.snapshot import Snapshot, Snapshots
from grader.server.snapshot import _found as found
from tests.cli import grade

LINKS = Links(b"k" * 32)


class TestLimits:
    """What one address may ask."""

    def test_credit_is_saved_up_for_two_seconds_and_comes_back(self) -> None:
        limits = Limits(100, 20)
        assert [limits.may_ask("192.0.2.1", 0.0) for _ in range(21)] == [True] * 20 + [False]
        assert limits.may_ask("192.0.2.2", 0.0)
        assert [limits.may_ask("192.0.2.1", 0.5) for _ in range(6)] == [True] * 5 + [False]

    def test_what_is_not_there_costs_more_but_never_for_long(self) -> None:
        limits = Limits(100, 10)
        limits.may_ask("192.0.2.1", 0.0)
        limits.charge("192.0.2.1", 1000)
        assert not limits.may_ask("192.0.2.1", 1.9)
        assert limits.may_ask("192.0.2.1", 2.4)

    def test_connections_are_counted_for_each_and_for_all(self) -> None:
        limits = Limits(most=4, most_each=2)
        here, there = (f"2001:db8:0:{net}::{{}}".format for net in (1, 2))
        assert [limits.enter(here(host), 0.0) for host in range(5)] == [
            Admission.SERVED, Admission.SERVED, Admission.TOO_MANY, Admission.TOO_MANY, Admission.DROPPED,
        ]  # fmt: skip  # a household has as many addresses as it likes
        assert limits.enter(there(1), 0.0) is Admission.TOO_MANY  # the sixth of all
        for host in range(4):
            limits.leave(here(host))
        assert limits.enter(there(1), 0.0) is Admission.SERVED

    def test_addresses_are_not_remembered_for_ever(self) -> None:
        limits = Limits(100, 10)
        for number in range(20_000):
            limits.may_ask(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", number / 100)
        assert len(limits._clients) < 5000


class TestLive:
    """A folder that changes, and one that cannot be read."""

    def test_news_is_what_changes_the_board_alone(self) -> None:
        versions = iter(["a", "a", "b"])
        live, told = self.live(iter("1123"), lambda: next(versions))
        assert told(3) == [False, False, True]
        assert live.now.version == "b"

    def test_what_cannot_be_read_is_shown_as_it_was_and_said_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        answers = iter(["a", UsageError("it is damaged"), ValueError("x"), ValueError("x"), "b"])
        live, told = self.live(iter("123456"), lambda: next(answers))
        assert told(3) == [False] * 3
        assert live.now.version == "a"
        assert told(1) == [True]
        assert capsys.readouterr().err == "grade: ValueError: x; showing what was there before\n"

    def live(self, stamps: Any, read: Callable[[], object]) -> tuple[Live, Callable[[int], list[bool]]]:
        """One, and how to look at it so many times: whether there was news each time."""

        def reading() -> Snapshot:
            answer = read()
            if isinstance(answer, Exception):
                raise answer
            return cast(Snapshot, SimpleNamespace(version=answer))

        live = Live(lambda: next(stamps), reading)

        async def look(times: int) -> list[bool]:
            news = []
            for _ in range(times):
                with live.telling() as event:
                    await live.look()
                    news.append(event.is_set())
            return news

        def looked(times: int) -> list[bool]:
            with ThreadPoolExecutor(1) as thread:  # in this one a browser of another test may have a loop
                return thread.submit(asyncio.run, look(times)).result()

        return live, looked


class TestSnapshot:
    """What is shown."""

    def test_names_are_those_that_the_rubric_lets_be_seen(self, tmp_path: Path) -> None:
        with MadeUp.in_(tmp_path, "anonymous") as made_up:
            made_up.hand_in(Who("id1", "Ann Smith", "a.py"), 0.5)
        shown = Snapshots(tmp_path, LINKS).read()
        assert [row["name"] for row in json.loads(shown.results.data)["rows"]] == ["no. 1"]
        for body in (shown.board, shown.results):
            assert b"Smith" not in body.data
            assert b"id1" not in body.data

    def test_what_somebody_wrote_meanwhile_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        writes = iter([0.7])

        def slow(*arguments: Any) -> Snapshot | None:
            read = found(*arguments)
            for ratio in writes:
                with MadeUp.in_(tmp_path) as made_up:
                    made_up.hand_in(Who("late", "Late", "l.py"), ratio)
            return read

        with MadeUp.in_(tmp_path) as made_up:
            made_up.hand_in(Who("early", "Early", "e.py"), 0.5)
        monkeypatch.setattr(snapshot, "_found", slow)
        assert b"Late" in Snapshots(tmp_path, LINKS).read().results.data

    def test_only_what_is_new_is_read_for_the_next_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of the database that was read before, and of another one all of it."""
        noted = list[str]()

        def note(roll: Roll, report: GradeReport) -> None:
            noted.append(report.who.id)
            into_roll(roll, report)

        def names() -> list[str]:
            noted.clear()
            return [row["name"] for row in json.loads(snapshots.read().results.data)["rows"]]

        into_roll = Roll.note
        monkeypatch.setattr(Roll, "note", note)
        snapshots = Snapshots(tmp_path / "served", LINKS)
        for folder, people in (("served", ("ann", "ben")), ("other", ("cid", "dan", "eve"))):
            with MadeUp.in_(tmp_path / folder) as made_up:
                for number, who in enumerate(people):
                    made_up.hand_in(Who(who, who, "f.py"), 0.9 - 0.2 * number)
        backup = (tmp_path / "served" / FILENAME).read_bytes()
        assert (names(), noted) == (["ann", "ben"], ["ann", "ben"])
        with MadeUp.in_(tmp_path / "served") as made_up:
            made_up.hand_in(Who("zoe", "zoe", "f.py"), 0.2)
        assert (names(), noted) == (["ann", "ben", "zoe"], ["zoe"])
        assert (names(), noted) == (["ann", "ben", "zoe"], [])
        as_many, fewer = (tmp_path / "other" / FILENAME).read_bytes(), backup
        for content, theirs in ((as_many, ["cid", "dan", "eve"]), (fewer, ["ann", "ben"])):
            (tmp_path / "served" / FILENAME).write_bytes(content)  # the same inode
            assert (names(), noted) == (theirs, theirs)

    def test_what_was_read_while_somebody_wrote_is_not_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        used = list[Seen]()

        def found_while_writing(store: Store, links: Links, seen: Seen) -> Snapshot | None:
            read = found(store, links, seen)
            used.append(seen)
            if len(used) < 3:
                with MadeUp.in_(tmp_path) as made_up:
                    made_up.hand_in(Who("late", "Late", "l.py"), 0.1 * len(used))
            return read

        with MadeUp.in_(tmp_path) as made_up:
            made_up.hand_in(Who("early", "Early", "e.py"), 0.5)
        monkeypatch.setattr(snapshot, "_found", found_while_writing)
        snapshots = Snapshots(tmp_path, LINKS)
        snapshots.read()
        snapshots.read()
        first, second, third, fourth = used
        assert first is not second is not third is fourth

    def test_folder_without_results_is_told_from_one_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="is not a results folder"):
            Snapshots(tmp_path, LINKS).read()

    def test_key_that_is_a_link_is_not_used(self, tmp_path: Path) -> None:
        (tmp_path / "links.key").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(UsageError, match="is a link"):
            links_of(tmp_path)
        assert not (tmp_path / "elsewhere").exists()


def test_server_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("grader.server.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = grade("serve", tmp_path)
    assert (done.returncode, done.stderr.strip().endswith("pip install 'convgrade[serve]'")) == (2, True), done.stderr
