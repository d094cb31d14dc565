"""How many tokens a model reads at once, by its files. Imports the standard library only."""

from collections.abc import Mapping
from typing import Any

# What nobody says is what BERT, T5 and Marian were trained with.
UNSAID_TOKENS = 512
# transformers writes 10^30 where a tokenizer has no limit.
NO_LIMIT_TOKENS = 1_000_000
POSITIONS = ("max_encoder_position_embeddings", "max_position_embeddings", "n_positions")
# Their first positions are those of padding and of what comes before it.
COUNTED_FROM_PADDING = frozenset({"camembert", "mpnet", "roberta", "xlm-roberta"})
USUAL_PADDING_ID = 1


def window_tokens(config: Mapping[str, Any], tokenizer: Mapping[str, Any], *more: int | None) -> int:
    """The least of what the model has positions for, what the tokenizer allows and `more`; special ids count."""
    positions = next((config[name] for name in POSITIONS if _is_limit(config.get(name))), None)
    if positions is not None and config.get("model_type") in COUNTED_FROM_PADDING:
        padding = config.get("pad_token_id")
        positions -= (padding if isinstance(padding, int) else USUAL_PADDING_ID) + 1
    limits: list[Any] = [positions, tokenizer.get("model_max_length"), *more]
    return min((int(limit) for limit in limits if _is_limit(limit)), default=UNSAID_TOKENS)


def _is_limit(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < NO_LIMIT_TOKENS
