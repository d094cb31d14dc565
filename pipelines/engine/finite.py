"""Values of a model that are no numbers: the error of the row that has them. Imports errors and torch."""

from torch import Tensor

from pipelines.errors import PipelineError


def finite_rows(values: Tensor) -> list[bool]:
    """Whether all values of each row of [B, ...] are finite; waits for the device once."""
    found: list[bool] = values.isfinite().flatten(1).all(1).tolist()
    return found


def not_finite() -> PipelineError:
    """The error of a row for which a model computed NaN or an infinite value."""
    return PipelineError("model_failure", "The model computed values that are not finite.")
