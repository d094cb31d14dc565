"""Random encoders of a few thousand weights with a WordPiece vocabulary of single letters, made in memory."""

import string
from typing import Any

import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    BertTokenizer,
    DistilBertConfig,
    DistilBertForSequenceClassification,
)

from pipelines.engine.budget import Budget
from pipelines.engine.encoding import Encoder, class_probabilities, mean_pooled
from pipelines.models.profile.heads import Head
from pipelines.models.profile.profile import Profile
from pipelines.tasks.base import Runtime
from pipelines.tasks.classification.own import OwnLabelsPipeline
from pipelines.tasks.sentiment.building import GROUP_TOKENS
from pipelines.tasks.summarization.extractive import ExtractivePipeline

RUNTIME = Runtime("cpu", "float32", {})
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIGNS = string.ascii_lowercase + string.digits + string.punctuation
WINDOW = 48


def tokenizer(window: int = WINDOW) -> Any:
    pieces = [*SPECIAL, *SIGNS, *(f"##{sign}" for sign in SIGNS)]
    return BertTokenizer(vocab={piece: index for index, piece in enumerate(pieces)}, model_max_length=window)


def _sizes(kind: type[BertConfig], window: int, labels: int) -> BertConfig:
    return kind(
        vocab_size=len(SPECIAL) + 2 * len(SIGNS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=window,
        num_labels=labels,
        initializer_range=0.6,
    )


def bert(window: int = WINDOW) -> Any:
    torch.manual_seed(7)
    return BertModel(_sizes(BertConfig, window, 2)).eval()


def bert_classifier(labels: tuple[str, ...] = ("Negative", "NEUTRAL", "positive"), window: int = WINDOW) -> Any:
    torch.manual_seed(7)
    config = _sizes(BertConfig, window, len(labels))
    config.id2label = dict(enumerate(labels))
    return BertForSequenceClassification(config).eval()


def distilbert_classifier(labels: tuple[str, ...]) -> Any:
    torch.manual_seed(7)
    config = DistilBertConfig(
        vocab_size=len(SPECIAL) + 2 * len(SIGNS),
        dim=16,
        n_layers=1,
        n_heads=2,
        hidden_dim=32,
        max_position_embeddings=WINDOW,
        num_labels=len(labels),
    )
    config.id2label = dict(enumerate(labels))
    return DistilBertForSequenceClassification(config).eval()


def profile(head: Head, labels: tuple[str, ...] = ()) -> Profile:
    return Profile(head, (), len(SPECIAL) + 2 * len(SIGNS), WINDOW, labels=labels)


def encoder(model: Any, head: Any) -> Encoder:
    return Encoder(model, tokenizer().pad_token_id, head, "cpu", Budget("cpu"))


def summarizer() -> ExtractivePipeline:
    model = bert()
    return ExtractivePipeline(tokenizer(), profile(Head.EMBEDDING), encoder(model, mean_pooled), RUNTIME)


def classifier(model: Any) -> OwnLabelsPipeline:
    labels = tuple(model.config.id2label.values())
    return OwnLabelsPipeline(
        tokenizer(),
        profile(Head.CLASSES, labels),
        encoder(model, class_probabilities),
        RUNTIME,
        group_tokens=GROUP_TOKENS,
        labels=[label.lower() for label in labels],
    )
