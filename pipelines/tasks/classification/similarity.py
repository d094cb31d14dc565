"""Given labels by likeness: a document's vector beside those of label descriptions. Imports torch and given."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.classification.given import GivenLabelsPipeline, first_failure, labels_of
from pipelines.tasks.classification.segmenting import Document
from pipelines.tasks.progress import Progress

DESCRIPTION = "This text is about {}."
SHARPNESS = 20.0
"""By which cosines are multiplied before they become scores: those of sentence encoders differ by hundredths."""


class SimilarityPipeline(GivenLabelsPipeline):
    """Sentence encoders. Scores order the labels; they are no probabilities that anybody has checked."""

    method = "similarity"

    def reserved(self, labels: Sequence[str], tokens: Tokens) -> int:
        """None: labels are read by themselves."""
        tokens.encode(_described(labels))
        return 0

    def _answer(
        self, documents: list[Document], tokens: Tokens, should_stop: Callable[[], bool], progress: Progress
    ) -> None:
        sound = [document for document in documents if document.error is None]
        labels = list(dict.fromkeys(label for document in sound for label in labels_of(document)))
        rows = [row for document in documents for row in document.rows]
        owners = [place for place, document in enumerate(documents) for _ in document.rows]
        described = tokens.encode(_described(labels))
        done = progress.expect(owners, [len(row) for row in rows])

        def heard(some: Sequence[int]) -> None:
            done([place for place in some if place < len(rows)])

        answers = self._encoder.run([*rows, *described], should_stop, heard)
        vectors = dict(zip(labels, answers[len(rows) :], strict=True))
        segments = iter(answers)
        for document in sound:
            mine = [next(segments) for _ in document.rows]
            beside = [vectors[label] for label in labels_of(document)]
            document.error = document.error or first_failure(beside)
            if document.error:
                continue
            own = torch.stack([_unit(one) for one in beside if isinstance(one, Tensor)])
            several = getattr(document.item.parameters, "multi_label", False)
            document.answers = [_scores(_unit(one), own, several) if isinstance(one, Tensor) else one for one in mine]


def _described(labels: Sequence[str]) -> list[str]:
    return [DESCRIPTION.format(label) for label in labels]


def _unit(vector: Tensor) -> Tensor:
    return torch.nn.functional.normalize(vector, dim=0)


def _scores(segment: Tensor, labels: Tensor, several: bool) -> Tensor:
    """[C] of a unit vector [D] and those of labels [C, D]; of `several` each by itself against the mean of all."""
    cosines = SHARPNESS * (labels @ segment)
    return torch.sigmoid(cosines - cosines.mean()) if several else torch.softmax(cosines, 0)
