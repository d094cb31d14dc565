"""A file on its way is open only while it is read, and is sent whole or not at all."""

import os
from pathlib import Path

import pytest

from corpusmill.output import Refusal
from corpusmill.transfer.sending import Sent


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "a.txt"
    made.write_bytes(b"abcdef")
    return made


def test_it_is_read_whole_as_often_as_it_is_begun(path):
    sent = Sent("a.txt", path)
    assert (sent.tell(), sent.seek(0, os.SEEK_END), sent.seek(0)) == (0, 6, 0)
    for _ in range(2):
        assert [sent.read(4), sent.read(4), sent.read(4)] == [b"abcd", b"ef", b""]
        sent.seek(0)


def test_no_descriptor_is_kept_before_and_after(path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    many = [Sent("a.txt", path) for _ in range(50)]
    for sent in many:
        while sent.read(3):
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("content", [b"abc", b"", b"abcdefg"])
def test_one_that_changed_meanwhile_is_refused_by_name(path, content):
    sent = Sent("a.txt", path)
    path.write_bytes(content)
    with pytest.raises(Refusal, match=r"a\.txt changed while it was sent"):
        while sent.read(100):
            pass


def test_an_empty_file_is_sent(tmp_path):
    (tmp_path / "empty").touch()
    assert Sent("empty", tmp_path / "empty").read(10) == b""
