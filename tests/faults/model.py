"""What the campaign's model makes of a text, for the model itself and for the checker. Standard library only."""

import hashlib
from typing import Any


def expected_output(text: str) -> dict[str, Any]:
    """The one right output: it depends on the text alone and cannot be right by chance."""
    return {"text": hashlib.sha256(text.encode()).hexdigest()}
