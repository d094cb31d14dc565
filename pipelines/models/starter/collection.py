"""What `models install` offers: collections of starter models, by name. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Collection:
    """Models that are installed together: names of their recipes, and what a person is told of them."""

    models: tuple[str, ...]
    about: str


COLLECTIONS = {
    "starter": Collection(
        ("starter-en-pt", "starter-pt-en", "starter-summary", "starter-sentiment"),
        "translation between English and Portuguese, summarization and sentiment",
    ),
    "starter-generation": Collection(
        ("starter-generation",),
        "a small generator for English (93 MB to fetch, 270 MB on disk), to try generation out",
    ),
}
