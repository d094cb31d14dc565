"""Which error is tried how often, and what ends an item that has spent its tries. Imports the ledger and the errors."""

from dataclasses import dataclass

from ledger.work.leases.backoff import MAX_ATTEMPTS, retry_seconds
from ledger.work.leases.finish import Failure
from ledger.work.leases.lease import LeasedItem
from ledger.work.states import Reason
from pipelines.errors import InputError, PipelineError, ResourceError


@dataclass(frozen=True, slots=True)
class Rule:
    """How many attempts an item has, the first included, and the reason of its end after the last."""

    attempts: int
    reason: Reason


RULES: dict[type[PipelineError], Rule] = {
    InputError: Rule(1, Reason.INPUT),
    ResourceError: Rule(2, Reason.EXHAUSTED),
    PipelineError: Rule(MAX_ATTEMPTS, Reason.EXHAUSTED),
}
"""The errors that are an item's own. A ModelError, a database or a disk that fails is no item's: it charges nothing,
and the queue rests. Deaths and timeouts of a worker are charged in `ledger.work.lapse`."""


def failure(item: LeasedItem, error: PipelineError) -> Failure:
    """What an error of one item leads to: another try after a while, or its end."""
    rule = next(RULES[kind] for kind in type(error).__mro__ if kind in RULES)
    wait_seconds = retry_seconds(item.attempt, attempts=rule.attempts)
    return Failure(item.id, error.code, error.message, rule.reason if wait_seconds is None else None, wait_seconds)


def blamed(error: Exception) -> PipelineError:
    """The error of one document that an exception of the pipeline stands for; its message holds no text of it."""
    if isinstance(error, PipelineError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return ResourceError("out_of_memory", "The memory does not suffice for this document.")
    return PipelineError("internal_error", f"The pipeline failed with {type(error).__name__}.")


def breaks_device(error: Exception) -> bool:
    """Whether the process cannot go on: after a device-side assertion every further call on that GPU fails."""
    return type(error).__name__ == "AcceleratorError" or "device-side assert" in str(error)
