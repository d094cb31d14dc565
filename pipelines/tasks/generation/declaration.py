"""Generation, to everybody else. Imports the tasks' declaration."""

from pipelines.tasks.generation.parameters import GenerationParameters
from pipelines.tasks.task import Task

TASK = Task(
    "generation",
    rank=50,
    title="Generation",
    says="What a language model writes to your prompt, once or several times for each document",
    result="Written texts",
    icon='<path d="M4 19.500h16M14.500 4.500l4 4L9 18l-5 1 1-5z" fill="none" stroke="currentColor" stroke-width="1.700"'
    ' stroke-linejoin="round" stroke-linecap="round"/>',
    parameters=GenerationParameters,
    columns=("texts",),
    starter="starter-generation",
)
