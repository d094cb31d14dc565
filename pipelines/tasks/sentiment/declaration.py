"""Sentiment, to everybody else. Imports the tasks' declaration."""

from pipelines.tasks.sentiment.parameters import SentimentParameters
from pipelines.tasks.task import Task

TASK = Task(
    "sentiment",
    rank=30,
    title="Sentiment",
    says="Negative, neutral or positive, with probabilities",
    result="Sentiment",
    icon='<circle cx="12" cy="12" r="8.500" fill="none" stroke="currentColor" stroke-width="1.700"/>'
    '<path d="M8.500 14.300c1.800 2.200 5.200 2.200 7 0M9 9.500v.6M15 9.500v.6" fill="none" stroke="currentColor"'
    ' stroke-width="1.900" stroke-linecap="round"/>',
    parameters=SentimentParameters,
    columns=("label", "scores"),
)
