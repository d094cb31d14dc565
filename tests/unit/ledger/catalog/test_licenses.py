"""The table of licences, and what is made of tags, ids and expressions."""

import json
import tomllib
from itertools import product

import pytest
from license_expression import get_spdx_licensing

from corpusmill.place import countries
from ledger.catalog.tables import License
from ledger.catalog.terms.conditions import Condition
from ledger.catalog.terms.licenses import TABLES, certain, joined, of_row, row_of, table, tags, terms
from ledger.errors import LicenseUnreadableError

READABLE = {
    "apache-2.0": "Apache-2.0",
    " MIT ": "MIT",
    "llama3.1": "LicenseRef-Meta-Llama-3.1",
    "other": "NOASSERTION",
    "mit or apache-2.0": "MIT OR Apache-2.0",
    "GPL-2.0-only WITH Classpath-exception-2.0": "GPL-2.0-only WITH Classpath-exception-2.0",
    "LicenseRef-Ours": "LicenseRef-Ours",
    "(MIT AND LicenseRef-Ours) OR Zlib": "(MIT AND LicenseRef-Ours) OR Zlib",
    "Beerware": "Beerware",
}
UNREADABLE = [
    "",
    "no such licence",
    "MIT OR",
    "(MIT",
    "MIT AND nonsense-1.0",
    "<script>",
    "MIT/Apache-2.0",
    "x" * 10_000,
    "(MIT AND " * 1000 + "MIT" + ")" * 1000,
    "(" * 5000 + "MIT" + ")" * 5000,
]


def rows(name: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((TABLES / name).read_text())


def test_every_tag_has_a_source_and_terms_in_the_table():
    found = rows("tags.toml")
    assert len(found) >= 60
    assert all(str(row["source"]).startswith("https://") for row in found.values())
    assert {row["license"] for row in found.values()} <= rows("licenses.toml").keys()
    assert set(tags()) == {tag.lower() for tag in found}


def test_every_licence_has_a_source_a_clause_and_an_id_that_spdx_knows():
    known = get_spdx_licensing()
    for name, row in rows("licenses.toml").items():
        assert str(row["source"]).startswith(("https://", "http://www.wtfpl.net/")), name
        assert row["clause"], name
        assert name == "NOASSERTION" or name.startswith("LicenseRef-") or not known.unknown_license_keys(name), name


@pytest.mark.parametrize(("said", "expected"), READABLE.items())
def test_what_is_said_finds_its_terms(said: str, expected: str):
    assert terms(said).id == expected


@pytest.mark.parametrize("said", UNREADABLE)
def test_what_cannot_be_read_is_refused(said: str):
    with pytest.raises(LicenseUnreadableError):
        terms(said)


def test_all_of_a_sum_count():
    both = terms("CC-BY-SA-4.0 AND LicenseRef-Google-Gemma")
    assert (both.commercial_use, both.share_alike, both.use_restrictions) == (True, True, True)
    assert terms("MIT AND CC-BY-NC-4.0").commercial_use is False
    assert terms("MIT AND LicenseRef-Ours").commercial_use is None


def test_of_alternatives_the_lightest_counts():
    assert terms("CC-BY-NC-4.0 OR MIT").commercial_use is True
    assert "the terms of MIT are chosen" in terms("CC-BY-NC-4.0 OR MIT").clause
    assert terms("CC-BY-SA-4.0 OR MIT").share_alike is False
    assert terms("LicenseRef-Ours OR CC-BY-NC-4.0").commercial_use is None


def test_every_condition_of_the_table_names_its_place_and_countries_that_there_are():
    named = {one for row in table().values() for each in row.conditions for one in each.excluded}
    assert named - {"EU", "military", "nuclear", "intelligence"} <= countries.listed().keys()
    assert all(each.clause for row in table().values() for each in row.conditions)
    assert sum(bool(row.conditions) for row in table().values()) >= 20


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "territory", "clause": "Section 1"},
        {"kind": "outputs", "clause": "Section 1"},
        {"kind": "notice", "asks": "Say so.", "clause": ""},
        {"kind": "territories", "excluded": ["EU"], "clause": "Section 1"},
        {"kind": "monthly_users", "asks": "Be few.", "clause": "Section 1"},
    ],
)
def test_a_condition_without_what_it_is_about_is_refused(row: dict[str, object]):
    with pytest.raises(ValueError, match=r"(?i)kind"):
        Condition.of(row)


@pytest.mark.parametrize("said", ["tencent-hunyuan-community", "llama4", "LicenseRef-Meta-Llama-2 AND MIT", "lfm1.0"])
def test_conditions_are_the_same_after_the_ledger_kept_them(said: str):
    found = terms(said)
    row = json.loads(json.dumps(row_of(found)))
    assert of_row(License(**row)).conditions == found.conditions
    assert row == row_of(found)


SAID = [
    "MIT",
    "CC-BY-NC-4.0",
    "NOASSERTION",
    "NOASSERTION AND LicenseRef-Google-Gemma",
    "LicenseRef-Google-Gemma OR CC-BY-NC-4.0",
    "(LicenseRef-Google-Gemma OR CC-BY-NC-4.0) AND LicenseRef-Ours",
    "(MIT AND GPL-3.0-only) OR (GPL-3.0-only AND CC-BY-NC-4.0)",
    "GPL-2.0-only WITH Classpath-exception-2.0",
]


@pytest.mark.parametrize(("one", "other"), list(product(SAID, SAID)))
def test_what_is_joined_once_is_joined_for_good(one: str, other: str):
    both = joined(terms(one), terms(other))
    again = terms(both.id)
    assert joined(again, terms(one)) == again
    assert joined(again, terms(other)) == again
    if "MIT" not in (one, other):
        assert certain(again.id) == certain(one) | certain(other)


def test_what_holds_under_every_alternative_is_certain():
    assert {"GPL-3.0-only"} == {one for one in certain(SAID[6]) if " " not in one}
