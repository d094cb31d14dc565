"""Given labels by inference: whether a document entails that it is about a label. Imports torch and given.

Yin et al. 2019, "Benchmarking Zero-shot Text Classification"; template and scores as transformers' pipeline has them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from pipelines.engine.encoding import Answer, Encoder
from pipelines.errors import StopRequested
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Runtime
from pipelines.tasks.classification.checkpoints import ENTAILMENT
from pipelines.tasks.classification.given import GivenLabelsPipeline, first_failure, labels_of
from pipelines.tasks.classification.segmenting import Document
from pipelines.tasks.progress import Progress

HYPOTHESIS = "This example is {}."
AT_ONCE = 256
"""Pairs whose token ids are held at a time: each text comes once for each label."""


class EntailmentPipeline(GivenLabelsPipeline):
    """Classifiers of two texts (MNLI and the like) that say whether the second follows from the first."""

    method = "entailment"

    def __init__(self, tokenizer: Any, profile: Profile, encoder: Encoder, runtime: Runtime) -> None:
        super().__init__(tokenizer, profile, encoder, runtime)
        names = [label.lower() for label in profile.labels]
        self._entailment = names.index(ENTAILMENT)
        # As transformers: what is not entailed is contradicted, or else the class at the other end.
        against = next((place for place, name in enumerate(names) if name.startswith("contradict")), None)
        self._against = against if against is not None else (0 if self._entailment else len(names) - 1)

    def reserved(self, labels: Sequence[str], tokens: Tokens) -> int:
        """Those of the longest hypothesis; its special ids are the ids between two texts."""
        return max(tokens.count([HYPOTHESIS.format(label) for label in labels]))

    def _answer(
        self, documents: list[Document], tokens: Tokens, should_stop: Callable[[], bool], progress: Progress
    ) -> None:
        asked = [
            (place, text, HYPOTHESIS.format(label))
            for place, document in enumerate(documents)
            for text in document.texts
            for label in labels_of(document)
        ]
        sizes = [len(row) for document in documents for row in document.rows for _ in labels_of(document)]
        done = progress.expect([place for place, _, _ in asked], sizes)
        found_all: list[Answer] = []
        for first in range(0, len(asked), AT_ONCE):
            if should_stop():
                raise StopRequested
            rows = tokens.pairs([(text, hypothesis) for _, text, hypothesis in asked[first : first + AT_ONCE]])
            heard = partial(_told, done, first)
            found_all += self._encoder.run(rows, should_stop, heard)
        answers = iter(found_all)
        for document in documents:
            for _ in document.texts:
                found = [next(answers) for _ in labels_of(document)]
                logits = [one for one in found if isinstance(one, Tensor)]
                failed = first_failure(found)
                document.answers.append(failed or self._scores(document, torch.stack(logits)))

    def _scores(self, document: Document, logits: Tensor) -> Tensor:
        """[C] of logits [C, classes]: entailment among the labels, or against contradiction for each by itself."""
        if getattr(document.item.parameters, "multi_label", False):
            return torch.softmax(logits[:, [self._against, self._entailment]], -1)[:, 1]
        return torch.softmax(logits[:, self._entailment], 0)


def _told(done: Callable[[Sequence[int]], None], first: int, some: Sequence[int]) -> None:
    done([first + place for place in some])
