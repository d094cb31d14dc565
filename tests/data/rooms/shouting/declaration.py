"""Shouting, to everybody else. Imports the tasks' declaration."""

from pipelines.tasks.shouting.parameters import ShoutingParameters

from pipelines.tasks.task import Task

TASK = Task(
    "shouting",
    rank=90,
    title="Shouting",
    says="The same, louder",
    result="What was shouted",
    icon='<path d="M3 9h4l6-5v16l-6-5H3z"/>',
    parameters=ShoutingParameters,
    columns=("loud",),
)
