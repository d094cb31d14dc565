"""A download takes the name of its file when it is whole; until then what was there stays."""

import errno
import os
import select
import threading

import pytest

from corpusmill.output import Refusal, Unreachable
from corpusmill.transfer import downloads
from corpusmill.transfer.downloads import probe, save


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("before")
    path.chmod(0o640)
    return path


def broken(error: BaseException, *chunks: bytes):
    """A download that breaks off."""
    yield from chunks
    raise error


@pytest.mark.parametrize("chunks", [(), (b"half",)])
@pytest.mark.parametrize("error", [Refusal("no"), KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_a_download_that_fails_leaves_what_was_there_and_nothing_else(target, error, chunks):
    with pytest.raises(type(error)):
        save(target, lambda: broken(error, *chunks))
    assert target.read_text() == "before"
    assert list(target.parent.iterdir()) == [target]


def test_a_whole_download_replaces_the_file_and_keeps_its_mode(target):
    save(target, lambda: [b"a", b"b"])
    assert target.read_bytes() == b"ab"
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(target.parent.iterdir()) == [target]


def test_a_link_stays_one(target):
    link = target.with_name("link")
    link.symlink_to(target)
    save(link, lambda: [b"new"])
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_download_that_breaks_off_is_begun_again(target, monkeypatch):
    monkeypatch.setattr(downloads, "growing_pauses", lambda: iter([0, 0]))
    tries = [broken(Unreachable("gone"), b"half"), broken(Unreachable("gone")), iter([b"whole"])]
    save(target, lambda: tries.pop(0))
    assert target.read_bytes() == b"whole"


def test_one_that_never_began_is_begun_again_only_where_the_server_is_known(target, monkeypatch):
    monkeypatch.setattr(downloads, "growing_pauses", lambda: iter([0]))
    with pytest.raises(Unreachable):
        save(target, lambda: broken(Unreachable("nobody")))
    tries = [broken(Unreachable("gone")), iter([b"whole"])]
    save(target, lambda: tries.pop(0), begun=True)
    assert target.read_bytes() == b"whole"


def test_one_that_stays_away_beyond_the_patience_is_told(target):
    with pytest.raises(Unreachable):
        save(target, lambda: broken(Unreachable("gone"), b"half"), patience_seconds=-1)
    assert target.read_text() == "before"


def test_a_pipe_is_written_as_it_comes(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    save(pipe, lambda: [b"a", b"b"])
    reader.join(10)
    assert found == [b"ab"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["none/out.jsonl", "file/out.jsonl", "x" * 300])
def test_a_place_that_takes_no_file_is_known_before(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"No such file|Not a directory|too long"):
        probe(tmp_path / name)


def test_a_link_to_itself_is_no_place(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="symbolic links"):
        probe(tmp_path / "loop")


def test_looking_at_a_pipe_leaves_its_reader_waiting(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    watch = select.poll()
    watch.register(reader)
    probe(pipe)
    assert not watch.poll(0)
    os.close(reader)


def test_looking_changes_nothing(target):
    probe(target)
    probe(target.with_name("new"))
    assert target.read_text() == "before"
    assert list(target.parent.iterdir()) == [target]
