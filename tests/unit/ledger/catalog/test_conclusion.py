"""What a model's files establish of its licence, and what of them is refused."""

from pathlib import Path

import pytest

from ledger.catalog.evidence.conclusion import Declaration, conclude, word
from ledger.catalog.evidence.recognition import recognised
from ledger.errors import InvalidRequestError, LicenseContradictionError, LicenseMissingError, LicenseUnreadableError

APACHE = (Path(__file__).parents[4] / "LICENSE").read_text()
MIT = """MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def said(*licenses: str, name: str | None = None, **texts: str) -> Declaration:
    return Declaration(licenses, name, texts)


def test_a_text_is_recognised_whatever_its_lines_and_owner():
    assert recognised(APACHE) == "Apache-2.0"
    assert recognised(MIT) == recognised(MIT.replace("\n", " \n ").replace("Somebody", "Nobody, Inc.")) == "MIT"


def test_a_text_with_one_more_condition_is_not():
    assert recognised(MIT + "\nThe Software shall be used for Good, not Evil.") is None
    assert recognised(MIT.replace("WARRANTY", "GUARANTEE")) is None


def test_a_recognised_text_is_stronger_than_the_card():
    found = conclude(said("mit", LICENSE=MIT))
    assert (found.terms.id, found.by) == ("MIT", "text")
    assert conclude(said(LICENSE=MIT)).terms.id == "MIT"
    assert conclude(said("other", LICENSE=MIT)).terms.id == "MIT"
    assert conclude(said("MIT OR Apache-2.0", LICENSE=MIT)).terms.id == "MIT OR Apache-2.0"


def test_without_a_known_text_the_card_is_taken_at_its_word():
    found = conclude(said("cc-by-nc-4.0", LICENSE="Terms of our own."))
    assert (found.terms.id, found.by) == ("CC-BY-NC-4.0", "card")


def test_a_licence_without_a_tag_may_be_named():
    assert conclude(said("other", name="llama3.1")).terms.id == "LicenseRef-Meta-Llama-3.1"
    unsettled = conclude(said("other", name="Terms of ours"))
    assert unsettled.terms.id == "NOASSERTION"
    assert "Terms of ours" in unsettled.reason


@pytest.mark.parametrize(
    "declaration",
    [said("mit", "apache-2.0"), said("mit", name="gemma"), said("apache-2.0", LICENSE=MIT)],
    ids=["two licences", "another name", "another text"],
)
def test_a_contradiction_is_refused(declaration: Declaration):
    with pytest.raises(LicenseContradictionError):
        conclude(declaration)


def test_the_same_licence_said_twice_is_no_contradiction():
    assert conclude(said("mit", "MIT ", name="mit", LICENSE=MIT)).terms.id == "MIT"


@pytest.mark.parametrize("declaration", [said(), said(""), said(NOTICE="Thanks."), said(name="Terms of ours")])
def test_a_missing_licence_is_refused(declaration: Declaration):
    with pytest.raises(LicenseMissingError):
        conclude(declaration)


def test_an_expression_that_does_not_parse_is_refused():
    with pytest.raises(LicenseUnreadableError, match="MIT OR"):
        conclude(said("MIT OR"))


@pytest.mark.parametrize("by", ["card", " TEXT ", "person", "admission", ""])
def test_nobody_decides_under_the_name_of_evidence(by: str):
    with pytest.raises(InvalidRequestError):
        word("mit", by=by, reason="I say so.")
    assert word("mit", by="Ada", reason="I say so.").by == "Ada"
