"""Which tasks an architecture can do. Standard library only; the tables name architectures we run and test."""

from pipelines.tasks.spec import Task

TRANSLATION = frozenset({"ssru-marian", "marian", "m2m_100", "mbart", "nllb-moe"})
SUMMARIZATION = frozenset({"bart", "pegasus", "t5", "mt5", "umt5", "mbart", "led", "pegasus_x", "bigbird_pegasus"})
ENCODERS = frozenset(
    {
        "albert",
        "bert",
        "camembert",
        "deberta",
        "deberta-v2",
        "distilbert",
        "electra",
        "modernbert",
        "mpnet",
        "roberta",
        "xlm-roberta",
    }
)
MULTILINGUAL = frozenset({"m2m_100", "mbart", "nllb-moe"})
KNOWN = TRANSLATION | SUMMARIZATION | ENCODERS

CLASSIFIER = "ForSequenceClassification"


def tasks_of(architecture: str, model_type: str, pipeline_tag: str | None) -> tuple[str, ...]:
    """Tasks of a checkpoint by its architecture; the card's tag decides where an architecture serves several."""
    if model_type in ENCODERS:
        return (Task.SENTIMENT.value,) if architecture.endswith(CLASSIFIER) else (Task.SUMMARIZATION.value,)
    able = [
        task.value
        for task, types in ((Task.TRANSLATION, TRANSLATION), (Task.SUMMARIZATION, SUMMARIZATION))
        if model_type in types
    ]
    return (pipeline_tag,) if pipeline_tag in able else tuple(able)
