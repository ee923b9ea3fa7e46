"""nginx in front of `grade serve`, with the settings of docs/serve.md."""

import csv
import io
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.made_up import MadeUp
from tests.cli import ROOT, grade, start, wait_for
from tests.serving import CLASS, parsed, read_all

NGINX = shutil.which("nginx", path=f"/usr/sbin:/usr/bin:{ROOT / '.venv' / 'nginx' / 'usr' / 'sbin'}")
URL, HOST = "https://board.example.edu/", "board.example.edu"
AROUND = """\
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/main.log;
events {{ worker_connections 64; }}
http {{ access_log {folder}/access.log; {paths}
{settings}
}}
"""
PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is neither installed nor fetched by .ci/setup")


@dataclass(frozen=True)
class Site:
    """Both servers."""

    folder: Path
    port: int
    server: "subprocess.Popen[str]"
    """The one behind."""

    def ask(self, path: str, until: bytes = b"") -> bytes:
        """What comes back over TLS: all of it, or as much as has `until`."""
        trusted = ssl.create_default_context(cafile=self.folder / "board.pem")
        plain = socket.create_connection(("127.0.0.1", self.port), 20)
        with closing(trusted.wrap_socket(plain, server_hostname=HOST)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            found = b""
            while until and until not in found and (piece := connection.recv(65536)):
                found += piece
            return found if until else read_all(connection)


def settings(folder: Path, served: str, port: int) -> str:
    """Those of the page, with the paths and ports of this test."""
    (text,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "serve.md").read_text(), re.DOTALL)
    here = {"listen 443 ": f"listen 127.0.0.1:{port} ", "/etc/ssl/": f"{folder}/", "/var/log/nginx/": f"{folder}/",
            "127.0.0.1:8000": served}  # fmt: skip
    for there, own in here.items():
        assert there in text
        text = text.replace(there, own)
    paths = " ".join(f"{name}_temp_path {folder}/{name};" for name in PATHS)
    return AROUND.format(folder=folder, paths=paths, settings=text)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with MadeUp.in_(tmp_path / "results") as made_up:
        made_up.hand_in(CLASS[0], 0.5)
        made_up.publish()
    key, certificate = tmp_path / "board.key", tmp_path / "board.pem"
    served, port = free_port(), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "nginx.conf").write_text(settings(tmp_path, f"127.0.0.1:{served}", port))
    command = [str(NGINX), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    with ended(start("serve", tmp_path / "results", "--port", served, "--url", URL)) as server:
        assert server.stderr is not None
        server.stderr.readline()
        with ended(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as proxy:
            wait_for(proxy, (tmp_path / "pid").exists)
            yield Site(tmp_path, port, server)


@contextmanager
def ended(process: "subprocess.Popen[str]") -> "Iterator[subprocess.Popen[str]]":
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_everybody_gets_through_nginx_what_is_theirs_and_no_log_names_a_link(site: Site) -> None:
    done = grade("serve", site.folder / "results", "--links", "--url", URL)
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    link = row["link"].removeprefix(URL.rstrip("/"))
    board, page = parsed(site.ask("/")), parsed(site.ask(link))
    assert (board.status, page.status) == (200, 200)
    assert CLASS[0].name in board.body.decode()
    assert CLASS[0].name in page.body.decode()
    assert b"event: board" in site.ask("/events", until=b"event: board")
    assert parsed(site.ask("/s/guessed")).status == 404
    site.server.terminate()
    site.server.wait(20)
    assert parsed(site.ask(link)).status == 502
    logged = "".join(path.read_text() for path in site.folder.glob("*.log"))
    assert link not in logged
