"""The texts that comparisons run on: samples, and news sentences where they lie beside the checkout. Imports pipelines.

What is made up is made up from these by fixed seeds, so that every run has the same texts.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from pipelines.text.segment import sentences, surface

FLORES = Path(__file__).parent.parent.parent / "shared" / "eval" / "flores-dev.en"
REFERENCES = FLORES.with_name("flores-dev.pt")
PROSE = ("letters", "manuals", "news", "reports", "reviews")
GROUP_SENTENCES = 10


def texts(samples: Path) -> list[str]:
    """The English samples of prose."""
    files = sorted(f for kind in PROSE for f in (samples / "en" / kind).iterdir() if f.suffix in {".txt", ".md"})
    return [file.read_text(encoding="utf-8") for file in files]


def documents(samples: Path) -> list[str]:
    """The news sentences where they are there, the English samples otherwise."""
    return FLORES.read_text(encoding="utf-8").splitlines() if FLORES.exists() else texts(samples)


def pieces(texts: Sequence[str]) -> list[str]:
    """The sentences of English texts, in order."""
    return [surface(text, segment) for text in texts for segment in sentences(text, "en")]


def lines(samples: Path) -> list[str]:
    """The news as it comes, a sentence or two a line, or else the sentences of the samples."""
    return documents(samples) if FLORES.exists() else pieces(texts(samples))


def references() -> list[str] | None:
    """Human translations of `lines` into Portuguese, None where there are none."""
    return REFERENCES.read_text(encoding="utf-8").splitlines() if REFERENCES.exists() else None


def words(texts: Sequence[str]) -> int:
    """Words of all texts, cut at whitespace."""
    return sum(len(text.split()) for text in texts)


def grouped(lines: Sequence[str], word_count: int) -> list[str]:
    """Documents of ten lines with at least `word_count` words in all and no line twice.

    What is there is used again with the last word of each line left out, then the last two and so on: an engine may
    run equal sentences once, and must not have that chance here.
    """
    made: list[str] = []
    total, cut = 0, 0
    while total < word_count:
        shorter = [" ".join(line.split()[: -cut or None]) for line in lines if len(line.split()) > 2 * cut]
        if not shorter:
            raise ValueError("the lines are too few and too short for so many words")
        groups = [shorter[first : first + GROUP_SENTENCES] for first in range(0, len(shorter), GROUP_SENTENCES)]
        for group in groups:
            if total < word_count:
                made.append(" ".join(group))
                total += words(group)
        cut += 1
    return made


def mixed(sentences: Sequence[str], count: int, shortest_words: int, longest_words: int) -> list[str]:
    """`count` documents of sentences drawn at random, cut to lengths that are spread evenly between the two."""
    chance = random.Random(0)
    made = []
    for _ in range(count):
        length = chance.randint(shortest_words, longest_words)
        chosen: list[str] = []
        while len(chosen) < length:
            chosen += chance.choice(sentences).split()
        made.append(" ".join(chosen[:length]))
    return made
