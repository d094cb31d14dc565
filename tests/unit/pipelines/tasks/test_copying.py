"""Which stand-ins a model copies is found by trying them, whatever the model makes of the words around them."""

from pipelines.tasks.translation.copying import CANDIDATES, KEPT, STAND_INS, best

SENTENCES = ["one two three four five six seven", "too short", "ten eleven twelve thirteen fourteen fifteen"]


def only(family: str):
    """A model that copies one family and drops every other."""

    def run(texts: list[str]) -> list[str]:
        kept = {family.format(1), family.format(2)}
        return [" ".join(word for word in text.split() if word.isalpha() or word in kept) for text in texts]

    return run


def test_what_a_model_copies_comes_first():
    for family in CANDIDATES:
        assert best(only(family), SENTENCES)[0] == family


def test_ties_go_to_the_usual_order():
    assert best(lambda texts: texts, SENTENCES) == CANDIDATES[:KEPT]
    assert best(lambda texts: [""] * len(texts), SENTENCES) == CANDIDATES[:KEPT]


def test_a_stand_in_that_comes_twice_is_not_copied():
    def twice(texts: list[str]) -> list[str]:
        return [text + " " + text if "https" in text else text for text in texts]

    assert "https://x.y/{}" not in best(twice, SENTENCES)


def test_without_sentences_there_is_no_trial():
    def never(texts: list[str]) -> list[str]:
        raise AssertionError(texts)

    assert best(never, ["short", ""]) == STAND_INS
