"""How a checkpoint wants its texts generated. Imports nothing of ours.

Names and meanings are those of transformers' GenerationConfig.
"""

from dataclasses import dataclass
from typing import Any, Self

MOST_BEAMS = 8
# What would make outputs random, or a search of another kind; with the value that switches each off.
UNSUPPORTED: dict[str, object] = {
    "do_sample": False,
    "num_beam_groups": 1,
    "diversity_penalty": 0.0,
    "penalty_alpha": 0.0,
    "guidance_scale": 1,
    "sequence_bias": None,
    "encoder_repetition_penalty": 1.0,
    "encoder_no_repeat_ngram_size": 0,
    "exponential_decay_length_penalty": None,
    "begin_suppress_tokens": None,
    "watermarking_config": None,
    "constraints": None,
    "force_words_ids": None,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Greedy when `beams` is 1. Lengths count produced tokens, the first id (`start_id`) not among them.

    `early_stopping` is True, False or "never"; `first_id` and `last_id` are forced at the first place and at the
    limit; with `starts_with_first` a row's own first id stands in the place of the start id instead; a sequence of
    `no_repeat_ngram` tokens occurs once (0: any number of times).
    """

    start_id: int
    end_ids: tuple[int, ...]
    beams: int = 1
    length_penalty: float = 1.0
    early_stopping: bool | str = False
    no_repeat_ngram: int = 0
    repetition_penalty: float = 1.0
    min_tokens: int = 0
    first_id: int | None = None
    last_id: int | None = None
    suppressed: tuple[int, ...] = ()
    renormalize: bool = False
    starts_with_first: bool = False

    @classmethod
    def read(cls, config: Any, *, end_id: int) -> Self:
        """Those of a GenerationConfig; texts end with `end_id` where it names none.

        Raises ValueError naming the first setting that the loop does not know.
        """
        for name, off in UNSUPPORTED.items():
            if getattr(config, name, None) not in (None, off):
                raise ValueError(name)
        beams = config.num_beams or 1
        if beams > MOST_BEAMS:
            raise ValueError("num_beams")
        ends = end_ids(config, end_id)
        start = config.decoder_start_token_id
        return cls(
            start_id=config.bos_token_id if start is None else start,
            end_ids=ends,
            beams=beams,
            length_penalty=1.0 if config.length_penalty is None else config.length_penalty,
            early_stopping=config.early_stopping or False,
            no_repeat_ngram=config.no_repeat_ngram_size or 0,
            repetition_penalty=config.repetition_penalty or 1.0,
            # min_length counts the start token.
            min_tokens=max((config.min_length or 0) - 1, config.min_new_tokens or 0),
            first_id=config.forced_bos_token_id,
            last_id=next(iter(_ids(config.forced_eos_token_id)), None),
            suppressed=suppressed_ids(config, ends),
            renormalize=bool(config.renormalize_logits),
        )

    @property
    def is_plain(self) -> bool:
        """Whether nothing but suppressed ids decides which token may follow."""
        return self == type(self)(
            self.start_id,
            self.end_ids,
            self.beams,
            self.length_penalty,
            self.early_stopping,
            suppressed=self.suppressed,
        )


def end_ids(config: Any, end_id: int) -> tuple[int, ...]:
    """What ends a text by a GenerationConfig; `end_id` where it names nothing."""
    return _ids(config.eos_token_id) or (end_id,)


def _ids(value: int | list[int] | None) -> tuple[int, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def suppressed_ids(config: Any, ends: tuple[int, ...]) -> tuple[int, ...]:
    """Ids that never occur by a GenerationConfig. Raises ValueError for a "bad word" of several tokens."""
    words = config.bad_words_ids or []
    if any(len(word) != 1 for word in words):
        raise ValueError("bad_words_ids")
    bad = {word[0] for word in words} - set(ends)
    return tuple(sorted(bad | set(config.suppress_tokens or ())))
