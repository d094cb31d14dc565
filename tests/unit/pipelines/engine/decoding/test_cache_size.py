"""The keys and values of a token take what is foretold of them, in every family."""

import pytest
import torch

from pipelines.engine.decoding.families import FAMILIES
from pipelines.engine.decoding.memory import token_bytes
from pipelines.engine.projections import unchanged
from tests.unit.pipelines.engine.decoding.architectures import MODELS

ROWS, WIDTH, BEAMS, ROOM = 3, 7, 4, 16


@pytest.mark.parametrize("name", sorted(MODELS))
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@torch.inference_mode()
def test_a_token_takes_what_its_configuration_foretells(name, dtype):
    model_class, config_class, settings = MODELS[name]
    model = model_class(config_class(**settings)).to(dtype).eval()
    config = model.config
    decoder = FAMILIES[config.model_type](model, unchanged)
    ids = torch.full((ROWS, WIDTH), 5)
    state = decoder.start(ids, torch.ones_like(ids), BEAMS, ROOM)
    held = sum(part.keys.nbytes + part.values.nbytes for part in (*state.caches, *state.sources))
    assert held == token_bytes(config, dtype, "cpu") * ROWS * (WIDTH + BEAMS * ROOM)
