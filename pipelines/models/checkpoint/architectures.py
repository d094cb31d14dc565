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
DECODERS = frozenset(
    {
        "gemma",
        "gemma2",
        "gemma3_text",
        "gpt2",
        "gpt_neo",
        "gptj",
        "llama",
        "mistral",
        "opt",
        "phi",
        "phi3",
        "qwen2",
        "qwen3",
    }
)
"""Those that write on from what they read, without an encoder: `pipelines.engine.causal` knows each."""
