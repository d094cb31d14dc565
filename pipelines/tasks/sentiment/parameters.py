"""What a sentiment is asked. Imports the tasks' parameters."""

from pipelines.tasks.parameters import Parameters


class SentimentParameters(Parameters):
    """Sentiment takes no parameters."""
