"""The digests of a model's files by kind, as receipts name them."""

import pytest

from pipelines.models.checkpoint.manifest import KINDS, kinds, manifest_digest

FILES = {
    "config.json": "config",
    "generation_config.json": "config",
    "tokenizer.json": "tokenizer",
    "tokenizer_config.json": "tokenizer",
    "vocab.txt": "tokenizer",
    "target_vocab.json": "tokenizer",
    "source.spm": "tokenizer",
    "spiece.model": "tokenizer",
    "sentencepiece.bpe.model": "tokenizer",
    "merges.txt": "tokenizer",
    "special_tokens_map.json": "tokenizer",
    "added_tokens.json": "tokenizer",
    "adapter_config.json": "adapter",
    "sentiment/adapter.safetensors": "adapter",
    "model.safetensors": None,
    "README.md": None,
}


@pytest.mark.parametrize("changed", FILES)
def test_a_file_that_changes_changes_the_digest_of_its_kind_and_of_all(changed):
    before = dict.fromkeys(FILES, "a" * 64)
    one, other = kinds(before), kinds(before | {changed: "b" * 64})
    assert one.keys() == {*KINDS, "all"}
    wanted = {"all"} if FILES[changed] is None else {"all", FILES[changed]}
    assert {kind for kind in one if one[kind] != other[kind]} == wanted


def test_a_kind_of_which_there_is_no_file_is_left_out():
    assert kinds({"model.safetensors": "a"}) == {"all": manifest_digest({"model.safetensors": "a"})}
