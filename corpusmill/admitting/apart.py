"""Have a process of its own read somebody's files, and take its findings as JSON. Imports nursery and inspection.

A file that is made to hang, to eat memory or to break a parser ends that process and is named; nothing else suffers.
"""

from pathlib import Path

from pydantic import TypeAdapter

from corpusmill.admitting.nursery import found
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings
from pipelines.models.checkpoint.inspection import ModelFacts

FACTS = TypeAdapter(ModelFacts)
FINDINGS = TypeAdapter(Findings)


def inspect(directory: Path) -> ModelFacts:
    """`pipelines.models.checkpoint.inspect`, apart, after every file was read once by what is to read it.

    Raises ModelError as that does, and "too_slow", "too_large" and "crashing" naming the file at fault.
    """
    return FACTS.validate_python(found("inspect", {"directory": str(directory)}))


def recognise(declaration: Declaration) -> Findings:
    """`ledger.catalog.evidence.findings.find`, apart. Raises ModelError as above."""
    return FINDINGS.validate_python(found("recognise", {"texts": dict(declaration.texts), "prose": declaration.prose}))
