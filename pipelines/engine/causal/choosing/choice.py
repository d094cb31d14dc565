"""The next token of each row under way. Imports sampling, draws, sequence and the rules of decoding."""

from collections.abc import Sequence as Many

import torch
from torch import Tensor

from pipelines.engine.causal.choosing.draws import uniform
from pipelines.engine.causal.choosing.sampling import Wishes, draw
from pipelines.engine.causal.sequence import Sequence
from pipelines.engine.decoding.search.maxima import highest
from pipelines.engine.decoding.search.rules import penalized

NOT_FINITE = -1


class Choice:
    """Chooses by what each row asks for; none of the ids `suppressed` is ever chosen."""

    def __init__(self, suppressed: Many[int], device: torch.device) -> None:
        self._suppressed = torch.tensor(suppressed, dtype=torch.long, device=device)

    def tokens(self, logits: Tensor, sequences: Many[Sequence]) -> list[int]:
        """A token for each row of logits [N, V]: NOT_FINITE where the best of them is no finite number."""
        scores = self._ruled(logits.float(), sequences)
        values, places = highest(scores)
        drawn = [place for place, sequence in enumerate(sequences) if sequence.prompt.temperature > 0]
        if drawn:
            rows = torch.tensor(drawn, device=scores.device)
            usable = values[rows].isfinite()
            rows = rows[usable]
            prompts = [sequences[row] for row in rows.tolist()]
            if prompts:
                places[rows] = _drawn(scores[rows], prompts)
        found: list[int] = torch.where(values.isfinite(), places, NOT_FINITE).tolist()
        return found

    def _ruled(self, scores: Tensor, sequences: Many[Sequence]) -> Tensor:
        """The scores after repetition penalty and what is suppressed, in transformers' order."""
        rows = [row for row, sequence in enumerate(sequences) if sequence.prompt.repetition_penalty != 1.0]
        if rows:
            at = torch.tensor(rows, device=scores.device)
            seen = [sequences[row].ids for row in rows]
            longest = max(len(ids) for ids in seen)
            # A token that is there twice is penalized once: padding by a row's own changes nothing.
            ids = torch.tensor([[*own, *[own[0]] * (longest - len(own))] for own in seen], device=scores.device)
            by = [[sequences[row].prompt.repetition_penalty] for row in rows]
            scores[at] = penalized(scores[at], ids, torch.tensor(by, device=scores.device))
        return scores.index_fill_(1, self._suppressed, -torch.inf) if len(self._suppressed) else scores


def _drawn(scores: Tensor, sequences: Many[Sequence]) -> Tensor:
    prompts = [sequence.prompt for sequence in sequences]
    device = scores.device
    temperatures = torch.tensor([[prompt.temperature] for prompt in prompts], device=device)
    wide = torch.float32 if device.type == "mps" else torch.float64
    wishes = Wishes(
        torch.tensor([prompt.top_k for prompt in prompts], device=device),
        torch.tensor([prompt.top_p for prompt in prompts], device=device),
        torch.tensor([_number(sequence) for sequence in sequences], dtype=wide, device=device),
    )
    # The highest becomes zero, so that no temperature makes a score that is no number.
    return draw((scores - scores.amax(-1, keepdim=True)) / temperatures, wishes)


def _number(sequence: Sequence) -> float:
    return uniform(sequence.prompt.seed, sequence.number, len(sequence.produced))
