"""What a checkpoint directory says about itself, and whether it is safe to load; never loads torch. Imports weights."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import ModelError
from pipelines.models.checkpoint.card import Card, read_card
from pipelines.models.checkpoint.license_files import license_files, license_headers, prose
from pipelines.models.checkpoint.manifest import hash_files
from pipelines.models.checkpoint.settings import read_json
from pipelines.models.checkpoint.weights import read_weights
from pipelines.models.profile.decision import decide, known_types
from pipelines.models.profile.files import Files
from pipelines.models.profile.profile import Profile

REMOTE_CODE_KEYS = frozenset({"auto_map", "trust_remote_code", "custom_pipelines"})
# Keys by which a configuration could choose code, kernels or other files; a stock checkpoint needs none of them.
UNSAFE_KEYS = frozenset(
    {
        "_attn_implementation_internal",
        "_experts_implementation_internal",
        "attn_implementation",
        "experts_implementation",
        "per_layer_config",
        "quantization_config",
        "use_kernels",
        "kernel_config",
        "__class__",
    }
)
# How transformers names a class in another repository: "owner/name--module.Class".
REMOTE_REFERENCE = re.compile(r"[\w.-]+(/[\w.-]+)?--[\w.]+\.\w+")
CONFIGURATIONS = ("config.json", "tokenizer_config.json", "generation_config.json", "processor_config.json")
ADAPTER = "adapter_config.json"
ADAPTER_MESSAGE = (
    f'"{ADAPTER}" lies beside the checkpoint: whether an adapter is applied would depend on the libraries that are '
    "installed. Merge it into the weights (merge_and_unload of peft, then save_pretrained), or take it out."
)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A checkpoint as its files describe it.

    `tasks` are names of tasks, none where `decided` has a refusal; `language_pairs` are the (source, target) codes of
    what is translated, empty when the model is `multilingual` or says nothing; `licenses`, `license_name` and
    `license_link` are the card's own words, `license_files` texts by path, `license_unread` why other such files could
    not be read, `license_headers` what configurations and weights name as licence, by file, `license_prose` all
    that is written for people, `base_models` those it comes from; `weights_sha256` is one digest over the
    hashes of all safetensors files, `manifest` `hash_files`.
    """

    architecture: str
    model_type: str
    tasks: tuple[str, ...]
    language_pairs: tuple[tuple[str, str], ...]
    multilingual: bool
    languages: tuple[str, ...]
    licenses: tuple[str, ...]
    license_name: str | None
    license_link: str | None
    license_files: dict[str, str]
    license_unread: dict[str, str]
    license_headers: dict[str, str]
    license_prose: str
    base_models: tuple[str, ...]
    parameters: int
    weights_bytes: int
    weights_sha256: str
    manifest: dict[str, str]
    card: dict[str, Any]
    card_text: str
    decided: Profile

    @property
    def profile(self) -> dict[str, Any]:
        """What was decided, as JSON has it."""
        return self.decided.as_json()


def inspect(directory: Path) -> ModelFacts:
    """Read the facts of the checkpoint in `directory`.

    Raises ModelError: no_safetensors, truncated_weights, remote_code, unsafe_config, unsafe_file,
    unknown_architecture, adapter, bad_config, bad_card.
    """
    manifest = hash_files(directory)
    if ADAPTER in manifest:
        raise ModelError("adapter", ADAPTER_MESSAGE)
    settings = {name: read_json(directory / name, dict) for name in CONFIGURATIONS}
    for name, value in settings.items():
        _refuse_unsafe(name, value)
    weights = read_weights(directory, manifest)
    architecture, model_type = _architecture(settings["config.json"])
    card = read_card(directory / "README.md")
    languages = _words(card.front.get("language"))
    config, tokenizer, generation = (settings[name] for name in CONFIGURATIONS[:3])
    tag = _word(card.front.get("pipeline_tag"))
    decided = decide(Files(directory, architecture, config, tokenizer, generation, languages, tag))
    return ModelFacts(
        architecture=architecture,
        model_type=model_type,
        tasks=decided.tasks,
        language_pairs=decided.languages.pairs,
        multilingual=decided.languages.any_pair,
        languages=languages,
        **_on_licences(directory, manifest, card, settings),
        parameters=weights.parameters,
        weights_bytes=weights.size_bytes,
        weights_sha256=weights.sha256,
        manifest=manifest,
        card=card.front,
        card_text=card.prose,
        decided=decided,
    )


def _on_licences(
    directory: Path, manifest: dict[str, str], card: Card, settings: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """What files, card, configurations and weights say on licences, as ModelFacts has it."""
    files = license_files(directory, manifest)
    return {
        "licenses": card.licenses,
        "license_name": _word(card.front.get("license_name")),
        "license_link": _word(card.front.get("license_link")),
        "license_files": files.texts,
        "license_unread": files.unread,
        "license_headers": license_headers(directory, settings) | card.further_licenses,
        "license_prose": prose(directory, [path for path in manifest if path not in files.texts]),
        "base_models": card.base_models,
    }


def _refuse_unsafe(name: str, settings: dict[str, Any]) -> None:
    for key, value in _nested(settings):
        if key in REMOTE_CODE_KEYS or (isinstance(value, str) and REMOTE_REFERENCE.fullmatch(value)):
            raise ModelError("remote_code", f'"{name}" asks for code of its own ("{key}"); such models are not run.')
        if key in UNSAFE_KEYS and value is not None:
            raise ModelError("unsafe_config", f'"{name}" sets "{key}", which a plain checkpoint does not need.')


def _nested(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every key with its value, and every list entry with the key of its list, at any depth."""
    waiting = [(key, value)]
    while waiting:
        name, found = waiting.pop()
        yield name, found
        if isinstance(found, dict):
            waiting.extend(found.items())
        elif isinstance(found, list):
            waiting.extend((name, entry) for entry in found)


def _architecture(config: dict[str, Any]) -> tuple[str, str]:
    names, model_type = config.get("architectures"), config.get("model_type")
    architecture = names[0] if isinstance(names, list) and names else None
    if not isinstance(architecture, str) or not isinstance(model_type, str) or model_type not in known_types():
        raise ModelError("unknown_architecture", "The configuration names no architecture that is known here.")
    return architecture, model_type


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _words(value: Any) -> tuple[str, ...]:
    # YAML reads the language code "no" as false.
    entries = value if isinstance(value, list) else [value]
    return tuple("no" if entry is False else entry for entry in entries if entry is False or _word(entry))
