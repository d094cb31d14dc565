"""Settings of generation as they are used: no sampling, no search that nobody has any more. Imports nothing of ours."""

from collections.abc import Mapping
from typing import Any

SAMPLING = ("do_sample", "temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff")
USED = (
    "num_beams",
    "length_penalty",
    "early_stopping",
    "no_repeat_ngram_size",
    "repetition_penalty",
    "min_length",
    "max_length",
    "min_new_tokens",
    "max_new_tokens",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "decoder_start_token_id",
    "bad_words_ids",
    "suppress_tokens",
    "renormalize_logits",
)
# Searches that transformers 5 would fetch as code, with the value that asks for none.
GONE = {"num_beam_groups": 1, "penalty_alpha": 0, "dola_layers": None, "force_words_ids": None, "constraints": None}

MOST_BEAMS = 64
"""Far more than any model is better with; thousands would take seconds and gigabytes to be refused for."""


def settings_used(files: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a generation_config.json, or of an old config.json, that decide what is written.

    Raises ValueError with a sentence for one that is not run here.
    """
    for name, off in GONE.items():
        if files.get(name) not in (None, off, 0):
            raise ValueError(f"Its settings of generation ask for {name}, which is not run here; take it out of them.")
    beams = files.get("num_beams")
    if isinstance(beams, int) and beams > MOST_BEAMS:
        raise ValueError(
            f"Its settings of generation ask for {beams} beams; {MOST_BEAMS} are the most that are run here."
        )
    return {name: files[name] for name in USED if files.get(name) is not None}


def sampling_notes(files: Mapping[str, Any]) -> tuple[str, ...]:
    """What is said of a model whose settings would have each run write another text."""
    if not files.get("do_sample"):
        return ()
    return ("do_sample is switched off: the same text always gives the same result.",)


def without_sampling(generation_config: Any) -> None:
    """Have the GenerationConfig of a model search instead of draw."""
    for name in SAMPLING:
        setattr(generation_config, name, False if name == "do_sample" else None)


def end_ids(files: Mapping[str, Any]) -> tuple[int, ...]:
    """The tokens that end a text, in the order of the file."""
    ends = files.get("eos_token_id")
    return tuple(ends) if isinstance(ends, list) else () if ends is None else (ends,)
