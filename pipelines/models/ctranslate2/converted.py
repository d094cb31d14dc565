"""A model that CTranslate2 runs in place of our own loop. Imports conversion and decoding's settings."""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import structlog
from torch import Tensor

from pipelines.engine.decoding.generated import Answer, Generated, TokenizerFacts
from pipelines.engine.decoding.generator import Generate
from pipelines.engine.decoding.search.settings import Settings
from pipelines.engine.finite import not_finite
from pipelines.engine.precision import Precision
from pipelines.models.ctranslate2.conversion import package, translator, unsupported

log = structlog.get_logger()


def converted(model: Any, facts: TokenizerFacts, *, device: str, precision: Precision, threads: int) -> Generate:
    """As `generator`, by CTranslate2 on `threads` threads. Nothing of `model` is needed afterwards.

    Greedy search gives the tokens that our loop gives. Beam search ends a row when as many texts have ended as there
    are beams, which is `early_stopping` True, and shares the probability of tokens that a rule excludes among the
    others, which is `renormalize_logits`; a checkpoint that wants it otherwise may get another text of about the same
    worth, and a line in the log says so. Raises ModelError: "backend_unavailable", "backend_unsupported".
    """
    try:
        settings = Settings.read(model.generation_config, end_id=facts.eos_id)
    except ValueError as error:
        raise unsupported(f'the setting "{error}"') from error
    _check(settings)
    engine = translator(model, settings, device=device, precision=precision, threads=threads)
    return Converted(engine, settings, getattr(model.config, "max_position_embeddings", None))


def versions() -> dict[str, str]:
    """What a receipt says of the package. Raises ModelError("backend_unavailable")."""
    return {"ctranslate2": str(package().__version__)}


class Converted:
    """`translate_batch` with a checkpoint's settings and, for each row, a limit and a forced first token of its own.

    `longest` is how many positions the model has. `score` is left out where CTranslate2's is of another kind.
    """

    def __init__(self, engine: Any, settings: Settings, longest: int | None) -> None:
        self._engine, self._settings, self._longest = engine, settings, longest
        self._scored = settings.beams > 1 and (settings.renormalize or not _excludes(settings))
        self._options = {
            "beam_size": settings.beams,
            "length_penalty": settings.length_penalty,
            "repetition_penalty": settings.repetition_penalty,
            "no_repeat_ngram_size": settings.no_repeat_ngram,
            "end_token": [str(token) for token in settings.end_ids],
            "return_scores": True,  # the only sign of a model that computes no numbers
            "max_input_length": 0,
        }

    def __call__(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        limits: Sequence[int],
        firsts: Sequence[int | None],
        bans: Sequence[tuple[int, ...]] | None = None,
    ) -> list[Answer]:
        """See `decode` of the loop. Raises MemoryError when a device has too little memory."""
        rows = [ids[mask.bool()].tolist() for ids, mask in zip(input_ids, attention_mask, strict=True)]
        sources = [[str(token) for token in row] for row in rows]
        forced = [self._settings.first_id if first is None else first for first in firsts]
        rooms = [self._room(limit) for limit in limits]
        answers: dict[int, Answer] = {}
        for (room, with_first, banned), chosen in self._together(rooms, forced, bans or [()] * len(rows)).items():
            prefix = [[str(forced[row])] for row in chosen] if with_first else None
            results = self._run([sources[row] for row in chosen], prefix, room, banned)
            answers |= {row: self._cut(result, rooms[row]) for row, result in zip(chosen, results, strict=True)}
        return [answers[row] for row in range(len(rows))]

    def _room(self, limit: int) -> int:
        """Tokens of the model's own that a row of `limit` has room for: a forced end takes the last place."""
        capped = limit if self._longest is None else min(limit, self._longest)
        return capped if self._settings.last_id is None else capped - 1

    def _together(
        self, rooms: Sequence[int], forced: Sequence[int | None], bans: Sequence[tuple[int, ...]]
    ) -> dict[tuple[int, bool, tuple[int, ...]], list[int]]:
        """Rows that can be run at once. What a greedy search does is the same under any limit, up to it."""
        groups: defaultdict[tuple[int, bool, tuple[int, ...]], list[int]] = defaultdict(list)
        for row, (room, first, banned) in enumerate(zip(rooms, forced, bans, strict=True)):
            groups[room if self._settings.beams > 1 else max(rooms), first is not None, banned].append(row)
        return groups

    def _run(
        self, sources: list[list[str]], prefix: list[list[str]] | None, room: int, banned: tuple[int, ...]
    ) -> list[Any]:
        longest = max(1, room)
        least = min(self._settings.min_tokens, longest)
        excluded = [[str(token)] for token in (*self._settings.suppressed, *banned)] or None
        try:
            found: list[Any] = self._engine.translate_batch(
                sources,
                prefix,
                max_decoding_length=longest,
                min_decoding_length=least,
                suppress_sequences=excluded,
                **self._options,
            )
        except RuntimeError as error:
            if "out of memory" in str(error):
                raise MemoryError from error
            raise
        return found

    def _cut(self, result: Any, room: int) -> Answer:
        if not math.isfinite(result.scores[0]):
            return not_finite()
        found = [int(name) for name in result.hypotheses[0]]
        # CTranslate2 goes on after an end that was forced upon the first place; our loop does not.
        ids = list(takewhile(lambda token: token not in self._settings.end_ids, found))
        truncated = len(found) == len(ids) >= room
        # A forced end would count among the tokens of a score.
        scored = self._scored and not (truncated and self._settings.last_id is not None)
        return Generated(ids[:room], truncated, result.scores[0] if scored else None)


def _check(settings: Settings) -> None:
    """Refuse what would come out as something else; log what only may."""
    if settings.repetition_penalty != 1.0 and (settings.beams > 1 or settings.start_id in settings.end_ids):
        # Beams are penalised by logits instead of probabilities, and the first id not at all.
        raise unsupported("this repetition_penalty")
    if settings.beams == 1:
        return
    if settings.early_stopping == "never":
        raise unsupported('early_stopping "never"')
    if settings.early_stopping is not True:
        log.warning("other_beam_search", setting="early_stopping")
    if _excludes(settings) and not settings.renormalize:
        log.warning("other_beam_search", setting="renormalize_logits")


def _excludes(settings: Settings) -> bool:
    """Whether a rule takes tokens out of the choice."""
    return bool(settings.no_repeat_ngram or settings.min_tokens or settings.suppressed)
