"""The jobs that producers make up: unique texts, a canary in each, poison in a few. Standard library only."""

import hashlib
import json
import random
import uuid
from dataclasses import dataclass
from typing import Any

CANARY = "canary-7f1e0d9c55aa"
"""In every text; no log may show it."""
POISONS = {"kill": "POISON-KILL", "hang": "POISON-HANG", "oom": "POISON-OOM", "error": "POISON-ERROR"}
LEAK = "LEAK"
SLOW = "SLOW"
SLOW_NAME = "slow-"
NEWER = "newer"
"""The name of a job begins with it whose parameters only a newer worker would know."""
POISON_SHARE = 0.01
POISON_WEIGHTS = {"error": 3, "kill": 1, "hang": 1, "oom": 3}
"""One that kills or hangs costs six processes before it is isolated: a drain of a minute has room for a few."""
MULTIPART_SHARE = 0.3
WORDS_A_DOCUMENT = (5, 120)
WORDS = ("corpus", "mill", "grain", "stone", "water", "wheel", "sack", "flour", "miller", "bran", "sieve", "hopper")
TASKS: tuple[dict[str, Any], ...] = (
    {"task": "translation", "parameters": {"from": "en", "to": "pt"}},
    {"task": "sentiment", "parameters": {}},
)


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """One document and the way in which it is poisonous, if any."""

    custom_id: str
    text: str
    poison: str | None

    @property
    def fact(self) -> list[str | None]:
        """The document as a history tells of it."""
        return [self.custom_id, hashlib.sha256(self.text.encode()).hexdigest(), self.poison]


@dataclass(frozen=True, slots=True)
class MadeJob:
    """One request, ready to be sent as often as it takes."""

    key: str
    documents: tuple[MadeDocument, ...]
    body: bytes
    content_type: str


def make_job(
    chance: random.Random,
    *,
    count: int | None = None,
    leak: bool = False,
    poison: str | None = None,
    poison_share: float = POISON_SHARE,
    slow: bool = False,
    newer: bool = False,
    words: tuple[int, int] = WORDS_A_DOCUMENT,
) -> MadeJob:
    """A job of 1 to 50 documents, most of them few, or of `count`; its first document may leak or be poisonous.

    All of it may be slow, or of a web server that is newer than the workers.
    """
    size = count or min(50, 1 + int(chance.expovariate(1 / 12)))
    key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    every = SLOW if slow else None
    kinds = [poison, *(_some_poison(chance, poison_share) for _ in range(1, size))]
    if newer:
        kinds = [NEWER] * size
    documents = tuple(
        _document(chance, key, i, LEAK if leak and not i else every, kind, words) for i, kind in enumerate(kinds)
    )
    name = f"{NEWER if newer else 'job'} {key[:8]}"
    asked = chance.choice(TASKS) | {"name": name, "priority": chance.choice((0, 0, 0, 5))}
    if chance.random() < MULTIPART_SHARE:
        return MadeJob(key, documents, *_multipart(asked, documents))
    listed = [{"custom_id": document.custom_id, "text": document.text} for document in documents]
    return MadeJob(key, documents, json.dumps(asked | {"documents": listed}).encode(), "application/json")


def _some_poison(chance: random.Random, share: float) -> str | None:
    if chance.random() >= share:
        return None
    return chance.choices(list(POISON_WEIGHTS), list(POISON_WEIGHTS.values()))[0]


def _document(
    chance: random.Random, key: str, index: int, marker: str | None, poison: str | None, size: tuple[int, int]
) -> MadeDocument:
    marker = marker or POISONS.get(poison or "", "plain")
    words = " ".join(chance.choices(WORDS, k=chance.randint(*size)))
    name = f"{SLOW_NAME if marker == SLOW else ''}{key[:8]}-{index}.txt"
    return MadeDocument(name, f"{marker} {CANARY} {key} {index} {words}", poison)


def _multipart(asked: dict[str, Any], documents: tuple[MadeDocument, ...]) -> tuple[bytes, str]:
    mark = uuid.uuid5(uuid.NAMESPACE_OID, asked["name"]).hex
    parts = [_part(mark, 'name="job"', json.dumps(asked))]
    parts += [_part(mark, f'name="files"; filename="{d.custom_id}"', d.text) for d in documents]
    body = "".join(parts) + f"--{mark}--\r\n"
    return body.encode(), f"multipart/form-data; boundary={mark}"


def _part(mark: str, disposition: str, content: str) -> str:
    return f"--{mark}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n"
