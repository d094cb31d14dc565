"""Many files in one: each is read as if it were its own."""

import io

import pytest

from webui.intake.files.spool import Part, open_spool
from webui.problems import Problem


@pytest.fixture
def parts(tmp_path):
    with open_spool(tmp_path / "not" / "there") as spool:
        made = []
        for body in (b"one\ntwo\n", b"", b"three\nfour"):
            part = Part(spool)
            part.write(body[:3])
            part.write(body[3:])
            part.seek(0)
            made.append(part)
        yield made


def test_each_part_has_its_own_bytes_and_end(parts):
    assert [part.read() for part in parts] == [b"one\ntwo\n", b"", b"three\nfour"]
    assert [part.read(1) for part in parts] == [b"", b"", b""]


def test_parts_are_read_in_turns(parts):
    first, _, third = parts
    assert (first.readline(), third.readline()) == (b"one\n", b"three\n")
    assert (first.readline(2), third.read(2), first.read(), third.read()) == (b"tw", b"fo", b"o\n", b"ur")


def test_a_part_is_sought_within_itself(parts):
    first, _, third = parts
    assert third.seek(-4, io.SEEK_END) == 6
    assert third.read() == b"four"
    assert first.seek(100) == first.tell() == 8
    with pytest.raises(ValueError, match="negative"):
        third.seek(-1)


def test_a_folder_that_cannot_be_made_is_a_problem_that_names_the_setting(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as caught:
        open_spool(tmp_path / "file" / "spool")
    assert (caught.value.status, caught.value.code) == (503, "spool_unavailable")
    assert "spool_dir" in caught.value.detail
