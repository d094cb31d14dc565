"""Summarization, to everybody else. Imports the tasks' declaration."""

from pipelines.tasks.summarization.parameters import SummarizationParameters
from pipelines.tasks.task import Task

TASK = Task(
    "summarization",
    rank=20,
    title="Summary",
    says="The few sentences that say most",
    result="Summary",
    icon='<path d="M4 5h16M4 9.500h16M4 14h10M4 18.500h6" fill="none" stroke="currentColor" stroke-width="1.800"'
    ' stroke-linecap="round"/>',
    parameters=SummarizationParameters,
    columns=("text",),
)
