"""The SPDX bill: valid by the bindings that the SPDX project makes of its model, and complete by the AI profile."""

from typing import Any

import pytest
import spdx_python_model
from spdx_python_model.bindings.v3_0_1 import JSONLDSerializer

from tests.attributions import APACHE, CPU, CUDA, hostile, license_, model, steering, strings, used
from tests.conftest import NOON
from webui.exports.spdx import NO_LICENSE, spdx

CASES = {
    "nothing": [],
    "two models": [used("alpha"), used("beta", "Apache-2.0", runtimes=(CPU, CUDA))],
    "a licence of its own": [used("gemma", "LicenseRef-gemma", declared="gemma", wordings=(APACHE,))],
    "an expression": [used("dual", "MIT OR LicenseRef-x", declared="MIT OR Apache-2.0")],
    "terms not established": [used("odd", license_("NOASSERTION", commercial_use=None, source="built-in table"))],
    "a directory": [used("local", model=model("local", source={"directory": "/models/x"}), declared=None)],
    "receipts that say little": [used("old", declared=None, verdict={}, runtimes=())],
    "hostile strings": [hostile()],
}
DEMANDED = ("suppliedBy", "releaseTime", "software_downloadLocation", "software_packageVersion")
"""What the AI profile demands of a package beside its purpose and two licences; no shape checks it."""


def bill(*attributions) -> dict[str, Any]:
    return spdx("job_1", attributions, now=NOON)


def validate(document: dict[str, Any]) -> set[str]:
    """Read and write it by the published model, which checks types, values and what is required. Missing ids."""
    _, objects = spdx_python_model.load_data(document)
    JSONLDSerializer().serialize_data(objects)
    return objects.missing_ids


def elements(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [element for element in document["@graph"] if element["type"] == kind]


def relations(document: dict[str, Any], kind: str) -> list[tuple[str, list[str]]]:
    found = elements(document, "Relationship") + elements(document, "LifecycleScopedRelationship")
    return [(one["from"], one["to"]) for one in found if one["relationshipType"] == kind]


@pytest.mark.parametrize("case", CASES)
def test_it_is_valid_by_the_published_model_and_complete(case):
    document = bill(*CASES[case])
    assert validate(document) == set()
    ids = [element.get("spdxId", element.get("@id")) for element in document["@graph"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("ai_AIPackage", {"software_primaryPurpose": "pleasure"}),
        ("ai_AIPackage", {"releaseTime": "yesterday"}),
        ("ai_AIPackage", {"ai_colour": "red"}),
        ("CreationInfo", {"specVersion": "three"}),
        ("Relationship", {"relationshipType": "isLicensedUnder"}),
        ("simplelicensing_LicenseExpression", {"simplelicensing_licenseExpression": None}),
    ],
)
def test_the_model_would_refuse_a_fault(kind, change):
    document = bill(used("alpha"))
    elements(document, kind)[0].update(change)
    with pytest.raises((ValueError, TypeError, KeyError)):
        validate(document)


@pytest.mark.parametrize("case", [name for name in CASES if name != "nothing"])
def test_each_model_has_what_the_ai_profile_demands(case):
    document = bill(*CASES[case])
    for package in elements(document, "ai_AIPackage"):
        assert all(package.get(name) for name in DEMANDED)
        assert package["software_primaryPurpose"] == "model"
        for kind in ("hasConcludedLicense", "hasDeclaredLicense"):
            assert len([start for start, _ in relations(document, kind) if start == package["spdxId"]]) == 1


def test_the_document_holds_every_element_and_roots_in_the_models():
    document = bill(used("alpha"), used("beta"))
    root = elements(document, "SpdxDocument")[0]
    assert root["profileConformance"] == ["core", "software", "ai", "simpleLicensing"]
    assert root["rootElement"] == [e["spdxId"] for e in elements(document, "ai_AIPackage")]
    held = {element["spdxId"] for element in document["@graph"] if "spdxId" in element} - {root["spdxId"]}
    assert set(root["element"]) == held


def test_licences_are_expressions_concluded_and_declared():
    document = bill(used("dual", "MIT OR Apache-2.0", declared="apache-2.0"))
    found = {e["spdxId"]: e["simplelicensing_licenseExpression"] for e in _expressions(document)}
    assert [found[to] for _, [to] in relations(document, "hasConcludedLicense")] == ["MIT OR Apache-2.0"]
    assert [found[to] for _, [to] in relations(document, "hasDeclaredLicense")] == ["Apache-2.0"]


def test_terms_that_nobody_established_are_no_assertion():
    document = bill(used("odd", "NOASSERTION", declared=None))
    assert _expressions(document) == []
    assert [to for _, to in relations(document, "hasConcludedLicense")] == [[NO_LICENSE]]


def test_a_licence_of_its_own_comes_with_its_words():
    document = bill(used("gemma", "LicenseRef-gemma", declared=None, wordings=(APACHE,)))
    [entry] = _expressions(document)[0]["simplelicensing_customIdToUri"]
    [text] = elements(document, "simplelicensing_SimpleLicensingText")
    assert (entry["key"], entry["value"]) == ("LicenseRef-gemma", text["spdxId"])
    assert text["simplelicensing_licenseText"] == "LICENSE\n\nApache License\n\nVersion 2.0\n\n\tTerms.\n"


def test_models_depend_on_their_libraries_and_contain_their_files():
    document = bill(used("alpha", runtimes=(CUDA,)))
    named = {element["spdxId"]: element.get("name") for element in document["@graph"] if "spdxId" in element}
    [(_, libraries)] = relations(document, "dependsOn")
    [(_, files)] = relations(document, "contains")
    assert [named[id_] for id_ in libraries] == ["ctranslate2", "torch"]
    assert [named[id_] for id_ in files] == ["config.json", "model.safetensors"]
    weights = next(element for element in document["@graph"] if element.get("name") == "model.safetensors")
    assert weights["verifiedUsing"] == [{"type": "Hash", "algorithm": "sha256", "hashValue": "d" * 64}]


def test_nothing_hostile_gets_through():
    assert not steering(strings(bill(hostile())))


def _expressions(document: dict[str, Any]) -> list[dict[str, Any]]:
    return elements(document, "simplelicensing_LicenseExpression")
