"""A resident decoder-only model: prompts in, continuations out, whatever shares their steps. Imports the loop."""

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Many
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pipelines.engine.budget import Budget
from pipelines.engine.causal.choosing.choice import Choice
from pipelines.engine.causal.endings import Endings, Written
from pipelines.engine.causal.loop import Loop, computed
from pipelines.engine.causal.prompt import Completion, Completions, Prompt
from pipelines.engine.causal.sequence import Sequence
from pipelines.engine.causal.transformer.families import FAMILIES
from pipelines.engine.causal.transformer.layers import CausalTransformer
from pipelines.engine.decoding.search.settings import UNSUPPORTED, end_ids, suppressed_ids
from pipelines.engine.microbatch import MOST_ROWS_ON_DEVICE, Answered, is_out_of_memory, unheard
from pipelines.engine.projections import Ready, in_blocks, unchanged
from pipelines.errors import InputError, ModelError, PipelineError

MOST_AT_ONCE = {"cpu": 128}
"""Rows at once: with fewer, weights that are read again for each step cost a CPU most of its time."""
SHORTEST_PREFIX = 16
"""Tokens that prompts must share for them to be computed apart."""
OWN = frozenset({"do_sample", "num_beams", "temperature", "top_k", "top_p", "repetition_penalty"})
"""Settings of a checkpoint that prompts say for themselves."""
OFF: dict[str, object] = {
    "no_repeat_ngram_size": 0,
    "min_length": 0,
    "min_new_tokens": 0,
    "forced_bos_token_id": None,
    "forced_eos_token_id": None,
}


@dataclass(frozen=True, slots=True)
class Engine:
    """A model that stays in memory and writes prompts on, many at once. One caller at a time.

    `like` is a tensor of the format and device that keys and values have.
    """

    model: CausalTransformer
    choice: Choice
    endings: Endings
    budget: Budget
    like: Tensor

    def run(
        self, prompts: Many[Prompt], should_stop: Callable[[], bool], answered: Answered = unheard
    ) -> list[Completions]:
        """The continuations of each prompt, in order, or the error which that prompt alone causes.

        A prompt without tokens, or without room for one more, comes to an InputError. Raises as `Loop.run`.
        `answered` hears of prompts that are done.
        """
        places: dict[Prompt, list[int]] = {}  # what recurs is written once
        for place, prompt in enumerate(prompts):
            places.setdefault(prompt, []).append(place)
        unique = list(places)
        answers = _Answers(unique, lambda done: answered(places[unique[done]]))
        sequences = list(self._sequences(unique, answers))
        # The longest first, so that a memory limit shows at once and no long one is left alone at the end.
        sequences.sort(key=lambda sequence: -sequence.most)
        Loop(
            self.model,
            self.choice,
            self.endings,
            self.budget,
            MOST_AT_ONCE.get(self.like.device.type, MOST_ROWS_ON_DEVICE),
            self.like,
            should_stop,
            answers.end,
            self._prefix(list(dict.fromkeys(sequence.prompt.ids for sequence in sequences))),
        ).run(sequences)
        by_prompt = dict(zip(unique, answers.all(), strict=True))
        return [by_prompt[prompt] for prompt in prompts]

    def _sequences(self, prompts: Many[Prompt], answers: "_Answers") -> Iterable[Sequence]:
        for place, prompt in enumerate(prompts):
            limit = min(prompt.most_new, self.model.longest - len(prompt.ids))
            if not prompt.ids or limit < 1:
                answers.refuse(place, _no_room(len(prompt.ids), self.model.longest))
                continue
            # Without chance all are alike.
            for number in range(prompt.count if prompt.temperature > 0 else 1):
                yield answers.expect(Sequence(place, number, prompt, limit))

    def _prefix(self, rows: Many[tuple[int, ...]]) -> Tensor | None:
        """Keys and values of the tokens with which all rows begin, where these are worth it; each has one more."""
        if len(rows) < 2:
            return None
        first, last = min(rows), max(rows)
        most = min(len(row) for row in rows) - 1
        shared = next((at for at in range(most) if first[at] != last[at]), most)
        if shared < SHORTEST_PREFIX:
            return None
        try:
            return computed(self.model, first[:shared], self.like)
        except Exception as error:  # each row shows by itself what is wrong
            if isinstance(error, torch.AcceleratorError) and not is_out_of_memory(error):
                raise
            return None


