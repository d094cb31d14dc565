"""The attributions that are due for the results of a job, as plain text. Imports the ledger and origin."""

from collections.abc import Iterator, Sequence

from ledger.catalog.attribution import Used, Wording
from ledger.catalog.gate.verdict import duties
from webui.exports.origin import origin
from webui.exports.plain import block, line

NOTHING = "No document of this job has a result yet, so nothing is owed for it.\n"
KEEP = "The models below made the results of this job. Keep this notice with the results when you pass them on.\n"
COMMERCIAL_USE = {True: "permitted", False: "not permitted", None: "not established"}
INDENT = "    "
"""Before each line of a licence text, so that none of them can pass for a line of the notice."""


def notice(job_id: str, attributions: Sequence[Used]) -> str:
    """The whole notice: each model with its terms and duties, then each licence text once. No text of a document."""
    parts = [f"NOTICE for the results of {line(job_id)}\n", KEEP if attributions else NOTHING]
    parts += ["\n".join(_attribution(number, used)) + "\n" for number, used in enumerate(attributions, start=1)]
    texts = list(_texts(attributions))
    if texts:
        parts.append("Licence texts, as they came with the models\n")
    return "\n".join(parts + texts)


def _attribution(number: int, used: Used) -> Iterator[str]:
    model, license_ = used.model, used.license
    yield f"{number}. {line(model.name)}"
    yield f"   Revision: {line(model.revision)}"
    yield f"   Source: {origin(model).words}"
    yield f"   Weights: sha256 {line(model.weights_sha256)}"
    yield f"   Licence: {line(license_.id)} ({line(license_.title)})"
    yield f"   Terms from: {line(license_.source)}"
    yield f"   Commercial use: {COMMERCIAL_USE[license_.commercial_use]}"
    if used.declared:
        yield f"   Declared by the model: {line(used.declared)}"
    if used.verdict:
        yield f"   Purpose: {line(used.verdict.get('purpose', ''))}. {line(used.verdict.get('reason', ''))}"
    yield f"   Documents made with it: {used.results}"
    yield "   Duties:" if duties(license_) else "   Duties: none recorded"
    for duty in duties(license_):
        yield f"   - {line(duty)}"
    for wording in used.wordings:
        yield f"   Came with it: {line(wording.path)} (sha256 {wording.sha256})"


def _texts(attributions: Sequence[Used]) -> Iterator[str]:
    """Each text once, under the names of all files that hold it."""
    found: dict[str, tuple[Wording, list[str]]] = {}
    for used in attributions:
        for wording in used.wordings:
            _, places = found.setdefault(wording.sha256, (wording, []))
            place = f"{line(wording.path)} of {line(used.model.name)}"
            if place not in places:
                places.append(place)
    for sha256, (wording, places) in found.items():
        body = "\n".join(f"{INDENT}{text}".rstrip() for text in block(wording.text).strip("\n").split("\n"))
        yield f"sha256 {sha256}: {', '.join(places)}\n\n{body}\n"
