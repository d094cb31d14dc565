"""What differs between a source and its translation is said, and what does not differ is not."""

import pytest

from pipelines.text.checks import compared
from pipelines.text.flags import FlagCode

EN_PT, PT_EN = ("en", "pt"), ("pt", "en")


def codes(source, output, languages=EN_PT):
    return {problem.code for problem in compared(source, output, languages)}


@pytest.mark.parametrize(
    ("source", "output", "languages"),
    [
        ("3 cats ate 1,234 fish (all) on 3 May.", "3 gatos comeram 1.234 peixes (todos) a 3 de maio.", EN_PT),
        ("It costs $5.50 a kilo.", "Custa US$ 5,50 por quilo.", EN_PT),
        ("It costs 5 euros.", "Custa 5 €.", EN_PT),
        ("Twelve people came at 3:30 p.m.", "12 pessoas vieram às 15:30.", EN_PT),
        ("She said 'never again'.", 'Ela disse "nunca mais".', EN_PT),
        ("O século XVIII foi longo.", "The 18th century was long.", PT_EN),
        ("As alíneas a) e b) não se aplicam.", "Points (a) and (b) do not apply.", PT_EN),
        ("Não, não, não, não e não.", "No, no, no, no and no.", PT_EN),
        ("Tom and Ana met Paula in Leeds.", "Tom e Ana encontraram Paula em Leeds.", EN_PT),
    ],
)  # fmt: skip
def test_a_faithful_translation_has_no_problem(source, output, languages):
    assert codes(source, output, languages) == set()


@pytest.mark.parametrize(
    ("source", "output", "code"),
    [
        ("The 3 cats came.", "Os gatos vieram.", FlagCode.NUMBER_CHANGED),
        ("It has 1,234 rooms.", "Tem 1,234 quartos.", FlagCode.NUMBER_CHANGED),
        ("It rose 3.4%.", "Subiu 34%.", FlagCode.NUMBER_CHANGED),
        ("It starts on 12/05/2024.", "Começa em 05/12/2024.", FlagCode.NUMBER_CHANGED),
        ("The cats came.", "3 gatos vieram.", FlagCode.ADDED_TEXT),
        ("It costs €5.", "Custa 5 libras.", FlagCode.CURRENCY_CHANGED),
        ("It costs 5.", "Custa 5 euros.", FlagCode.CURRENCY_CHANGED),
        ("Tom Ellery", "Tom Ellery (", FlagCode.ADDED_TEXT),
        ("The old house", 'A "casa velha"', FlagCode.ADDED_TEXT),
        ("Add 5 m² (or more).", "Junte 5 m² ou mais).", FlagCode.ELEMENT_LOST),
        ("The angle is 45° now.", "O ângulo é 45 agora.", FlagCode.ELEMENT_LOST),
        ("We left the old house early.", "Saímos " * 30, FlagCode.LENGTH_UNUSUAL),
        ("and", "e isto é o que temos de fazer", FlagCode.LENGTH_UNUSUAL),
        (
            "We left the house early and went to the station to take a train.",
            "Saímos cedo de casa e fomos, saímos cedo de casa e fomos para a estação.",
            FlagCode.REPETITION,
        ),
        (
            "the quick brown fox jumps over the lazy dog today",
            "the quick brown fox jumps over the lazy cão hoje",
            FlagCode.UNTRANSLATED,
        ),
    ],
)
def test_a_difference_is_said(source, output, code):
    assert code in codes(source, output)


def test_a_changed_number_says_where_it_is():
    source = "We saw 3 cats and 14 dogs."
    (problem,) = compared(source, "Vimos 3 gatos e 41 cães.", EN_PT)
    assert [source[start:end].strip() for start, end in problem.places] == ["14"]


def test_a_detail_holds_no_text_of_the_document():
    for problem in compared("We saw 14 Xyzzy (at €5).", "Vimos [Plugh] por 5 libras “ou” 3.", EN_PT):
        assert not {"Xyzzy", "Plugh", "14", "libras"} & set(problem.detail.split())
