"""May a licence be used for a purpose? Imports the ledger's catalog only."""

from dataclasses import dataclass
from enum import StrEnum

from ledger.catalog import License, Model

NOASSERTION = "NOASSERTION"


class Purpose(StrEnum):
    """What a job's results are for, as its submitter states it."""

    EVALUATION = "evaluation"
    INTERNAL = "internal"
    RESEARCH = "research"
    COMMERCIAL = "commercial"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision for one licence and one purpose, with the reason in a sentence."""

    allowed: bool
    reason: str


def judge(model: Model, license_: License, purpose: Purpose) -> Verdict:
    """Decide by the concluded licence: terms nobody has established permit evaluation only.

    Non-commercial terms permit evaluation and research; internal use in an organisation is not counted as
    non-commercial, since such licences commonly exclude it.
    """
    if purpose is Purpose.EVALUATION:
        return Verdict(True, "Evaluation is always permitted.")
    if license_.commercial_use is None:
        declared = (
            f"its package or card declares {model.declared_license}" if model.declared_license else "it declares none"
        )
        return Verdict(
            False,
            f"The licence of {model.name} is not concluded ({license_.id}): {declared}, but {model.concluded_reason} "
            f"An operator who knows better can say so: corpusmill models conclude {model.name} SPDX-ID --reason …",
        )
    if license_.commercial_use or purpose is Purpose.RESEARCH:
        return Verdict(True, f"{license_.id} permits {purpose} use.")
    return Verdict(False, f"{license_.id} permits no commercial use, and {purpose} use counts as such.")
