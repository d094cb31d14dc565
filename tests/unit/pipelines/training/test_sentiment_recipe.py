"""Labels and rows that the sentiment recipe trains on."""

import random

import pytest

pytest.importorskip("peft", reason="training is an extra")

from pipelines.training.sentiment import grouped, soft_labels
from pipelines.training.vader_sets import Snippet


@pytest.mark.parametrize(("rating", "label"), [(-2.0, 0), (0.0, 1), (2.0, 2)])
def test_a_clear_rating_is_taught_as_one_label(rating, label):
    shares = soft_labels(rating, 0.2)
    assert sum(shares) == pytest.approx(1)
    assert shares[label] > 0.98


def test_a_rating_on_a_border_is_taught_as_both_its_neighbours():
    assert soft_labels(0.5, 0.2) == pytest.approx([0, 0.5, 0.5], abs=1e-6)


def test_groups_join_consecutive_snippets_of_one_document_with_their_mean_rating():
    snippets = [Snippet("nyt", str(number // 6), float(number % 3), f"s{number}") for number in range(12)]
    text_of = {"0": "s0 s1 s2 s3 s4 s5", "1": "s6 s7 s8 s9 s10 s11"}
    rating_of = {snippet.text: snippet.rating for snippet in snippets}
    groups = grouped(snippets, 3, random.Random(1))
    assert groups
    for group in groups:
        members = group.text.split()
        assert len(members) <= 3
        assert group.text in text_of[group.document]
        assert group.rating == pytest.approx(sum(rating_of[name] for name in members) / len(members))


def test_snippets_that_are_documents_of_their_own_are_not_grouped():
    snippets = [Snippet("tweets", str(number), 1.0, "a") for number in range(5)]
    assert grouped(snippets, 3, random.Random(1)) == []
