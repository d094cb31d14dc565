"""A GPT-2 of the small size with random weights, run by us and by transformers. Imports pipelines."""

import copy
import random
from collections.abc import Callable, Sequence

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from pipelines.engine.budget import Budget
from pipelines.engine.causal.engine import Engine, resident
from pipelines.engine.causal.prompt import Prompt
from pipelines.engine.precision import Precision
from pipelines.engine.projections import ready

END = 50_256
SHORTEST, LONGEST = 16, 64
"""Tokens of a prompt."""

Run = Callable[[], object]


class Gpt2:
    """The same prompts of random tokens for each side; nothing ends before its limit, so that all write as much.

    `sizes` are those of another configuration than that of the small GPT-2.
    """

    def __init__(self, rows: int, precision: Precision, **sizes: int) -> None:
        torch.manual_seed(0)
        chance = random.Random(0)
        self._precision = precision
        self._model = GPT2LMHeadModel(GPT2Config(**sizes)).eval().to(precision.dtype)
        self._model.generation_config.update(suppress_tokens=[END], pad_token_id=END)
        self.prompts = [tuple(chance.choices(range(1, END), k=chance.randint(SHORTEST, LONGEST))) for _ in range(rows)]

    def transformers(self, batch_rows: int, limits: Sequence[int]) -> Run:
        """`generate` on as many prompts as there are `limits`, in batches of similar lengths.

        A batch goes on until the last of its rows has ended, as `generate` does.
        """
        rows = sorted(zip(self.prompts, limits, strict=False), key=lambda row: len(row[0]))

        @torch.inference_mode()
        def run() -> None:
            for first in range(0, len(rows), batch_rows):
                prompts, wanted = zip(*rows[first : first + batch_rows], strict=True)
                ids, mask = _padded(prompts)
                self._model.generate(
                    input_ids=ids, attention_mask=mask, do_sample=False, max_length=None, max_new_tokens=max(wanted)
                )

        return run

    def engine(self) -> Engine:
        """Ours, on weights of its own."""
        model = copy.deepcopy(self._model)
        return resident(model, END, lambda _: "", Budget("cpu"), ready("cpu", self._precision))


def written(engine: Engine, prompts: Sequence[Prompt]) -> int:
    """The tokens that prompts come to, each as many as it may have."""
    answers = engine.run(list(prompts), lambda: False)
    tokens = 0
    for answer, prompt in zip(answers, prompts, strict=True):
        if isinstance(answer, Exception):
            raise answer
        if any(len(completion.ids) != prompt.most_new for completion in answer):
            raise RuntimeError("a row of the bench ended early")
        tokens += sum(len(completion.ids) for completion in answer)
    return tokens


def _padded(prompts: Sequence[tuple[int, ...]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, padded on the left, where transformers wants it for generation."""
    longest = max(len(prompt) for prompt in prompts)
    ids = torch.tensor([[*[END] * (longest - len(prompt)), *prompt] for prompt in prompts])
    mask = torch.tensor([[*[0] * (longest - len(prompt)), *[1] * len(prompt)] for prompt in prompts])
    return ids, mask
