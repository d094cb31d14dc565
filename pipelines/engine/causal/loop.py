"""The loop of decoder-only models: rows enter as others end, one token a step. Imports the other files of causal."""

from collections import deque
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Many
from dataclasses import dataclass

import torch
from torch import Tensor

from pipelines.engine.budget import Budget
from pipelines.engine.causal.choosing.choice import NOT_FINITE, Choice
from pipelines.engine.causal.endings import Endings
from pipelines.engine.causal.fresh import Fresh
from pipelines.engine.causal.pools import Pools, UnderWay
from pipelines.engine.causal.prompt import Completion
from pipelines.engine.causal.sequence import Sequence
from pipelines.engine.causal.transformer.attention import Manner
from pipelines.engine.causal.transformer.layers import CausalTransformer
from pipelines.engine.finite import not_finite
from pipelines.engine.microbatch import empty_caches, failure, is_out_of_memory, too_large
from pipelines.errors import PipelineError, StopRequested

STEPS_BETWEEN_QUESTIONS = 8
Ended = Callable[[Sequence, Completion | PipelineError], None]


class _Step:
    """What packed tokens attend to: those of rows under way come first, those of prompts that join behind them."""

    def __init__(self, under_way: UnderWay, fresh: Fresh) -> None:
        self._under_way, self._fresh, self._count = under_way, fresh, len(under_way.sequences)

    def attend(self, layer: int, query: Tensor, keys: Tensor, values: Tensor, manner: Manner) -> Tensor:
        """As `Memory.attend`."""
        count = self._count
        mixed = []
        if count:
            mixed.append(self._under_way.attend(layer, query[:count], keys[:count], values[:count], manner))
        if count < len(query):
            mixed.append(self._fresh.attend(layer, query[count:], keys[count:], values[count:], manner))
        return mixed[0] if len(mixed) == 1 else torch.cat(mixed)


