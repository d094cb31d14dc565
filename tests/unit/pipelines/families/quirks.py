"""What folders of hubs hold beside or instead of the usual: each quirk changes one folder. Imports safetensors.

Those of TAKEN leave what the model answers as it was; those of REFUSED come with what the refusal says.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

Quirk = Callable[[Path], object]
GENERATING, CLASSIFYING, EMBEDDING = "bart", "bert", "mpnet"
CARD = "---\nlicense: apache-2.0\n{}---\n# A model\n"


def change(name: str, without: tuple[str, ...] = (), **settings: Any) -> Quirk:
    """JSON in the file `name` says this too, and nothing of what is `without`."""

    def quirk(folder: Path) -> None:
        path = folder / name
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({key: value for key, value in (known | settings).items() if key not in without}))

    return quirk


def beside(name: str, content: bytes = b"\0" * 64) -> Quirk:
    """Another file lies there."""

    def quirk(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return quirk


def card(front: str) -> Quirk:
    """A card with these lines of front matter."""
    return beside("README.md", CARD.format(front).encode())


def both(*quirks: Quirk) -> Quirk:
    """One after the other."""
    return lambda folder: [quirk(folder) for quirk in quirks]


def weights(change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]], **metadata: str) -> Quirk:
    """The tensors are these."""

    def quirk(folder: Path) -> None:
        path = folder / "model.safetensors"
        save_file(change(load_file(path)), path, metadata=metadata or None)

    return quirk


def snapshot(folder: Path) -> None:
    """As the cache of a hub's client keeps it: links to files named for what they hold."""
    home = folder.parent / "models--some--one"
    commit = home / "snapshots" / ("ab" * 20)
    commit.mkdir(parents=True)
    (home / "blobs").mkdir()
    for place, path in enumerate(sorted(folder.iterdir())):
        blob = home / "blobs" / f"{place:064x}"
        shutil.move(path, blob)
        (commit / path.name).symlink_to(os.path.relpath(blob, commit))
    folder.rmdir()
    folder.symlink_to(commit)


def sharded(folder: Path) -> None:
    """Two files of weights and their index."""
    path = folder / "model.safetensors"
    tensors = load_file(path)
    path.unlink()
    names = sorted(tensors)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, held in shards.items():
        save_file({name: tensors[name] for name in held}, folder / shard, metadata={"format": "pt"})
    of = {name: shard for shard, held in shards.items() for name in held}
    index = {"metadata": {"total_size": 1}, "weight_map": of}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def saved_again(folder: Path) -> None:
    """The tokenizer in one tokenizer.json beside its older files."""
    from transformers import AutoTokenizer

    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)


