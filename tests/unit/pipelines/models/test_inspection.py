"""A checkpoint's facts are read without torch, and what could run code or is incomplete is refused."""

import json
import os
import subprocess
import sys

import pytest
from safetensors.numpy import load_file, save_file

from pipelines.errors import ModelError
from pipelines.models.checkpoint.inspection import inspect
from pipelines.models.checkpoint.manifest import hash_files, manifest_digest, verify

CARD = """---
language: [en, no]
license: other
license_name: Example Licence
license_link: https://example.org/licence
pipeline_tag: translation
---
# A model

--- not front matter
"""


def refusal(directory):
    with pytest.raises(ModelError) as raised:
        inspect(directory)
    return raised.value.code


def change(path, **settings):
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def test_the_facts_of_a_translation_checkpoint(checkpoint):
    (checkpoint / "README.md").write_text(CARD)
    facts = inspect(checkpoint)
    assert facts.tasks == ("translation",)
    assert facts.language_pairs == (("en", "pt"),)
    assert not facts.multilingual
    assert facts.languages == ("en", "no")
    assert (facts.licenses, facts.license_name) == (("other",), "Example Licence")
    assert facts.license_link == "https://example.org/licence"
    assert facts.weights_bytes == (checkpoint / "model.safetensors").stat().st_size
    assert facts.manifest == hash_files(checkpoint)
    assert facts.card_text.startswith("# A model")


def test_parameters_are_counted_from_the_header(ssru_checkpoint):
    from transformers import AutoModelForSeq2SeqLM

    from pipelines.engine.ssru.registration import register

    register()
    model = AutoModelForSeq2SeqLM.from_pretrained(ssru_checkpoint)
    assert inspect(ssru_checkpoint).parameters == sum(parameter.numel() for parameter in model.parameters())


def test_tasks_follow_the_architecture(bart_checkpoint, marian_checkpoint):
    assert inspect(bart_checkpoint).tasks == ("summarization",)
    assert inspect(marian_checkpoint).tasks == ("translation",)


def test_a_model_that_does_both_is_for_what_its_card_says(checkpoint):
    change(checkpoint / "config.json", model_type="mbart", architectures=["MBartForConditionalGeneration"])
    assert inspect(checkpoint).tasks == ("translation", "summarization")
    assert (inspect(checkpoint).multilingual, inspect(checkpoint).language_pairs) == (True, ())
    (checkpoint / "README.md").write_text("---\npipeline_tag: summarization\n---\n")
    assert inspect(checkpoint).tasks == ("summarization",)


def test_a_missing_card_declares_no_licence(checkpoint):
    facts = inspect(checkpoint)
    assert (facts.licenses, facts.license_files, facts.card, facts.card_text) == ((), {}, {}, "")


def test_every_file_that_speaks_of_licences_is_read_in_any_folder(checkpoint):
    speaking = {"LICENSE", "LICENCE.md", "notice.txt", "USE_POLICY.md", "COPYING", "licenses.json", "license.md"}
    speaking |= {
        "MODEL_LICENSE.md",
        "TERMS.md",
        "EULA.txt",
        "LICENSES/MIT.txt",
        "legal/x.md",
        "AcceptableUsePolicy.txt",
    }
    for name in (*speaking, "vocab.txt", "determs.txt", "merges.txt"):
        (checkpoint / name).parent.mkdir(exist_ok=True)
        (checkpoint / name).write_text(f"words of {name}")
    found = inspect(checkpoint)
    assert set(found.license_files) == speaking
    assert found.license_files["LICENCE.md"] == "words of LICENCE.md"
    assert found.license_unread == {}


