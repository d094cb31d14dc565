"""Documents whose rows an encoder answers, all of a batch together. Imports encoding and progress."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pipelines.engine.encoding import Answer, Encoder
from pipelines.tasks.progress import Progress


class Encoded(Protocol):
    """A document on its way: its rows of token ids, then the answer to each."""

    rows: list[list[int]]
    answers: list[Answer]


def answer(
    encoder: Encoder, documents: Sequence[Encoded], should_stop: Callable[[], bool], progress: Progress | None
) -> None:
    """Set the answers of all documents. Raises as `Encoder.run`."""
    rows = [row for document in documents for row in document.rows]
    owners = [place for place, document in enumerate(documents) for _ in document.rows]
    done = (progress or Progress(len(documents))).expect(owners, [len(row) for row in rows])
    answers = iter(encoder.run(rows, should_stop, done))
    for document in documents:
        document.answers = [next(answers) for _ in document.rows]
