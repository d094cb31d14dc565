"""Encoder-decoders as hubs have them: one folder a family, small and random. Imports vocabularies."""

from dataclasses import dataclass, field
from typing import Any

from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

from tests.unit.pipelines.families import vocabularies

BART = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "max_position_embeddings": 96,
    "init_std": 0.3,
}
IDS = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
T5 = {
    "d_model": 32,
    "d_kv": 8,
    "d_ff": 48,
    "num_layers": 2,
    "num_decoder_layers": 2,
    "num_heads": 4,
    "relative_attention_num_buckets": 8,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "decoder_start_token_id": 0,
}
GATED = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
# What old repositories keep in config.json beside the shape of the model.
OLD = {
    "_name_or_path": "somewhere/else",
    "transformers_version": "4.7.0.dev0",
    "gradient_checkpointing": False,
    "normalize_before": False,
    "output_past": True,
    "torch_dtype": "float32",
}


@dataclass(frozen=True)
class Family:
    """`vocabulary` writes the tokenizer's files; `ids` are tokens by the key of config.json that names them.

    Weights whose names end with one of `absent` are left out. `extra` ids stand beyond those of the tokenizer (below
    zero: the tokenizer has more).
    """

    task: str
    architecture: str
    vocabulary: Any
    config: dict[str, Any]
    tokenizer: dict[str, Any] = field(default_factory=dict)
    pair: tuple[str, str] = ("en", "fr")
    ids: dict[str, str] = field(default_factory=dict)
    extra: int = 0
    shard_size: str = "50GB"
    absent: tuple[str, ...] = ()


def _translator(architecture, vocabulary, config, **more):
    return Family("translation", architecture, vocabulary, config, **more)


def _summarizer(architecture, vocabulary, config, **more):
    return Family("summarization", architecture, vocabulary, config, **more)


MARIAN = {
    **BART,
    "model_type": "marian",
    "scale_embedding": True,
    "activation_function": "swish",
    "static_position_embeddings": True,
    "add_final_layer_norm": False,
    "normalize_embedding": False,
    "eos_token_id": 0,
    "forced_eos_token_id": 0,
    "num_beams": 4,
}
PAD = {"pad_token_id": "<pad>", "decoder_start_token_id": "<pad>"}
MBART = {**BART, **IDS, "model_type": "mbart", "scale_embedding": True, "add_final_layer_norm": True, "num_beams": 5}
NEWS = {
    "summarization": {"length_penalty": 2.0, "max_length": 20, "min_length": 5, "no_repeat_ngram_size": 3},
}
LARGE_CNN = {
    **BART,
    **OLD,
    **IDS,
    "decoder_start_token_id": 2,
    "model_type": "bart",
    "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"},
    "forced_bos_token_id": 0,
    "forced_eos_token_id": 2,
    "early_stopping": True,
    "length_penalty": 2.0,
    "max_length": 24,
    "min_length": 6,
    "no_repeat_ngram_size": 3,
    "num_beams": 4,
    "task_specific_params": NEWS,
}
PREFIXED = {"summarization": {**NEWS["summarization"], "prefix": "summarize: "}}
FAMILIES = {
    "bart": _summarizer("BartForConditionalGeneration", vocabularies.byte_level, LARGE_CNN, extra=-1),
    "mbart": _translator(
        "MBartForConditionalGeneration",
        vocabularies.fairseq,
        MBART,
        ids={"decoder_start_token_id": "ro_RO"},
        tokenizer={"tokenizer_class": "MBartTokenizer", "src_lang": "en_XX", "tgt_lang": "ro_RO"},
        pair=("en", "ro"),
    ),
    "mbart-50": _translator(
        "MBartForConditionalGeneration",
        vocabularies.fairseq,
        {**MBART, "decoder_start_token_id": 2, "forced_eos_token_id": 2, "tokenizer_class": "MBart50Tokenizer"},
        tokenizer={"tokenizer_class": "MBart50Tokenizer", "src_lang": None, "tgt_lang": None},
        pair=("en", "pt"),
    ),
    "pegasus": _summarizer(
        "PegasusForConditionalGeneration",
        vocabularies.t5,
        {
            **BART,
            **OLD,
            "model_type": "pegasus",
            "scale_embedding": True,
            "static_position_embeddings": True,
            "extra_pos_embeddings": 1,
            "pad_token_id": 0,
            "eos_token_id": 1,
            "decoder_start_token_id": 0,
            "forced_eos_token_id": 1,
            "length_penalty": 0.6,
            "max_length": 24,
            "num_beams": 8,
        },
        absent=("embed_positions.weight", "final_logits_bias"),
    ),
    "t5": _summarizer(
        "T5ForConditionalGeneration",
        vocabularies.t5,
        {**T5, "model_type": "t5", "n_positions": 64, "task_specific_params": PREFIXED},
        extra=28,
    ),
    "flan-t5": _summarizer(
        "T5ForConditionalGeneration", vocabularies.t5, {**T5, **GATED, "model_type": "t5"}, extra=28, shard_size="20KB"
    ),
    "mt5": _summarizer("MT5ForConditionalGeneration", vocabularies.t5, {**T5, **GATED, "model_type": "mt5"}, extra=12),
    "umt5": _summarizer(
        "UMT5ForConditionalGeneration",
        vocabularies.umt5,
        {**T5, **GATED, "model_type": "umt5"},
        tokenizer={"tokenizer_class": "T5Tokenizer"},
        extra=12,
    ),
    "marian": _translator(
        "MarianMTModel",
        vocabularies.marian,
        MARIAN,
        ids=PAD,
        tokenizer={"source_lang": "en", "target_lang": "fr"},
    ),
    "marian, many targets": _translator(
        "MarianMTModel",
        lambda folder: vocabularies.marian(folder, ("fr", "pt_br", "por", "es")),
        MARIAN,
        ids=PAD,
        tokenizer={"source_lang": "en", "target_lang": "ROMANCE"},
    ),
    "nllb": _translator(
        "M2M100ForConditionalGeneration",
        vocabularies.nllb,
        {
            **BART,
            **IDS,
            "model_type": "m2m_100",
            "scale_embedding": True,
            "decoder_start_token_id": 2,
            "max_length": 200,
        },
        tokenizer={"tokenizer_class": "NllbTokenizer", "additional_special_tokens": FAIRSEQ_LANGUAGE_CODES},
    ),
    "m2m-100": _translator(
        "M2M100ForConditionalGeneration",
        vocabularies.m2m_100,
        {**BART, **IDS, "model_type": "m2m_100", "scale_embedding": True, "decoder_start_token_id": 2, "num_beams": 5},
        tokenizer={"tokenizer_class": "M2M100Tokenizer"},
        extra=108,  # 100 languages, which its tokenizer does not count, and eight words made up
    ),
    "led": _summarizer(
        "LEDForConditionalGeneration",
        vocabularies.byte_level,
        {
            **{key: value for key, value in BART.items() if key != "max_position_embeddings"},
            **IDS,
            "decoder_start_token_id": 2,
            "model_type": "led",
            "max_encoder_position_embeddings": 128,
            "max_decoder_position_embeddings": 64,
            "attention_window": [16, 16],
        },
    ),
}
