"""Which architectures are run and tested here, and what for. Standard library only."""

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
