"""What is computed in another format may choose another word, and no other number, name, negation or class."""

import pytest

from corpusmill.checking.likeness import difference

TEXT = (
    "The committee met on Thursday 12 May and approved 1,250 euros for the old bridge; Maria Lopes did not ask for "
    "three more lamps, nobody else spoke, and the report of John Silva won't be read before 2027."
)
PLANTED = {
    "other numbers": [
        ("1,250", "91,250"),
        ("1,250", "1250"),
        ("1,250", "1.250"),
        ("12", "13"),
        ("2027", "2072"),
        ("12 ", ""),
    ],
    "other names": [("Maria", "Marta"), ("Lopes", "Gomes"), ("Thursday", "Friday"), ("Silva", "silva"), ("The", "A")],
    "other negations": [("not ", ""), ("nobody", "somebody"), ("won't", "will"), ("approved", "never approved")],
}
CASES = [(kind, *pair) for kind, pairs in PLANTED.items() for pair in pairs]
HUNDRED = [(kind, old, new, repeat) for repeat in range(7) for kind, old, new in CASES][:100]
assert len(HUNDRED) == 100


@pytest.mark.parametrize(("kind", "old", "new", "repeat"), HUNDRED)
def test_planted_changes_are_told_by_kind_in_texts_of_any_length(kind, old, new, repeat):
    around = "It was a long and quiet evening by the river. " * repeat * 10
    assert old in TEXT
    assert difference({"text": around + TEXT}, {"text": around + TEXT.replace(old, new, 1)}, "en") == kind


def test_a_number_that_is_written_as_a_word_is_one():
    assert difference({"text": TEXT}, {"text": TEXT.replace("three", "four")}, "en") == "other numbers"


def test_another_word_in_a_long_text_is_none_and_in_a_short_one_is():
    assert difference({"text": TEXT}, {"text": TEXT.replace("old", "ancient")}) == ""
    assert difference({"text": "They approved it."}, {"text": "They refused it."}) == "1 of 3 words are others"


def test_punctuation_and_spaces_may_differ():
    assert difference({"text": "Um, dois."}, {"text": "Um dois !"}, "pt") == ""


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("他不是老师", "他是老师"),
        ("यह नहीं है और वह भी घर पर था", "यह है और वह भी घर पर था"),
        ("Он не пришёл домой", "Он пришёл домой"),
        ("Ele não veio", "Ele veio"),
        ("Il n'est pas venu", "Il est venu"),
        ("彼は来なかった", "彼は来た"),
        ("그는 오지 않았다", "그는 왔다"),
        ("She was unable to come", "She was able to come"),
        ("It is possible", "It is impossible"),
    ],
)
def test_negations_of_other_languages_are_known(stored, new):
    assert difference({"text": stored}, {"text": new}) == "other negations"


@pytest.mark.parametrize(
    ("stored", "new", "said"),
    [
        ("It fell to -5 degrees", "It fell to 5 degrees", "other numbers"),
        ("He added ½ cup", "He added ¼ cup", "other numbers"),
        ("他买了三本书", "他买了四本书", "other numbers"),
        ("They paid €50", "They paid $50", "other units"),
        ("It rose 5 %", "It rose 5 ‰", "other units"),
        ("He owns an iPhone now", "He owns an iPad now", "other names"),
    ],
)
def test_signs_fractions_units_and_capitals_within_words_are_looked_at(stored, new, said):
    around = " it was a long and quiet evening by the river and they talked for hours" * 4
    assert difference({"text": stored + around}, {"text": new + around}) == said


def test_another_dash_or_place_of_a_unit_is_no_other_number():
    assert difference({"text": "From 10-12 to \u22125 for €50"}, {"text": "From 10–12 to -5 for 50 €"}) == ""
    assert difference({"text": "word " * 30 + "to"}, {"text": "word " * 30 + "into"}) == ""


SCORES = {"negative": 0.05, "neutral": 0.15, "positive": 0.80}


@pytest.mark.parametrize("name", ["negative", "neutral", "mixed", "Positive"])
def test_a_label_that_was_not_nearly_as_probable_is_told(name):
    stored = {"label": name, "scores": SCORES}
    assert difference(stored, {"label": "positive", "scores": SCORES}) == f"label positive instead of {name}"


def test_labels_that_were_about_as_probable_may_change_places():
    stored = {"label": "a", "scores": {"a": 0.51, "b": 0.49}}
    assert difference(stored, {"label": "b", "scores": {"a": 0.49, "b": 0.51}}) == ""
    assert difference(stored, {"label": "b", "scores": {"a": 0.47, "b": 0.53}}) == "label b instead of a"


def test_scores_may_differ_by_a_twentieth():
    stored = {"label": "a", "scores": {"a": 0.9, "b": 0.1}}
    assert difference(stored, {"label": "a", "scores": {"a": 0.86, "b": 0.14}}) == ""
    assert difference(stored, {"label": "a", "scores": {"a": 0.84, "b": 0.16}}) == "scores: a: differs by 0.06"
    assert difference(stored, {"label": "a", "scores": {"a": "much", "b": 0.1}}) == "scores: a: another value"


@pytest.mark.parametrize(
    ("stored", "new", "said"),
    [
        ({"text": "a"}, {"texts": ["a"]}, "other fields"),
        ({"spans": [[0, 5]]}, {"spans": [[0, 6]]}, "spans: another value"),
        ({"spans": [[0, 5]]}, {"spans": []}, "spans: 0 entries instead of 1"),
        ({"texts": ["I do not."]}, {"texts": ["I do."]}, "texts: other negations"),
        ({"text": None}, {"text": "a"}, "another value"),
        ({"sure": True}, {"sure": False}, "sure: another value"),
    ],
)
def test_other_outputs_are_compared_field_by_field(stored, new, said):
    assert difference(stored, new) == said
    assert difference(stored, stored) == ""
