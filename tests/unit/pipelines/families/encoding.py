"""Encoders as hubs have them, as classifiers and as sentence encoders. Imports vocabularies."""

from dataclasses import dataclass, field
from typing import Any

from tests.unit.pipelines.families import vocabularies

BERT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
    "hidden_act": "gelu",
    # Old repositories keep these too.
    "gradient_checkpointing": False,
    "position_embedding_type": "absolute",
    "_name_or_path": "somewhere/else",
}
ROBERTA = {**BERT, "max_position_embeddings": 66, "type_vocab_size": 1, "layer_norm_eps": 1e-05}
ROBERTA |= {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
DEBERTA = {
    **BERT,
    "type_vocab_size": 0,
    "layer_norm_eps": 1e-07,
    "max_relative_positions": -1,
    "position_biased_input": False,
    "pooler_dropout": 0,
    "pooler_hidden_act": "gelu",
    "relative_attention": True,
}


@dataclass(frozen=True)
class Family:
    """`stem` begins the names of its classes; `window` is what a text may have in tokens, special ones included."""

    stem: str
    vocabulary: Any
    config: dict[str, Any]
    window: int = 64
    tokenizer: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    extra: int = 0
    shard_size: str = "50GB"
    absent: tuple[str, ...] = ()
    kind: str = "ForSequenceClassification"

    @property
    def architecture(self) -> str:
        return self.stem + self.kind


FAMILIES = {
    "bert": Family("Bert", vocabularies.word_pieces, {**BERT, "model_type": "bert"}, shard_size="30KB"),
    "distilbert": Family(
        "DistilBert",
        vocabularies.word_pieces,
        {
            "model_type": "distilbert",
            "dim": 32,
            "n_layers": 2,
            "n_heads": 4,
            "hidden_dim": 48,
            "max_position_embeddings": 64,
            "tie_weights_": True,
            "sinusoidal_pos_embds": False,
        },
    ),
    "roberta": Family("Roberta", vocabularies.byte_level, {**ROBERTA, "model_type": "roberta"}),
    "xlm-roberta": Family("XLMRoberta", vocabularies.fairseq, {**ROBERTA, "model_type": "xlm-roberta"}),
    "camembert": Family(
        "Camembert",
        vocabularies.fairseq,
        {**ROBERTA, "model_type": "camembert", "bos_token_id": 5, "eos_token_id": 6},
    ),
    "albert": Family(
        "Albert",
        vocabularies.albert,
        {
            **BERT,
            "model_type": "albert",
            "embedding_size": 16,
            "num_hidden_groups": 1,
            "inner_group_num": 1,
            "net_structure_type": 0,
            "gap_size": 0,
            "pad_token_id": 0,
            "bos_token_id": 2,
            "eos_token_id": 3,
        },
    ),
    "deberta": Family(
        "Deberta",
        vocabularies.deberta_v1,
        {**DEBERTA, "model_type": "deberta", "pos_att_type": "c2p|p2c", "pad_token_id": 1},
    ),
    "deberta-v2": Family(
        "DebertaV2",
        vocabularies.deberta,
        {
            **DEBERTA,
            "model_type": "deberta-v2",
            "attention_head_size": 8,
            "conv_act": "gelu",
            "conv_kernel_size": 3,
            "norm_rel_ebd": "layer_norm",
            "pos_att_type": "p2c|c2p",
            "position_buckets": 16,
            "share_att_key": True,
        },
        extra=20,
    ),
    "deberta-v3": Family(
        "DebertaV2",
        vocabularies.deberta,
        {
            **DEBERTA,
            "model_type": "deberta-v2",
            "norm_rel_ebd": "layer_norm",
            "pos_att_type": "p2c|c2p",
            "position_buckets": 16,
            "share_att_key": True,
        },
        tokenizer={"do_lower_case": False, "vocab_type": "spm"},
        extra=20,
    ),
    "electra": Family("Electra", vocabularies.word_pieces, {**BERT, "model_type": "electra", "embedding_size": 16}),
    "mpnet": Family(
        "MPNet",
        vocabularies.mpnet,
        {**BERT, "model_type": "mpnet", "max_position_embeddings": 66, "pad_token_id": 1, "bos_token_id": 0,
         "eos_token_id": 2, "relative_attention_num_buckets": 32},
    ),
    "modernbert": Family(
        "ModernBert",
        vocabularies.whole,
        {
            "model_type": "modernbert",
            "hidden_size": 32,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "intermediate_size": 48,
            "max_position_embeddings": 1024,
            "global_attn_every_n_layers": 3,
            "global_rope_theta": 5000.0,
            "local_rope_theta": 100.0,
            "local_attention": 16,
            "classifier_pooling": "mean",
            "pad_token_id": 0,
            "cls_token_id": 2,
            "bos_token_id": 2,
            "sep_token_id": 3,
            "eos_token_id": 3,
        },
        window=1024,
        tokenizer={"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]",
                   "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]", "model_max_length": 8192},
    ),
}  # fmt: skip
