"""A body on its way in is refused where there is no room for it, also where it names no length."""

import tempfile
from types import SimpleNamespace

import pytest
from waitress.adjustments import Adjustments

from corpusmill.serving.parser import CHUNKS_WEIGHED_BYTES, Parser
from webui.intake.room import Room
from webui.problems import Problem

HEAD = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n"
PIECE = b"x" * 1_000_000


class Disk:
    """A disk with room for bodies of `free` bytes."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.asked: list[int] = []

    def check_body(self, size_bytes: int, *, repeated: bool) -> None:
        self.asked.append(size_bytes)
        if size_bytes > self.free:
            raise Problem(507, "disk_full", "No room.")


def parser(disk: Disk) -> Parser:
    return Parser(Adjustments(), disk)  # type: ignore[arg-type]


def chunked(disk: Disk, most: int) -> tuple[Parser, int]:
    """A parser after pieces of a chunked body, as many as it takes but `most`, and how many."""
    reader = parser(disk)
    reader.received(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for count in range(most):
        if reader.completed:
            return reader, count
        reader.received(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
    return reader, most


def test_a_body_in_chunks_is_refused_once_there_is_no_room_for_what_came():
    reader, taken = chunked(Disk(2 * CHUNKS_WEIGHED_BYTES), 100)
    assert reader.error.code == "disk_full"
    assert taken * len(PIECE) <= 3 * CHUNKS_WEIGHED_BYTES + len(PIECE)
    reader.close()


def test_a_body_in_chunks_that_has_room_is_taken_and_asked_about_seldom():
    disk = Disk(10**12)
    reader, _ = chunked(disk, 30)
    reader.received(b"0\r\n\r\n")
    assert reader.completed
    assert reader.error is None
    assert reader.get_body_stream().read(1) == b"x"
    assert 0 < len(disk.asked) <= 30 * len(PIECE) // CHUNKS_WEIGHED_BYTES + 1
    reader.close()


@pytest.mark.parametrize("length", [b"Transfer-Encoding: chunked", b"Content-Length: 3000000"])
def test_a_body_that_cannot_be_put_aside_is_answered(length, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    reader = parser(Disk(10**12))
    reader.received(HEAD + length + b"\r\n\r\n")
    for _ in range(3):
        reader.received(b"%x\r\n" % len(PIECE) * (b"chunked" in length) + PIECE + b"\r\n" * (b"chunked" in length))
    assert reader.completed
    assert (reader.error.status, reader.error.code) == (503, "system_unavailable")


def test_a_spool_directory_that_was_taken_away_is_made_again(tmp_path):
    settings = SimpleNamespace(
        accept_free_share=0.0,
        spool_dir=tmp_path / "a" / "spool",
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path}/x.db",
    )
    Room(settings).check_body(1, repeated=False)  # type: ignore[arg-type]
    assert settings.spool_dir.is_dir()
    settings.spool_dir.rmdir()
    settings.spool_dir.touch()
    with pytest.raises(Problem) as refused:
        Room(settings).check_body(1, repeated=False)  # type: ignore[arg-type]
    assert refused.value.status == 503
