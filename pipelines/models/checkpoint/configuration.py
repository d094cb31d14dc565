"""A checkpoint's config.json, of which only what the code of its class speaks of reaches that code.

Imports transformers.
"""

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING, GenerationConfig, PreTrainedConfig

# Generation keeps settings here in old checkpoints; by tasks they include the prefix that a T5 wants.
OF_NO_CLASS = frozenset({"num_labels", "task_specific_params"})
WORD = re.compile(r"[a-z]\w+")


def read_config(directory: Path) -> PreTrainedConfig:
    """The configuration of the checkpoint in `directory`, of a registered type.

    Old checkpoints keep settings of generation there, which count where no generation_config.json lies beside it.
    """
    raw: dict[str, Any] = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    config_class: Any = CONFIG_MAPPING[raw["model_type"]]
    known = _declared(config_class) | (_spoken_of(config_class) - _methods(config_class))
    config: PreTrainedConfig = config_class.from_dict({key: value for key, value in raw.items() if key in known})
    return config


@cache
def _declared(config_class: Any) -> frozenset[str]:
    declared = {*config_class().to_dict(), *config_class.attribute_map, *GenerationConfig().to_dict()}
    return frozenset(declared) | OF_NO_CLASS


@cache
def _spoken_of(config_class: Any) -> frozenset[str]:
    """Names in the source of the configuration and of the model that goes with it.

    Models read settings by `getattr` that no configuration declares (DeBERTa's relative attention), and configurations
    take old names for new settings (ModernBERT's rope_theta): no list of ours would be whole.
    """
    module = config_class.__module__
    found = [importlib.util.find_spec(name) for name in (module, module.replace("configuration", "modeling"))]
    files = [Path(spec.origin) for spec in found if spec is not None and spec.origin is not None]
    return frozenset(word for file in files for word in WORD.findall(file.read_text(encoding="utf-8")))


@cache
def _methods(config_class: Any) -> frozenset[str]:
    """What the class itself does, which no setting may replace."""
    return frozenset(name for name in dir(config_class) if callable(getattr(config_class, name, None)))
