"""Fine-tune the starter encoder into a three-class sentiment model with LoRA. Imports torch, transformers and peft."""

import argparse
import hashlib
import json
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import AutoTokenizer, BertForSequenceClassification

from pipelines.models.starter.encoder import as_json, build_encoder
from pipelines.training.scoring import Table, table
from pipelines.training.vader_sets import HELD_OUT_SHARE, LABELS, NEUTRAL_RATING, Snippet, read, split

LIBRARIES = ("torch", "transformers", "peft", "safetensors", "tokenizers")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the adapter besides the data.

    `rating_noise` is the standard deviation, in rating points, that a mean rating is taken to have: a snippet rated
    near a label's border is taught as partly one label and partly the other. `longest_group` joins up to that many
    consecutive snippets of one document into further training rows with their mean rating, since documents arrive as
    groups of sentences. Without dropout an epoch costs a quarter less; the soft labels keep the model from overfitting.
    """

    seed: int = 20240611
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    epochs: int = 3
    rows: int = 32
    learning_rate: float = 8e-4
    weight_decay: float = 0.01
    warmup_share: float = 0.06
    rating_noise: float = 0.4
    longest_group: int = 5
    held_out_share: float = HELD_OUT_SHARE


def soft_labels(rating: float, noise: float) -> list[float]:
    """Give the chance of each label if the true mean lies around `rating` with standard deviation `noise`."""
    below, up_to = (_normal((edge - rating) / noise) for edge in (-NEUTRAL_RATING, NEUTRAL_RATING))
    return [below, up_to - below, 1 - up_to]


def grouped(snippets: Sequence[Snippet], longest: int, shuffle: random.Random) -> list[Snippet]:
    """Consecutive snippets of one document joined by spaces, with their mean rating; documents of one are left out."""
    documents: dict[tuple[str, str], list[Snippet]] = {}
    for snippet in snippets:
        documents.setdefault((snippet.set_name, snippet.document), []).append(snippet)
    groups = []
    for members in documents.values():
        start = 0
        while start < len(members) - 1:
            taken = members[start : start + shuffle.randint(2, longest)]
            start += len(taken)
            rating = sum(member.rating for member in taken) / len(taken)
            text = " ".join(member.text for member in taken)
            groups.append(Snippet(taken[0].set_name, taken[0].document, rating, text))
    return groups


def train(encoder: Path, snippets: Sequence[Snippet], recipe: Recipe) -> tuple[Any, Any]:
    """(Tokenizer, trained peft model). The same machine, libraries and recipe give the same adapter."""
    torch.manual_seed(recipe.seed)
    shuffle = random.Random(recipe.seed)  # noqa: S311 - orders training rows, guards nothing
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    model = _adapted(encoder, recipe)
    trainable = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    rows = [*snippets, *(grouped(snippets, recipe.longest_group, shuffle) if recipe.longest_group > 1 else [])]
    steps = recipe.epochs * math.ceil(len(rows) / recipe.rows)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _warm_then_fall(step, steps, recipe))
    for epoch in range(recipe.epochs):
        model.train()
        losses: list[float] = []
        for batch in _batches(rows, recipe.rows, shuffle):
            losses.append(_step(model, tokenizer, batch, optimizer, schedule, recipe))
            if len(losses) % 50 == 0:
                print(f"epoch {epoch + 1}, step {len(losses)}: loss {sum(losses[-50:]) / 50:.4f}", flush=True)
    return tokenizer, model.eval()


def probabilities(tokenizer: Any, model: Any, snippets: Sequence[Snippet], rows: int = 64) -> list[list[float]]:
    """One (negative, neutral, positive) row per snippet, in order."""
    order = sorted(range(len(snippets)), key=lambda index: len(snippets[index].text))
    scored: dict[int, list[float]] = {}
    with torch.inference_mode():
        for start in range(0, len(order), rows):
            indices = order[start : start + rows]
            encoded = tokenizer([snippets[index].text for index in indices], padding=True, return_tensors="pt")
            scored.update(zip(indices, model(**encoded).logits.softmax(-1).tolist(), strict=True))
    return [scored[index] for index in range(len(snippets))]


def save(out: Path, model: Any, facts: dict[str, Any]) -> None:
    """Write adapter.safetensors (LoRA pairs and the head, float32) and recipe.json."""
    out.mkdir(parents=True, exist_ok=True)
    state = {_short(name): weight.contiguous() for name, weight in sorted(get_peft_model_state_dict(model).items())}
    save_file(state, out / "adapter.safetensors", {"format": "pt"})
    (out / "recipe.json").write_bytes(as_json(facts))


def facts(recipe: Recipe, sdist: Path, wheel: Path, training: Sequence[Snippet], held_out: Table) -> dict[str, Any]:
    """Collect what recipe.json records."""
    return {
        "held_out": held_out,
        "hyper_parameters": asdict(recipe),
        "labels": list(LABELS),
        "libraries": {name: version(name) for name in LIBRARIES},
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (sdist, wheel)},
        "training_snippets": len(training),
    }


def main() -> None:
    """Train, measure on the held-out documents, save."""
    arguments = argparse.ArgumentParser(description="Train the starter sentiment adapter.")
    for name in ("--sdist", "--wheel", "--out"):
        arguments.add_argument(name, type=Path, required=True)
    given = arguments.parse_args()
    recipe = Recipe()
    training, held_out = split(read(given.sdist), recipe.held_out_share)
    with tempfile.TemporaryDirectory() as folder:
        encoder = Path(folder)
        build_encoder(given.wheel, encoder)
        tokenizer, model = train(encoder, training, recipe)
    measured = table(held_out, probabilities(tokenizer, model, held_out))
    save(given.out, model, facts(recipe, given.sdist, given.wheel, training, measured))
    print(json.dumps(measured, indent=2))


def _adapted(encoder: Path, recipe: Recipe) -> Any:
    base = BertForSequenceClassification.from_pretrained(
        encoder,
        num_labels=len(LABELS),
        hidden_dropout_prob=recipe.dropout,
        attention_probs_dropout_prob=recipe.dropout,
    )
    return get_peft_model(
        base,
        LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=["query", "key", "value", "dense"],
            modules_to_save=["classifier"],
        ),
    )


def _batches(rows: Sequence[Snippet], size: int, shuffle: random.Random) -> Iterator[list[Snippet]]:
    # Sorting within chunks of 50 batches keeps padding low while every epoch still mixes the sets.
    order = list(rows)
    shuffle.shuffle(order)
    batches = []
    for start in range(0, len(order), size * 50):
        chunk = sorted(order[start : start + size * 50], key=lambda row: len(row.text))
        batches += [chunk[at : at + size] for at in range(0, len(chunk), size)]
    shuffle.shuffle(batches)
    yield from batches


def _step(model: Any, tokenizer: Any, batch: Sequence[Snippet], optimizer: Any, schedule: Any, recipe: Recipe) -> float:
    encoded = tokenizer([row.text for row in batch], padding=True, return_tensors="pt")
    wanted = torch.tensor([soft_labels(row.rating, recipe.rating_noise) for row in batch])
    loss: Any = torch.nn.functional.cross_entropy(model(**encoded).logits, wanted)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    return float(loss.item())


def _warm_then_fall(step: int, steps: int, recipe: Recipe) -> float:
    warmup = max(1, round(steps * recipe.warmup_share))
    return (step + 1) / warmup if step < warmup else (steps - step) / (steps - warmup)


def _normal(value: float) -> float:
    return (1 + math.erf(value / math.sqrt(2))) / 2


def _short(name: str) -> str:
    return name.removeprefix("base_model.model.")


if __name__ == "__main__":
    main()
