"""Accuracy of class probabilities against mean ratings, per snippet set. Imports the snippet sets."""

from collections.abc import Sequence

from pipelines.training.vader_sets import SETS, Snippet

Table = dict[str, dict[str, float]]


def table(snippets: Sequence[Snippet], probabilities: Sequence[Sequence[float]]) -> Table:
    """Per set: `snippets`, `accuracy` (three classes) and `polarity`, rounded to 4 digits.

    `probabilities` holds one (negative, neutral, positive) row per snippet. `polarity` is the share of the snippets
    rated beyond half a point whose more probable of negative and positive has the sign of the rating.
    """
    rows: Table = {}
    for set_name in SETS:
        scored = [pair for pair in zip(snippets, probabilities, strict=True) if pair[0].set_name == set_name]
        if scored:
            rows[set_name] = {"snippets": len(scored), "accuracy": _accuracy(scored), "polarity": _polarity(scored)}
    return rows


def _accuracy(scored: Sequence[tuple[Snippet, Sequence[float]]]) -> float:
    hits = sum(list(row).index(max(row)) == snippet.label for snippet, row in scored)
    return round(hits / len(scored), 4)


def _polarity(scored: Sequence[tuple[Snippet, Sequence[float]]]) -> float:
    polar = [(snippet, row) for snippet, row in scored if snippet.label != 1]
    hits = sum((row[2] > row[0]) == (snippet.label == 2) for snippet, row in polar)
    return round(hits / len(polar), 4) if polar else 0.0
