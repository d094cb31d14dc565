"""The bill of materials of a job's results in CycloneDX 1.6, with a model card a model. Imports the ledger and bill."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from corpusmill import __version__
from ledger.catalog.attribution import Used
from ledger.catalog.gate.verdict import duties
from webui.exports.bill import Library, libraries, serial, words
from webui.exports.expression import Expression, Kind, express
from webui.exports.origin import origin
from webui.exports.plain import addresses, line
from webui.views import time

CONTENT_TYPE = "application/vnd.cyclonedx+json; version=1.6"
PREFIX = "corpusmill:"


def cyclonedx(job_id: str, attributions: Sequence[Used], *, now: datetime) -> dict[str, Any]:
    """The bill, made `now`: the results are the subject, models and the libraries they ran on its parts."""
    models = [_model(f"model-{number}", used) for number, used in enumerate(attributions, start=1)]
    needs = [[library.purl for library in libraries([used])] for used in attributions]
    parts = [component["bom-ref"] for component in models]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial(job_id).urn,
        "version": 1,
        "metadata": {
            "timestamp": time(now),
            "tools": {"components": [{"type": "application", "name": "Corpusmill", "version": __version__}]},
            "component": {"type": "data", "bom-ref": job_id, "name": f"Results of {job_id}"},
        },
        "components": models + [_library(library) for library in libraries(attributions)],
        "dependencies": [
            {"ref": job_id, "dependsOn": parts},
            *({"ref": ref, "dependsOn": needed} for ref, needed in zip(parts, needs, strict=True)),
        ],
    }


def _model(ref: str, used: Used) -> dict[str, Any]:
    model, source = used.model, origin(used.model)
    component = {
        "type": "machine-learning-model",
        "bom-ref": ref,
        "supplier": {"name": source.supplier} if source.supplier else None,
        "name": line(model.name),
        "version": line(model.revision),
        "licenses": _licenses(used),
        "purl": source.purl,
        "externalReferences": _references(used),
        "components": [_file(path, digest) for path, digest in sorted(model.manifest.items())],
        "modelCard": _card(used),
        "properties": [{"name": f"{PREFIX}{name}", "value": line(value)} for name, value in _facts(used)],
    }
    return {name: value for name, value in component.items() if value is not None}


def _file(path: str, digest: str) -> dict[str, Any]:
    return {"type": "file", "name": line(path), "hashes": [{"alg": "SHA-256", "content": digest}]}


def _library(library: Library) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": library.purl,
        "name": library.name,
        "version": library.version,
        "purl": library.purl,
    }


def _licenses(used: Used) -> list[dict[str, Any]]:
    """The concluded licence and the declared one; beside an expression the format permits nothing else."""
    concluded, declared = express(used.license.id), express(used.declared)
    if concluded.kind is Kind.COMPOUND:
        return [{"expression": concluded.text, "acknowledgement": "concluded"}]
    listed = [_license(concluded, "concluded")]
    if words(used):
        listed[0]["text"] = {"contentType": "text/plain", "content": words(used)}
    if urls := addresses(used.license.source):
        listed[0]["url"] = urls[0]
    if declared.kind in {Kind.LISTED, Kind.REFERENCE}:
        listed.append(_license(declared, "declared"))
    return [{"license": license_} for license_ in listed]


def _license(name: Expression, how: str) -> dict[str, Any]:
    return {"id" if name.kind is Kind.LISTED else "name": name.text, "acknowledgement": how}


def _references(used: Used) -> list[dict[str, str]]:
    source = origin(used.model)
    found = [{"type": "distribution", "url": source.url, "comment": source.words}] if source.url else []
    return found + [{"type": "license", "url": url} for url in addresses(used.license.source)]


def _card(used: Used) -> dict[str, Any]:
    model = used.model
    return {
        "modelParameters": {
            "task": ", ".join(line(task) for task in model.tasks),
            "modelArchitecture": line(model.architecture),
            "inputs": [{"format": "text"}],
            "outputs": [{"format": "text"}],
        },
        "properties": [
            {"name": f"{PREFIX}languages", "value": ", ".join(line(code) for code in model.languages)},
            {"name": f"{PREFIX}parameters", "value": str(model.parameter_count)},
        ],
    }


def _facts(used: Used) -> list[tuple[str, str]]:
    """What the format has no field for, by name; some names come more than once."""
    facts = [
        ("source", origin(used.model).words),
        ("weights_sha256", used.model.weights_sha256),
        ("results", str(used.results)),
        ("license:declared", used.declared or ""),
        ("license:title", used.license.title),
        ("purpose", str(used.verdict.get("purpose", ""))),
        ("verdict", str(used.verdict.get("reason", ""))),
        ("policy", str(used.verdict.get("policy", ""))),
    ]
    facts += [("duty", duty) for duty in duties(used.license)]
    for runtime in used.runtimes:
        facts += [(name, getattr(runtime, name)) for name in ("device", "dtype", "backend", "pipeline_version")]
    return [(name, value) for name, value in facts if value]
