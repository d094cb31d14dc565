"""What only an accelerator can show: the same models there say what they say on the CPU."""

import json
from pathlib import Path

import pytest
import torch
from sacrebleu import corpus_chrf

from pipelines.models.loading import load
from pipelines.tasks.base import Input
from pipelines.tasks.registry import task_named
from pipelines.tasks.sentiment.parameters import SentimentParameters
from pipelines.tasks.task import Task
from pipelines.tasks.translation.parameters import TranslationParameters

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")]

TEXTS = [
    "The committee will meet again on Thursday to discuss the budget.",
    "I love this kettle; it is quick, quiet and beautiful.",
    "Rain is expected in the north during the night.",
]


def directory(starter_dir: Path, name: str) -> Path:
    record = json.loads((starter_dir / name / "built.json").read_text())
    return starter_dir / name / record["revision"][:12]


def outputs(starter_dir: Path, name: str, task: Task, parameters, device: str):
    pipeline = load(directory(starter_dir, name), task, manifest=None, device=device, threads=None)
    return [outcome.output for outcome in pipeline.run([Input(text, parameters) for text in TEXTS])]


def test_translations_on_the_gpu_are_those_of_the_cpu_but_for_rounding(starter_dir: Path):
    parameters = TranslationParameters(from_language="en", to_language="pt")
    cpu, gpu = (
        [
            output["text"]
            for output in outputs(starter_dir, "starter-en-pt", task_named("translation"), parameters, device)
        ]
        for device in ("cpu", "cuda")
    )
    assert corpus_chrf(gpu, [cpu]).score > 95


def test_labels_on_the_gpu_are_those_of_the_cpu(starter_dir: Path):
    cpu, gpu = (
        [
            output["label"]
            for output in outputs(starter_dir, "starter-sentiment", task_named("sentiment"), SentimentParameters(), d)
        ]
        for d in ("cpu", "cuda")
    )
    assert gpu == cpu
