"""One line of a file becomes a document: text, custom_id, language. Imports the ledger, the tasks and intake."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.names import fault
from ledger.work.jobs.submit import NewDocument
from pipelines.tasks.parameters import ParameterError
from pipelines.tasks.parameters import language as checked_language
from webui.intake.files.decoding import check_text
from webui.intake.limits import IntakeError, Limits
from webui.intake.names import MAX_CHARACTERS, shown

FIELDS = ("custom_id", "text", "language")
LANGUAGE_CHARACTERS = 32
NAMED_FIELDS = 5


def record(name: str, line: int, fields: Mapping[str, Any], limits: Limits, language: str | None) -> NewDocument:
    """The document of a line whose fields are known ones. Raises IntakeError.

    Without a `custom_id` it is NAME:LINE; `language` holds where the line names none.
    """
    text = fields.get("text")
    if not isinstance(text, str):
        raise IntakeError("missing_text", "“text” is missing or is not a string.")
    check_text(text, limits)
    own_name = f"{name}:{line}"
    if len(own_name) > MAX_CHARACTERS:
        raise IntakeError("unsafe_name", f"With its line number the name exceeds {MAX_CHARACTERS} characters.")
    custom_id = _custom_id(fields.get("custom_id", own_name))
    return NewDocument(custom_id, own_name, text, _language(fields.get("language", language)))


def refuse_unknown(names: Sequence[str], code: str, word: str) -> None:
    """Raise IntakeError naming those of `names` that no record has; `word` is what the format calls them."""
    unknown = [f"“{shown(name)}”" for name in names if name not in FIELDS]
    if unknown:
        named = ", ".join(unknown[:NAMED_FIELDS])
        raise IntakeError(code, f"Unknown {word} {named}; known are {', '.join(FIELDS)}.")


def _custom_id(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CHARACTERS:
        raise IntakeError("invalid_custom_id", f"“custom_id” must be a string of 1 to {MAX_CHARACTERS} characters.")
    found = fault(value)
    if found:
        raise IntakeError("invalid_custom_id", f"“custom_id”: {found}")
    return value


def _language(value: object) -> str | None:
    if value is None:
        return None
    try:
        language = checked_language(value, "language")
    except ParameterError as error:
        raise IntakeError("invalid_language", error.message) from error
    if len(language) > LANGUAGE_CHARACTERS:
        raise IntakeError("invalid_language", f"A language code has at most {LANGUAGE_CHARACTERS} characters.")
    return language
