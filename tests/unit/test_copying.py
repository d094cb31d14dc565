"""A checkpoint is copied whole; from a hub's cache with what its links point at, and nothing from elsewhere."""

import os

import pytest

from corpusmill.admitting.copying import copy_checkpoint
from pipelines.errors import ModelError
from pipelines.models.checkpoint.manifest import hash_files


@pytest.fixture
def snapshot(tmp_path):
    """A snapshot in a hub's cache, with a folder of its own."""
    cache = tmp_path / "models--owner--name"
    folder = cache / "snapshots" / ("a" * 40)
    (folder / "LICENSES").mkdir(parents=True)
    (cache / "blobs").mkdir()
    for name, blob, up in (("config.json", "b1", "../.."), ("LICENSES/MIT.txt", "b2", "../../..")):
        (cache / "blobs" / blob).write_text(name)
        (folder / name).symlink_to(f"{up}/blobs/{blob}")
    return folder


def test_a_snapshot_of_a_cache_becomes_plain_files(snapshot, tmp_path):
    copy_checkpoint(snapshot, tmp_path / "draft")
    assert sorted(hash_files(tmp_path / "draft")) == ["LICENSES/MIT.txt", "config.json"]
    assert (tmp_path / "draft" / "LICENSES" / "MIT.txt").read_text() == "LICENSES/MIT.txt"
    assert not any(path.is_symlink() for path in (tmp_path / "draft").rglob("*"))


def outside(tmp_path):
    (tmp_path / "secret").write_text("secret")
    return tmp_path / "secret"


def beside_blobs(tmp_path):
    path = tmp_path / "models--owner--name" / "refs"
    path.write_text("secret")
    return path


def to_nothing(tmp_path):
    return tmp_path / "models--owner--name" / "blobs" / "gone"


def to_all_blobs(tmp_path):
    return tmp_path / "models--owner--name" / "blobs"


@pytest.mark.parametrize("target", [outside, beside_blobs, to_nothing, to_all_blobs])
def test_a_link_to_anything_but_a_file_of_the_cache_is_refused(snapshot, tmp_path, target):
    (snapshot / "README.md").symlink_to(target(tmp_path))
    with pytest.raises(ModelError, match=r'"README\.md"') as caught:
        copy_checkpoint(snapshot, tmp_path / "draft")
    assert caught.value.code == "unsafe_file"
    assert not (tmp_path / "draft").exists()


def test_a_blob_that_is_a_link_out_is_refused(snapshot, tmp_path):
    (tmp_path / "models--owner--name" / "blobs" / "b3").symlink_to(outside(tmp_path))
    (snapshot / "README.md").symlink_to("../../blobs/b3")
    with pytest.raises(ModelError):
        copy_checkpoint(snapshot, tmp_path / "draft")


def test_links_of_a_plain_directory_stay_links_for_inspection_to_judge(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a").symlink_to(outside(tmp_path))
    copy_checkpoint(tmp_path / "model", tmp_path / "draft")
    with pytest.raises(ModelError, match="leads out"):
        hash_files(tmp_path / "draft")


def test_what_cannot_be_copied_says_so(tmp_path):
    (tmp_path / "model").mkdir()
    os.mkfifo(tmp_path / "model" / "pipe")
    with pytest.raises(ModelError) as caught:
        copy_checkpoint(tmp_path / "model", tmp_path / "draft")
    assert caught.value.code == "unreadable"
