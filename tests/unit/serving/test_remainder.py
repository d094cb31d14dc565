"""The remainder of an answer: made as it is taken, ended once, whoever ends it."""

from types import SimpleNamespace
from typing import Any

import pytest
from waitress.channel import ClientDisconnected

from corpusmill.serving.remainder import BUFFER_BYTES, HIGH_BYTES, Pieces, Remainder

PIECE = b"x" * (HIGH_BYTES // 2)


class Answer:
    """Pieces with a count of how often they were closed."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.closed = 0
        self._pieces = self._make(count, error)

    def _make(self, count, error):
        yield from [PIECE] * count
        if error:
            raise error

    def __iter__(self):
        return self._pieces

    def close(self):
        self.closed += 1


class Task:
    """A task whose channel counts what waits for the client."""

    def __init__(self, *, gone: bool = False) -> None:
        self.channel: Any = SimpleNamespace(
            total_outbufs_len=0,
            current_outbuf_count=0,
            adj=SimpleNamespace(outbuf_high_watermark=1 << 40),
            remainder=None,
            connected=True,
            will_close=False,
            server=SimpleNamespace(pull_trigger=int),
        )
        self.request = SimpleNamespace(path="/")
        self.close_on_finish = True
        self.remainder: Any = None
        self.gone = gone
        self.finished = 0
        self.buffers = [0]

    def write(self, piece: bytes) -> None:
        if self.gone:
            raise ClientDisconnected
        if self.channel.current_outbuf_count >= self.channel.adj.outbuf_high_watermark:  # as waitress has it
            self.channel.current_outbuf_count = 0
            self.buffers.append(0)
        self.channel.total_outbufs_len += len(piece)
        self.channel.current_outbuf_count += len(piece)
        self.buffers[-1] += len(piece)

    def finish(self) -> None:
        self.finished += 1


def begun(task: Any, answer: Answer) -> Remainder:
    """The remainder after a first pass that a slow client ended."""
    pieces = Pieces(task, answer)
    for piece in pieces:
        task.write(piece)
    pieces.close()
    assert task.channel.remainder is task.remainder
    assert not answer.closed
    remainder: Remainder = task.remainder
    return remainder


def test_a_remainder_goes_on_as_the_client_takes_it_and_ends_the_answer_once():
    task, answer = Task(), Answer(10)
    remainder = begun(task, answer)
    rounds = 0
    while task.channel.remainder is not None:
        task.channel.total_outbufs_len, rounds = 0, rounds + 1
        remainder.service()
    assert rounds == 3
    assert (answer.closed, task.finished) == (1, 1)


def test_a_long_answer_is_held_in_buffers_none_of_which_grows_large():
    task, answer = Task(), Answer(100)
    remainder = begun(task, answer)
    while task.channel.remainder is not None:
        task.channel.total_outbufs_len = 0
        remainder.service()
    assert sum(task.buffers) == 100 * len(PIECE)
    assert max(task.buffers) <= BUFFER_BYTES + len(PIECE)


def test_an_answer_that_the_client_takes_at_once_has_no_remainder():
    task, answer = Task(), Answer(2)
    pieces = Pieces(task, answer)  # type: ignore[arg-type]
    assert len(list(pieces)) == 2
    pieces.close()
    assert (task.remainder, answer.closed) == (None, 1)


@pytest.mark.parametrize("end", ["gone", "failed", "abandoned", "cancelled"])
def test_an_answer_is_closed_once_however_it_ends(end):
    task, answer = Task(), Answer(4, RuntimeError("broken") if end == "failed" else None)
    remainder = begun(task, answer)
    task.channel.total_outbufs_len = -10 * HIGH_BYTES
    task.gone = end == "gone"
    if end == "abandoned":
        remainder.abandon()
    if end == "cancelled":
        remainder.cancel()
    remainder.service()
    remainder.abandon()
    assert (answer.closed, task.channel.remainder) == (1, None)
    assert task.channel.will_close == (end in {"failed", "cancelled"})


def test_a_client_that_goes_while_a_thread_is_at_its_answer_leaves_nothing_open():
    task, answer = Task(), Answer(10)
    remainder = begun(task, answer)

    def leave(piece: bytes) -> None:
        task.channel.connected = False
        remainder.abandon()
        task.channel.total_outbufs_len += 10 * len(piece)

    task.channel.total_outbufs_len = 0
    task.write = leave  # type: ignore[method-assign]
    remainder.service()
    assert (answer.closed, task.channel.remainder) == (1, None)
