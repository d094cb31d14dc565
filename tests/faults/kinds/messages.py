"""Faults 22 to 25: notifications that are doubled, lost, late or no notifications. Imports the table and the stage."""

from tests.faults.kinds.table import UP, Note, kind
from tests.faults.stage import Stage
from tests.faults.wire import Meddling, spoilt

SECONDS = (2.0, 4.0)
QUEUES = ("maintenance", "sentiment.fault-sentiment.ffffffffffff", "translation.fault-translator.ffffffffffff")
PREFIX = "corpusmill:"


@kind(22, "each notification three times", weight=0.7, brokers=UP)
def triple(stage: Stage, note: Note) -> None:
    """The proxy repeats each."""
    _meddle(stage, Meddling.TRIPLE, note)


@kind(23, "half of the notifications lost", weight=0.7, brokers=UP)
def drop_half(stage: Stage, note: Note) -> None:
    """The proxy drops every other, and answers as if it were there."""
    _meddle(stage, Meddling.DROP_HALF, note)


@kind(24, "notifications out of order, old ones again", weight=0.7, brokers=UP)
def reorder(stage: Stage, note: Note) -> None:
    """The proxy lets the newest overtake, and replays three of those that it remembers."""
    _meddle(stage, Meddling.REORDER, note)


@kind(25, "garbage among the notifications", weight=0.4, brokers=UP)
def spoil(stage: Stage, note: Note) -> None:
    """No JSON, no message, an unknown task and two megabytes, each on a queue that somebody hears."""
    queue = stage.chance.choice(QUEUES)
    with stage.fleet.redis() as client:
        client.lpush(PREFIX + queue, spoilt(stage.chance))
    note(queue)


def _meddle(stage: Stage, meddling: Meddling, note: Note) -> None:
    meddler = stage.fleet.meddler
    if meddler.meddling is not Meddling.NONE:
        return
    before = meddler.touched
    meddler.meddling = meddling

    def end() -> None:
        meddler.meddling = Meddling.NONE
        if meddler.touched > before:
            note(f"{meddler.touched - before} notifications {meddling.value}")

    stage.later(stage.chance.uniform(*SECONDS), end)
