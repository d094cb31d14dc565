"""What the ledger refuses, each kind with a stable code. Imports the standard library only."""

from typing import Any, ClassVar


class LedgerError(Exception):
    """A request that the ledger refuses; `pointer` is the JSON pointer of the offending part, where there is one."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, pointer: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer


class NotFoundError(LedgerError):
    """No such job, document, model, corpus or schedule."""

    code = "not_found"


class InvalidRequestError(LedgerError):
    """The request is well formed but cannot be carried out as it stands."""

    code = "invalid_request"


class ModelMissingError(InvalidRequestError):
    """No admitted model does this task, or not for this language pair."""

    code = "no_model"


class LicenseDeniedError(LedgerError):
    """A model exists, but its licence does not permit the job's purpose.

    `denied` names the model by id and by name and revision, its licence, the clause that decides, the version of the
    policy, what the installation declares of what the licence asks about, and `permitted`, a model that may do it,
    where there is one.
    """

    code = "license_denied"

    def __init__(self, message: str, *, denied: dict[str, Any]) -> None:
        super().__init__(message, pointer="/purpose")
        self.denied = denied


class LicenseUnreadableError(InvalidRequestError):
    """A licence is no tag, no SPDX id, no LicenseRef and no expression of them."""

    code = "license_unreadable"


class LicenseContradictionError(InvalidRequestError):
    """A model says two things of its licence that cannot both hold."""

    code = "license_contradiction"


class LicenseMissingError(InvalidRequestError):
    """A model says nothing of its licence, and nobody else did."""

    code = "license_missing"


class PolicyError(InvalidRequestError):
    """The policy file cannot be used."""

    code = "bad_policy"


class ConflictError(LedgerError):
    """The request contradicts something that already stands."""

    code = "conflict"


class GivenUpError(LedgerError):
    """What was under way was given up meanwhile; nothing of it is kept, and it may be sent again."""

    code = "given_up"


class IdempotencyError(LedgerError):
    """The same Idempotency-Key was used before with another request."""

    code = "idempotency_key_reused"


class SchemaError(LedgerError):
    """The database's tables are not those that this version works on."""

    code = "unknown_schema"


class TooLargeError(LedgerError):
    """The request is larger than the installation may ever hold."""

    code = "job_too_large"


class BacklogFullError(LedgerError):
    """Too much is unfinished already; the request fits in about `retry_seconds`."""

    code = "backlog_full"

    def __init__(self, message: str, *, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class StampError(LedgerError):
    """The key of the stamps, or the chain of closings beside it, is missing, unreadable or not what was written."""

    code = "stamps"
