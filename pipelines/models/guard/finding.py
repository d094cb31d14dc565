"""What the quality guard found of a model on a kind of device. Imports precision."""

from dataclasses import dataclass

from pipelines.engine.precision import Precision


@dataclass(frozen=True, slots=True)
class Finding:
    """`precision` is the format that stands, `compared` the one that was tried, `moved` what that one moved.

    That is points of chrF lost, or hundredths of probability of a classifier. `stand_ins` are those that the model
    copies, for tasks that use some.
    """

    precision: Precision
    compared: Precision
    moved: float
    stand_ins: tuple[str, ...] = ()
