"""`grade serve`: the board moves when a result comes, everybody sees their own page and no other, and no attack works.

One server runs for all of these tests. Each test comes from addresses of its own, so that none uses up what another
may ask.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from grader.classroom.folder import open_results
from tests.browser import Opened, opened
from tests.cli import grade
from tests.html_reports import AXE
from tests.serving import CLASS, CLIENTS, CLIENTS_EACH, DEADLINE_S, SECRET, Reply, Running, parsed, read_all, running
from tests.test_leaderboard import HOSTILE

THIEF = """\
import os, signal, socket
def conv_forward_naive(x, w, b, conv_param):
    tried = {{
        "key": lambda: open({key!r}).read(),
        "database": lambda: open({database!r}, "rb").read(),
        "server": lambda: socket.create_connection(("127.0.0.1", {port}), 1),
        "signal": lambda: os.kill({pid}, signal.SIGKILL),
    }}
    done = []
    for name, attempt in tried.items():
        try:
            done.append((name, attempt()))
        except OSError:
            pass
    raise ValueError(f"done: {{done}}")
"""
QUICK = """\
schema: convgrade/1
extends: correctness-only.yaml
name: quick
cases: {count: 16}
limits: {call_s: 0.2}
policy: {imports: [numpy, os, signal, socket]}
"""
_addresses = count(2)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.fixture
def source() -> int:
    """The last part of an address that nobody has come from."""
    return next(_addresses)


def names_of(seen: Opened) -> list[str]:
    return [name.strip() for name in seen.page.locator("tbody .name").all_inner_texts()]


def version_of(server: Running, source: int) -> str:
    return server.ask("/api/results", source).headers["etag"].strip('"')


class TestBrowser:
    """What a person sees."""

    def test_board_moves_when_a_result_comes_and_keeps_what_was_typed(self, server: Running) -> None:
        with opened(server.url) as seen:
            seen.page.locator("#live.on").wait_for()
            seen.page.get_by_role("button", name="name").click()
            seen.page.get_by_label("Search").fill("student")
            seen.page.get_by_label("Search").evaluate("search => search.setSelectionRange(2, 3)")
            server.hand_in(CLASS[3])
            seen.page.locator("tr.new", has_text="Student 3").wait_for()
            assert seen.page.locator("tr", has_text="Student 3").locator(".rank").inner_text() == "1"
            assert names_of(seen) == ["Group", *(f"Student {i}" for i in range(5))]  # sorted by name, as before
            assert seen.page.locator("tbody tr:visible").count() == 5
            assert seen.page.locator("tr.new").count() == 1
            seen.page.keyboard.type("X")
            assert seen.page.get_by_label("Search").input_value() == "stXdent"
            assert "last change seen at" in seen.page.locator("#live").inner_text()
            assert seen.console == []
            assert {url.removeprefix(server.url) for url in seen.requests} <= {"", "events"}

    def test_names_that_arrive_become_nothing_but_text(self, server: Running) -> None:
        with opened(server.url, width=390) as seen:
            seen.page.emulate_media(reduced_motion="reduce")  # a row that fades in has no colours yet
            seen.page.locator("#live.on").wait_for()
            server.hand_in(*(replace(CLASS[0], id=f"x{i}", name=name) for i, name in enumerate(HOSTILE)))
            seen.page.locator("tbody tr").nth(len(CLASS) + len(HOSTILE) - 1).wait_for()
            assert seen.page.locator("tbody script, tbody b").count() == 0
            assert any("<script>" in name for name in names_of(seen))
            seen.page.evaluate(AXE.read_text())
            found = seen.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            assert [rule["id"] for rule in found["violations"]] == []
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
            assert seen.console == []

    def test_student_page_is_whole_behind_its_link(self, server: Running) -> None:
        with opened(server.url[:-1] + server.links()["Student 1"]) as seen:
            assert "Student 1" in seen.page.locator("h1").inner_text()
            seen.page.wait_for_load_state("networkidle")
            assert seen.console == []
            assert len(seen.requests) == 1

    def test_instructor_gets_from_the_index_to_every_page(self, server: Running) -> None:
        with opened(server.url[:-1] + server.instructor) as seen:
            seen.page.get_by_role("link", name="Student 2").first.click()
            seen.page.get_by_role("heading", name="Student 2").wait_for()
            assert seen.console == []


class TestAnswers:
    """What a program gets."""

    def test_links_are_a_table_of_everybody(self, server: Running) -> None:
        done = grade("serve", server.results, "--links", "--url", "https://board.example.edu/hw2")
        rows = {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
        assert rows["id1"]["email"] == "id1@example.edu"
        assert rows["ida"]["link"] == rows["idb"]["link"]  # a group hands in together
        assert rows["idb"]["name"] == "'=Bob"  # no formula
        links = [row["link"] for row in rows.values()]
        assert len(set(links)) == len(links) - 1
        assert all(re.fullmatch(r"https://board\.example\.edu/hw2/s/[0-9a-f]{40}", link) for link in links)

    def test_results_are_what_the_board_shows_and_no_more(self, server: Running, source: int) -> None:
        shown = server.ask("/api/results", source).body.decode()
        assert {row["name"] for row in json.loads(shown)["rows"]} >= {who.name for who in CLASS}
        with open_results(server.results) as store:
            assert [id for id in store.ids() if f'"{id}"' in shown] == []
        public = shown + server.ask("/", source).body.decode()
        hidden = ["@example.edu", "/home/prof", *server.links().values(), server.instructor]
        assert [text for text in hidden if text.split("/")[-2 if text.endswith("/") else -1] in public] == []

    def test_every_answer_tells_the_browser_to_trust_nothing(self, server: Running, source: int) -> None:
        secret = [server.links()["Student 1"], server.instructor]
        for path in ("/", "/api/results", "/nothing", *secret):
            headers = server.ask(path, source).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["content-security-policy"].startswith("default-src 'none'; base-uri 'none'; form-action 'no")
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "server" not in headers
            assert path not in secret or headers["cache-control"] == "private, no-store"
        scripts = re.findall("script-src ([^;]*)", server.ask("/", source).headers["content-security-policy"])
        assert re.fullmatch("'sha256-[^ ]*' 'sha256-[^ ]*'", scripts[0])

    def test_board_is_zipped_and_not_sent_again_to_who_has_it(self, server: Running, source: int) -> None:
        plain = server.ask("/", source)
        zipped = server.ask("/", source, Accept_Encoding="br, gzip")
        assert zipped.headers["content-encoding"] == "gzip"
        assert gzip.decompress(zipped.body) == plain.body
        again = server.ask("/", source, If_None_Match=plain.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        head = server.ask("/", source, method="HEAD")
        assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(plain.body)))

    def test_next_answer_on_a_connection_comes_at_once(self, server: Running, source: int) -> None:
        """Its end would wait for the client's acknowledgement, which takes 40 ms, if it were not sent at once."""
        took = []
        with server.connect(source) as connection, connection.makefile("rb") as answers:
            for _ in range(10):
                begun = time.perf_counter()
                connection.sendall(b"GET /api/results HTTP/1.1\r\nHost: localhost\r\n\r\n")
                head = b"".join(iter(answers.readline, b"\r\n"))
                answers.read(int(re.findall(rb"content-length: (\d+)", head)[0]))
                took.append(time.perf_counter() - begun)
        assert min(took[1:]) < 0.02

    def test_stream_tells_of_each_board_by_its_tag(self, server: Running, source: int) -> None:
        before = version_of(server, source)
        with server.connect(source) as stream, stream.makefile("rb") as lines:
            stream.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            told = (line[6:].decode().strip() for line in lines if line.startswith(b"data: "))
            assert next(told) == before
            server.hand_in(CLASS[1])
            assert next(told) == version_of(server, source) != before


