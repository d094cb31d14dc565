"""The JSON files of a checkpoint directory. Imports errors."""

import json
from pathlib import Path
from typing import Any

from pipelines.errors import ModelError


def read_json(path: Path, kind: type[Any]) -> Any:
    """What is in the file, of `kind` dict or list; an empty one where there is no file.

    Raises ModelError("bad_config").
    """
    if not path.is_file():
        return kind()
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError("bad_config", f'"{path.name}" is not readable JSON.') from error
    if not isinstance(value, kind):
        raise ModelError("bad_config", f'"{path.name}" is not a JSON {"object" if kind is dict else "list"}.')
    return value
