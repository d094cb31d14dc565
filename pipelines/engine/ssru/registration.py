"""Make Auto classes know the SSRU Marian student. Imports its configuration and model."""

from transformers import AutoConfig, AutoModelForSeq2SeqLM

from pipelines.engine.ssru.configuration import SsruMarianConfig
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration


def register() -> None:
    """Register the architecture with transformers; calling it again changes nothing."""
    AutoConfig.register(SsruMarianConfig.model_type, SsruMarianConfig, exist_ok=True)
    AutoModelForSeq2SeqLM.register(SsruMarianConfig, SsruMarianForConditionalGeneration, exist_ok=True)
