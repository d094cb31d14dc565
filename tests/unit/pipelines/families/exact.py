"""How models are opened that are to give another's numbers: a machine's fastest format may round them."""

from pipelines.engine.precision import Precision
from pipelines.models.options import Options

EXACT = Options(Precision.FLOAT32)
