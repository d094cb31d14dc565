"""What a model's files establish of its licence, and what of them is refused."""

from itertools import permutations

import pytest

from ledger.catalog.evidence.conclusion import conclude, word
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.tables import License
from ledger.catalog.terms.licenses import of_row, row_of, terms
from ledger.errors import InvalidRequestError, LicenseContradictionError, LicenseMissingError, LicenseUnreadableError
from tests.unit.ledger.catalog.evidence.texts import APACHE, BANS, MIT, spdx

NC = spdx("CC-BY-NC-4.0")
"""Its text."""
NC_BASE, TWO, GEMMA = "cc-by-nc-4.0", "MIT OR CC-BY-NC-4.0", "LicenseRef-Google-Gemma"


def said(*licenses: str, name: str | None = None, **texts: str) -> Declaration:
    return Declaration(licenses, name, texts)


def test_a_recognised_text_is_stronger_than_the_card():
    found = conclude(said("mit", LICENSE=MIT))
    assert (found.terms.id, found.by) == ("MIT", "text")
    assert conclude(said(LICENSE=MIT)).terms.id == "MIT"
    assert conclude(said("other", LICENSE=MIT)).terms.id == "MIT"
    assert conclude(said("MIT OR Apache-2.0", LICENSE=MIT)).terms.id == "MIT OR Apache-2.0"
    assert conclude(said(LICENSE=spdx("GPL-3.0-only"))).terms.id == "GPL-3.0-only"
    assert conclude(said("gpl-3.0-or-later", LICENSE=spdx("GPL-3.0-only"))).terms.id == "GPL-3.0-or-later"


def test_without_a_text_the_card_is_taken_at_its_word():
    found = conclude(said("cc-by-nc-4.0"))
    assert (found.terms.id, found.by) == ("CC-BY-NC-4.0", "card")


@pytest.mark.parametrize("path", ["LICENSE", "USE_POLICY.md", "NOTICE", "legal/terms.txt", "EULA"])
@pytest.mark.parametrize("text", ["Terms of our own.", MIT + BANS["zh"], NC[:2000], "Наши условия"])
def test_a_text_that_is_not_known_leaves_the_licence_open(path: str, text: str):
    for declared in (("mit",), ("MIT OR Apache-2.0",), ("cc-by-nc-4.0",)):
        found = conclude(Declaration(declared, None, {path: text}))
        assert found.terms.id == "NOASSERTION"
        assert path in found.reason
        assert "no text that is known" in found.reason


def test_a_file_that_cannot_be_read_leaves_the_licence_open():
    found = conclude(Declaration(("mit",), None, {"LICENSE": MIT}, unread={"LICENSE.pdf": "it is no text"}))
    assert found.terms.id == "NOASSERTION"
    assert "LICENSE.pdf" in found.reason


@pytest.mark.parametrize("ban", BANS.values())
def test_a_ban_in_the_prose_of_a_card_leaves_a_permissive_licence_open(ban: str):
    found = conclude(Declaration(("mit",), None, {"LICENSE": MIT}, prose=f"# A model\n\nIt translates. {ban}\n"))
    assert found.terms.id == "NOASSERTION"
    assert conclude(Declaration(("cc-by-nc-4.0",), None, {}, prose=ban)).terms.id == "CC-BY-NC-4.0"


@pytest.mark.parametrize(
    "prose",
    [
        "Free for research and commercial use.",
        "Only the encoder was trained. Research on bias goes on.",
        "This model is released under the MIT license, for commercial and non-profit use alike.",
    ],
)
def test_plain_prose_does_not(prose: str):
    assert conclude(Declaration(("mit",), None, {}, prose=prose)).terms.id == "MIT"


@pytest.mark.parametrize(
    "notice",
    [
        "",
        "Acme Translate\nCopyright 2026 Acme, Inc.",
        "This product includes software developed at The Apache Software Foundation (http://www.apache.org/).",
    ],
)
def test_a_notice_that_only_gives_credit_changes_nothing(notice: str):
    assert conclude(said("apache-2.0", NOTICE=notice, LICENSE=APACHE)).terms.id == "Apache-2.0"


