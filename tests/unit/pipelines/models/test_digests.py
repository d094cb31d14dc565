"""A file is hashed once while it stays what it is, and again after any change to it."""

import hashlib
import os

import pytest

from pipelines.models.checkpoint import digests
from pipelines.models.checkpoint.manifest import hash_files, verify


@pytest.fixture
def hashed(monkeypatch):
    """Names of the files that were read to be hashed."""
    names: list[str] = []
    digest = hashlib.file_digest

    def file_digest(file, kind):
        names.append(os.path.basename(file.name))  # noqa: PTH119 -- it is no path object
        return digest(file, kind)

    monkeypatch.setattr(digests.hashlib, "file_digest", file_digest)
    monkeypatch.setattr(digests, "FRESH_SECONDS", 0)
    return names


def test_a_model_directory_is_hashed_once_for_all_who_ask(tmp_path, hashed):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    manifest = hash_files(tmp_path)
    verify(tmp_path, manifest)
    assert hash_files(tmp_path) == manifest
    assert hashed == ["a", "b"]


def rewritten(path):
    path.write_bytes(b"TWO")


def put_back(path):
    """The content changes; its time and length are those of before."""
    before = path.stat()
    path.write_bytes(b"TWO")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def exchanged(path):
    other = path.with_name("other")
    other.write_bytes(b"TWO")
    other.rename(path)


@pytest.mark.parametrize("change", [rewritten, put_back, exchanged])
def test_a_file_that_changed_is_hashed_again(tmp_path, hashed, change):
    path = tmp_path / "a"
    path.write_bytes(b"two")
    old = digests.sha256_of(path)
    change(path)
    assert digests.sha256_of(path) == hashlib.sha256(b"TWO").hexdigest() != old


def test_what_changed_a_moment_ago_is_not_taken_from_memory(tmp_path, hashed, monkeypatch):
    monkeypatch.setattr(digests, "FRESH_SECONDS", 3600)
    (tmp_path / "a").write_bytes(b"one")
    assert digests.sha256_of(tmp_path / "a") == digests.sha256_of(tmp_path / "a")
    assert hashed == ["a", "a"]
