"""Archives: every kind is opened by what it is, and none of them harms anybody but whose it is."""

import tarfile
import time
import zipfile
from functools import partial
from pathlib import Path

import py7zr
import pytest

from grader.errors import SubmissionRejected
from grader.records import Content
from grader.source_code.text import parse
from grader.sources import find_entries
from grader.sources.places import read
from tests.test_people import Pack, found, in_class, refusal, sevenzipped, tarred
from tests.test_sources import ALICE, COURSE, NAMES, write, zipped


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a.tar.bz2", "w:bz2"), ("a.tar.xz", "w:xz")],
)
def test_archives_of_every_kind_are_opened(tmp_path: Path, name: str, mode: str) -> None:
    (entry,) = find_entries([tarred(tmp_path / name, COURSE, mode)])
    assert read(entry.place, NAMES).data.decode() == ALICE
    (entry,) = find_entries([sevenzipped(tmp_path / "b.7z", COURSE)])
    assert read(entry.place, NAMES).filename == "cs231n/layers.py"


def test_tar_that_leads_out_or_links_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    with tarfile.open(tmp_path / "c" / "eve.tar", "w") as archive:
        for name, kind in (
            ("../layers.py", tarfile.REGTYPE),
            ("/etc/layers.py", tarfile.REGTYPE),
            ("a.py", tarfile.SYMTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    told = in_class(tmp_path / "c", "eve.tar")
    assert "leads out of the archive" in told
    assert "a.py is a link or no regular file" in told


def test_tar_that_unfolds_without_an_end_is_its_students_rejection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sources.tar_archive.MAX_ARCHIVE_BYTES", 2**20)
    (tmp_path / "c").mkdir()
    tarred(tmp_path / "c" / "eve.tgz", {"a.py": b"\0" * 2**22, "layers.py": ALICE})
    assert "it holds more than 1048576 bytes" in in_class(tmp_path / "c", "eve.tgz")


@pytest.mark.parametrize("size", [2**33 - 1, 2**80])
def test_tar_of_which_a_member_is_said_to_have_more_than_there_is_is_not_searched_for_it(
    tmp_path: Path, size: int
) -> None:
    """Skipping it took a second for each 10 GB of what it says."""
    info = tarfile.TarInfo("notes.txt")
    info.size = size
    (tmp_path / "ann.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + ALICE.encode())
    before = time.process_time()
    (entry,) = find_entries([tmp_path / "ann.tar"])
    with pytest.raises(SubmissionRejected, match=r"is not a complete tar archive \(it is cut off"):
        read(entry.place, NAMES)
    assert time.process_time() - before < 0.3


@pytest.mark.parametrize("end", [0, 512, 1024, 10240])
def test_tar_without_all_of_the_zeros_at_its_end_is_whole(tmp_path: Path, end: int) -> None:
    path = tarred(tmp_path / "ann.tar", {"a.txt": "a", "layers.py": ALICE})
    data = path.read_bytes().rstrip(b"\0")
    path.write_bytes(data + bytes(-len(data) % 512 + end))
    (entry,) = find_entries([path])
    assert read(entry.place, NAMES).data.decode() == ALICE


def test_7z_that_unfolds_without_an_end_is_its_students_rejection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.sources.sevenzip_archive.MAX_ARCHIVE_BYTES", 2**10)
    (tmp_path / "c").mkdir()
    sevenzipped(tmp_path / "c" / "eve.7z", {"layers.py": ALICE + "#" * 2**20})
    assert "the archive is damaged" in in_class(tmp_path / "c", "eve.7z")


def test_7z_with_a_password_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    sevenzipped(tmp_path / "c" / "eve.7z", {"layers.py": ALICE}, password="secret")
    assert "is encrypted; hand it in without a password" in in_class(tmp_path / "c", "eve.7z")


def test_7z_by_a_method_that_needs_a_thread_is_refused_at_once(tmp_path: Path) -> None:
    """There are no threads where files are read, and the library waited for its own: two minutes for a class."""
    (tmp_path / "c").mkdir()
    with py7zr.SevenZipFile(
        tmp_path / "c" / "eve.7z", "w", filters=[{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 20}]
    ) as archive:
        archive.writestr(ALICE, "layers.py")
    assert "it is compressed by PPMd, which is not known here" in in_class(tmp_path / "c", "eve.7z")


@pytest.mark.parametrize("name", ["eve.tar.gz", "eve.7z", "eve.zip", "eve.tar"])
def test_archive_that_is_cut_off_is_its_students_rejection(tmp_path: Path, name: str) -> None:
    (tmp_path / "c").mkdir()
    whole = tmp_path / name
    {"eve.7z": sevenzipped, "eve.zip": zipped}.get(name, tarred)(whole, {"layers.py": ALICE * 20})
    told = in_class(tmp_path / "c", name, whole.read_bytes()[: whole.stat().st_size // 2])
    assert "is not a complete" in told or "the archive is damaged" in told


def test_deflate64_is_not_called_encrypted(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    path = zipped(tmp_path / "c" / "eve.zip", {"layers.py": ALICE})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        data[data.index(signature) + offset] = 9
    told = in_class(tmp_path / "c", "eve.zip", bytes(data))
    assert "Deflate64" in told
    assert "encrypted" not in told


@pytest.mark.parametrize("pack", [zipped, tarred, partial(tarred, mode="w"), sevenzipped])
@pytest.mark.parametrize("ending", [".zip", ".7z", ".tgz"])
def test_archive_under_the_ending_of_another_is_opened(tmp_path: Path, pack: Pack, ending: str) -> None:
    (entry,) = find_entries([pack(tmp_path / f"ann{ending}", COURSE)])
    assert read(entry.place, NAMES).filename == "cs231n/layers.py"


def test_code_and_report_in_an_archive_each_are_one_hand_in(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", {"ann.py": ALICE, "ben/broken.zip": "PK\3\4"})
    zipped(folder / "ben" / "code.zip", COURSE)
    zipped(folder / "ben" / "report.zip", {"report.pdf": "%PDF"})
    assert read(found(folder)["ben"].place, NAMES).filename == "cs231n/layers.py"
    zipped(folder / "ben" / "more.zip", {"layers.py": ALICE})
    assert "there is an archive in it, broken.zip: unpack it" in refusal(found(folder)["ben"])


def test_letter_that_holds_the_code_is_called_one(tmp_path: Path) -> None:
    letter = tmp_path / "ben.docx"
    with zipfile.ZipFile(letter, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "def conv_forward_naive(x, w, b, conv_param):")
    with pytest.raises(SubmissionRejected, match=r"ben\.docx: is an Office document; hand in the code itself"):
        parse(Content("ben.docx", letter.read_bytes()), NAMES)


def test_rar_under_another_ending_is_told_so(tmp_path: Path) -> None:
    write(tmp_path, {"ann.zip": b"Rar!\x1a\7\1\0\0"})
    (entry,) = find_entries([tmp_path / "ann.zip"])
    assert "ann.zip: is an archive (RAR), which cannot be opened here" in refusal(entry)


def test_folders_of_an_archive_that_end_in_a_backslash_are_folders(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ann.zip", "w") as archive:
        for name in ("hw2\\", "hw2\\cs231n\\", "hw2\\cs231n\\layers.py"):
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, ALICE if name.endswith("py") else "")
    (entry,) = find_entries([tmp_path / "ann.zip"])
    assert read(entry.place, NAMES).filename == "cs231n/layers.py"