def shard_missing(folder: Path) -> None:
    """One of two shards was not fetched."""
    sharded(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()


def half_fetched(folder: Path) -> None:
    """A pointer of Git LFS instead of the weights."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 1625222120\n"
    (folder / "model.safetensors").write_text(pointer)


def pickled(folder: Path) -> None:
    """Weights that could run code, and no others."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


TAKEN: dict[str, tuple[str, Quirk]] = {
    "a config of today": (GENERATING, change("config.json", without=("torch_dtype",), dtype="float32")),
    "weights of other frameworks beside it": (
        GENERATING,
        both(beside("pytorch_model.bin"), beside("tf_model.h5"), beside("flax_model.msgpack"), beside("rust_model.ot")),
    ),
    "folders of other runtimes": (
        CLASSIFYING,
        both(beside("onnx/model.onnx"), beside("openvino/openvino_model.bin"), beside("coreml/model.mlmodel")),
    ),
    "what repositories keep": (
        CLASSIFYING,
        both(beside(".gitattributes"), beside("eval_results.txt", b"f1 0.9\n"), beside("training_args.bin")),
    ),
    "the state of a training": (CLASSIFYING, both(beside("trainer_state.json", b"{}"), beside("optimizer.pt"))),
    "a card with a date": (CLASSIFYING, card("date: 2024-05-01\n")),
    "a card with results": (CLASSIFYING, card("model-index:\n- name: x\n  results: [{task: {type: a}}]\n")),
    "a card with lists": (CLASSIFYING, card("language: [en, pt]\ntags:\n- a\n- b\ndatasets: imdb\n")),
    "a card that ends lines as Windows does": (
        CLASSIFYING,
        beside("README.md", b"\xef\xbb\xbf" + CARD.format("language: en\n").replace("\n", "\r\n").encode()),
    ),
    "a card whose language is no": (CLASSIFYING, card("language: no\n")),
    "a tag that says the same": (CLASSIFYING, card("pipeline_tag: text-classification\n")),
    "a tag of many tasks": (GENERATING, card("pipeline_tag: text2text-generation\n")),
    "two shards": (GENERATING, sharded),
    "the cache of a hub's client": (GENERATING, snapshot),
    "an encoder in that cache": (EMBEDDING, snapshot),
    "a head that is tied and kept all the same": (
        GENERATING,
        weights(lambda tensors: {**tensors, "lm_head.weight": tensors["model.shared.weight"].clone()}, format="pt"),
    ),
    "a clone with its history": (CLASSIFYING, both(beside(".git/config"), beside(".git/objects/ab/cd"))),
    "weights without metadata": (CLASSIFYING, weights(lambda tensors: tensors)),
    "positions kept as a table": (
        CLASSIFYING,
        weights(lambda tensors: {**tensors, "bert.embeddings.position_ids": torch.arange(64)[None]}, format="pt"),
    ),
    "a tokenizer saved twice": (GENERATING, saved_again),
    "special tokens as old files have them": (
        CLASSIFYING,
        both(
            beside("special_tokens_map.json", b'{"cls_token": "[CLS]", "mask_token": {"content": "[MASK]"}}'),
            beside("added_tokens.json", b"{}"),
        ),
    ),
    "labels counted as text": (CLASSIFYING, change("config.json", label2id={"negative": "0", "positive": "1"})),
    "a problem_type of one label": (CLASSIFYING, change("config.json", problem_type="single_label_classification")),
    "settings of generation that sample": (
        GENERATING,
        beside("generation_config.json", b'{"do_sample": true, "temperature": 0.7, "top_p": 0.9, "num_beams": 4,'
               b' "max_length": 24, "min_length": 6, "no_repeat_ngram_size": 3, "length_penalty": 2.0,'
               b' "early_stopping": true, "forced_bos_token_id": 0, "forced_eos_token_id": 2,'
               b' "decoder_start_token_id": 2, "eos_token_id": 2, "pad_token_id": 1, "bos_token_id": 0}'),
    ),
    "a name that is not ASCII beside it": (CLASSIFYING, beside("übersicht – 概要.txt", b"words")),
    "a tokenizer without a limit": (
        CLASSIFYING,
        change("tokenizer_config.json", model_max_length=1000000000000000019884624838656),
    ),
}  # fmt: skip

REFUSED: dict[str, tuple[str, Quirk, str]] = {
    "weights that could run code": (GENERATING, pickled, "no_safetensors"),
    "a pointer instead of weights": (GENERATING, half_fetched, "truncated_weights"),
    "a shard that was not fetched": (GENERATING, shard_missing, "truncated_weights"),
    "code of its own": (
        GENERATING,
        change("config.json", auto_map={"AutoModel": "modeling_x.Model"}),
        "remote_code",
    ),
    "an adapter alone": (
        CLASSIFYING,
        both(beside("adapter_config.json", b"{}"), lambda folder: (folder / "config.json").unlink()),
        "adapter",
    ),
    "a quantized checkpoint": (
        GENERATING,
        change("config.json", quantization_config={"load_in_4bit": True, "quant_method": "bitsandbytes"}),
        "unsafe_config|unloadable|quantiz",
    ),
    "a language model of another's weights": (
        GENERATING,
        change("config.json", model_type="gpt2", architectures=["GPT2LMHeadModel"]),
        "incomplete_weights",
    ),
    "a language model of a family that is not run": (
        GENERATING,
        change("config.json", model_type="bloom", architectures=["BloomForCausalLM"]),
        "unknown_architecture",
    ),
    "a model of pictures": (
        CLASSIFYING,
        change("config.json", model_type="vit", architectures=["ViTForImageClassification"]),
        "not run here|unknown_architecture",
    ),
    "a tagger of tokens": (
        CLASSIFYING,
        change("config.json", architectures=["BertForTokenClassification"]),
        "gives tokens",
    ),
    "one that answers questions": (
        CLASSIFYING,
        change("config.json", architectures=["BertForQuestionAnswering"]),
        "gives tokens",
    ),
    "a regression": (
        CLASSIFYING,
        change("config.json", without=("id2label", "label2id"), num_labels=1),
        "one number, not classes",
    ),
    "a tag that contradicts": (CLASSIFYING, card("pipeline_tag: token-classification\n"), "token-classification"),
    "a config that is missing": (CLASSIFYING, lambda folder: (folder / "config.json").unlink(), "bad_config|unknown"),
    "a tokenizer that is missing": (
        CLASSIFYING,
        lambda folder: [(folder / name).unlink() for name in ("vocab.txt", "tokenizer_config.json")],
        "unloadable|bad_tokenizer|foreign_tokenizer",
    ),
    "a link to a file elsewhere": (
        CLASSIFYING,
        lambda folder: (folder / "extra").symlink_to("/etc/hostname"),
        "unsafe_file",
    ),
    "weights that lack a layer": (
        CLASSIFYING,
        weights(lambda tensors: {name: it for name, it in tensors.items() if "layer.1." not in name}, format="pt"),
        "incomplete_weights",
    ),
}  # fmt: skip
