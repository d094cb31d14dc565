"""Text to token ids and back, through any tokenizer of transformers. Imports decoding for its facts."""

from collections.abc import Sequence
from typing import Any

from pipelines.engine.decoding.generated import TokenizerFacts
from pipelines.models.tokenizer.agreement import check_ids

# Typographic characters with the plain ones that small vocabularies have in their place.
PLAIN_SPELLINGS = {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": " - "}
PLAIN_SPELLINGS |= {"…": "...", "‐": "-", "‑": "-", "−": "-", "´": "'", "`": "'"}


class Tokens:
    """A tokenizer that remembers what it encoded during one batch, so that counting and encoding cost once.

    `vocabulary` is how many ids the model knows; `source` the code of the texts' language, where the tokenizer of a
    multilingual model wants one.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, prefix: str = "", source: str = "") -> None:
        self._tokenizer = tokenizer
        self._source = source
        self._vocabulary = vocabulary
        self._prefix = prefix
        self._plain = _plain_spelling(tokenizer)
        self._kept: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text with the special ids the model expects; special words in a text are only text.

        Raises PipelineError("token_out_of_range").
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            if self._source:  # the tokenizer holds it as state, which others may have changed
                self._tokenizer.src_lang = self._source
            spelled = [self._prefix + text.translate(self._plain) for text in new]
            encoded = self._tokenizer(spelled, split_special_tokens=True, verbose=False)
            check_ids(encoded["input_ids"], self._vocabulary)
            self._kept.update(zip(new, encoded["input_ids"], strict=True))
        return [self._kept[text] for text in texts]

    def pairs(self, texts: Sequence[tuple[str, str]]) -> list[list[int]]:
        """Ids of two texts each, one after the other as the model expects them. Raises as `encode`."""
        if not texts:
            return []
        spelled = [[text.translate(self._plain) for text in side] for side in zip(*texts, strict=True)]
        encoded: list[list[int]] = self._tokenizer(*spelled, split_special_tokens=True, verbose=False)["input_ids"]
        check_ids(encoded, self._vocabulary)
        return encoded

    def plain(self, text: str) -> str:
        """`text` as it is spelled for the model."""
        return text.translate(self._plain)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ids included."""
        return [len(ids) for ids in self.encode(texts)]


def decode(tokenizer: Any, rows: Sequence[Sequence[int]]) -> list[str]:
    """The text of each row of ids, special ids left out."""
    return [tokenizer.decode(list(row), skip_special_tokens=True).strip() for row in rows]


def facts_of(tokenizer: Any) -> TokenizerFacts:
    """What decoding must know of `tokenizer`."""
    pad = tokenizer.pad_token_id
    return TokenizerFacts(tokenizer.eos_token_id, tokenizer.eos_token_id if pad is None else pad)


def _plain_spelling(tokenizer: Any) -> dict[int, str]:
    """A `str.translate` table for the typographic characters that `tokenizer` does not know."""
    pairs = PLAIN_SPELLINGS.items()
    return {ord(sign): plain for sign, plain in pairs if _unknown(tokenizer, sign) and not _unknown(tokenizer, plain)}


def _unknown(tokenizer: Any, text: str) -> bool:
    ids = tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    return tokenizer.unk_token_id is not None and tokenizer.unk_token_id in ids
