"""Between which languages a translator translates, and how it is told so, by its files. Imports languages of text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipelines.models.checkpoint.settings import read_json
from pipelines.text.languages import Language, by_tag, is_language

# "en_XX" of mBART, "eng_Latn" of NLLB; "__en__" of M2M100; ">>por<<" of MarianMT.
CODE = re.compile(r"[a-z]{2,3}_[A-Za-z]{2,4}")
UNDERSCORED = re.compile(r"__([a-z]{2,3})__")
PREFIX = re.compile(r">>([A-Za-z]{2,3}(?:_[A-Za-z0-9]+)*)<<")
SPECIAL_LISTS = ("additional_special_tokens", "extra_special_tokens")
USUAL_CLASSES = {"m2m_100": "M2M100Tokenizer", "mbart": "MBartTokenizer", "nllb-moe": "NllbTokenizer"}

MULTILINGUAL = frozenset({*USUAL_CLASSES.values(), "MBart50Tokenizer"})


class Naming(StrEnum):
    """How a model hears of the target: never, before the source, as the first token or instead of the start token."""

    PAIR = "pair"
    PREFIX = "prefix"
    FIRST = "first"
    START = "start"


@dataclass(frozen=True, slots=True)
class Languages:
    """`targets` are the tokenizer's codes by the codes that people use, which a token is `spelled` of.

    `source` and `target` are those of a translator of one pair, or of one source.
    """

    naming: Naming = Naming.PAIR
    spelled: str = "{}"
    targets: dict[str, str] = field(default_factory=dict)
    source: str | None = None
    target: str | None = None
    sources: tuple[str, ...] = ()

    @property
    def any_pair(self) -> bool:
        """Whether each of the languages is translated to each other."""
        return self.naming in (Naming.FIRST, Naming.START)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """What is translated, where it is not any to any."""
        if self.any_pair:
            return ()
        targets = tuple(self.targets) or ((self.target,) if self.target else ())
        return tuple((one, other) for one in self.sources for other in targets if one != other)


def read_languages(
    directory: Path, config: Mapping[str, Any], tokenizer: Mapping[str, Any], spoken: Sequence[str]
) -> Languages:
    """`spoken` are the languages of the card. Raises ValueError with a sentence, ModelError("bad_config")."""
    model_type = str(config.get("model_type"))
    if model_type in USUAL_CLASSES:
        kind = str(tokenizer.get("tokenizer_class") or config.get("tokenizer_class")).removesuffix("Fast")
        usual = USUAL_CLASSES[model_type]
        return _any_to_any(directory, tokenizer, kind if kind in MULTILINGUAL else usual)
    source, target = _word(tokenizer.get("source_lang")), _word(tokenizer.get("target_lang"))
    prefixed = by_tag(_prefixes(directory))
    plain = source is not None and is_language(source)
    said = (
        [source] if plain and source else [code for code in spoken if is_language(code)] if prefixed or source else []
    )
    sources = tuple(dict.fromkeys(_tag(code) for code in said))
    if prefixed:
        return Languages(Naming.PREFIX, ">>{}<<", prefixed, source if plain else None, None, sources)
    target = target if target and is_language(target) else None
    return Languages(Naming.PAIR, "{}", {}, source if plain else None, target, sources)


def _tag(code: str) -> str:
    """As people write it; a region that the code names stays."""
    language = Language.read(code)
    return f"{language.tag}-{language.region}" if language.region else language.tag


def _any_to_any(directory: Path, tokenizer: Mapping[str, Any], kind: str) -> Languages:
    tokens = set(_special_tokens(directory, tokenizer))
    naming = Naming.START if kind == "MBartTokenizer" else Naming.FIRST
    if kind == "M2M100Tokenizer":
        codes = {found[1] for token in tokens if (found := UNDERSCORED.fullmatch(token))}
        return Languages(naming, "__{}__", by_tag(codes or _of_transformers(kind, tokenizer)))
    codes = {token for token in tokens if CODE.fullmatch(token)} or _of_transformers(kind, tokenizer)
    if not codes:
        raise ValueError(
            "Its tokenizer names no language; additional_special_tokens of tokenizer_config.json are missing."
        )
    return Languages(naming, "{}", by_tag(codes))


def _of_transformers(kind: str, tokenizer: Mapping[str, Any]) -> set[str]:
    """Languages that a tokenizer's class has, whatever its files say."""
    if kind == "M2M100Tokenizer":
        from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES as LISTS

        return set(LISTS.get(str(tokenizer.get("language_codes") or "m2m100"), ()))
    if kind == "MBart50Tokenizer":
        from transformers.models.mbart50.tokenization_mbart50 import FAIRSEQ_LANGUAGE_CODES as FIFTY

        return set(FIFTY)
    if kind == "MBartTokenizer":
        from transformers.models.mbart.tokenization_mbart import FAIRSEQ_LANGUAGE_CODES as FIRST

        return set(FIRST)
    return set()


def _special_tokens(directory: Path, tokenizer: Mapping[str, Any]) -> Iterator[str]:
    for settings in (tokenizer, read_json(directory / "special_tokens_map.json", dict)):
        for name in SPECIAL_LISTS:
            yield from filter(None, map(_content, _entries(settings.get(name))))
    yield from filter(None, map(_content, _entries(tokenizer.get("added_tokens_decoder"))))
    yield from filter(None, map(_content, _entries(read_json(directory / "tokenizer.json", dict).get("added_tokens"))))


def _entries(listed: Any) -> Sequence[Any]:
    return list(listed.values()) if isinstance(listed, dict) else listed if isinstance(listed, list) else ()


def _content(token: Any) -> str | None:
    return _word(token.get("content") if isinstance(token, dict) else token)


def _prefixes(directory: Path) -> list[str]:
    names = read_json(directory / "vocab.json", dict)
    return [found[1] for name in names if (found := PREFIX.fullmatch(name))]


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