class _Answers:
    """What prompts came to, gathered from their sequences."""

    def __init__(self, prompts: Many[Prompt], done: Callable[[int], None]) -> None:
        self._prompts, self._done = prompts, done
        self._found: list[dict[int, Completion]] = [{} for _ in prompts]
        self._errors: dict[int, PipelineError] = {}
        self._expected: dict[int, list[Sequence]] = {}

    def expect(self, sequence: Sequence) -> Sequence:
        self._expected.setdefault(sequence.place, []).append(sequence)
        return sequence

    def refuse(self, place: int, error: PipelineError) -> None:
        self._errors[place] = error
        self._done(place)

    def end(self, sequence: Sequence, outcome: Completion | PipelineError) -> None:
        """Note the outcome of one sequence; an error ends all of its prompt."""
        sequence.ended = True
        place = sequence.place
        if place in self._errors:
            return
        if isinstance(outcome, PipelineError):
            for sibling in self._expected[place]:
                sibling.ended = True
            self.refuse(place, outcome)
            return
        self._found[place][sequence.number] = outcome
        if len(self._found[place]) == len(self._expected[place]):
            self._done(place)

    def all(self) -> list[Completions]:
        return [self._errors.get(place) or self._completions(place) for place in range(len(self._prompts))]

    def _completions(self, place: int) -> list[Completion]:
        found = [completion for _, completion in sorted(self._found[place].items())]
        return found * (self._prompts[place].count // len(found))


def resident(model: Any, end_id: int, written: Written, budget: Budget, how: Ready = unchanged) -> Engine:
    """The engine of a model as AutoModelForCausalLM loads it, which is taken over; `how` makes linear layers ready.

    Texts end with `end_id` where the checkpoint names nothing. Raises ModelError "unsupported_model" for a family it
    does not know, and for settings of generation that no prompt can say.
    """
    kind, wishes = model.config.model_type, model.generation_config
    if kind not in FAMILIES:
        raise ModelError("unsupported_model", f"No engine writes with a model of the type {kind}.")
    for name, off in {**UNSUPPORTED, **OFF}.items():
        if name not in OWN and getattr(wishes, name, None) not in (None, off):
            raise ModelError("unsupported_model", f"Its generation_config.json has {name}, which is not known here.")
    ends = end_ids(wishes, end_id)
    try:
        suppressed = suppressed_ids(wishes, ends)
    except ValueError as error:
        message = f"Its generation_config.json has {error} of several tokens, which is not known here."
        raise ModelError("unsupported_model", message) from error
    if any(not 0 <= id_ < model.config.vocab_size for id_ in (*suppressed, *ends)):
        raise ModelError("unsupported_model", "Its generation_config.json names ids that the model does not know.")
    device, dtype = model.device, model.dtype
    made = FAMILIES[kind](model, in_blocks(how))
    like = torch.empty(0, dtype=dtype, device=device)
    layers, heads, width = made.shape
    budget.note_cache(2 * layers * heads * width * like.element_size(), 1)
    budget.note_scores(1, model.config.vocab_size)
    return Engine(made, Choice(suppressed, device), Endings(ends, written), budget, like)


def _no_room(length: int, longest: int) -> InputError:
    if not length:
        return InputError("empty_prompt", "The prompt has no tokens. Write something to go on from.")
    return InputError(
        "prompt_too_long",
        f"The prompt has {length} tokens, and the model has room for {longest} with what it writes. Shorten it.",
    )
