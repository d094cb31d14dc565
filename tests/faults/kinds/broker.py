"""Faults 14 to 21 and 62: the broker dies, forgets, hangs, fills up, is out of reach or damaged. Imports the table."""

import shutil
import signal
from pathlib import Path

from tests.faults.kinds.table import UP, Note, kind
from tests.faults.proxy import Mode
from tests.faults.stage import Stage

ABSENT = frozenset({"absent"})
HANG_SECONDS = (5.5, 8.0)
"""Longer than the five seconds after which our clients give up waiting for an answer."""
FULL_SECONDS = (1.0, 4.0)
BACK_SECONDS = 30.0
GARBAGE = b"\xff\x00 no file of a broker's"
TINY_BYTES = 1_200_000
"""Less than an empty server uses."""


@kind(14, "broker killed, nothing kept", brokers=UP)
def kill_broker(stage: Stage, note: Note) -> None:
    """SIGKILL; it starts again empty."""
    if stage.fleet.broker.alive:
        stage.fleet.broker.send(signal.SIGKILL)
        shutil.rmtree(stage.fleet.broker_files, ignore_errors=True)
        note("valkey")


@kind(62, "broker's file damaged", weight=0.3, brokers=UP)
def damage_file(stage: Stage, note: Note) -> None:
    """SIGKILL and garbage in what it kept: it cannot start on that, and does when it was set aside."""
    fleet = stage.fleet
    if not fleet.broker.alive:
        return
    fleet.broker.send(signal.SIGKILL)
    damaged = [_scribble(path) for path in sorted(fleet.broker_files.iterdir())]
    words = "the broker does not come back after its file was damaged"
    stage.expect(fleet.broker_answers, words, limit_seconds=BACK_SECONDS, then=lambda: note(f"{len(damaged)} files"))


def _scribble(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(GARBAGE)


@kind(15, "FLUSHALL", brokers=UP)
def flush(stage: Stage, note: Note) -> None:
    """Every key is gone, those by which kombu routes as well."""
    with stage.fleet.redis() as client:
        client.flushall()
        note("valkey")


@kind(16, "broker stopped", weight=0.5, brokers=UP)
def stop_broker(stage: Stage, note: Note) -> None:
    """SIGSTOP for longer than the socket timeout."""
    broker = stage.fleet.broker
    if broker.alive:
        seconds = stage.chance.uniform(*HANG_SECONDS)
        broker.send(signal.SIGSTOP)
        note(f"for {seconds:.1f} s")
        stage.later(seconds, lambda: broker.send(signal.SIGCONT))


@kind(17, "broker full, nothing evicted", weight=0.7, brokers=UP)
def fill_broker(stage: Stage, note: Note) -> None:
    """`noeviction` with a limit below what is used: every write is refused."""
    _limit(stage, "noeviction", note)


@kind(18, "broker full, keys evicted", weight=0.7, brokers=UP)
def evict(stage: Stage, note: Note) -> None:
    """`allkeys-lru` with a limit below what is used: whole queues vanish."""
    _limit(stage, "allkeys-lru", note)


@kind(19, "connections to the broker reset", brokers=UP)
def reset_broker_lines(stage: Stage, note: Note) -> None:
    """RST on every connection of some processes."""
    for name in _some(stage):
        stage.fleet.broker_lines[name].reset()
        note(name)


@kind(20, "connections to the broker half open", weight=0.7, brokers=UP)
def freeze_broker_lines(stage: Stage, note: Note) -> None:
    """Nothing passes any more on connections that both ends believe in."""
    for name in _some(stage):
        line = stage.fleet.broker_lines[name]
        line.freeze()
        note(name)
        stage.later(stage.chance.uniform(*HANG_SECONDS), line.heal)


@kind(21, "broker absent", weight=0.0, brokers=ABSENT)
def be_absent(stage: Stage, note: Note) -> None:
    """There is none in the whole campaign; connections are reset."""
    for line in stage.fleet.broker_lines.values():
        line.set(Mode.REFUSE)
    note("the whole campaign")


def _some(stage: Stage) -> list[str]:
    names = sorted(stage.fleet.broker_lines)
    return stage.chance.sample(names, stage.chance.randint(1, 4))


def _limit(stage: Stage, policy: str, note: Note) -> None:
    fleet = stage.fleet
    with fleet.redis() as client:
        client.config_set("maxmemory-policy", policy)
        client.config_set("maxmemory", TINY_BYTES)
    note(policy)

    def lift() -> None:
        with fleet.redis() as client:
            client.config_set("maxmemory", "64mb")
            client.config_set("maxmemory-policy", "noeviction")

    stage.later(stage.chance.uniform(*FULL_SECONDS), lift)
