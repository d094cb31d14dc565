"""Run two models over the same documents of a corpus, and say how they differ. Imports the ledger and pipelines.

Torch comes with the models, one after the other.
"""

import gc
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sacrebleu import corpus_chrf
from sqlalchemy import select

from ledger.catalog.gate.policy import Policy, Purpose
from ledger.catalog.gate.verdict import judge
from ledger.catalog.tables import License, Model
from ledger.corpora.scan import read
from ledger.corpora.tables import Corpus, Source
from ledger.engine import Ledger
from ledger.errors import InvalidRequestError
from pipelines.engine import device
from pipelines.engine.precision import Precision
from pipelines.models.loading import load
from pipelines.models.options import Backend, Options
from pipelines.tasks.base import Input, Outcome
from pipelines.tasks.parameters import Parameters
from pipelines.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes from `old` to `new` over `documents`.

    `chrf` is that of the new texts against the old ones, 100 where they are equal, None without texts; `flips` the
    documents whose label changed, None without labels; `speed` the new bytes a second over the old; `failed` documents
    that one of the two had no output for. `purposes` says what each may serve.
    """

    old: str
    new: str
    task: str
    documents: int
    equal: int
    failed: int
    chrf: float | None
    flips: int | None
    speed: float
    licenses: tuple[str, str]
    purposes: dict[str, tuple[bool, bool]]

    def as_json(self) -> dict[str, Any]:
        """For a report."""
        return asdict(self)


def sample(ledger: Ledger, corpus: Corpus, count: int) -> list[tuple[str, str | None]]:
    """Text and language of up to `count` files of the last scan: always the same, by the hash of their content."""
    wanted = select(Source).where(Source.corpus_id == corpus.id).order_by(Source.sha256, Source.path).limit(count)
    with ledger.read() as session:
        sources = session.scalars(wanted).all()
    files = [(source.path, Path(corpus.directory, source.path)) for source in sources]
    found = [(document.text, document.language) for document in read(corpus, files)]
    if not found:
        raise InvalidRequestError(f"Corpus {corpus.name} has no document; corpusmill corpora scan {corpus.name} first.")
    return found


def compare(
    old: tuple[Model, License],
    new: tuple[Model, License],
    documents: Sequence[tuple[str, str | None]],
    task: Task,
    parameters: Parameters,
    *,
    models_dir: Path,
    asked: str,
    policy: Policy,
) -> Comparison:
    """Both models on this machine's device (`asked`: as the setting), each in its chosen format or in float32.

    Raises ModelError.
    """
    inputs = [Input(text, parameters, language) for text, language in documents]
    before, before_seconds = _run(old[0], task, inputs, models_dir, asked)
    after, after_seconds = _run(new[0], task, inputs, models_dir, asked)
    done = [both for both in zip(before, after, strict=True) if None not in (both[0].output, both[1].output)]
    pairs = [(one.output or {}, other.output or {}) for one, other in done]
    texts = [(one.text, other.text or "") for one, other in done if one.text is not None]
    labels = [(one["label"], other["label"]) for one, other in pairs if "label" in one]
    return Comparison(
        old=f"{old[0].name}@{old[0].revision}",
        new=f"{new[0].name}@{new[0].revision}",
        task=task.name,
        documents=len(inputs),
        equal=sum(one == other for one, other in pairs),
        failed=len(inputs) - len(pairs),
        chrf=round(corpus_chrf([n for _, n in texts], [[o for o, _ in texts]]).score, 2) if texts else None,
        flips=sum(one != other for one, other in labels) if labels else None,
        speed=round(before_seconds / after_seconds, 2),
        licenses=(old[1].id, new[1].id),
        purposes={
            purpose: (judge(*old, purpose, policy).allowed, judge(*new, purpose, policy).allowed) for purpose in Purpose
        },
    )


def _run(
    model: Model, task: Task, inputs: Sequence[Input], models_dir: Path, asked: str
) -> tuple[list[Outcome], float]:
    precision = Precision(model.precision) if model.precision else Precision.FLOAT32
    options = Options(precision, Backend(model.backend), model.context_tokens)
    where = device.choose(asked, 0)
    directory = models_dir / model.directory
    pipeline = load(directory, task, manifest=model.manifest, device=where, threads=None, options=options)
    pipeline.run(inputs[:1])
    started = time.perf_counter()
    outcomes = pipeline.run(inputs)
    seconds = time.perf_counter() - started
    del pipeline
    gc.collect()
    return outcomes, seconds
