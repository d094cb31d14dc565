"""A checkpoint's config.json as its class declares it: keys that neither knows nor generation uses stay outside.

Imports transformers.
"""

import json
from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING, GenerationConfig, PreTrainedConfig


def read_config(directory: Path) -> PreTrainedConfig:
    """The configuration of the checkpoint in `directory`, of a registered type.

    Old checkpoints keep settings of generation there, which count where no generation_config.json lies beside it.
    """
    raw: dict[str, Any] = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    config_class: type[PreTrainedConfig] = CONFIG_MAPPING[raw["model_type"]]
    known = {*config_class().to_dict(), *config_class.attribute_map, *GenerationConfig().to_dict(), "num_labels"}
    config: PreTrainedConfig = config_class.from_dict({key: value for key, value in raw.items() if key in known})
    return config