class TestRefused:
    """What does not work."""

    def test_no_way_of_writing_a_path_leads_to_a_file(self, server: Running, source: int) -> None:
        student, instructor = server.links()["Student 1"], server.instructor
        ups = ("..", "%2e%2e", ".%2E", "%252e%252e", "..%00", "..%c0%af", "\uff0e\uff0e".encode().decode("latin-1"))
        slashes = ("/", "%2f", "%252f", "\\", "%5c", "//", "%c0%af")
        paths = [
            "/" + prefix + up + slash + name
            for prefix in ("", "s/", instructor[1:], f"{instructor[1:]}reports/")
            for up in ups
            for slash in slashes
            for name in ("links.key", "results.sqlite")
        ]
        paths += ["/links.key", "/results.sqlite", "/grades.csv", "/index.html", "/reports/id1.html", "//etc/passwd",
                  f"{student}/", f"{student}%00", f"{student}.html", student.upper(), f"/{student}", f"{student}%2f..",
                  f"{instructor}index.html", f"{instructor}grades.csv", f"{instructor}reports/", instructor[:-1],
                  f"{instructor}reports/id1.txt", f"{instructor}reports/../links.key", f"file://{server.results}",
                  f"http://localhost{student}"]  # fmt: skip
        key = (server.results / "links.key").read_bytes().strip()
        replies = parsed_all(server, [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n" for path in paths], source)
        assert {reply.status for reply in replies} <= {400, 404}
        for reply in replies:
            assert key not in reply.body
            assert b"SQLite" not in reply.body
            assert len(reply.body) < 100

    def test_guessed_links_lead_nowhere(self, server: Running, source: int) -> None:
        right, instructor = server.links()["Student 1"], server.instructor
        other = "0" if right[-1] != "0" else "1"
        guesses = [right[:-1] + other, right[:-1], f"{right}0", "/s/", "/s/id1", "/s/" + "0" * 40, "/s/" + "f" * 9999,
                   f"/i{right[2:]}/", f"/s{instructor[2:-1]}", "/i//", f"/i/{'0' * 40}/", "/s/%3f", "/s/*"]  # fmt: skip
        assert {server.ask(path, next(_addresses)).status for path in guesses} == {404}
        assert server.ask(right, source).status == 200

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "X"])
    def test_nothing_can_be_handed_in_or_changed(self, server: Running, source: int, method: str) -> None:
        reply = server.ask("/", source, method)
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")

    def test_a_body_is_not_waited_for(self, server: Running, source: int) -> None:
        begun = time.monotonic()
        for length in ("Content-Length: 1000000000", "Transfer-Encoding: chunked"):
            got = server.exchange(f"GET / HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n5\r\n".encode(), source)
            assert parsed(got).status == 413
        assert time.monotonic() - begun < DEADLINE_S

    def test_only_its_own_names_are_answered_to(self, server: Running, source: int) -> None:
        for host in (
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "localhost, evil",
            "[::1",
            "\xe9",
        ):
            assert server.ask("/", next(_addresses), Host=host).status == 421, host
        assert server.ask("/", source, Host="").status == 400
        two = b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        assert parsed(server.exchange(two, source)).status == 400
        assert parsed(server.exchange(b"GET / HTTP/1.0\r\n\r\n", source)).status == 421
        assert server.ask("/", source, Host=f"LOCALHOST:{server.port}").status == 200

    def test_what_is_no_request_is_cut_off(self, server: Running, source: int) -> None:
        start = "GET / HTTP/1.1\r\nHost: localhost\r\n"
        requests = [
            f"GET /{'a' * 100_000} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            f"{start}X: {'a' * 100_000}\r\n\r\n",
            start + "".join(f"X{number}: a\r\n" for number in range(10_000)) + "\r\n",
            f"{start}Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
            f"{start}Content-Length: -1\r\n\r\n",
            f"{start}A B: c\r\n\r\n",
            f"{start}A: b\0c\r\n\r\n",
            "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        ]
        for request in requests:
            reply = parsed(server.exchange(request.encode("latin-1"), source))
            assert reply.status in (0, 400, 421, 431), request[:50]
        assert server.ask("/", source).status == 200

    def test_links_in_the_folder_are_not_followed(self, server: Running, source: int) -> None:
        page, link = server.results / "reports" / "id4.html", server.links()["Student 4"]
        kept = page.read_bytes()
        page.unlink()
        try:
            page.symlink_to(server.results.parent / "secret.txt")
            reply = server.ask(link, source)
            assert (reply.status, SECRET.encode() in reply.body) == (404, False)
            page.unlink()
            os.mkfifo(page)
            assert server.ask(link, source).status == 404
            page.unlink()
            page.mkdir()
            assert server.ask(link, source).status == 404
            page.rmdir()
        finally:
            page.write_bytes(kept)
        assert server.ask(link, source).status == 200


class TestTooMuch:
    """What would keep others from being served."""

    def test_slow_clients_are_cut_off(self, server: Running, source: int) -> None:
        page = server.results / "reports" / "id2.html"
        whole = b" " * 20 * 2**20
        page.write_bytes(whole)
        silent, slow, late, deaf = connections = [server.connect(source) for _ in range(4)]
        with ExitStack() as stack:
            for connection in connections:
                stack.enter_context(connection)
            head = b"HEAD / HTTP/1.1\r\nHost: localhost\r\n"
            slow.sendall(head)
            late.sendall(head + b"\r\n")
            assert late.recv(4096).startswith(b"HTTP/1.1 200")
            late.sendall(head)  # the second request is as slow as the first of another
            deaf.sendall(f"GET {server.links()['Student 2']} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            begun, trickled = time.monotonic(), 0
            while time.monotonic() - begun < 1.7 * DEADLINE_S:
                for connection in (slow, late):
                    with suppress(OSError):
                        connection.sendall(b"x")
                        trickled += 1
                time.sleep(DEADLINE_S / 10)
            assert server.ask("/", source).status == 200
            for connection in connections:
                connection.settimeout(0.5 * DEADLINE_S)
            assert [read_all(connection) for connection in (silent, slow, late)] == [b""] * 3
            assert len(read_all(deaf)) < len(whole)
            assert trickled > 10

    def test_a_flood_of_requests_is_told_so_and_costs_nobody_else(self, server: Running, source: int) -> None:
        replies = [server.ask("/api/results", source, "HEAD") for _ in range(4 * CLIENTS_EACH)]
        assert replies[0].status == 200
        assert {reply.status for reply in replies} == {200, 429}
        assert next(reply for reply in replies if reply.status == 429).headers["retry-after"] == "5"
        assert server.ask("/", next(_addresses)).status == 200
        deadline = time.monotonic() + 20
        while server.ask("/", source).status == 429:
            assert time.monotonic() < deadline
            time.sleep(0.5)

    def test_a_flood_of_guesses_ends_sooner(self, server: Running, source: int) -> None:
        statuses = [server.ask(f"/s/{number:040}", source).status for number in range(CLIENTS_EACH)]
        assert statuses[0] == 404
        assert statuses.count(404) < CLIENTS_EACH / 2

    def test_one_address_gets_so_many_connections_and_then_none(self, server: Running, source: int) -> None:
        request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        with ExitStack() as stack:
            held = [stack.enter_context(server.connect(source)) for _ in range(2 * CLIENTS_EACH + 5)]
            server.ask("/", next(_addresses))  # all before it have been accepted
            statuses = []
            for connection in (held[0], held[CLIENTS_EACH - 1], held[CLIENTS_EACH], held[-1]):
                with suppress(OSError):
                    connection.sendall(request)
                statuses.append(parsed(read_all(connection)).status)
            assert statuses == [200, 200, 429, 0]
            assert server.ask("/", next(_addresses)).status == 200

    def test_hundreds_of_streams_are_told_and_more_are_turned_away(self, server: Running, source: int) -> None:
        request = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with ExitStack() as stack:
            sources = [next(_addresses) for _ in range(CLIENTS // CLIENTS_EACH)]
            streams = [stack.enter_context(server.connect(each)) for each in sources for _ in range(CLIENTS_EACH)]
            for stream in streams:
                stream.sendall(request)
            for stream in streams:
                while b"data: " not in stream.recv(4096):
                    pass
            assert server.ask("/", source).status == 429
            server.hand_in(CLASS[0])
            assert all(b"event: board" in stream.recv(4096) for stream in streams)
        deadline = time.monotonic() + 20
        while server.ask("/", source).status == 429:  # until it has seen that they are gone
            assert time.monotonic() < deadline
            time.sleep(0.1)


class TestProcess:
    """What the server does to its machine. The last test ends it."""

    def test_it_writes_nothing_and_starts_nothing(self, server: Running, source: int) -> None:
        def state() -> dict[str, str]:
            files = [path for path in server.results.rglob("*") if path.is_file()]
            texts = {
                path: b"" if path.name.endswith("-shm") else path.read_bytes() for path in files
            }  # readers meet there
            return {str(path): hashlib.sha256(text).hexdigest() for path, text in texts.items()}

        before, pid = state(), server.process.pid
        for path in ("/", "/api/results", "/nothing", server.links()["Student 1"], server.instructor):
            server.ask(path, source)
        assert state() == before
        assert Path(f"/proc/{pid}/task/{pid}/children").read_text() == ""
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                assert not str(fd.readlink()).startswith(str(server.results)), fd.readlink()

    def test_submission_reaches_neither_the_server_nor_what_it_serves(self, server: Running, tmp_path: Path) -> None:
        key, database = (str(server.results / name) for name in ("links.key", "results.sqlite"))
        thief, rubric = tmp_path / "thief.py", tmp_path / "quick.yaml"
        thief.write_text(THIEF.format(key=key, database=database, port=server.port, pid=server.process.pid))
        rubric.write_text(QUICK)
        done = grade(thief, "--rubric", rubric, "--isolation", "strict")
        assert "ValueError: done: []" in done.stdout
        assert server.process.poll() is None

    def test_key_is_for_its_owner_alone(self, server: Running) -> None:
        key = server.results / "links.key"
        assert key.stat().st_mode & 0o777 == 0o600
        links = server.links()
        key.chmod(0o640)
        done = grade("serve", server.results, "--links")
        assert (done.returncode, done.stdout) == (2, "")
        assert "others can read it" in done.stderr
        key.chmod(0o600)
        assert server.links() == links

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--host", "0.0.0.0"), "--host 0.0.0.0 needs --url"),
            (("--url", "board.example.edu"), "is not the URL of a server"),
            (("--url", "https://board.example.edu/?a"), "is not the URL of a server"),
            (("--host", "192.0.2.1"), "cannot listen at 192.0.2.1, port 8000"),
        ],
    )
    def test_what_cannot_be_served_is_said(self, server: Running, options: tuple[str, ...], said: str) -> None:
        done = grade("serve", server.results, *options)
        assert done.returncode == 2
        assert said in done.stderr

    def test_port_in_use_and_no_results_are_said(self, server: Running, tmp_path: Path) -> None:
        taken = grade("serve", server.results, "--port", server.port)
        assert (taken.returncode, taken.stderr.count("cannot listen")) == (2, 1)
        nothing = grade("serve", tmp_path)
        assert (nothing.returncode, nothing.stderr.count("is not a results folder")) == (2, 1)
        assert not any(tmp_path.iterdir())

    def test_sigterm_ends_streams_and_the_server(self, server: Running, source: int) -> None:
        with server.connect(source) as stream:
            stream.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while b"data: " not in stream.recv(4096):
                pass
            server.process.send_signal(signal.SIGTERM)
            assert read_all(stream).endswith(b"0\r\n\r\n")
        assert server.process.wait(20) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""  # nothing that anybody sent was worth a word


def parsed_all(server: Running, requests: list[str], source: int) -> list[Reply]:
    """The answers, each to a connection of its own; few from each address, since what is not there costs more."""
    few = CLIENTS_EACH // 10
    sources = [source, *(next(_addresses) for _ in range(len(requests) // few))]
    return [
        parsed(
            server.exchange(
                request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").encode("latin-1"), sources[i // few]
            )
        )
        for i, request in enumerate(requests)
    ]