def test_a_tag_with_a_name_of_its_own_settles_nothing():
    assert conclude(said("mit", name="acme-research-license")).terms.id == "NOASSERTION"
    assert conclude(said("mit", name="MIT License")).terms.id == "MIT"


def test_a_text_for_half_of_a_sum_proves_no_more_than_the_card_says():
    assert conclude(said("MIT AND CC-BY-4.0", LICENSE=MIT)).by == "card"
    assert conclude(said("MIT AND Apache-2.0", LICENSE=MIT, COPYING=APACHE)).by == "text"
    assert conclude(said("MIT OR Apache-2.0", LICENSE=MIT, COPYING=APACHE)).by == "text"


def test_of_texts_without_a_card_all_hold():
    found = conclude(Declaration((), None, {"LICENSE": MIT, "LICENSE-MODEL": NC}))
    assert found.terms.id == "CC-BY-NC-4.0 AND MIT" or found.terms.id == "MIT AND CC-BY-NC-4.0"
    assert found.terms.commercial_use is False


def test_the_terms_of_a_base_that_is_known_hold_as_well():
    declared = Declaration(("mit",), None, {}, bases=["acme/base", "acme/other"])
    worse = conclude(declared, {"acme/base": terms("cc-by-nc-4.0")})
    assert worse.terms.commercial_use is False
    assert "acme/base" in worse.reason
    assert worse.unknown_bases == ("acme/other",)
    assert conclude(declared, {"acme/base": terms("NOASSERTION")}).terms.id == "NOASSERTION"
    assert conclude(declared, {"acme/base": terms("apache-2.0")}).terms.id == "MIT"
    assert conclude(declared, {"acme/base": terms("cc-by-sa-4.0")}).terms.share_alike


def test_a_header_that_is_not_known_leaves_the_licence_open():
    assert conclude(Declaration(("mit",), None, {}, headers={"config.json": "acme-only"})).terms.id == "NOASSERTION"
    assert conclude(Declaration(("mit",), None, {}, headers={"config.json": "mit"})).terms.id == "MIT"


def test_a_licence_without_a_tag_may_be_named():
    assert conclude(said("other", name="llama3.1")).terms.id == "LicenseRef-Meta-Llama-3.1"
    unsettled = conclude(said("other", name="Terms of ours"))
    assert unsettled.terms.id == "NOASSERTION"
    assert "Terms of ours" in unsettled.reason


