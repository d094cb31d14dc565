"""How much a model reads at once is its own."""

import pytest

from pipelines.models.profile.windows import window_tokens

HUGE = {"model_max_length": 1000000000000000019884624838656}


@pytest.mark.parametrize(
    ("config", "tokenizer", "tokens"),
    [
        ({"model_type": "bert", "max_position_embeddings": 512}, {}, 512),
        ({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}, HUGE, 512),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 514}, {"model_max_length": 512}, 512),
        ({"model_type": "mpnet", "max_position_embeddings": 514, "pad_token_id": 1}, {"model_max_length": 384}, 384),
        ({"model_type": "modernbert", "max_position_embeddings": 8192}, {"model_max_length": 8192}, 8192),
        ({"model_type": "bart", "max_position_embeddings": 1024}, HUGE, 1024),
        ({"model_type": "led", "max_encoder_position_embeddings": 16384}, HUGE, 16384),
        ({"model_type": "t5", "n_positions": 512}, HUGE, 512),
        ({"model_type": "mt5"}, {"model_max_length": 1024}, 1024),
        ({"model_type": "mt5"}, HUGE, 512),
    ],
)
def test_the_window_of_a_family(config, tokenizer, tokens):
    assert window_tokens(config, tokenizer) == tokens


def test_a_folder_may_limit_it_further():
    assert window_tokens({"model_type": "bert", "max_position_embeddings": 512}, {}, 256) == 256
    assert window_tokens({"model_type": "bert", "max_position_embeddings": 512}, {}, None) == 512
