"""The CycloneDX bill: valid by the schema of the specification, and with what the receipts say in its place."""

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft7Validator, ValidationError
from referencing import Registry, Resource

from ledger.catalog.terms.licenses import spdx
from tests.attributions import APACHE, CPU, CUDA, hostile, license_, model, steering, strings, used
from tests.conftest import NOON
from webui.exports.cyclonedx import cyclonedx
from webui.exports.expression import Kind, express

SCHEMAS = files("cyclonedx.schema") / "_res"
NAMES = ("bom-1.6.SNAPSHOT.schema.json", "spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")


def schema(name: str) -> dict[str, Any]:
    """A schema as the package of the CycloneDX project carries it."""
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    """A validator by CycloneDX 1.6; the schemas name each other beside their common address."""
    base = "http://cyclonedx.org/schema/"
    known = [(base + name, Resource.from_contents(schema(name))) for name in NAMES]
    return Draft7Validator(
        schema(NAMES[0]), registry=Registry().with_resources(known), format_checker=Draft7Validator.FORMAT_CHECKER
    )


def bill(*attributions) -> dict[str, Any]:
    return cyclonedx("job_1", attributions, now=NOON)


def licenses(attribution) -> list[dict[str, Any]]:
    return bill(attribution)["components"][0]["licenses"]


CASES = {
    "nothing": [],
    "two models": [used("alpha"), used("beta", "Apache-2.0", runtimes=(CPU, CUDA))],
    "a licence of its own": [used("gemma", "LicenseRef-gemma", declared="gemma", wordings=(APACHE,))],
    "an expression": [used("dual", "MIT OR Apache-2.0", declared="MIT OR Apache-2.0")],
    "terms not established": [used("odd", license_("NOASSERTION", commercial_use=None, source="built-in table"))],
    "a directory": [used("local", model=model("local", source={"directory": "/models/x"}), declared=None)],
    "receipts that say little": [used("old", declared=None, verdict={}, runtimes=())],
    "hostile strings": [hostile()],
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_valid_by_the_published_schema(case, validator):
    validator.validate(bill(*CASES[case]))


@pytest.mark.parametrize(
    "fault",
    [
        {"type": "model"},
        {"colour": "red"},
        {"hashes": [{"alg": "SHA-256", "content": "short"}]},
        {"licenses": [{"license": {"id": "No-Such-Licence"}}]},
        {"licenses": [{"expression": "MIT"}, {"license": {"id": "MIT"}}]},
    ],
)
def test_the_schema_would_refuse_a_fault(fault, validator):
    broken = bill(used("alpha"))
    broken["components"][0].update(fault)
    with pytest.raises(ValidationError):
        validator.validate(broken)


def test_every_id_that_counts_as_listed_is_in_the_list_of_the_schema():
    listed = set(schema("spdx.SNAPSHOT.schema.json")["enum"])
    ids = {express(key).text for key in spdx().known_symbols if express(key).kind is Kind.LISTED}
    assert len(ids) > 500
    assert ids <= listed


def test_a_listed_licence_is_an_id_and_comes_with_its_text_and_address():
    concluded, declared = licenses(used("opus", "Apache-2.0", declared="mit", wordings=(APACHE,)))
    assert concluded["license"] == {
        "id": "Apache-2.0",
        "acknowledgement": "concluded",
        "text": {"contentType": "text/plain", "content": "LICENSE\n\nApache License\n\nVersion 2.0\n\n\tTerms.\n"},
        "url": "https://licences.example/Apache-2.0",
    }
    assert declared["license"] == {"id": "MIT", "acknowledgement": "declared"}


def test_a_licence_that_spdx_does_not_list_is_a_name():
    concluded, declared = licenses(used("gemma", "LicenseRef-gemma", declared="gemma"))
    assert concluded["license"]["name"] == "LicenseRef-gemma"
    assert declared["license"] == {"name": "LicenseRef-gemma", "acknowledgement": "declared"}


def test_an_expression_stays_one():
    found = licenses(used("dual", "MIT OR Apache-2.0"))
    assert found == [{"expression": "MIT OR Apache-2.0", "acknowledgement": "concluded"}]


def test_models_depend_on_the_libraries_they_ran_on():
    made = bill(used("alpha"), used("beta", runtimes=(CUDA,)))
    torch, plain = "pkg:pypi/torch@2.13.0%2Bcpu", "pkg:pypi/torch@2.13.0"
    assert made["dependencies"] == [
        {"ref": "job_1", "dependsOn": ["model-1", "model-2"]},
        {"ref": "model-1", "dependsOn": [torch, "pkg:pypi/transformers@5.23.0"]},
        {"ref": "model-2", "dependsOn": ["pkg:pypi/ctranslate2@4.8.5", plain]},
    ]
    found = {part["bom-ref"]: part["type"] for part in made["components"]}
    assert found == {
        "model-1": "machine-learning-model",
        "model-2": "machine-learning-model",
        "pkg:pypi/ctranslate2@4.8.5": "library",
        plain: "library",
        torch: "library",
        "pkg:pypi/transformers@5.23.0": "library",
    }


def test_each_file_of_a_model_has_its_hash():
    parts = bill(used("alpha"))["components"][0]["components"]
    assert [(part["name"], part["hashes"]) for part in parts] == [
        ("config.json", [{"alg": "SHA-256", "content": "e" * 64}]),
        ("model.safetensors", [{"alg": "SHA-256", "content": "d" * 64}]),
    ]


def test_the_number_of_a_bill_belongs_to_its_job():
    assert bill()["serialNumber"] == bill(used("alpha"))["serialNumber"]
    assert bill()["serialNumber"] != cyclonedx("job_2", [], now=NOON)["serialNumber"]
    assert bill()["metadata"]["timestamp"] == "2026-11-23T12:00:00.000Z"


def test_nothing_hostile_gets_through():
    assert not steering(strings(bill(hostile())))
