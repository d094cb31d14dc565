"""A model's card: what stands before its prose, and the prose. Imports errors."""

import datetime as dt
import math
import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import ModelError

LARGEST_FRONT_BYTES = 200_000
MOST_ALIASES = 20
HUB = re.compile(r"^https?://(?:www\.)?(?:huggingface\.co|hf\.co)/", re.IGNORECASE)
LICENSE = re.compile(r"licen[cs]e", re.IGNORECASE)
READ = frozenset({"license", "license_link", "license_name"})
FRONT = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Card:
    """`front` is what a program may read, empty without any; `prose` the text after it."""

    front: dict[str, Any]
    prose: str

    @property
    def licenses(self) -> tuple[str, ...]:
        """The entries of `license`, as names or as mappings that have one."""
        return tuple(said for entry in _listed(self.front.get("license")) if (said := _name_of(entry)))

    @property
    def base_models(self) -> tuple[str, ...]:
        """The models that this one comes from, by the key `base_model` in whatever form."""
        said = [entry for key in ("base_model", "base_models") for entry in _listed(self.front.get(key))]
        return tuple(HUB.sub("", name).strip("/ ") for entry in said if (name := _name_of(entry)))

    @property
    def further_licenses(self) -> dict[str, str]:
        """What other keys and entries of another shape name as licence, by key."""
        other = {key: value for key, value in self.front.items() if LICENSE.search(key) and key not in READ and value}
        odd = [entry for entry in _listed(self.front.get("license")) if entry and not _is_plain(entry)]
        return {f"README.md: {key}": str(value) for key, value in (other | ({"license": odd} if odd else {})).items()}


class _Loader(yaml.SafeLoader):
    """YAML without dates, whose aliases are few, and in which no key stands twice."""

    aliases = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            self.aliases += 1
            if self.aliases > MOST_ALIASES:
                raise ModelError("bad_card", "The model card's front matter refers to itself too often.")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise ModelError("bad_card", f'The model card\'s front matter has the key "{key.value}" twice.')
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_card(path: Path) -> Card:
    """The card in the file `path`; an empty one where there is none. Raises ModelError("bad_card")."""
    if not path.is_file():
        return Card({}, "")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModelError("bad_card", "The model card is no text in UTF-8.") from error
    parts = FRONT.split(text, maxsplit=2)
    if len(parts) < 3 or parts[0].strip():
        return Card({}, text)
    return Card(_front(parts[1]), parts[2].strip())


def _front(text: str) -> dict[str, Any]:
    if len(text.encode()) > LARGEST_FRONT_BYTES:
        raise ModelError("bad_card", "The model card's front matter is larger than any is.")
    try:
        front = _storable(yaml.load(text, Loader=_Loader) or {})  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ModelError("bad_card", "The model card's front matter is not readable.") from error
    if not isinstance(front, dict):
        raise ModelError("bad_card", "The model card's front matter is not a mapping.")
    return front


def _storable(value: Any) -> Any:
    """What JSON can hold of a value: a date that was asked for by a tag is a word."""
    if isinstance(value, dict):
        return {str(key): _storable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_storable(entry) for entry in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    raise TypeError("a value of another kind")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_plain(entry: Any) -> bool:
    return isinstance(entry, str) or (isinstance(entry, dict) and not entry.keys() - {"name", "link", "url"})


def _name_of(entry: Any) -> str | None:
    if isinstance(entry, dict):
        entry = entry.get("name") or entry.get("id")
    return entry if isinstance(entry, str) and entry.strip() else None