@dataclass(frozen=True, slots=True)
class Loop:
    """Writes sequences with `model`, as many at once as `budget` has room for, and at most `most_rows`.

    Each is `ended` once, with what it came to. All begin with the tokens of `prefix` [layers, 2, KV, P, D].
    """

    model: CausalTransformer
    choice: Choice
    endings: Endings
    budget: Budget
    most_rows: int
    like: Tensor
    should_stop: Callable[[], bool]
    ended: Ended
    prefix: Tensor | None = None

    @torch.inference_mode()
    def run(self, sequences: Iterable[Sequence]) -> None:
        """Raises StopRequested within a few steps, and torch.AcceleratorError as it is.

        What fails with others is run again in halves, each by itself, until those that fail stand alone; it goes on
        from the tokens that it had.
        """
        groups = deque([list(sequences)])
        while groups:
            groups.extendleft(reversed(self._group(deque(groups.popleft()))))

    def _group(self, waiting: deque[Sequence]) -> list[list[Sequence]]:
        """Write those that wait, with no others beside them; gives the groups that are left where a step failed."""
        pools = Pools()
        steps = 0
        while waiting or len(pools):
            joining = self._joining(waiting, pools)
            if (joining or steps % STEPS_BETWEEN_QUESTIONS == 0) and self.should_stop():
                raise StopRequested
            steps += 1
            together = [*pools.sequences, *joining]
            try:
                self._step(pools, joining)
            except Exception as error:
                if is_out_of_memory(error):
                    self._make_room(together, pools, waiting)
                elif isinstance(error, torch.AcceleratorError):
                    raise
                elif len(together) == 1:
                    self.ended(together[0], failure(error))
                    pools.settle()
                else:
                    left = [sequence for sequence in together if not sequence.ended]
                    middle = (len(left) + 1) // 2
                    return [left[:middle], left[middle:], list(waiting)]
        return []

    def _joining(self, waiting: deque[Sequence], pools: Pools) -> list[Sequence]:
        """Those that have room beside the rows under way; one alone is let in whatever it takes."""
        under_way = pools.sequences
        held = sum(self.budget.held(sequence.most) for sequence in under_way)
        past = 0 if self.prefix is None else self.prefix.shape[3]
        joining: list[Sequence] = []
        seen: set[Many[int]] = set()
        tokens = 0
        while waiting and len(under_way) + len(joining) < min(self.most_rows, self.budget.rows):
            sequence = waiting[0]
            if not sequence.ended:
                ids = sequence.ids
                held += self.budget.held(sequence.most)
                tokens += 0 if ids in seen else len(ids) - past
                crowded = held > self.budget.tokens or (joining and tokens > self.budget.tokens)
                if crowded and (under_way or joining):
                    break
                seen.add(ids)
                joining.append(sequence)
            waiting.popleft()
        return joining

    def _step(self, pools: Pools, joining: Many[Sequence]) -> None:
        """One more token for each row under way, and the first for those that join."""
        under_way = UnderWay(pools, self.like.device)
        rows: dict[Many[int], int] = {}
        for sequence in joining:
            rows.setdefault(sequence.ids, len(rows))
        fresh = Fresh(list(rows), self.prefix, self.like.device)
        count = len(under_way.sequences)
        sources = [count + rows[sequence.ids] for sequence in joining]
        logits = self._logits(under_way, fresh)
        if len(sources) > len(rows):
            logits = logits[torch.tensor([*range(count), *sources], device=logits.device)]
        made = fresh.made() if joining else []
        sequences = [*under_way.sequences, *joining]
        chosen = self.choice.tokens(logits, sequences)
        for sequence in under_way.sequences:
            sequence.length += 1
        for sequence in joining:
            sequence.length = len(sequence.ids)
        for sequence, token in zip(sequences, chosen, strict=True):
            self._note(sequence, token)
        staying = zip(joining, sources, strict=True)
        pools.add((sequence, made[source - count]) for sequence, source in staying if not sequence.ended)
        pools.settle()

    def _logits(self, under_way: UnderWay, fresh: Fresh) -> Tensor:
        """Logits [R, V] of rows under way, and of prompts that join."""
        device = self.like.device
        count = len(under_way.sequences)
        tokens = [*(sequence.newest for sequence in under_way.sequences), *fresh.tokens]
        last = [*range(count), *(count + end for end in fresh.ends)]
        return self.model(
            torch.tensor(tokens, device=device),
            torch.cat((under_way.positions, torch.tensor(fresh.positions, dtype=torch.long, device=device))),
            torch.tensor(last, device=device),
            _Step(under_way, fresh),
        )

    def _note(self, sequence: Sequence, token: int) -> None:
        if token == NOT_FINITE:
            self.ended(sequence, not_finite())
            return
        sequence.produced.append(token)
        completion = self.endings.after(sequence)
        if completion is not None:
            self.ended(sequence, completion)

    def _make_room(self, together: list[Sequence], pools: Pools, waiting: deque[Sequence]) -> None:
        """After memory ran out: rows that have no place, or else the latter half of all, wait; fewer run at once."""
        if len(together) == 1:
            self.ended(together[0], too_large())
        else:
            self.budget.shrink(sum(self.budget.held(sequence.most) for sequence in together))
            placed = {id(sequence) for sequence in pools.sequences}
            back = [sequence for sequence in together if id(sequence) not in placed]
            back = back or together[len(together) // 2 :]
            waiting.extendleft(reversed(back))
            pools.evict({id(sequence) for sequence in back})
        pools.settle()
        empty_caches()


@torch.inference_mode()
def computed(model: CausalTransformer, ids: Many[int], like: Tensor) -> Tensor:
    """Keys and values [layers, 2, KV, T, D] of tokens with which rows begin."""
    fresh = Fresh([ids], None, like.device)
    tokens, positions = (torch.tensor(some, device=like.device) for some in (fresh.tokens, fresh.positions))
    model(tokens, positions, torch.tensor(fresh.ends, device=like.device), fresh)
    return fresh.made()[0]
