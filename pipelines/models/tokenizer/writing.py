"""What a model's tokenizer can write back, and which ids hold which signs. Asked of the tokenizer, never listed."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from pipelines.models.tokenizer.tokens import Tokens

BRACKETS = re.compile(r"[()\[\]{}<>⟨⟩（）［］]")
QUOTES = re.compile(r"[\"“”„«»‹›「」]")
DIGITS = re.compile(r"\d")
RUN = re.compile(r"\S+")
WORD_START = "▁"
MOST_REMEMBERED = 4096


class Writing:
    """A tokenizer's alphabet. `tokens` encodes as for the model."""

    def __init__(self, tokenizer: Any, tokens: Tokens) -> None:
        self._tokenizer, self._tokens = tokenizer, tokens
        self._special = set(tokenizer.all_special_ids)
        self._by_bytes = any("Ġ" in piece or piece.startswith("<0x") for piece in tokenizer.get_vocab())
        self._fine: set[str] = set()
        self._comes_back = lru_cache(MOST_REMEMBERED)(self._round)
        self._brackets = self._holding(BRACKETS)
        self._quotes = self._holding(QUOTES)
        self._digits = self._holding(DIGITS)
        self.banned = cache(self._banned)
        self.is_word = lru_cache(MOST_REMEMBERED)(self._is_word)

    def writes(self, character: str) -> bool:
        """Whether a character that the model reads can come out again as it is."""
        return self._comes_back(character)

    def unwritable(self, text: str) -> list[int]:
        """Places in `text` of the characters that cannot come out again."""
        new = set(text) - self._fine
        if not new:
            return []
        self._fine |= {character for character in new if character.isspace() or self._passes(character)}
        alone = [place for place, character in enumerate(text) if character not in self._fine]
        if not alone:
            return []
        # A vocabulary may have a character in words and not by itself.
        whole = [run.span() for run in RUN.finditer(text) if self._comes_back(run[0])]
        return [place for place in alone if not any(start <= place < end for start, end in whole)]

    def _passes(self, character: str) -> bool:
        """Capitals are left to a model that knows their small letters: it has read them in its language's own words."""
        return self.writes(character) or (character.isupper() and self.writes(character.lower()))

    def spans(self, text: str, ids: Sequence[int]) -> list[tuple[int, int]]:
        """Offsets in `text` of each of its `ids`; an id that shows nothing there has an empty span."""
        found: list[tuple[int, int]] = []
        position = 0
        for piece, token in zip(self._tokenizer.convert_ids_to_tokens(list(ids)), ids, strict=True):
            shown = "" if token in self._special else piece.replace(WORD_START, "").replace("Ġ", "").removeprefix("##")
            place = text.find(shown, position, position + len(shown) + 8) if shown else -1
            if place < 0:
                found.append((position, position))
            else:
                position = place + len(shown)
                found.append((place, position))
        return found

    def _banned(self, *, brackets: bool, quotes: bool, digits: bool) -> tuple[int, ...]:
        """Ids that hold any of these signs; the same tuple each time, since many rows share it."""
        chosen = ((brackets, self._brackets), (quotes, self._quotes), (digits, self._digits))
        return tuple(dict.fromkeys(token for asked, ids in chosen if asked for token in ids))

    def _round(self, text: str) -> bool:
        plain = self._tokens.plain(text)
        ids = self._tokenizer(plain, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]
        if self._tokenizer.unk_token_id in ids:
            return False
        return str(self._tokenizer.decode(ids, skip_special_tokens=True)).strip() == plain.strip()

    def _is_word(self, word: str) -> bool:
        """Whether a word in capitals is one, and no acronym: the vocabulary has it in fewer pieces in small letters."""
        small, capital = self._tokens.count([word.lower(), word])
        return small < capital or (small == capital and len(word) >= 4 and small <= 3)

    def _holding(self, signs: re.Pattern[str]) -> tuple[int, ...]:
        """Ids whose text holds one of `signs`. The names of pieces are no text: bytes have names of their own."""
        pieces: Iterable[str | None] = self._tokenizer.convert_ids_to_tokens(list(range(len(self._tokenizer))))
        ids = ((token, piece) for token, piece in enumerate(pieces) if piece and token not in self._special)
        named = [token for token, piece in ids if self._by_bytes or signs.search(piece)]
        return tuple(token for token in named if signs.search(str(self._tokenizer.decode([token]))))