@pytest.mark.parametrize("content", [b"NUL \x00", b"x" * 500_001, b"%PDF-1.7\x00"])
def test_a_licence_file_that_is_no_text_is_told_as_such(checkpoint, content):
    (checkpoint / "LICENSE").write_bytes(content)
    found = inspect(checkpoint)
    assert (found.license_files, list(found.license_unread)) == ({}, ["LICENSE"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_licence_file_is_read_in_the_encodings_that_people_use(checkpoint, encoding):
    (checkpoint / "LICENSE").write_bytes("Für Forschung".encode(encoding))
    assert inspect(checkpoint).license_files == {"LICENSE": "Für Forschung"}


def test_a_licence_file_in_an_encoding_that_nobody_names_loses_no_word(checkpoint):
    (checkpoint / "LICENSE").write_bytes("仅供非商业研究使用".encode("gb18030"))
    found = inspect(checkpoint).license_files["LICENSE"]
    assert len(found) == 18
    assert found.isalpha()


def test_what_is_written_for_people_is_read_whatever_it_is_called(checkpoint):
    for name in ("README_zh.md", "MODEL_CARD.md", "docs/guide.rst", "README", "vocab.txt"):
        (checkpoint / name).parent.mkdir(exist_ok=True)
        (checkpoint / name).write_text(f"words of {name}")
    said = inspect(checkpoint).license_prose
    assert all(f"words of {name}" in said for name in ("README_zh.md", "MODEL_CARD.md", "docs/guide.rst", "README"))
    assert "vocab" not in said


def test_what_configurations_and_weights_name_as_licence_is_told(checkpoint):
    change(checkpoint / "config.json", license="cc-by-nc-4.0")
    weights = load_file(checkpoint / "model.safetensors")
    save_file(weights, checkpoint / "model.safetensors", metadata={"format": "pt", "modelspec.license": "mit"})
    assert inspect(checkpoint).license_headers == {
        "config.json: license": "cc-by-nc-4.0",
        "model.safetensors: modelspec.license": "mit",
    }


@pytest.mark.parametrize(
    ("front", "licenses", "bases"),
    [
        ("license: mit\ndate: 2024-01-01", ("mit",), ()),
        ("license: [mit, apache-2.0]\nbase_model: a/b", ("mit", "apache-2.0"), ("a/b",)),
        ("license:\n- name: mit\n  link: x\nbase_model: [a/b, {name: c/d}]", ("mit",), ("a/b", "c/d")),
    ],
)
def test_a_card_is_read_as_it_is_written(checkpoint, front, licenses, bases):
    (checkpoint / "README.md").write_text(f"---\n{front}\n---\nProse.")
    facts = inspect(checkpoint)
    assert (facts.licenses, facts.base_models, facts.card_text) == (licenses, bases, "Prose.")
    json.dumps(facts.card)


@pytest.mark.parametrize(
    "front",
    [
        "license: mit\nlicense: cc-by-nc-4.0",
        "a: &a [1]\n" + "\n".join(f"b{i}: *a" for i in range(50)),
        "- a list",
        "a: !!python/object/apply:os.system [ls]",
        "x: " + "y" * 300_000,
        "[" * 5_000,
    ],
    ids=["a key twice", "aliases", "a list", "code", "long", "deep"],
)
def test_a_card_that_cannot_be_read_as_one_is_refused(checkpoint, front):
    (checkpoint / "README.md").write_text(f"---\n{front}\n---\n")
    assert refusal(checkpoint) == "bad_card"


def test_inspection_does_not_load_torch(ssru_checkpoint):
    program = (
        "import sys, pathlib; from pipelines.models.checkpoint.inspection import inspect; "
        f"inspect(pathlib.Path({str(ssru_checkpoint)!r})); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_pickled_weights_are_refused(checkpoint):
    (checkpoint / "model.safetensors").rename(checkpoint / "pytorch_model.bin")
    assert refusal(checkpoint) == "no_safetensors"


@pytest.mark.parametrize("content", ['{"peft_type": "LORA"}', "{}", "no JSON"])
def test_an_adapter_beside_a_full_checkpoint_is_refused_with_what_to_do(checkpoint, content):
    (checkpoint / "adapter_config.json").write_text(content)
    with pytest.raises(ModelError, match="merge_and_unload") as raised:
        inspect(checkpoint)
    assert raised.value.code == "adapter"


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
@pytest.mark.parametrize(
    "settings",
    [
        {"auto_map": {"AutoModel": "modeling.Model"}},
        {"text_config": {"layers": [{"auto_map": {}}]}},
        {"trust_remote_code": True},
        {"custom_pipelines": {}},
        {"backbone": "someone/model--modeling.Model"},
    ],
)
def test_code_of_its_own_is_refused(checkpoint, name, settings):
    change(checkpoint / name, **settings)
    assert refusal(checkpoint) == "remote_code"


def test_configuration_that_chooses_kernels_is_refused(checkpoint):
    change(checkpoint / "config.json", _attn_implementation_internal="someone/kernel")
    assert refusal(checkpoint) == "unsafe_config"


@pytest.mark.parametrize(
    "settings", [{"model_type": "unheard-of"}, {"architectures": None}, {"model_type": ["marian"]}]
)
def test_an_unknown_architecture_is_refused(checkpoint, settings):
    change(checkpoint / "config.json", **settings)
    assert refusal(checkpoint) == "unknown_architecture"


@pytest.mark.parametrize("keep", [0, 5, 40, 2000, -1])
def test_truncated_weights_are_refused(checkpoint, keep):
    path = checkpoint / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    assert refusal(checkpoint) == "truncated_weights"


@pytest.mark.parametrize("header", [b"[]", b"{", b'{"a": {"shape": [1]}}', b'{"a": 1}', b"\xff\xfe"])
def test_an_unreadable_weight_header_is_refused(checkpoint, header):
    (checkpoint / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert refusal(checkpoint) == "truncated_weights"


@pytest.mark.parametrize("shard", ["missing.safetensors", "../outside.safetensors"])
def test_a_missing_shard_is_refused(checkpoint, shard):
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": shard}}))
    assert refusal(checkpoint) == "truncated_weights"


@pytest.mark.parametrize("card", ["---\na: [\n---\n", "---\n- a\n---\n", "---\n!!python/object:os.system {}\n---\n"])
def test_an_unreadable_card_is_refused(checkpoint, card):
    (checkpoint / "README.md").write_text(card)
    assert refusal(checkpoint) == "bad_card"


@pytest.mark.parametrize("content", ["{", "[]", "\udcff", "[" * 100_000])
def test_unreadable_configuration_is_refused(checkpoint, content):
    (checkpoint / "config.json").write_text(content, errors="surrogateescape")
    assert refusal(checkpoint) == "bad_config"


def test_a_link_out_of_the_directory_is_refused(checkpoint, tmp_path):
    (tmp_path / "outside.json").write_text("{}")
    (checkpoint / "extra.json").symlink_to(tmp_path / "outside.json")
    assert refusal(checkpoint) == "unsafe_file"


def test_a_pipe_is_refused(checkpoint):
    os.mkfifo(checkpoint / "pipe")
    assert refusal(checkpoint) == "unsafe_file"


def test_a_link_to_a_directory_or_to_nothing_is_refused(checkpoint):
    (checkpoint / "sub").mkdir()
    (checkpoint / "again").symlink_to(checkpoint / "sub")
    assert refusal(checkpoint) == "unsafe_file"
    (checkpoint / "again").unlink()
    (checkpoint / "nothing").symlink_to(checkpoint / "nowhere")
    assert refusal(checkpoint) == "unsafe_file"


def test_a_manifest_names_the_file_that_changed_went_or_came(checkpoint):
    (checkpoint / "sub").mkdir()
    (checkpoint / "sub" / "a.txt").write_text("a")
    manifest = hash_files(checkpoint)
    assert "sub/a.txt" in manifest
    verify(checkpoint, manifest)
    for damage in (
        lambda path: path.write_text("b"),
        lambda path: path.unlink(),
        lambda path: (path.write_text("a"), path.with_name("b.txt").write_text("")),
    ):
        damage(checkpoint / "sub" / "a.txt")
        with pytest.raises(ModelError, match=r"sub/[ab]\.txt") as raised:
            verify(checkpoint, manifest)
        assert raised.value.code == "manifest_mismatch"


def test_the_digest_of_a_manifest_depends_on_names_and_hashes_not_on_order():
    one = manifest_digest({"a": "1", "b": "2"})
    assert one == manifest_digest({"b": "2", "a": "1"})
    assert len({one, manifest_digest({"a": "1", "c": "2"}), manifest_digest({"a": "1", "b": "3"})}) == 3
    assert len(one) == 64
