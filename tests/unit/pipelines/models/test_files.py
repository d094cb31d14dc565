"""What lies in a model's directory is looked at before any of it is opened."""

import os

import pytest

from pipelines.errors import ModelError
from pipelines.models.checkpoint.files import plain_files


def refusal(directory) -> str:
    with pytest.raises(ModelError) as refused:
        plain_files(directory)
    assert refused.value.code == "unsafe_file"
    return refused.value.message


def test_files_are_found_by_name_and_links_within_lead_to_theirs(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.txt").write_text("c")
    (tmp_path / "a.txt").symlink_to("b/c.txt")
    target = (tmp_path / "b" / "c.txt").resolve()
    assert plain_files(tmp_path) == {"a.txt": target, "b/c.txt": target}


@pytest.mark.parametrize("size", [1 << 20, 1 << 40])
def test_a_file_of_holes_is_refused_by_name(tmp_path, size):
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write(b"a few bytes")
        file.truncate(size)
    assert (
        refusal(tmp_path) == f'"model.safetensors" has {size} bytes, most of which were never written. Fetch it again.'
    )


def test_a_hole_here_and_there_is_none_of_our_business(tmp_path):
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.write(bytes(1 << 20))
        file.seek(1 << 19, os.SEEK_CUR)
        file.write(b"end")
    assert list(plain_files(tmp_path)) == ["model.safetensors"]


@pytest.mark.parametrize("name", [b"a\xff", b"a\nb", b"\x1b[2J", "a\u202eb".encode(), b"\xed\xa0\x80"])
def test_a_name_that_cannot_be_shown_is_refused_in_signs_that_can(tmp_path, name):
    os.close(os.open(os.fsencode(tmp_path) + b"/" + name, os.O_CREAT | os.O_WRONLY))
    message = refusal(tmp_path)
    assert message.isprintable()
    assert ascii(os.fsdecode(name)) in message


@pytest.mark.parametrize("name", ["été.txt", "模型 卡.md", "модель.json"])
def test_names_in_any_script_are_names(tmp_path, name):
    (tmp_path / name).write_text("")
    assert list(plain_files(tmp_path)) == [name]


def test_folders_in_folders_without_end_are_refused(tmp_path):
    deepest = tmp_path / "/".join("d" * 16)
    deepest.mkdir(parents=True)
    (deepest / "a.txt").write_text("")
    assert len(plain_files(tmp_path)) == 1
    (deepest / "d").mkdir()
    (deepest / "d" / "b.txt").write_text("")
    assert "than any model has" in refusal(tmp_path)


@pytest.mark.parametrize("target", ["a", "b", "/dev/zero", ".", "gone/../.."])
def test_links_that_lead_in_circles_or_out_or_to_folders_are_refused(tmp_path, target):
    (tmp_path / "a").symlink_to(target)
    (tmp_path / "b").symlink_to("a")
    assert "is a link" in refusal(tmp_path)


def test_in_a_directory_that_is_not_there_lies_nothing(tmp_path):
    assert plain_files(tmp_path / "gone") == {}
