"""On an accelerator decoder-only models write what they write on a CPU, in float32."""

import pytest
import torch

from tests.unit.pipelines.engine.causal.architectures import MODELS, build, engine, never, rows

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "wishes", [{}, {"temperature": 0.8, "top_k": 20, "top_p": 0.9, "seed": 3, "count": 2, "repetition_penalty": 1.2}]
)
def test_a_device_gives_the_tokens_of_a_cpu(name, wishes):
    prompts = rows(1, **wishes)
    assert engine(build(name, 1).cuda()).run(prompts, never) == engine(build(name, 1)).run(prompts, never)


def test_bfloat16_keeps_rows_apart():
    resident = engine(build("llama", 1).to("cuda", torch.bfloat16))
    prompts = rows(1)
    assert [len(answer) for answer in resident.run(prompts, never)] == [1] * len(prompts)
