"""Where a checkpoint keeps its chat template. Imports settings of checkpoints and errors.

As transformers 5 looks for it (`PreTrainedTokenizerBase._from_pretrained`): files count before tokenizer_config.json,
which holds one template or a list of named ones.
"""

from pathlib import Path
from typing import Any

from pipelines.errors import ModelError
from pipelines.models.checkpoint.settings import read_json

ALONE = "chat_template.jinja"
FOLDER = "additional_chat_templates"
DEFAULT = "default"
MOST_BYTES = 262_144
"""Four for each character that a template may have."""


def chat_template(directory: Path) -> str | None:
    """The template of plain conversations; None where the checkpoint has no template at all.

    Raises ModelError("bad_chat_template") for files that are none, and where none of several is the default.
    """
    found = _named(read_json(directory / "tokenizer_config.json", dict).get("chat_template"))
    files = {path.stem: path for path in sorted((directory / FOLDER).glob("*.jinja"))}
    if (directory / ALONE).is_file():
        files[DEFAULT] = directory / ALONE
    names = files or found
    if names and DEFAULT not in names:
        shown = ", ".join(sorted(names))[:200]
        raise bad(f'There are several, and none is named "{DEFAULT}": {shown!a}.')
    return _read(files[DEFAULT]) if files else found.get(DEFAULT)


def bad(why: str) -> ModelError:
    """The error of a template that is none, or none that is rendered here."""
    return ModelError("bad_chat_template", f"Its chat template cannot be used. {why}")


def _named(given: Any) -> dict[str, str]:
    """Templates by name out of what tokenizer_config.json holds."""
    if given is None:
        return {}
    if isinstance(given, str):
        return {DEFAULT: given}
    entries = given if isinstance(given, list) else [None]
    named = {}
    for entry in entries:
        name, template = (entry.get("name"), entry.get("template")) if isinstance(entry, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(template, str):
            raise bad('"chat_template" in tokenizer_config.json is no text, and no list of named texts.')
        named[name] = template
    return named


def _read(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise bad(f'"{path.name}" has {path.stat().st_size} bytes; {MOST_BYTES} are the most that are read.')
    try:
        return path.read_text(encoding="utf-8")
    except ValueError as error:
        raise bad(f'"{path.name}" is not UTF-8.') from error
