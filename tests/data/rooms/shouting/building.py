"""A shouter on a loaded model. Imports the tasks' contract."""

from pipelines.tasks.base import Outcome, Pipeline


class ShoutingPipeline(Pipeline[list, list]):
    """Upper case, with marks."""

    def __init__(self, opened) -> None:
        self.runtime, self.budget = opened.runtime, opened.budget

    def prepare(self, inputs):
        """The inputs themselves."""
        return list(inputs)

    def infer(self, prepared, should_stop, progress=None):
        """Nothing to compute."""
        return prepared

    def render(self, inferred):
        """{"loud"}."""
        return [Outcome({"loud": item.text.upper() + "!" * item.parameters.volume}) for item in inferred]


def build(opened) -> ShoutingPipeline:
    """The pipeline."""
    return ShoutingPipeline(opened)
