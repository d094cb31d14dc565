"""Numbers are worth the same in both languages' notations, and currencies are known by sign, code and word."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.numbers.amounts import amounts, localized, worth
from pipelines.text.numbers.currencies import currencies
from pipelines.text.numbers.words import has_number_word, named_values

NUMBERS = st.decimals(0, 10**12, allow_nan=False, places=2) | st.integers(0, 10**12).map(Decimal)


def written(value, *, comma):
    """As English writes it, or with `comma` as Portuguese does."""
    text = f"{value:,f}"
    return text.translate({ord("."): ",", ord(","): "."}) if comma else text


def values(text, language):
    return [amount.values for amount in amounts(text, language)]


@settings(max_examples=300, deadline=None)
@given(NUMBERS)
def test_a_localized_number_is_worth_the_same(value):
    english, portuguese = written(value, comma=False), written(value, comma=True)
    assert localized(english, "en", "pt") == portuguese
    assert localized(portuguese, "pt", "en") == english
    assert worth(english, "en") == worth(portuguese, "pt")
    assert {Decimal(one) for one in worth(english, "en")} == {value}


@settings(max_examples=200, deadline=None)
@given(NUMBERS, st.sampled_from(["$", "€ ", "£", "R$ ", "US$ "]), st.sampled_from(["", "%", " €", " kg"]))
def test_what_belongs_to_a_number_stays_beside_it(value, before, after):
    text = before + written(value, comma=False) + after.replace(" kg", "")
    assert localized(text, "en", "pt") == before + written(value, comma=True) + after.replace(" kg", "")


@pytest.mark.parametrize(
    "text", ["12/05/2024", "2024-02-29", "14:05", "3:30 p.m.", "B-12", "A4", "2024", "17", "1.2.3", "10th", "5.º", "½"]
)
def test_dates_times_codes_and_plain_numbers_are_nobodys_notation(text):
    assert localized(text, "en", "pt") == text
    assert localized(text, "pt", "en") == text


def test_a_number_in_the_other_notation_is_left_alone():
    assert localized("1.299,00", "en", "pt") == "1.299,00"
    assert localized("999,50", "en", "pt") == "999,50"
    assert localized("1,299.00", "pt", "en") == "1,299.00"


def test_languages_of_one_notation_write_numbers_alike():
    assert localized("1.234,5", "pt", "de") == "1.234,5"
    assert localized("1,234.5", "en", "ja") == "1,234.5"


@pytest.mark.parametrize(
    ("one", "language", "other", "another"),
    [
        ("1,234,567.89", "en", "1.234.567,89", "pt"),
        ("998,000", "en", "998.000", "pt"),
        ("1 000 000", "en", "1.000.000", "pt"),
        ("0.50", "en", "0,5", "pt"),
        ("3 million", "en", "3 milhões", "pt"),
        ("2.5 billion", "en", "2.500.000.000", "pt"),
        ("250 mil", "pt", "250,000", "en"),
        ("3:30 p.m.", "en", "15:30", "pt"),
        ("11:29 a.m.", "en", "11h29", "pt"),
        ("8 pm", "en", "20:00", "pt"),
    ],
)
def test_the_same_number_in_two_languages_agrees(one, language, other, another):
    assert values(one, language)[0] & values(other, another)[0]


@pytest.mark.parametrize(
    ("one", "language", "other", "another"),
    [
        ("1,234", "en", "1,234", "pt"),
        ("1.500", "pt", "1.500", "en"),
        ("12/05/2024", "en", "12/06/2024", "pt"),
        ("3:30 a.m.", "en", "15:30", "pt"),
        ("B-12", "en", "B-21", "pt"),
        ("17", "en", "71", "pt"),
    ],
)
def test_different_numbers_do_not(one, language, other, another):
    assert not values(one, language)[0] & values(other, another)[0]


@pytest.mark.parametrize("date", ["12/05/2024", "2024-02-29", "31.12.2024", "3/2024"])
def test_a_date_is_one_amount(date):
    (amount,) = amounts(f"It starts on {date}.", "en")
    assert amount.values == {date}


def test_all_numbers_of_a_text_are_found_where_they_stand():
    text = "On 3 May 2024, at 14:05, 1,234 of 5,678 people (21.7%) paid $2.50 for B-12."
    found = [text[amount.start : amount.end] for amount in amounts(text, "en")]
    assert found == ["3", "2024", "14:05", "1,234", "5,678", "21.7%", "$2.50", "B-12"]


@pytest.mark.parametrize(
    ("text", "sure", "perhaps"),
    [
        ("It costs $5.", {"USD"}, set()),
        ("It costs 5 €.", {"EUR"}, set()),
        ("Custa R$ 1.299,90.", {"BRL"}, set()),
        ("Five euros and 3 dollars", {"EUR", "USD"}, set()),
        ("It weighs three pounds.", set(), {"GBP"}),
        ("Custou 300 libras.", set(), {"GBP"}),
        ("100 JPY and ¥100", {"JPY"}, set()),
        ("The Euroscope and $HOME", set(), set()),
        ("a plain text", set(), set()),
    ],
)
def test_a_currency_is_known_by_sign_code_and_word(text, sure, perhaps):
    assert currencies(text) == (sure, perhaps)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("three of the twelve", "en", [3, 12]),
        ("três dos doze", "pt", [3, 12]),
        ("século XVIII", "pt", [18]),
        ("Chapter IV and IX", "en", [4, 9]),
        ("a plain text", "fi", []),
    ],
)
def test_numbers_in_words_have_values(text, language, expected):
    assert [value for value in named_values(text, language) if value not in (1, 100)] == expected


def test_an_article_is_no_number():
    assert not has_number_word("a house", "en")
    assert has_number_word("two houses", "en")
    assert has_number_word("a house", "fi")  # nothing is known of it
