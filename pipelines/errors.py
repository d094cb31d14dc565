"""What can go wrong between text and result, each kind with a stable code. Imports the standard library only."""


class PipelineError(Exception):
    """One document or one model cannot be processed. The message never holds document text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class InputError(PipelineError):
    """The document itself is the cause (empty, unsupported): no retry helps."""


class ResourceError(PipelineError):
    """Memory or another resource ran out for this document: another try may help."""


class ModelError(PipelineError):
    """The model cannot be admitted or loaded: unsafe, incomplete, changed or of an unknown kind."""


class StopRequested(Exception):  # noqa: N818 - a request, not an error
    """The worker is asked to stop; raised between micro-batches, never a document's fault."""


def empty_output() -> PipelineError:
    """The error of a document that has words of which the model makes nothing."""
    return PipelineError("empty_output", "The model writes nothing for a text that has words. Use another model.")
