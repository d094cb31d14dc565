"""The bill of materials of a job's results in SPDX 3.0.1 JSON-LD, with the AI profile. Imports the ledger and bill."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from corpusmill import __version__
from ledger.catalog.attribution import Used
from ledger.catalog.gate.verdict import duties
from webui.exports.bill import Library, libraries, serial, words
from webui.exports.expression import Kind, express
from webui.exports.origin import Origin, origin
from webui.exports.plain import line

CONTENT_TYPE = "application/ld+json"
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
NO_LICENSE = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
PROFILES = ["core", "software", "ai", "simpleLicensing"]
CREATION = "_:creation"
ADMITTED = "releaseTime is when the model was admitted here; when it was published is not recorded."
DIGEST = "Over a line NAME SHA256 for each file of weights, in the order of their names."


class _Graph:
    """The elements so far. Their ids hold the number of the bill, so that bills can be merged."""

    def __init__(self, job_id: str) -> None:
        self._base = serial(job_id).urn
        self.elements: list[dict[str, Any]] = []

    def id(self, key: str) -> str:
        """The id of the element that goes by `key` in this graph."""
        return f"{self._base}#{key}"

    def add(self, kind: str, key: str, /, **fields: Any) -> str:
        """Add an element and return its id; a field that is None is left out."""
        given = {name.removesuffix("_"): value for name, value in fields.items() if value is not None}
        self.elements.append({"type": kind, "spdxId": self.id(key), "creationInfo": CREATION, **given})
        return self.id(key)

    def relate(self, start: str, kind: str, ends: Sequence[str], key: str, **fields: Any) -> None:
        """Add a relationship from one element to others, of which there is at least one."""
        given = {"from_": start, "relationshipType": kind, "to": list(ends)} | fields
        self.add("LifecycleScopedRelationship" if "scope" in fields else "Relationship", key, **given)


def spdx(job_id: str, attributions: Sequence[Used], *, now: datetime) -> dict[str, Any]:
    """The bill, made `now`: one document whose roots are the models."""
    graph = _Graph(job_id)
    maker = graph.add("SoftwareAgent", "maker", name="Corpusmill")
    tool = graph.add("Tool", "tool", name=f"Corpusmill {__version__}")
    ran_on = {library: _library(graph, n, library) for n, library in enumerate(libraries(attributions), start=1)}
    roots = []
    for number, used in enumerate(attributions, start=1):
        name = f"model-{number}"
        roots.append(_model(graph, name, used, job_id))
        _license(graph, name, "hasConcludedLicense", used.license.id, _concluded_text(used))
        _license(graph, name, "hasDeclaredLicense", used.declared, f"The model declares: {line(used.declared)}")
        if needed := [ran_on[library] for library in libraries([used])]:
            graph.relate(roots[-1], "dependsOn", needed, f"{name}-runtime", scope="runtime")
    graph.add(
        "SpdxDocument",
        "document",
        name=f"Models behind the results of {job_id}",
        profileConformance=PROFILES,
        element=[element["spdxId"] for element in graph.elements],
        rootElement=roots or None,
    )
    creation = {
        "type": "CreationInfo",
        "@id": CREATION,
        "created": _time(now),
        "createdBy": [maker],
        "createdUsing": [tool],
        "specVersion": "3.0.1",
    }
    return {"@context": CONTEXT, "@graph": [creation, *graph.elements]}


def _model(graph: _Graph, name: str, used: Used, job_id: str) -> str:
    model, source = used.model, origin(used.model)
    files = [
        graph.add(
            "software_File",
            f"{name}-file-{number}",
            name=line(path),
            verifiedUsing=[_sha256(digest)],
            software_primaryPurpose="model" if path.endswith(".safetensors") else "file",
        )
        for number, (path, digest) in enumerate(sorted(model.manifest.items()), start=1)
    ]
    package = graph.add(
        "ai_AIPackage",
        name,
        name=line(model.name),
        comment=ADMITTED,
        verifiedUsing=[_sha256(model.weights_sha256) | {"comment": DIGEST}],
        releaseTime=_time(model.admitted_at),
        **_supply(graph, name, source),
        software_primaryPurpose="model",
        software_packageVersion=line(model.revision),
        software_attributionText=[line(duty) for duty in duties(used.license)] or None,
        ai_typeOfModel=[line(model.architecture)],
        ai_domain=[line(task) for task in model.tasks] or None,
        ai_informationAboutApplication=f"Made {used.results} results of {job_id}. {_runtimes(used)}",
    )
    if files:
        graph.relate(package, "contains", files, f"{name}-files")
    return package


def _supply(graph: _Graph, name: str, source: Origin) -> dict[str, Any]:
    return {
        "suppliedBy": graph.add("Agent", f"{name}-supplier", name=source.supplier or "unknown"),
        "software_downloadLocation": source.url or "NOASSERTION",
        "software_packageUrl": source.purl,
        "software_sourceInfo": source.words,
    }


def _license(graph: _Graph, model: str, kind: str, license_id: str | None, text: str) -> None:
    found, name = express(license_id), f"{model}-{kind}"
    if found.kind is Kind.NONE:
        graph.relate(graph.id(model), kind, [NO_LICENSE], f"{name}-relation")
        return
    custom = [
        {
            "type": "DictionaryEntry",
            "key": reference,
            "value": graph.add(
                "simplelicensing_SimpleLicensingText",
                f"{name}-text-{number}",
                name=reference,
                simplelicensing_licenseText=text,
            ),
        }
        for number, reference in enumerate(found.references, start=1)
    ]
    expression = graph.add(
        "simplelicensing_LicenseExpression",
        name,
        simplelicensing_licenseExpression=found.text,
        simplelicensing_customIdToUri=custom or None,
    )
    graph.relate(graph.id(model), kind, [expression], f"{name}-relation")


def _concluded_text(used: Used) -> str:
    """What stands for a licence that SPDX does not list: its words, or where they may be found."""
    license_ = used.license
    return words(used) or f"{line(license_.title)}. No text came with the model; terms from: {line(license_.source)}"


def _library(graph: _Graph, number: int, library: Library) -> str:
    return graph.add(
        "software_Package",
        f"library-{number}",
        name=library.name,
        software_primaryPurpose="library",
        software_packageVersion=library.version,
        software_packageUrl=library.purl,
    )


def _runtimes(used: Used) -> str:
    facts = [(runtime.backend, runtime.device, runtime.dtype) for runtime in used.runtimes]
    return " ".join(f"Ran as {' '.join(line(fact) for fact in known if fact)}." for known in facts if any(known))


def _sha256(digest: str) -> dict[str, str]:
    return {"type": "Hash", "algorithm": "sha256", "hashValue": digest}


def _time(moment: datetime) -> str:
    """UTC to the second: SPDX permits no fraction."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
