"""`naive_classifier`: a classifier of DistilBERT's size, our engine against a document a message. Imports pipelines."""

import os
from pathlib import Path

import torch
import transformers
from transformers import AutoTokenizer, DistilBertConfig, DistilBertForSequenceClassification

from bench import corpus
from bench.row import Row
from bench.sides.celery_worker import best_worker
from bench.sides.side import Side, write
from bench.sides.turns import in_turn, speed
from corpusmill.stack.launch import Launched

GOAL = 5.0
DOCUMENTS = 96
TRIAL_DOCUMENTS = 24
SHORTEST_WORDS, LONGEST_WORDS = 10, 300
LABELS = ("negative", "positive")
WINDOW_TOKENS = 512
MODULE = "bench.sides.plain_classification"


def measure(stack: Launched, tokenizer_dir: Path, samples: Path, folder: Path, count: int = DOCUMENTS) -> Row:
    """Documents a second on all cores, the median of five runs in turn; 10 to 300 words a document.

    Ours is the engine in one process as a worker child has it: all documents in one call, cut into groups of sentences
    of up to 48 tokens, whose scores are averaged. The other is the usual code: a Celery message a document, at most
    512 tokens of it, batch 1, with the model resident in each child.
    """
    checkpoint = _checkpoint(tokenizer_dir, folder / "classifier")
    documents = corpus.mixed(corpus.pieces(corpus.texts(samples)), count, SHORTEST_WORDS, LONGEST_WORDS)
    file = write(folder / "mixed.json", documents)
    worker = best_worker(stack, MODULE, checkpoint, documents[:TRIAL_DOCUMENTS])
    with (
        Side("bench.sides.engine_side", checkpoint, "sentiment", os.cpu_count() or 1, file) as engine,
        worker as plain,
    ):
        ours, other = in_turn(lambda: count / engine.seconds(), lambda: speed(count, lambda: plain(documents)))
    return Row.of_repeats(
        "naive_classifier", ours, other, GOAL, "documents/s", note=f"in {engine.number_format} against {worker.layout}"
    )


def _checkpoint(tokenizer_dir: Path, directory: Path) -> Path:
    """Six layers of width 768 with random weights, and BERT's tokenizer out of `tokenizer_dir`."""
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_dir, local_files_only=True, model_max_length=WINDOW_TOKENS)
    tokenizer.save_pretrained(directory)
    torch.manual_seed(0)
    transformers.utils.logging.disable_progress_bar()
    config = DistilBertConfig(vocab_size=len(tokenizer), num_labels=len(LABELS))
    config.id2label = dict(enumerate(LABELS))
    DistilBertForSequenceClassification(config).save_pretrained(directory)
    return directory