@pytest.mark.parametrize(
    "declaration",
    [
        said("mit", "apache-2.0"),
        said("mit", name="gemma"),
        said("apache-2.0", LICENSE=MIT),
        said("mit", LICENSE=NC),
        Declaration(("mit",), None, {"LICENSE": MIT, "weights/LICENSE": NC}),
        Declaration(("mit",), None, {}, headers={"config.json": "cc-by-nc-4.0"}),
        Declaration((), None, {"LICENSE": MIT}, headers={"model.safetensors": "cc-by-nc-4.0"}),
    ],
    ids=["two licences", "another name", "another text", "a ban", "a second text", "a header", "a header and a text"],
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


@pytest.mark.parametrize("text", ["CC-BY-NC-4.0\n", "Academic Research", "仅供大学", "GNU AGPL 3.0", "Trial Version"])
@pytest.mark.parametrize("path", ["LICENSE", "LICENSE-WEIGHTS", "NOTICE"])
def test_a_file_that_only_names_a_licence_is_no_notice(path: str, text: str):
    lines = "Acme\nCopyright 2026 Acme\n" + text if path == "NOTICE" else text
    assert conclude(Declaration(("mit",), None, {"COPYING": MIT, path: lines})).terms.id == "NOASSERTION"


def test_terms_that_only_a_person_knows_hold_on_no_cards_word():
    found = conclude(said("LicenseRef-Acme"))
    assert (found.terms.id, "LicenseRef-Acme" in found.reason) == ("NOASSERTION", True)
    assert word("LicenseRef-Acme", by="Ada", reason="Bought.").terms.id == "LicenseRef-Acme"


def test_a_base_binds_unless_it_is_the_alternative_that_was_chosen():
    declared = Declaration(("MIT OR CC-BY-NC-4.0",), None, {}, bases=["acme/base"])
    assert conclude(declared, {"acme/base": terms("cc-by-nc-4.0")}).terms.commercial_use is False


def test_a_header_has_to_be_covered_whole():
    with pytest.raises(LicenseContradictionError):
        conclude(Declaration(("mit",), None, {}, headers={"config.json": "MIT AND CC-BY-NC-4.0"}))


@pytest.mark.parametrize("card", [TWO, f"({TWO}) AND Apache-2.0", "Apache-2.0 AND (CC-BY-NC-4.0 OR Zlib)"])
@pytest.mark.parametrize("others", [(), ("gemma",), (f"{GEMMA} OR CC-BY-NC-4.0", "llama3.1")])
@pytest.mark.parametrize("texts", [{}, {"third_party/LICENSE": APACHE}], ids=["plain", "with a part"])
def test_the_ban_of_a_base_holds_whatever_was_chosen_and_in_whatever_order(card: str, others: tuple, texts: dict):
    found = []
    for order in permutations((NC_BASE, *others)):
        bases = {f"acme/{place}": of_row(License(**row_of(terms(said)))) for place, said in enumerate(order)}
        found.append(conclude(Declaration((card,), None, texts, bases=list(bases)), bases).terms)
    assert {one.commercial_use for one in found} == {False}
    assert len({frozenset(map(str, one.conditions)) for one in found}) == 1
    assert len({(one.share_alike, one.use_restrictions, one.naming) for one in found}) == 1


@pytest.mark.parametrize(
    ("card", "base"),
    [
        ("cc-by-nc-4.0", NC_BASE),
        (f"{GEMMA} AND MIT", "gemma"),
        (f"{GEMMA} AND CC-BY-NC-4.0", f"CC-BY-NC-4.0 AND {GEMMA}"),
    ],
)
def test_what_holds_whatever_is_chosen_is_not_said_twice(card: str, base: str):
    found = conclude(Declaration((card,), None, {}, bases=("acme/base",)), {"acme/base": terms(base)})
    assert found.terms == terms(card)


def test_of_a_sum_a_text_is_asked_for_what_was_chosen_of_its_alternatives():
    card = f"({TWO}) AND Apache-2.0"
    assert terms(card).chosen == "(MIT) AND (Apache-2.0)"
    assert conclude(said(card, LICENSE=MIT, COPYING=APACHE)).by == "text"


HUNYUAN = "LicenseRef-Tencent-Hunyuan-Community"


@pytest.mark.parametrize("base", [HUNYUAN, f"NOASSERTION AND {HUNYUAN}"])
@pytest.mark.parametrize("others", [(), ("other",), ("cc-by-nc-4.0", "other", "mit")])
@pytest.mark.parametrize(("card", "text"), [("other", None), ("mit", "Terms of ours.")])
def test_what_is_open_keeps_what_the_known_parts_make_depend_on_its_user(base, others, card, text):
    texts = {"LICENSE": text} if text else {}
    found = []
    for order in permutations((base, *others)):
        bases = {f"acme/{place}": terms(said) for place, said in enumerate(order)}
        found.append(conclude(Declaration((card,), None, texts, bases=list(bases)), bases).terms)
    assert {one.commercial_use for one in found} == {None}
    assert {frozenset(one.conditions) for one in found} == {frozenset(terms(HUNYUAN).conditions)}


def test_texts_of_which_one_is_not_known_keep_what_the_others_say():
    found = conclude(Declaration((), None, {"LICENSE": spdx("GPL-3.0-only"), "USE_POLICY": "Ours."}))
    assert (found.terms.id, found.terms.commercial_use) == ("NOASSERTION AND GPL-3.0-only", None)
    again = terms(found.terms.id)
    assert (again.commercial_use, again.share_alike) == (None, True)
