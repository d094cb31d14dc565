"""Classification, to everybody else. Imports the tasks' declaration."""

from pipelines.tasks.classification.parameters import ClassificationParameters
from pipelines.tasks.task import Task

TASK = Task(
    "classification",
    rank=40,
    title="Classification",
    says="One of the model's labels, or of labels that you give",
    result="Classification",
    icon='<path d="M3.500 11V4.500H10L20.500 15 14 21.500z" fill="none" stroke="currentColor" stroke-width="1.700"'
    ' stroke-linejoin="round"/><circle cx="7.500" cy="8.500" r="1.200" fill="currentColor"/>',
    parameters=ClassificationParameters,
    columns=("label", "scores"),
)
