"""Names that a person gives the labels of a classifier whose files have none. Imports heads and settings.

They lie in a file beside the configuration, which stays as it was published; so they are in the digest of the files.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from pipelines.models.checkpoint.settings import read_json
from pipelines.models.profile.heads import GENERIC

FILE = "given_labels.json"
LONGEST = 64


def give(directory: Path, labels: Sequence[str]) -> None:
    """Keep `labels`, in the order of the scores, with the checkpoint in `directory`."""
    (directory / FILE).write_text(json.dumps(list(labels), ensure_ascii=False) + "\n", encoding="utf-8")


def named(directory: Path, own: tuple[str, ...]) -> tuple[str, ...]:
    """The labels of the checkpoint in `directory`: those given, where its `own` are no names, else its own.

    Raises ValueError with a sentence where what was given does not fit, ModelError for a file that cannot be read.
    """
    given = read_json(directory / FILE, list)
    if not given:
        return own
    if not all(map(GENERIC.fullmatch, own)):
        raise ValueError(f"Its labels have names of their own ({', '.join(own)}); leave out --labels.")
    if len(given) != len(own):
        raise ValueError(f"It has {len(own)} labels, and --labels names {len(given)}; name each, in their order.")
    if not all(isinstance(label, str) and label.isprintable() and 0 < len(label) <= LONGEST for label in given):
        raise ValueError(f"A label of --labels is empty, longer than {LONGEST} characters or cannot be shown.")
    if len({label.lower() for label in given}) != len(given):
        raise ValueError("Two labels of --labels are the same but for case; give each a name of its own.")
    return tuple(given)
