"""Names of licences as SPDX expressions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.catalog.terms.licenses import spdx
from webui.exports.expression import REFERENCE, Kind, express

PARTS = ["(", ")", "MIT", "AND", "OR", "WITH", "LLVM-exception", "LicenseRef-x", "+", "/", "nonsense", "\x00", "é"]


@pytest.mark.parametrize(
    ("name", "kind", "expression"),
    [
        (None, Kind.NONE, "NOASSERTION"),
        ("", Kind.NONE, "NOASSERTION"),
        ("NOASSERTION", Kind.NONE, "NOASSERTION"),
        ("NOASSERTION AND LicenseRef-Ours", Kind.NONE, "NOASSERTION"),
        ("apache-2.0", Kind.LISTED, "Apache-2.0"),
        ("LicenseRef-gemma", Kind.REFERENCE, "LicenseRef-gemma"),
        ("MIT OR Apache-2.0", Kind.COMPOUND, "MIT OR Apache-2.0"),
        ("Apache-2.0 WITH LLVM-exception", Kind.COMPOUND, "Apache-2.0 WITH LLVM-exception"),
        ("other", Kind.REFERENCE, "LicenseRef-other"),
        ("llama3.1", Kind.REFERENCE, "LicenseRef-llama3.1"),
        ("LLVM-exception", Kind.REFERENCE, "LicenseRef-LLVM-exception"),
        ("()", Kind.REFERENCE, "LicenseRef-unnamed"),
        ("MIT\x1b[2J AND", Kind.REFERENCE, "LicenseRef-MIT-2J-AND"),
    ],
)
def test_a_name_becomes_an_expression(name, kind, expression):
    assert (express(name).kind, express(name).text) == (kind, expression)


def test_an_expression_tells_which_of_its_parts_spdx_does_not_list():
    assert express("MIT AND LicenseRef-gemma").references == ("LicenseRef-gemma",)
    assert express("MIT AND Apache-2.0").references == ()


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PARTS), max_size=8).map(" ".join)))
def test_whatever_the_name_is_the_expression_is_valid(name):
    found = express(name)
    if found.kind is Kind.NONE:
        return
    unknown = spdx().unknown_license_keys(spdx().parse(found.text))
    assert set(unknown) <= set(found.references)
    assert all(REFERENCE.fullmatch(reference) for reference in found.references)
